/*
 * explore: a job's strands under control, one execution after the other; then
 * the one that failed, told step by step.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/explore_int.h"

#define DEFAULT_NS	UINT64_C(10000000000)	/* without --for, --executions */
#define ARENA		((uint64_t)64 << 20)	/* of a record, for the rest */
#define TRACE		((size_t)64 << 20)	/* of an execution */
#define INLINE_SCHEDULE	600	/* letters of one in a command */

/* ---- a line while it goes on ---- */

static void
status(const struct wl_explore_run *run, uint64_t elapsed_ns, void *arg)
{
	const struct cmd_explore *o = arg;
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM], d[ANA_NUM];
	uint64_t n = run->executions + run->pruned;

	if (o->quiet || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%s executions  %s/s  %s%s orders  %s%" PRIu64
	    " hand-overs  %" PRIu64 " conflicts  %s%s", ana_count(n, a),
	    ana_count(elapsed_ns == 0 ? 0 :
	    (uint64_t)((double)n * 1e9 / (double)elapsed_ns), b),
	    run->orders_lost ? ">" : "", ana_count(run->orders, c),
	    run->pairs_lost ? ">" : "", (uint64_t)run->handovers,
	    (uint64_t)run->conflicts, ana_time(elapsed_ns, d),
	    run->failures > 0 ? "  failed" : "");
}

static void
status_end(const struct cmd_explore *o)
{
	if (!o->quiet && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* ---- two steps, each in a child with a record of its own ---- */

int
cmd_explore_step(const struct cmd_explore *o, struct wl_exploration *x,
    enum lk_level level, struct cmd_step *s)
{
	const struct lk_record_conf conf = {
		.seed = o->job.seed, .level = level, .title = cmd_line,
		.arena = x->conf.trace != 0 ? ARENA + x->conf.trace : 0,
	};
	struct wl_run *run;
	int error;

	memset(s, 0, sizeof(*s));
	error = lk_record_create(&conf, &s->rec);
	if (error == 0) {
		run = lk_record_region(WL_RUN_REGION, sizeof(*run));
		if (run != NULL) {
			run->job = o->job;
			snprintf(run->command, sizeof(run->command), "%s",
			    cmd_line);
		}
		error = wl_explore_supervise(x, s->rec, &s->outcome);
	}
	if (error == 0)
		s->run = lk_record_region_find(s->rec, WL_EXPLORE_REGION,
		    NULL);
	if (error == 0 && s->run == NULL)
		error = ENOMEM;
	if (error == 0)
		return 0;
	cmd_complain("exploring: %s", strerror(error));
	return ANA_EXIT_CANNOT;
}

void
cmd_explore_conf(const struct cmd_explore *o, struct wl_exploration *x)
{
	memset(x, 0, sizeof(*x));
	x->job = &o->job;
	x->conf.chooser = o->chooser;
	x->conf.how.depth = o->depth;
	x->conf.how.bound = o->bound;
	x->conf.seed = o->seed;
	x->conf.executions = o->executions;
	x->conf.go_on = o->go_on;
	x->conf.orders = true;
	x->conf.memory = o->memory;
	x->limit_ns = o->limit_ns;
	x->tries = o->minimise;
	x->status = status;
	x->arg = (void *)(uintptr_t)o;
	if (o->executions == 0 && o->limit_ns == 0 && !o->chooser->ends)
		x->limit_ns = DEFAULT_NS;
}

/* Without a schedule: by the seed that it crashed with. */
static int
tell(struct cmd_explore *o, const struct wl_schedule *schedule,
    uint64_t seed, struct cmd_step *s)
{
	struct wl_exploration x;
	int code;

	cmd_explore_conf(o, &x);
	x.status = NULL;
	x.limit_ns = 0;
	x.tell = true;
	x.schedule = schedule;
	x.conf.seed = seed;
	x.conf.trace = o->trace_order ? TRACE : 0;
	code = cmd_explore_step(o, &x, LK_LEVEL_FULL, s);
	s->seed = seed;
	return code;
}

/* ---- what comes of it ---- */

static int
judge(const struct cmd_explore *o, const struct cmd_step *s,
    const struct ana_campaign *c, struct ana_result **r)
{
	const struct cmd_explored self = { o->base, s->seed };
	struct ana_snapshot *snap;
	int error;

	error = ana_freeze(s->rec, &s->outcome, &snap);
	if (error == 0) {
		snap->campaign = c;
		if (c->told != NULL || c->traced != NULL) {
			/* its time is virtual */
			snap->info.created = LK_FIBERS_BEGIN;
			snap->info.now = s->run->now;
		}
		error = ana_run(snap, r);
		ana_snapshot_free(snap);
	}
	if (error == 0 && o->confirm && cmd_confirm(*r, &o->job,
	    o->named ? &self : NULL) != 0)
		cmd_complain("--confirm: it could not be tried to its end");
	if (error == 0)
		return 0;
	cmd_complain("reading the record: %s", strerror(error));
	return ANA_EXIT_CANNOT;
}

static int
report(const struct cmd_explore *o, const struct ana_result *r)
{
	const struct rp_style style = {
		.colour = cmd_wants_colour(o->no_color), .brief = !o->full,
		.full = o->full
	};
	const struct cmd_format text = { .format = rp_format_find("text") };
	int code = (int)ana_exit_code(r), failed = 0;
	struct cmd_output to;
	unsigned i;

	if (code == ANA_EXIT_CANNOT) {
		cmd_complain("cannot run here: %s", r->facts.why);
		return code;
	}
	cmd_format_show(&text, &style, r);
	for (i = 0; i < o->nreports && failed == 0; i++) {
		failed = cmd_output_open(&to, o->reports[i].path) != 0 ?
		    ANA_EXIT_CANNOT : cmd_format_write(&to,
		    &o->reports[i].format, &style, r);
		cmd_output_drop(&to);
	}
	code = cmd_stdout(code);
	return code == ANA_EXIT_CLEAN ? failed : code;
}

static void
command_again(struct cmd_explore *o, const struct wl_explore_run *run,
    char *buf, size_t len)
{
	struct wl_job_program *p;
	struct wl_error err;
	char whole[WL_PROGRAM_TEXT] = "";
	int n;

	n = snprintf(buf, len, "%s", o->base);
	if (wl_job_program(&o->job, &p, &err) == 0) {
		wl_job_program_text(p, whole, sizeof(whole));
		wl_job_program_free(p);
	}
	if (run->schedule[0] != '\0' &&
	    strlen(run->schedule) < INLINE_SCHEDULE) {
		if (strcmp(whole, run->program) != 0)
			n += snprintf(buf + n, len - (size_t)n,
			    " --set 'explore.program=%s'", run->program);
		snprintf(buf + n, len - (size_t)n, " --replay '%s'",
		    run->schedule);
		return;
	}
	snprintf(buf + n, len - (size_t)n, " --strategy %s --seed %" PRIu64
	    " --executions 1", o->chooser->name, run->failed_seed);
}

/* => the job is that of the failing execution, from here on */
static int
take_program(struct cmd_explore *o, const char *program)
{
	struct wl_error err;
	char text[WL_PROGRAM_TEXT + 32];

	if (strcmp(o->job.program, program) == 0)
		return 0;
	snprintf(text, sizeof(text), "explore.program=%s", program);
	cmd_quote(o->base, sizeof(o->base), strlen(o->base), "--set");
	cmd_quote(o->base, sizeof(o->base), strlen(o->base), text);
	if (wl_job_set(&o->job, "explore.program", program, &err) == 0)
		return 0;
	return cmd_bad_input(&err);
}

static int
tell_failure(struct cmd_explore *o, const struct cmd_step *found,
    const struct wl_schedule *schedule, struct cmd_step *told, char *again,
    size_t len)
{
	int code;
	uint64_t seed = found->run->failed_at != 0 ? found->run->failed_seed :
	    found->run->seed;	/* not where it was made smaller */

	if (found->outcome.end == WLE_CRASH || found->outcome.end == WLE_HANG) {
		snprintf(again, len, "%s --strategy %s --seed %" PRIu64
		    " --executions 1", o->base, o->chooser->name,
		    seed);
		return tell(o, NULL, seed, told);
	}
	command_again(o, found->run, again, len);
	code = take_program(o, found->run->program);
	if (code == 0)
		code = cmd_schedule_save(o, found->run);
	if (code == 0)
		code = tell(o, found->run->schedule[0] != '\0' ? schedule :
		    NULL, found->run->failed_seed, told);
	return code;
}

bool
cmd_explore_fails(const struct cmd_step *s)
{
	return s->outcome.end == WLE_CRASH || s->outcome.end == WLE_HANG ||
	    (s->outcome.end != WLE_FAILED && s->run->failures > 0);
}

/* What was found, once more and slowly. */
static int
search_failed(struct cmd_explore *o, const struct cmd_step *found,
    struct ana_campaign *c, struct ana_result **r)
{
	struct wl_schedule schedule = { 0 };
	struct cmd_step told;
	char again[4096];
	size_t at;
	int code;

	if (wl_schedule_read(found->run->schedule, &schedule, &at) != 0)
		wl_schedule_clear(&schedule);
	code = tell_failure(o, found, &schedule, &told, again, sizeof(again));
	wl_schedule_free(&schedule);
	if (code != 0)
		return code;
	c->told = told.run;
	c->again = again;
	code = cmd_export(o, told.run);
	return code != 0 ? code : judge(o, &told, c, r);
}

/* Nothing failed; but what strands did in one of them shows what may. */
static int
search_passed(struct cmd_explore *o, const struct cmd_step *found,
    struct ana_campaign *c, struct ana_result **r)
{
	struct cmd_step told;
	int code = cmd_controls(o, found, c);

	if (code != 0 || !o->trace_order || found->outcome.end != WLE_DONE)
		return code != 0 ? code : judge(o, found, c, r);
	code = tell(o, NULL, o->seed, &told);
	if (code != 0)
		return code;
	c->traced = told.run;
	return judge(o, &told, c, r);
}

static int
search(struct cmd_explore *o, struct ana_result **r)
{
	struct ana_campaign c = { .strategy = o->chooser->name,
	    .first_seed = o->seed };
	struct wl_exploration x;
	struct cmd_step found;
	int code;

	cmd_explore_conf(o, &x);
	code = cmd_explore_step(o, &x, LK_LEVEL_OFF, &found);
	status_end(o);
	if (code != 0)
		return code;
	c.search = found.run;
	c.elapsed_ns = found.outcome.elapsed_ns;
	if (cmd_explore_fails(&found))
		code = search_failed(o, &found, &c, r);
	else
		code = search_passed(o, &found, &c, r);
	lk_record_close(found.rec);
	return code;
}

static int
replay(struct cmd_explore *o, struct ana_result **r)
{
	struct ana_campaign c = { .strategy = "replay",
	    .first_seed = o->schedule.seed };
	struct cmd_step told;
	int code;

	code = tell(o, &o->schedule, o->schedule.seed, &told);
	if (code != 0)
		return code;
	c.told = told.run;
	if ((code = cmd_export(o, told.run)) != 0)
		return code;
	c.again = cmd_line;
	c.elapsed_ns = told.outcome.elapsed_ns;
	code = judge(o, &told, &c, r);
	if (code == 0 && o->expected && told.run->hash != o->hash)
		cmd_complain("not the same execution: hash %016" PRIx64
		    ", expected %016" PRIx64 "%s", told.run->hash, o->hash,
		    told.run->diverged != 0 ? "; the schedule does not fit the "
		    "code any more" : "");
	return code;
}

static int
run(int argc, char **argv)
{
	struct cmd_explore *o = calloc(1, sizeof(*o));
	struct ana_result *r = NULL;
	int code;

	if (o == NULL)
		return ANA_EXIT_CANNOT;
	code = cmd_explore_options(argc, argv, o);
	if (code == 0 && o->help) {
		cmd_usage(stdout, &cmd_explore);
		code = cmd_stdout(0);
	} else if (code == 0) {
		fprintf(stderr, "%s\n", cmd_line);
		code = o->replaying ? replay(o, &r) : search(o, &r);
		if (code == 0)
			code = report(o, r);
	}
	ana_result_free(r);
	wl_schedule_free(&o->schedule);
	free(o);
	return code;
}

static const char teach[] =
    "Runs the strands of SCENARIO or FILE.job one at a time: at each lock "
    "operation,\nsleep, wake-up and I/O a strategy decides who goes on, so "
    "that an execution is\na function of the job, the strategy and a seed.  "
    "It is repeated with the next\nseed until something fails, is made "
    "smaller, and is told step by step with the\ncommand that makes it "
    "happen again.\n"
    "\n"
    "  amapstorm explore explore-swapoff             ten seconds of it\n"
    "  amapstorm explore explore-swapoff --set scheme=blocking --strategy "
    "pos\n"
    "  amapstorm explore explore-cow --set 'explore.program=fork | unref' "
    "\\\n"
    "      --strategy exhaustive\n"
    "  amapstorm explore my.job --for 10min --go-on --save bad.schedule\n"
    "  amapstorm explore --replay bad.schedule\n"
    "  amapstorm explore explore-swapoff --set scheme=blocking \\\n"
    "      --set 'explore.program=unref | swapcycle' --seed 4 --executions 1 "
    "\\\n      --trace-order --confirm               predict from one, and "
    "prove\n"
    "\n"
    "explore.program says what each strand does, as fork write | swapcycle;\n"
    "without it ops are drawn by weight.  Memory, spaces and the rest are as "
    "in any\njob.\n";

const struct cmd_command cmd_explore = {
	.name = "explore",
	.args = "SCENARIO | FILE.job | --replay FILE [OPTION ...]",
	.help = "run a job's strands in every order that a strategy thinks of",
	.teach = teach,
	.more = cmd_explore_help,
	.run = run,
};
