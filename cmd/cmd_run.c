/*
 * run: a job in a child process, watched from here; then what was found.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

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

static int
open_outputs(const struct cmd_options *o, struct cmd_output *text,
    struct cmd_output *json)
{
	int error;

	memset(json, 0, sizeof(*json));
	error = cmd_output_open(text, o->output);
	if (error != 0)
		return cmd_bad("%s: cannot be written: %s", o->output,
		    strerror(error));
	error = cmd_output_open(json, o->json);
	if (error == 0 && (error = cmd_output_try(o->save)) == 0)
		return 0;
	cmd_output_drop(text);
	if (json->file == NULL && o->json != NULL)
		return cmd_bad("%s: cannot be written: %s", o->json,
		    strerror(error));
	cmd_output_drop(json);
	return cmd_bad("%s: cannot be written: %s", o->save, strerror(error));
}

/* A run that could not even start is not worth keeping. */
static int
save(const struct cmd_options *o, const struct ana_snapshot *snap)
{
	char why[ANA_WHY];

	if (o->save == NULL || snap->outcome.end == WLE_FAILED ||
	    ana_snapshot_save(snap, o->save, why) == 0)
		return 0;
	cmd_complain("%s", why);
	return ANA_EXIT_CANNOT;
}

static int
judge(const struct cmd_options *o, const struct ana_contract *contract,
    struct ana_snapshot *snap, struct ana_result **r, int *saved)
{
	int error;

	snap->contract = contract;
	error = ana_run(snap, r);
	if (error == 0)
		*saved = save(o, snap);
	return error;
}

/* => 0, or an exit code; *r is what was found; *saved is save()'s code */
static int
supervise(const struct cmd_options *o, const struct ana_contract *contract,
    struct ana_result **r, int *saved)
{
	const struct lk_record_conf conf = {
		.seed = o->job.seed, .level = wl_job_level(&o->job),
		.title = cmd_line
	};
	struct cmd_live live = {
		.terminal = isatty(STDERR_FILENO), .quiet = o->quiet,
		.stop = o->stop
	};
	const struct wl_watch watch = {
		.status = cmd_live_status, .arg = &live, .command = cmd_line,
		.look = cmd_live_look
	};
	struct wl_outcome outcome;
	struct ana_snapshot *snap = NULL;
	struct lk_record *rec;
	const char *doing = "making the record";
	int error;

	memset(&outcome, 0, sizeof(outcome));
	error = lk_record_create(&conf, &rec);
	if (error == 0)
		error = ana_watch_new(rec, contract, &live.watch);
	if (error == 0) {
		doing = "starting the run";
		error = wl_supervise(&o->job, rec, &watch, &outcome);
		cmd_live_end(&live);
	}
	ana_watch_free(live.watch);
	if (error == 0) {
		doing = "reading the record";
		error = ana_freeze(rec, &outcome, &snap);
	}
	if (error == 0)
		error = judge(o, contract, snap, r, saved);
	ana_snapshot_free(snap);
	if (error == 0)
		return 0;
	cmd_complain("%s: %s", doing, strerror(error));
	return ANA_EXIT_CANNOT;
}

static int
report(const struct cmd_options *o, const struct ana_result *r,
    struct cmd_output *text, struct cmd_output *json)
{
	const struct rp_style style = {
		.colour = cmd_wants_colour(o->no_color), .brief = o->quiet,
		.full = o->full, .locks = o->nlocks
	};
	struct rp_style whole = style;
	int code = (int)ana_exit_code(r), failed;

	whole.brief = false;
	if (code == ANA_EXIT_CANNOT) {	/* there is nothing to report */
		cmd_complain("cannot run here: %s", r->facts.why);
		return code;
	}
	rp_format_find("text")->render(r, &style, stdout);
	failed = cmd_output_report(text, "text", &whole, r);
	if (failed == 0)
		failed = cmd_output_report(json, "json", &whole, r);
	code = cmd_stdout(code);
	return code == ANA_EXIT_CLEAN ? failed : code;
}

static int
run(int argc, char **argv)
{
	struct cmd_output text, json;
	struct ana_contract *contract = NULL;
	struct ana_result *r = NULL;
	struct cmd_options *o;
	int code, saved = 0;

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
		code = check_job(&o->job);
	if (code == 0)
		code = cmd_contract(o->baseline, &contract);
	if (code == 0)
		code = open_outputs(o, &text, &json);
	if (code == 0) {
		fprintf(stderr, "%s\nseed %" PRIu64 "\n", cmd_line,
		    o->job.seed);
		code = supervise(o, contract, &r, &saved);
		if (code == 0)
			code = report(o, r, &text, &json);
		if (code == ANA_EXIT_CLEAN)
			code = saved;
		cmd_output_drop(&text);
		cmd_output_drop(&json);
	}
	ana_result_free(r);
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
    "  amapstorm run --save run.db; amapstorm report run.db\n"
    "  amapstorm run --what-if amaplk=500,2000       would shortening help?\n"
    "  amapstorm run --order-baseline order.txt      see: amapstorm help "
    "order\n"
    "\n"
    "Ctrl-C ends a run early, with its summary.\n";

const struct cmd_command cmd_run = {
	.name = "run",
	.args = "[SCENARIO | FILE.job] [OPTION ...]",
	.help = "run a scenario, check every byte, and say what was found",
	.teach = teach,
	.more = cmd_options_help,
	.run = run,
};
