/*
 * help
 */
#include <string.h>

#include "cmd/cmd_int.h"

static int
help(int argc, char **argv)
{
	const struct cmd_command *const *all;
	size_t i, n;

	if (argc == 1) {
		cmd_usage(stdout, NULL);
		return cmd_stdout(0);
	}
	all = cmd_commands(&n);
	for (i = 0; i < n; i++) {
		if (strcmp(all[i]->name, argv[1]) == 0) {
			cmd_usage(stdout, all[i]);
			return cmd_stdout(0);
		}
	}
	return cmd_bad("help: no command \"%s\"; amapstorm help shows all",
	    argv[1]);
}

const struct cmd_command cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.help = "this overview, or what a command does and its options",
	.run = help,
};
