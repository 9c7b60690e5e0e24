/*
 * compare: do two sets of stored runs differ?
 */
#include <string.h>

#include "cmd/cmd_int.h"

struct what {
	struct cmd_compare show;
	struct cmd_words set[2];
};

static const struct cmd_take options[] = {
	{ "paired", NULL, NULL, "the first of A with the first of B, and so "
	    "on, as amapstorm ab makes them", offsetof(struct what,
	    show.paired), CMD_TAKE_ONE },
	CMD_TABLE_OPTIONS(what),
	CMD_SHOW_OPTIONS(what),
	CMD_TAKE_END
};

static int
arguments(int argc, char **argv, struct what *w)
{
	int code = 0, i, set = 0;

	for (i = 1; i < argc && code == 0; i++) {
		if (strcmp(argv[i], "--") == 0) {
			if (set++ != 0)
				return cmd_bad("compare: a second --");
			continue;
		}
		code = cmd_take_or(options, argc, argv, &i, w, &w->set[set],
		    cmd_words_runs);
	}
	if (code != 0 || w->show.help)
		return code;
	if (w->set[0].n == 0 || w->set[1].n == 0)
		return cmd_bad("compare: expected stored runs on both sides "
		    "of --, as in amapstorm compare a1.db a2.db -- b1.db "
		    "b2.db");
	if (w->show.paired && w->set[0].n != w->set[1].n)
		return cmd_bad("compare --paired: %zu runs and %zu: expected "
		    "as many of each", w->set[0].n, w->set[1].n);
	return 0;
}

static int
compare(int argc, char **argv)
{
	struct what w;
	int code;

	memset(&w, 0, sizeof(w));
	code = arguments(argc, argv, &w);
	if (code == 0 && w.show.help) {
		cmd_usage(stdout, &cmd_compare);
		code = cmd_stdout(0);
	} else if (code == 0)
		code = cmd_compare_runs(&w.show, &w.set[0], &w.set[1]);
	cmd_words_free(&w.set[0]);
	cmd_words_free(&w.set[1]);
	cmd_compare_free(&w.show);
	return code;
}

static void
more(FILE *out)
{
	cmd_take_help(out, options);
	cmd_metrics_help(out);
}

static const char teach[] =
    "A and B are files that amapstorm run stored, or folders of them "
    "(*.db). Runs of\n"
    "a set are of the same parameters, seeds apart; what differs "
    "between A and B is\n"
    "shown. For each metric: its typical value in A and in B, the "
    "ratio B/A with a\n"
    "95 % interval, and whether B is better or worse. docs/COMPARE.md "
    "tells what\n"
    "that is worth.\n"
    "\n"
    "  amapstorm compare before/ -- after/\n"
    "  amapstorm compare --paired ab/*-a.db -- ab/*-b.db\n"
    "  amapstorm compare --only throughput,wait_p99 a/ -- b/\n"
    "\n"
    "There is no verdict from few runs: it takes 4 of each, or 6 "
    "pairs. Runs that\n"
    "hung, crashed, were cut short or are not to be trusted are left "
    "out, with a\n"
    "word. Exit code 1: B is worse in something, or has findings that "
    "A has not; 5:\n"
    "too few runs were left to tell.\n";

const struct cmd_command cmd_compare = {
	.name = "compare",
	.args = "[OPTION ...] A ... -- B ...",
	.help = "two sets of stored runs: better, worse, or no difference "
	    "shown",
	.teach = teach,
	.more = more,
	.run = compare,
};
