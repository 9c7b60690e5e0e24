/*
 * main: find the command.
 */
#include <string.h>

#include "cmd/cmd_int.h"

static const struct cmd_command *const commands[] = {
#define COMMAND(name)	&cmd_##name,
#include "cmd/commands.def"
#undef COMMAND
};
#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

char	cmd_line[1024];
char	**cmd_argv;

const struct cmd_command *const *
cmd_commands(size_t *n)
{
	*n = NCOMMANDS;
	return commands;
}

/* What is cut off is told. */
static void
keep_command_line(int argc, char **argv)
{
	static const char more[] = " ...";
	size_t at = 0;
	int i;

	for (i = 0; i < argc; i++)
		at = cmd_quote(cmd_line, sizeof(cmd_line), at, argv[i]);
	if (at >= sizeof(cmd_line))
		memcpy(cmd_line + sizeof(cmd_line) - sizeof(more), more,
		    sizeof(more));
}

/* Options in place of a command stand for one. */
static const char *
command_name(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return "help";
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return "version";
	return word;
}

int
main(int argc, char **argv)
{
	const char *names[NCOMMANDS], *name;
	char near[128];
	size_t i;

	cmd_bug_install();
	keep_command_line(argc, argv);
	cmd_argv = argv;
	if (argc < 2) {
		cmd_usage(stderr, NULL);
		return ANA_EXIT_USAGE;
	}
	name = command_name(argv[1]);
	for (i = 0; i < NCOMMANDS; i++) {
		names[i] = commands[i]->name;
		if (strcmp(names[i], name) != 0)
			continue;
		if (argc == 3 && (strcmp(argv[2], "--help") == 0 ||
		    strcmp(argv[2], "-h") == 0)) {
			cmd_usage(stdout, commands[i]);
			return cmd_stdout(0);
		}
		return commands[i]->run(argc - 1, argv + 1);
	}
	wl_suggest(name, names, NCOMMANDS, near, sizeof(near));
	return cmd_bad("no command \"%s\"; expected one of %s", name, near);
}
