/*
 * Options of explore.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/explore_int.h"

enum opt {
	O_STRATEGY, O_SEED, O_EXECUTIONS, O_FOR, O_DEPTH, O_BOUND, O_POINTS,
	O_SUBJECT, O_SET, O_SAVE, O_REPLAY, O_MINIMISE, O_GO_ON, O_EXPORT,
	O_TRACE_ORDER, O_CONFIRM, O_NO_CONTROLS, O_REPORT, O_JSON,
	O_FULL, O_QUIET, O_NO_COLOR, O_HELP
};

static const struct option {
	const char	*name, *arg, *help;
	bool		lasting;	/* belongs to the failing execution */
} options[] = {
	[O_STRATEGY] = { "strategy", "NAME", "who goes on: random, pct, pos, "
	    "surw, delay, exhaustive [pos]", false },
	[O_SEED] = { "seed", "N", "of the first execution; the next has one "
	    "more [1]", false },
	[O_EXECUTIONS] = { "executions", "N", "so many at most", false },
	[O_FOR] = { "for", "TIME", "so long at most, as 10s or 5min [10s]",
	    false },
	[O_DEPTH] = { "depth", "N", "of the bug that pct looks for [3]",
	    false },
	[O_BOUND] = { "bound", "N", "delays that delay makes [2]", false },
	[O_POINTS] = { "points", "WHAT", "where strands may be stopped: locks; "
	    "memory: at loads and stores, too, with a look at races and freed "
	    "memory; atomics, all: at fewer, more of them "
	    "[locks]", true },
	[O_SUBJECT] = { "subject", "FILE", "an uvm_amap.c of your own, or what "
	    "amapstorm subject build made of it", true },
	[O_SET] = { "set", "KEY=VALUE", "set any key of the job, as "
	    "scheme=blocking", true },
	[O_SAVE] = { "save", "FILE", "write the failing schedule there", false },
	[O_REPLAY] = { "replay", "FILE|SCHEDULE", "the execution of a file of "
	    "--save, or of a schedule as it is printed", false },
	[O_MINIMISE] = { "minimise", "N", "executions to spend on making the "
	    "failing one smaller; 0: leave it [4000]", false },
	[O_GO_ON] = { "go-on", NULL, "after a failure, too: how often does it "
	    "fail?", false },
	[O_EXPORT] = { "export", "FILE.c", "write a deadlock as a small C "
	    "program on the locks library alone", false },
	[O_TRACE_ORDER] = { "trace-order", NULL, "trace what strands take and "
	    "let go in the failing execution, or else the one of --seed, and "
	    "predict deadlocks from it", false },
	[O_CONFIRM] = { "confirm", NULL, "make its findings about lock order "
	    "happen", false },
	[O_NO_CONTROLS] = { "no-controls", NULL, "when nothing failed, "
	    "do not plant bugs of our own to see that they would be found", false },
	[O_REPORT] = { "report", "FORMAT=FILE", "write a report, too; may be "
	    "given more than once; amapstorm list formats", false },
	[O_JSON] = { "json", "FILE", "the same as --report json=FILE", false },
	[O_FULL] = { "full", NULL, "every row of every table", false },
	[O_QUIET] = { "quiet", NULL, "no live line (-q)", false },
	[O_NO_COLOR] = { "no-color", NULL, "no colours, as with NO_COLOR set",
	    false },
	[O_HELP] = { "help", NULL, "this text (-h)", false },
};
#define NOPTIONS	(sizeof(options) / sizeof(options[0]))

void
cmd_explore_help(FILE *out)
{
	char head[64];
	size_t i, n;

	fputs("\nOptions:\n", out);
	for (i = 0; i < NOPTIONS; i++) {
		snprintf(head, sizeof(head), "--%s %s", options[i].name,
		    options[i].arg != NULL ? options[i].arg : "");
		cmd_row(out, 26, head, options[i].help);
	}
	fputs("\nStrategies:\n", out);
	for (i = 0; i < WL_NCHOOSERS; i++)
		cmd_row(out, 26, wl_choosers(&n)[i]->name,
		    wl_choosers(&n)[i]->help);
}

static int
unknown(const char *name)
{
	const char *names[NOPTIONS];
	char text[256];
	size_t i;

	for (i = 0; i < NOPTIONS; i++)
		names[i] = options[i].name;
	wl_suggest(name, names, NOPTIONS, text, sizeof(text));
	text[strcspn(text, ",")] = '\0';
	return cmd_bad("no option --%s; did you mean --%s?  (amapstorm help "
	    "explore lists all)", name, text);
}

/* => which option; *value is what stands behind it, or NULL; -1: complained */
static int
take(int argc, char **argv, int *i, const char **value)
{
	const char *word = argv[*i], *eq;
	size_t k, len;

	word = strcmp(word, "-q") == 0 ? "--quiet" :
	    strcmp(word, "-h") == 0 ? "--help" : word;
	if (word[1] != '-') {
		cmd_bad("no option %s; expected -q, -h or a long option "
		    "(amapstorm help explore)", word);
		return -1;
	}
	word += 2;
	eq = strchr(word, '=');
	len = eq != NULL ? (size_t)(eq - word) : strlen(word);
	for (k = 0; k < NOPTIONS; k++)
		if (strlen(options[k].name) == len &&
		    memcmp(options[k].name, word, len) == 0)
			break;
	if (k == NOPTIONS) {
		unknown(word);
		return -1;
	}
	*value = NULL;
	if (options[k].arg == NULL) {
		if (eq == NULL)
			return (int)k;
		cmd_bad("--%s: takes no value", options[k].name);
		return -1;
	}
	*value = eq != NULL ? eq + 1 : ++*i < argc ? argv[*i] : NULL;
	if (*value != NULL)
		return (int)k;
	cmd_bad("--%s: expected a value behind it", options[k].name);
	return -1;
}

static int
number(const char *name, const char *text, uint64_t least, uint64_t most,
    uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    *n < least || *n > most)
		return cmd_bad("--%s: \"%s\": expected a number from %llu to "
		    "%llu", name, text, (unsigned long long)least,
		    (unsigned long long)most);
	return 0;
}

static int
set_key(struct cmd_explore *o, const char *key, const char *value)
{
	struct wl_error err;

	memset(&err, 0, sizeof(err));
	if (wl_job_set(&o->job, key, value, &err) == 0)
		return 0;
	return cmd_bad_input(&err);
}

static int
set(struct cmd_explore *o, const char *text)
{
	const char *eq = strchr(text, '=');
	char key[96];

	if (eq == NULL || eq == text || (size_t)(eq - text) >= sizeof(key))
		return cmd_bad("--set: \"%s\": expected KEY=VALUE", text);
	snprintf(key, sizeof(key), "%.*s", (int)(eq - text), text);
	return set_key(o, key, eq + 1);
}

/* A time as job files have it. */
static int
duration(const char *text, uint64_t *ns)
{
	struct wl_error err;
	struct wl_job job;

	wl_job_default(&job);
	memset(&err, 0, sizeof(err));
	if (wl_job_set(&job, "run.duration", text, &err) != 0)
		return cmd_bad("--for: \"%s\": expected a time, as 10s, 500ms "
		    "or 2min", text);
	*ns = job.duration_ns;
	return 0;
}

/* Those two follow what somebody else has found. */
static bool
is_strategy(const char *name)
{
	return strcmp(name, "replay") != 0 && strcmp(name, "steer") != 0;
}

static int
strategy(struct cmd_explore *o, const char *name)
{
	const char *names[WL_NCHOOSERS];
	char text[256];
	size_t i, n, given = 0;

	o->chooser = wl_chooser_find(name);
	if (o->chooser != NULL && is_strategy(name))
		return 0;
	for (i = 0; i < WL_NCHOOSERS; i++)
		if (is_strategy(wl_choosers(&n)[i]->name))
			names[given++] = wl_choosers(&n)[i]->name;
	wl_suggest(name, names, given, text, sizeof(text));
	return cmd_bad("no strategy \"%s\"; expected one of %s", name, text);
}

static const struct {
	const char	*name;
	enum lk_memory	memory;
} kinds[] = {
	{ "locks", LK_MEMORY_OFF }, { "memory", LK_MEMORY_SHARED },
	{ "atomics", LK_MEMORY_ATOMIC }, { "all", LK_MEMORY_ALL },
};
#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

int
cmd_points_set(struct cmd_explore *o, const char *what)
{
	size_t i;

	for (i = 0; i < NKINDS; i++)
		if (strcmp(kinds[i].name, what) == 0) {
			o->memory = kinds[i].memory;
			return 0;
		}
	return cmd_bad("--points: \"%s\": expected locks, memory, atomics or "
	    "all", what);
}

const char *
cmd_points_name(const struct cmd_explore *o)
{
	size_t i = NKINDS - 1;

	while (i > 0 && kinds[i].memory != o->memory)
		i--;
	return kinds[i].name;
}

static int
apply(struct cmd_explore *o, enum opt k, const char *value)
{
	uint64_t n;
	int code;

	switch (k) {
	case O_STRATEGY:
		return strategy(o, value);
	case O_SEED:
		return number("seed", value, 0, UINT64_MAX, &o->seed);
	case O_EXECUTIONS:
		return number("executions", value, 1, UINT64_MAX,
		    &o->executions);
	case O_FOR:
		return duration(value, &o->limit_ns);
	case O_DEPTH:
	case O_BOUND:
		code = number(options[k].name, value, 1, 64, &n);
		*(k == O_DEPTH ? &o->depth : &o->bound) = (unsigned)n;
		return code;
	case O_POINTS:
		return cmd_points_set(o, value);
	case O_SUBJECT:
		return set_key(o, "vm.subject", value);
	case O_SET:
		return set(o, value);
	case O_SAVE:
		o->save = value;
		return 0;
	case O_REPLAY:
		return 0;		/* it came first */
	case O_MINIMISE:
		return number("minimise", value, 0, 1000000000, &o->minimise);
	case O_GO_ON:
		o->go_on = true;
		return 0;
	case O_EXPORT:
		o->export = value;
		return 0;
	case O_TRACE_ORDER:
		o->trace_order = true;
		return 0;
	case O_CONFIRM:
		o->confirm = true;
		return 0;
	case O_NO_CONTROLS:
		o->no_controls = true;
		return 0;
	case O_REPORT:
	case O_JSON:
		return cmd_report_add(o->reports, &o->nreports,
		    options[k].name, value);
	case O_FULL:
		o->full = true;
		return 0;
	case O_QUIET:
		o->quiet = true;
		return 0;
	case O_NO_COLOR:
		o->no_color = true;
		return 0;
	case O_HELP:
		o->help = true;
		return 0;
	}
	return 0;
}

static void
remember(struct cmd_explore *o, enum opt k, const char *value)
{
	char text[1100];

	if (!options[k].lasting)
		return;
	snprintf(text, sizeof(text), "--%s", options[k].name);
	cmd_quote(o->base, sizeof(o->base), strlen(o->base), text);
	cmd_quote(o->base, sizeof(o->base), strlen(o->base), value);
}

static bool
is_file(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') != NULL ||
	    (len > 4 && strcmp(name + len - 4, ".job") == 0);
}

static int
load(struct cmd_explore *o, const char *name)
{
	struct wl_error err;
	int error;

	memset(&err, 0, sizeof(err));
	error = is_file(name) ? wl_job_file(&o->job, name, &err) :
	    wl_job_scenario(&o->job, name, &err);
	return error == 0 ? 0 : cmd_bad_input(&err);
}

/* "58: 0*3 1", or the name of a file that has it and its job */
static int
load_replay(struct cmd_explore *o, const char *text, const char *name)
{
	size_t at;
	int error;

	o->replaying = true;
	if (text[strspn(text, "0123456789")] != ':')
		return cmd_schedule_load(text, o);
	if (name == NULL)
		return cmd_bad("--replay: a schedule needs the scenario or job "
		    "file that it is of");
	error = wl_schedule_read(text, &o->schedule, &at);
	if (error == 0)
		return 0;
	return cmd_bad("--replay: \"%.20s\": expected seed: and strands, as "
	    "7: 0*3 2 1*12", text + at);
}

static int
writable(const char *path)
{
	int error = cmd_output_try(path);

	return error == 0 ? 0 : cmd_bad("%s: cannot be written: %s", path,
	    strerror(error));
}

static int
check(struct cmd_explore *o)
{
	struct wl_job_program *p;
	struct wl_error err;
	int code, i;

	memset(&err, 0, sizeof(err));
	for (i = 0; i < VM_MAXSWAP; i++)
		if (o->job.vm.swap_path[i][0] != '\0')
			return cmd_bad("swap.device%d = %s: explored jobs swap "
			    "to memory; expected a number of pages", i,
			    o->job.vm.swap_path[i]);
	if (wl_job_program(&o->job, &p, &err) != 0)
		return cmd_bad_input(&err);
	code = wl_job_check(wl_job_program_job(p), &err) == 0 ? 0 :
	    cmd_bad_input(&err);
	wl_job_program_free(p);
	if (code == 0)
		code = writable(o->save);
	if (code == 0)
		code = writable(o->export);
	for (i = 0; code == 0 && i < (int)o->nreports; i++)
		code = writable(o->reports[i].path);
	return code;
}

/*
 * Guards look by seed, so that a replay looks, too.  Who enumerates stays with
 * one seed: then they look in all executions.
 */
static int
guard_all(struct cmd_explore *o)
{
	if (o->replaying || !o->chooser->ends || o->job.guards <= 1)
		return 0;
	remember(o, O_SET, "explore.guards=1");
	return set(o, "explore.guards=1");
}

int
cmd_explore_options(int argc, char **argv, struct cmd_explore *o)
{
	const char *name = NULL, *value, *again = NULL;
	int i, k, code = 0;

	o->chooser = wl_chooser_find("pos");
	o->seed = 1;
	o->minimise = 4000;
	snprintf(o->base, sizeof(o->base), "amapstorm explore");
	for (i = 1; i < argc; i++) {
		if (argv[i][0] != '-') {
			if (name != NULL)
				return cmd_bad("\"%s\" and \"%s\": expected "
				    "one scenario or job file", name, argv[i]);
			name = argv[i];
			continue;
		}
		k = take(argc, argv, &i, &value);
		if (k == -1)
			return ANA_EXIT_USAGE;
		if (k == O_REPLAY)
			again = value;
		if (k == O_HELP)
			o->help = true;
	}
	if (o->help)
		return 0;
	if (name == NULL && again == NULL)
		return cmd_bad("explore: expected a scenario or a job file "
		    "(amapstorm list scenarios), as explore-swapoff");
	if (name != NULL) {
		cmd_quote(o->base, sizeof(o->base), strlen(o->base), name);
		o->named = true;
		code = load(o, name);
	}
	if (code == 0 && again != NULL)
		code = load_replay(o, again, name);
	for (i = 1; i < argc && code == 0; i++) {
		if (argv[i][0] != '-')
			continue;
		k = take(argc, argv, &i, &value);
		code = apply(o, (enum opt)k, value);
		remember(o, (enum opt)k, value);
	}
	if (code == 0)
		code = guard_all(o);
	if (code == 0 && o->confirm && o->memory != LK_MEMORY_OFF)
		return cmd_bad("--confirm: goes with --points locks alone");
	/* the same command, by the program that has the hooks */
	if (code == 0 && o->memory != LK_MEMORY_OFF && !lk_memory_can())
		return cmd_flavour_exec("explore", cmd_argv);
	if (code == 0)
		code = cmd_subject_use(&o->job);
	if (code == 0)
		code = check(o);
	return code;
}
