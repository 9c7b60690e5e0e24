/*
 * merge: runs made with the same parameters become one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd_int.h"

struct what {
	struct cmd_words files;
	const char	*output;
	bool		quiet, help;
};

static const struct cmd_take options[] = {
	{ "output", "-o", "FILE", "where the merged run is kept (-o FILE)",
	    offsetof(struct what, output), CMD_TAKE_ONE },
	{ "quiet", "-q", NULL, "say nothing (-q)",
	    offsetof(struct what, quiet), CMD_TAKE_ONE },
	{ "help", "-h", NULL, "this text (-h)",
	    offsetof(struct what, help), CMD_TAKE_ONE },
	CMD_TAKE_END
};

static int
arguments(int argc, char **argv, struct what *w)
{
	int code = 0, i;

	for (i = 1; i < argc && code == 0; i++) {
		code = cmd_take_or(options, argc, argv, &i, w, &w->files,
		    cmd_words_runs);
	}
	if (code != 0 || w->help)
		return code;
	if (w->files.n < 2)
		return cmd_bad("merge: expected two stored runs or more, as in "
		    "amapstorm merge a.db b.db -o all.db");
	if (w->output == NULL)
		return cmd_bad("merge: expected -o FILE");
	i = cmd_output_try(w->output);
	return i == 0 ? 0 : cmd_bad("%s: cannot be written: %s", w->output,
	    strerror(i));
}

/* What tells a run from all others, as long as it is one. */
struct mark {
	uint64_t	created;
	pid_t		pid;
};

static int
seen_before(const struct what *w, struct mark *marks, size_t i,
    const struct ana_snapshot *s)
{
	size_t k;

	marks[i] = (struct mark){ s->info.created_real, s->info.pid };
	for (k = 0; k < i && s->info.pid != 0; k++) {
		if (marks[k].created == marks[i].created &&
		    marks[k].pid == marks[i].pid)
			return cmd_bad("%s and %s are the same run",
			    w->files.word[k], w->files.word[i]);
	}
	return 0;
}

/* => *all and the next one */
static int
add(const struct what *w, size_t i, struct mark *marks,
    struct ana_snapshot **all)
{
	struct ana_snapshot *next = NULL, *both = NULL;
	char why[ANA_WHY];
	int code, error;

	code = cmd_load(w->files.word[i], &next);
	if (code == 0)
		code = seen_before(w, marks, i, next);
	if (code == 0) {
		error = ana_merge(*all != NULL ? *all : next,
		    w->files.word[0], *all != NULL ? next : NULL,
		    w->files.word[i], &both, why);
		if (error == EINVAL)
			code = cmd_bad("%s", why);
		else
			code = cmd_ran(w->files.word[i], error);
		ana_snapshot_free(*all);
		*all = both;
	}
	ana_snapshot_free(next);
	return code;
}

static int
keep(const struct what *w, const struct ana_snapshot *all)
{
	char ops[ANA_NUM], time[ANA_NUM], why[ANA_WHY];
	struct ana_result *r = NULL;
	int code = cmd_ran(w->output, ana_run(all, &r));

	if (code == 0 && ana_snapshot_save(all, r, w->output, false, why) !=
	    0) {
		cmd_complain("%s", why);
		code = ANA_EXIT_CANNOT;
	}
	if (code == 0 && !w->quiet)
		printf("%s: %zu runs, %s operations in %s: %s\n", w->output,
		    w->files.n, ana_count(all->run.ops, ops),
		    ana_time(all->run.run_ns, time), r->verdict);
	ana_result_free(r);
	return code == 0 ? cmd_stdout(0) : code;
}

static int
merge_all(const struct what *w)
{
	struct mark *marks = calloc(w->files.n, sizeof(*marks));
	struct ana_snapshot *all = NULL;
	int code = 0;
	size_t i;

	if (marks == NULL)
		return cmd_ran(w->output, ENOMEM);
	for (i = 0; i < w->files.n && code == 0; i++)
		code = add(w, i, marks, &all);
	if (code == 0)
		code = keep(w, all);
	ana_snapshot_free(all);
	free(marks);
	return code;
}

static int
merge(int argc, char **argv)
{
	struct what w;
	int code;

	memset(&w, 0, sizeof(w));
	code = arguments(argc, argv, &w);
	if (code == 0 && w.help) {
		cmd_usage(stdout, &cmd_merge);
		code = cmd_stdout(0);
	} else if (code == 0)
		code = merge_all(&w);
	cmd_words_free(&w.files);
	return code;
}

static void
more(FILE *out)
{
	cmd_take_help(out, options);
}

static const char teach[] =
    "Counters, histograms, blame and operations of all runs are added "
    "up, exactly;\n"
    "what any of them found is found in the merged one. Runs whose "
    "parameters differ\n"
    "in more than the seed are refused, by the parameter's name. "
    "docs/CAMPAIGN.md\n"
    "has recipes for many machines.\n"
    "\n"
    "  amapstorm run storm --shard 1/2 -o 1.db\n"
    "  amapstorm run storm --shard 2/2 -o 2.db\n"
    "  amapstorm merge 1.db 2.db -o all.db; amapstorm report all.db\n"
    "\n"
    "A merged run can be merged again.\n";

const struct cmd_command cmd_merge = {
	.name = "merge",
	.args = "[-q] RUN ... -o FILE",
	.help = "runs of one campaign become one",
	.teach = teach,
	.more = more,
	.run = merge,
};
