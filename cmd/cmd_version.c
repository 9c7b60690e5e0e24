/*
 * version
 */
#include "cmd/cmd_int.h"

static int
version(int argc, char **argv)
{
	if (argc > 1)
		return cmd_bad("version: expected nothing behind it, not "
		    "\"%s\"", argv[1]);
	printf("amapstorm %s (%s%s%s; %s)\n", AMAPSTORM_VERSION,
	    AMAPSTORM_BUILD, AMAPSTORM_SANITIZE[0] != '\0' ? ", " : "",
	    AMAPSTORM_SANITIZE, __VERSION__);
	return cmd_stdout(0);
}

const struct cmd_command cmd_version = {
	.name = "version",
	.args = "",
	.help = "print the version and how it was built",
	.run = version,
};
