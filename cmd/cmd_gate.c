/*
 * gate: are runs worse than a baseline by more than was allowed?
 */
#include <string.h>

#include "cmd/cmd_int.h"

struct what {
	struct cmd_compare show;
	const char	*baseline;
	struct cmd_words base, runs;
};

static const struct cmd_take options[] = {
	{ "baseline", NULL, "DIR", "a folder of stored runs, or one of them",
	    offsetof(struct what, baseline), CMD_TAKE_ONE },
	{ "allow", NULL, "METRIC=PERCENT", "may be worse by so much; may be "
	    "given again", offsetof(struct what, show.allow), CMD_TAKE_LIST },
	{ "findings", NULL, "WHICH", "the runs may have: none, known (those "
	    "that the baseline has) or any [known]",
	    offsetof(struct what, show.findings), CMD_TAKE_ONE },
	CMD_SHOW_OPTIONS(what),
	CMD_TAKE_END
};

static int
arguments(int argc, char **argv, struct what *w)
{
	int code = 0, i;

	for (i = 1; i < argc && code == 0; i++) {
		code = cmd_take_or(options, argc, argv, &i, w, &w->runs,
		    cmd_words_runs);
	}
	if (code != 0 || w->show.help)
		return code;
	if (w->baseline == NULL)
		return cmd_bad("gate: expected --baseline DIR");
	if (w->runs.n == 0)
		return cmd_bad("gate: expected stored runs, or a folder of "
		    "them, behind the options");
	if (w->show.allow.n == 0 && w->show.findings == NULL)
		return cmd_bad("gate: expected --allow METRIC=PERCENT or "
		    "--findings none");
	return cmd_words_runs(&w->base, w->baseline);
}

static int
gate(int argc, char **argv)
{
	struct what w;
	int code;

	memset(&w, 0, sizeof(w));
	w.show.gate = true;
	code = arguments(argc, argv, &w);
	if (code == 0 && w.show.help) {
		cmd_usage(stdout, &cmd_gate);
		code = cmd_stdout(0);
	} else if (code == 0)
		code = cmd_compare_runs(&w.show, &w.base, &w.runs);
	cmd_words_free(&w.base);
	cmd_words_free(&w.runs);
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
    "Runs are compared with those of a baseline, of the same "
    "parameters. A bound is\n"
    "violated if the runs are worse by more than is allowed, and that "
    "is no chance:\n"
    "a tree that keeps all bounds fails with a probability of 5 % at "
    "most (--level).\n"
    "That takes runs: 3 of each for one bound, 4 for up to three, 5 "
    "for a dozen;\n"
    "with fewer a bound cannot be told, and the exit code is 5. "
    "docs/CI.md has jobs\n"
    "for GitHub and GitLab.\n"
    "\n"
    "  amapstorm gate --baseline base/ --allow throughput=5% new/\n"
    "  amapstorm gate --baseline base/ --allow wait_p99:amaplk=10% \\\n"
    "      --findings none new/\n"
    "\n"
    "Exit code 1: a bound is violated, a line for each, or there are "
    "findings.\n";

const struct cmd_command cmd_gate = {
	.name = "gate",
	.args = "--baseline DIR [OPTION ...] RUN ...",
	.help = "fail if runs are worse than a baseline by more than is "
	    "allowed",
	.teach = teach,
	.more = more,
	.run = gate,
};
