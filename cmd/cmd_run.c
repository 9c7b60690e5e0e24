/*
 * run: a job in a child process, watched from here; then what was found.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

#define ARENA		((uint64_t)65 << 20)	/* of the record, for the rest */
#define REPLAY_FRAMES	262144	/* no more than that unasked: 1 GiB of 4 KiB */

/*
 * A recorded process had its memory; unless a number was asked for, it gets
 * as much here, and pages only go out when --frames says so.
 * => a page is touched by at least one record
 */
static void
fit_frames(struct wl_job *job, const struct wl_trace_info *info)
{
	struct wl_job dflt;

	wl_job_default(&dflt);
	if (job->vm.frames != dflt.vm.frames ||
	    info->nrecords <= dflt.vm.frames)
		return;
	job->vm.frames = info->nrecords < REPLAY_FRAMES ?
	    info->nrecords : REPLAY_FRAMES;
}

/* A trace is read whole once before anything is started. */
static int
check_replay(struct wl_job *job)
{
	struct wl_trace_error err;
	struct wl_trace *trace;
	char text[640];
	int error;

	if (job->replay[0] == '\0')
		return 0;
	memset(&err, 0, sizeof(err));
	error = wl_trace_open(job->replay, &trace, &err);
	if (error == 0) {
		fit_frames(job, wl_trace_info(trace));
		wl_trace_close(trace);
		return 0;
	}
	wl_trace_error_text(&err, text, sizeof(text));
	return cmd_bad("%s", text);
}

static int
check_job(struct wl_job *job)
{
	struct wl_error err;

	memset(&err, 0, sizeof(err));
	if (wl_job_check(job, &err) != 0)
		return cmd_bad_input(&err);
	return check_replay(job);
}

/* A run and what is to be written at its end. */
struct going {
	const struct cmd_options *o;
	struct ana_contract *contract;
	struct cmd_keep	keep;
	int		kept;		/* cmd_keep_done()'s code */
	struct ana_result *r;
	struct cmd_output out[CMD_MAXREPORT];
};

static int
open_outputs(struct going *g)
{
	const struct cmd_options *o = g->o;
	unsigned i;
	int error;

	for (i = 0; i < o->nreports; i++) {
		error = cmd_output_open(&g->out[i], o->reports[i].path);
		if (error != 0)
			return cmd_bad("%s: cannot be written: %s",
			    o->reports[i].path, strerror(error));
	}
	return cmd_keep_open(&g->keep, o->output, &o->job);
}

static void
close_outputs(struct going *g)
{
	unsigned i;

	for (i = 0; i < g->o->nreports; i++)
		cmd_output_drop(&g->out[i]);
	cmd_keep_close(&g->keep);
}

static int
judge(struct going *g, struct ana_snapshot *snap)
{
	int error;

	snap->contract = g->contract;
	error = ana_run(snap, &g->r);
	if (error == 0 && g->o->confirm &&
	    cmd_confirm(g->r, &g->o->job, NULL) != 0)
		cmd_complain("--confirm: it could not be tried to its end");
	if (error == 0)
		error = ana_keep_judged(snap, g->r);
	if (error == 0)
		g->kept = cmd_keep_done(&g->keep, snap, g->r);
	return error;
}

/* => 0, or an exit code; g->r is what was found */
static int
supervise(struct going *g)
{
	const struct cmd_options *o = g->o;
	const struct lk_record_conf conf = {
		.seed = o->job.seed, .level = wl_job_level(o->job.record),
		.hold_period = (uint32_t)o->job.hold_period,
		/* and pagers, page daemon, its own first one */
		.nstrand = (uint32_t)(o->job.threads + o->job.walkers) + 4,
		.title = cmd_line, .arena = ARENA +
		    (o->timeline ? lk_timeline_bytes() : 0) +
		    (o->trace_order ? LK_TRACE_BYTES : 0)
	};
	struct cmd_live live = {
		.terminal = isatty(STDERR_FILENO), .quiet = o->quiet,
		.stop = o->stop, .keep = &g->keep
	};
	const struct wl_watch watch = {
		.status = cmd_live_status, .arg = &live, .command = cmd_line,
		.look = cmd_live_look
	};
	struct wl_outcome outcome;
	struct ana_snapshot *snap = NULL;
	const char *doing = "making the record";
	int error;

	memset(&outcome, 0, sizeof(outcome));
	error = lk_record_create(&conf, &live.rec);
	if (error == 0 && o->timeline)
		error = lk_timeline();
	if (error == 0 && o->trace_order)
		error = lk_order_trace(LK_TRACE_BYTES);
	if (error == 0)
		error = ana_watch_new(live.rec, g->contract, &live.watch);
	if (error == 0) {
		doing = "starting the run";
		error = wl_supervise(&o->job, live.rec, &watch, &outcome);
		cmd_live_end(&live);
	}
	lk_order_trace(0);
	ana_watch_free(live.watch);
	if (error == 0) {
		doing = "reading the record";
		error = ana_freeze(live.rec, &outcome, &snap);
	}
	if (error == 0)
		error = judge(g, snap);
	ana_snapshot_free(snap);
	if (error == 0)
		return 0;
	cmd_complain("%s: %s", doing, strerror(error));
	return ANA_EXIT_CANNOT;
}

static int
report(struct going *g)
{
	const struct cmd_options *o = g->o;
	const struct cmd_format text = { rp_format_find("text"), "" };
	struct rp_style style = {
		.colour = cmd_wants_colour(o->no_color), .brief = o->quiet,
		.full = o->full, .locks = o->nlocks
	};
	int code = (int)ana_exit_code(g->r), failed, error;
	unsigned i;

	if (code == ANA_EXIT_CANNOT) {	/* there is nothing to report */
		cmd_complain("cannot run here: %s", g->r->facts.why);
		return code;
	}
	failed = cmd_format_show(&text, &style, g->r);
	style.brief = false;
	for (i = 0; i < o->nreports; i++) {
		error = cmd_format_write(&g->out[i], &o->reports[i].format,
		    &style, g->r);
		failed = failed == 0 ? error : failed;
	}
	code = cmd_stdout(code);
	cmd_keep_tell(&g->keep, o->quiet);
	return code != ANA_EXIT_CLEAN ? code : failed != 0 ? failed : g->kept;
}

static int
go(const struct cmd_options *o, struct ana_contract *contract)
{
	struct going *g = calloc(1, sizeof(*g));
	int code;

	if (g == NULL)
		return ANA_EXIT_CANNOT;
	g->o = o;
	g->contract = contract;
	code = open_outputs(g);
	if (code == 0) {
		fprintf(stderr, "%s\nseed %" PRIu64 "\n", cmd_line,
		    o->job.seed);
		code = supervise(g);
	}
	if (code == 0)
		code = report(g);
	close_outputs(g);
	ana_result_free(g->r);
	free(g);
	return code;
}

static int
run(int argc, char **argv)
{
	struct ana_contract *contract = NULL;
	struct cmd_options *o;
	int code;

	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return ANA_EXIT_CANNOT;
	code = cmd_options(argc, argv, o);
	if (code == 0 && o->help) {
		cmd_usage(stdout, &cmd_run);
		free(o);
		return cmd_stdout(0);
	}
	if (code == 0)
		code = cmd_subject_use(&o->job);
	if (code == 0)
		code = check_job(&o->job);
	if (code == 0)
		code = cmd_contract(o->baseline, &contract);
	if (code == 0)
		code = go(o, contract);
	ana_contract_free(contract);
	free(o);
	return code;
}

static const char teach[] =
    "SCENARIO is one of those that `amapstorm list scenarios' shows; storm, "
    "which\ndoes everything at once, if none is given.  FILE.job is a job "
    "file of your own\n(amapstorm list keys).  The run happens in a child "
    "process: if it hangs or\ncrashes, that is reported, too.\n"
    "\n"
    "  amapstorm run cow --threads 16 --duration 1min\n"
    "  amapstorm run swapoff --scheme blocking       deadlocks; see how it is "
    "told\n"
    "  amapstorm run pressure --frames 256 --inject swap_read=1%\n"
    "  amapstorm run --replay cc.trace --seed 7 --json out.json\n"
    "  amapstorm run -o run.db; amapstorm report run.db\n"
    "  amapstorm run --report trace=out.json --report sarif=f.sarif\n"
    "  amapstorm run --what-if amaplk=500,2000       would shortening help?\n"
    "  amapstorm run swapoff --trace-order --confirm predict and prove "
    "deadlocks\n"
    "  amapstorm run --order-baseline order.txt      see: amapstorm help "
    "order\n"
    "\n"
    "Ctrl-C ends a run early, with its summary.  A run is kept in a file, "
    "whose name\nis told at its end: amapstorm-SCENARIO-TIME.db in the folder "
    "that\nAMAPSTORM_RUNS names, or else here, unless -o names it (-o none: no "
    "file).\nWhat is left of a run that was killed: amapstorm report "
    "--partial.\n";

const struct cmd_command cmd_run = {
	.name = "run",
	.args = "[SCENARIO | FILE.job] [OPTION ...]",
	.help = "run a scenario, check every byte, and say what was found",
	.teach = teach,
	.more = cmd_options_help,
	.run = run,
};
