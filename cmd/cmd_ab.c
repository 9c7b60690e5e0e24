/*
 * ab: runs with two sets of options, in turn; then compared.
 */

#include "cmd/ab_int.h"

static const struct cmd_take options[] = {
	{ "a", NULL, "OPTIONS", "of run, for A alone, in one word",
	    offsetof(struct cmd_ab, a), CMD_TAKE_ONE },
	{ "b", NULL, "OPTIONS", "the same for B",
	    offsetof(struct cmd_ab, b), CMD_TAKE_ONE },
	CMD_AB_OPTIONS,
	CMD_TABLE_OPTIONS(cmd_ab),
	CMD_SHOW_OPTIONS(cmd_ab),
	CMD_TAKE_END
};

static int
prepare(struct cmd_ab *ab)
{
	int code;

	if (ab->a == NULL || ab->b == NULL)
		return cmd_bad("ab: expected --a 'OPTIONS' and --b 'OPTIONS', "
		    "as in amapstorm ab cow --a '--lock openbsd' --b '--lock "
		    "pthread'");
	code = cmd_words_split(&ab->of[0], "--a", ab->a);
	if (code == 0)
		code = cmd_words_split(&ab->of[1], "--b", ab->b);
	return code;
}

static int
ab(int argc, char **argv)
{
	return cmd_ab_command(&cmd_ab, options, prepare, argc, argv);
}

static void
more(FILE *out)
{
	cmd_take_help(out, options);
	cmd_metrics_help(out);
}

static const char teach[] =
    "A and B are run in turn, N times each, so that a machine that "
    "slows down does\n"
    "so for both. Both of a pair have the same seed, the next pair "
    "another one;\n"
    "which goes first is tossed. What is no option of ab is one of "
    "run, for both:\n"
    "SCENARIO, --duration, --threads, ... Each run is stored "
    "(pair-01-a.db and so\n"
    "on), with what it said (.log); then they are compared as "
    "amapstorm compare\n"
    "--paired does.\n"
    "\n"
    "  amapstorm ab cow --duration 5s --a '--lock openbsd' --b '--lock "
    "pthread'\n"
    "  amapstorm ab storm --pairs 20 --a '--threads 4' --b '--threads "
    "8'\n"
    "  amapstorm ab cow --a '' --b ''                is this machine "
    "quiet enough?\n"
    "\n"
    "Ctrl-C ends it; the pairs that are whole are compared. Exit codes "
    "are those of\n"
    "compare.\n";

const struct cmd_command cmd_ab = {
	.name = "ab",
	.args = "[SCENARIO] --a 'OPTIONS' --b 'OPTIONS' [OPTION ...]",
	.help = "run with two sets of options in turn, and compare",
	.teach = teach,
	.more = more,
	.run = ab,
};
