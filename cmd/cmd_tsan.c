/*
 * tsan: scenarios under ThreadSanitizer, each a process of its own; what it
 * reports is folded and held against what was known.
 *
 * The sanitizer is another build of this program (flavour.c), and its reports
 * are text, in files of a folder that goes when all have been read:
 *
 *	FOLDER/report.PID	what the sanitizer wrote
 *	FOLDER/locks.PID	which classes its locks are (locks/tsan_options.c)
 *	FOLDER/told, said	what the run printed, and its stderr
 */
#include <sys/personality.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

extern char **environ;

struct what {
	const char	*subject, *time, *seeds, *baseline;
	bool		update, quiet, help;
	struct cmd_words reports, scenarios, more;
	uint64_t	ns;			/* of each run */
	unsigned long	nseeds;
	char		program[CMD_PATH], folder[64];
	struct ana_races *races;
	unsigned	nruns;
	int		worst;			/* exit code of a run */
};

static const struct cmd_take options[] = {
	{ "subject", NULL, "FILE", "a subject of yours, source or object; "
	    "docs/SUBJECTS.md", offsetof(struct what, subject), CMD_TAKE_ONE },
	{ "for", NULL, "TIME", "all runs together [60s]",
	    offsetof(struct what, time), CMD_TAKE_ONE },
	{ "seeds", NULL, "N", "so many runs of each scenario, with seeds 1 to "
	    "N [1]", offsetof(struct what, seeds), CMD_TAKE_ONE },
	{ "baseline", NULL, "FILE", "reports that are known",
	    offsetof(struct what, baseline), CMD_TAKE_ONE },
	{ "update", NULL, NULL, "write what was reported into the baseline",
	    offsetof(struct what, update), CMD_TAKE_ONE },
	{ "report", NULL, "FORMAT=FILE", "write a report: sarif, junit, json; "
	    "may be given more than once", offsetof(struct what, reports),
	    CMD_TAKE_MANY },
	{ "quiet", "-q", NULL, "what is new, alone (-q)",
	    offsetof(struct what, quiet), CMD_TAKE_ONE },
	{ "help", "-h", NULL, "this text (-h)", offsetof(struct what, help),
	    CMD_TAKE_ONE },
	CMD_TAKE_END
};

/* ---- arguments ---- */

static int
check_scenario(struct what *w, const char *name)
{
	struct wl_error err;
	struct wl_job job;

	if (wl_job_scenario(&job, name, &err) != 0)
		return cmd_bad_input(&err);
	return cmd_words_add(&w->scenarios, name);
}

static int
check_reports(const struct what *w)
{
	struct cmd_format format;
	char name[64];
	const char *eq;
	size_t i;
	int code;

	for (i = 0; i < w->reports.n; i++) {
		eq = strchr(w->reports.word[i], '=');
		if (eq == NULL || eq[1] == '\0')
			return cmd_bad("--report %s: expected FORMAT=FILE",
			    w->reports.word[i]);
		snprintf(name, sizeof(name), "%.*s",
		    (int)(eq - w->reports.word[i]), w->reports.word[i]);
		if ((code = cmd_format("--report", name, NULL, &format)) != 0)
			return code;
		if (cmd_output_try(eq + 1) != 0)
			return cmd_bad("--report %s: cannot be written",
			    w->reports.word[i]);
	}
	return 0;
}

static int
check_numbers(struct what *w)
{
	struct wl_error err;
	struct wl_job job;
	char *end;

	w->nseeds = 1;
	if (w->seeds != NULL) {
		w->nseeds = strtoul(w->seeds, &end, 10);
		if (w->nseeds < 1 || w->nseeds > 100000 || *end != '\0' ||
		    w->seeds[0] == '-')
			return cmd_bad("--seeds %s: expected 1 to 100000",
			    w->seeds);
	}
	wl_job_default(&job);
	if (wl_job_set(&job, "duration", w->time == NULL ? "60s" : w->time,
	    &err) != 0 || job.duration_ns == 0)
		return cmd_bad("--for %s: expected a time, as 60s or 5min",
		    w->time);
	w->ns = job.duration_ns / (w->scenarios.n * w->nseeds);
	if (w->ns < 10000000)
		return cmd_bad("--for %s: less than 10 ms for each of %lu "
		    "runs", w->time == NULL ? "60s" : w->time,
		    (unsigned long)w->scenarios.n * w->nseeds);
	return 0;
}

static int
check_baseline(struct what *w)
{
	unsigned line;
	int error;

	if (w->update && w->baseline == NULL)
		return cmd_bad("tsan: --update needs --baseline FILE");
	if (w->baseline == NULL)
		return 0;
	error = ana_races_known(w->races, w->baseline, &line);
	if (error == ENOENT && w->update)
		return 0;
	if (error == EINVAL)
		return cmd_bad("%s:%u: expected 16 hexadecimal digits and a "
		    "text", w->baseline, line);
	if (error != 0)
		return cmd_bad("%s: %s", w->baseline, strerror(error));
	return 0;
}

static int
arguments(int argc, char **argv, struct what *w)
{
	int code = 0, i;
	bool taken;

	for (i = 1; i < argc && code == 0; i++) {
		if (strcmp(argv[i], "--") == 0)
			break;
		code = cmd_take(options, argc, argv, &i, w, &taken);
		if (code == 0 && !taken)
			code = argv[i][0] == '-' ?
			    cmd_take_unknown(options, "tsan", argv[i]) :
			    check_scenario(w, argv[i]);
	}
	for (i++; i < argc && code == 0; i++)
		code = cmd_words_add(&w->more, argv[i]);
	if (code != 0 || w->help)
		return code;
	if (w->scenarios.n == 0)
		return cmd_bad("tsan: expected a scenario; amapstorm list "
		    "names them");
	if (w->subject != NULL && access(w->subject, R_OK) != 0)
		return cmd_bad("--subject %s: %s", w->subject,
		    strerror(errno));
	if ((code = check_numbers(w)) != 0 || (code = check_reports(w)) != 0)
		return code;
	return check_baseline(w);
}

/* ---- runs ---- */

static int
find_program(struct what *w)
{
	if (strcmp(cmd_flavour(), "tsan") == 0) {
		snprintf(w->program, sizeof(w->program), "/proc/self/exe");
		return 0;
	}
	if (cmd_flavour_program("tsan", w->program))
		return 0;
	cmd_complain("this needs the tsan flavour of amapstorm, which is not "
	    "installed; docs/TSAN.md says how to get it");
	return ANA_EXIT_CANNOT;
}

/* Its shadow memory has fixed places, which some kernels give away. */
static void
plain_layout(void)
{
	int was = personality(0xffffffff);

	if (was != -1)
		(void)personality((unsigned long)was | ADDR_NO_RANDOMIZE);
}

static int
surroundings(const struct what *w)
{
	const char *theirs = getenv("TSAN_OPTIONS");
	char text[1024];

	if (snprintf(text, sizeof(text), "%s%slog_path=%s/report:exitcode=0",
	    theirs == NULL ? "" : theirs, theirs == NULL ? "" : ":",
	    w->folder) >= (int)sizeof(text))
		return cmd_bad("TSAN_OPTIONS: too long");
	setenv("TSAN_OPTIONS", text, 1);
	snprintf(text, sizeof(text), "%s/locks", w->folder);
	setenv("AMAPSTORM_TSAN_LOCKS", text, 1);
	plain_layout();
	return 0;
}

static int
start(const struct what *w, char *const *argv, pid_t *pid)
{
	posix_spawn_file_actions_t a;
	char said[128], told[128];
	int error;

	snprintf(said, sizeof(said), "%s/said", w->folder);
	snprintf(told, sizeof(told), "%s/told", w->folder);
	if (posix_spawn_file_actions_init(&a) != 0)
		return ENOMEM;
	posix_spawn_file_actions_addopen(&a, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&a, 1, told, O_WRONLY | O_CREAT |
	    O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&a, 2, said, O_WRONLY | O_CREAT |
	    O_TRUNC, 0600);
	error = posix_spawn(pid, w->program, &a, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&a);
	return error;
}

/* The last line that a run said that is no running line. */
static void
show_said(const struct what *w)
{
	char line[512], last[512] = "", said[128];
	FILE *f;

	snprintf(said, sizeof(said), "%s/said", w->folder);
	f = fopen(said, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "amapstorm: ", 11) == 0)
			snprintf(last, sizeof(last), "%s", line);
	if (f != NULL)
		fclose(f);
	if (last[0] != '\0')
		fputs(last, stderr);
}

/*
 * Not all that a run finds counts here: what is about time alone (WARN) is the
 * sanitizer's slowness as often as not.  => is there an error?
 */
static bool
show_told(const struct what *w)
{
	char line[512], told[128];
	bool error = false;
	FILE *f;

	snprintf(told, sizeof(told), "%s/told", w->folder);
	f = fopen(told, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "ERROR ", 6) == 0) {
			error = true;
			fprintf(stderr, "    %s", line);
		}
	if (f != NULL)
		fclose(f);
	return error;
}

static int
run_one(struct what *w, const char *scenario, unsigned long seed)
{
	char number[32], time[32];
	struct cmd_words a = { NULL, 0 };
	const char *const fixed[] = {
		"amapstorm", "run", scenario, "--seed", number, "--duration",
		time, "-o", "none", "--quiet", "--no-color",
		w->subject == NULL ? NULL : "--subject", w->subject
	};
	int code = 0, status = 0, error;
	pid_t pid;
	size_t i;

	snprintf(number, sizeof(number), "%lu", seed);
	snprintf(time, sizeof(time), "%" PRIu64 "ms", w->ns / 1000000);
	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]) && code == 0; i++)
		if (fixed[i] != NULL)
			code = cmd_words_add(&a, fixed[i]);
	if (code == 0)
		code = cmd_words_join(&a, &w->more);
	if (code == 0 && (error = start(w, a.word, &pid)) != 0) {
		cmd_complain("%s: cannot be run: %s", w->program,
		    strerror(error));
		code = ANA_EXIT_CANNOT;
	}
	cmd_words_free(&a);
	if (code != 0)
		return code;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	w->nruns++;
	code = WIFEXITED(status) ? WEXITSTATUS(status) : ANA_EXIT_BUG;
	if (code == ANA_EXIT_CLEAN || code == ANA_EXIT_UNTRUSTED)
		return 0;
	if (code == ANA_EXIT_FINDINGS) {
		if (show_told(w)) {
			cmd_complain("%s, seed %lu: that is what the run "
			    "itself found", scenario, seed);
			w->worst = ANA_EXIT_FINDINGS;
		}
		return 0;
	}
	show_said(w);
	cmd_complain("%s, seed %lu: the run ended with code %d", scenario,
	    seed, code);
	return code;
}

/* ---- what they left ---- */

/* => 0 or errno; reports in the order of their processes */
static int
read_all(struct what *w)
{
	char log[400], locks[400];
	struct dirent **d;
	int i, n, error = 0;

	n = scandir(w->folder, &d, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (strncmp(d[i]->d_name, "report.", 7) == 0 && error == 0) {
			snprintf(log, sizeof(log), "%s/%s", w->folder,
			    d[i]->d_name);
			snprintf(locks, sizeof(locks), "%s/locks.%s",
			    w->folder, d[i]->d_name + 7);
			error = ana_races_read(w->races, log, locks);
		}
		free(d[i]);
	}
	if (n >= 0)
		free(d);
	return n < 0 ? errno : error;
}

static void
remove_folder(const struct what *w)
{
	char path[400];
	struct dirent *e;
	DIR *d = opendir(w->folder);

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", w->folder, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(w->folder);
}

static int
write_baseline(const struct what *w)
{
	struct cmd_output to;
	int error = cmd_output_open(&to, w->baseline);

	if (error == 0) {
		ana_races_write(w->races, to.file);
		error = cmd_output_done(&to);
	}
	cmd_output_drop(&to);
	if (error == 0)
		return 0;
	cmd_complain("%s: %s", w->baseline, strerror(error));
	return ANA_EXIT_CANNOT;
}

static int
write_reports(const struct what *w, const struct ana_result *r)
{
	const struct rp_style style = { .full = true };
	struct cmd_format format;
	struct cmd_output to;
	char name[64];
	const char *eq;
	size_t i;
	int code = 0, error;

	for (i = 0; i < w->reports.n && code == 0; i++) {
		eq = strchr(w->reports.word[i], '=');
		snprintf(name, sizeof(name), "%.*s",
		    (int)(eq - w->reports.word[i]), w->reports.word[i]);
		code = cmd_format("--report", name, NULL, &format);
		if (code != 0)
			break;
		if ((error = cmd_output_open(&to, eq + 1)) != 0) {
			cmd_complain("%s: %s", eq + 1, strerror(error));
			code = ANA_EXIT_CANNOT;
		} else
			code = cmd_format_write(&to, &format, &style, r);
		cmd_output_drop(&to);
	}
	return code;
}

static const char *const words[] = {
	[ANA_RACE_NEW] = "NEW", [ANA_RACE_KNOWN] = "known",
	[ANA_RACE_DOCUMENTED] = "documented", [ANA_RACE_GONE] = "gone"
};

/* => how many are new; all are told, or these alone */
static unsigned
show(const struct what *w, const struct ana_race *race, size_t n,
    const struct ana_result *r)
{
	unsigned of[4] = { 0 };
	char text[ANA_RACE_TEXT];
	size_t i, k;

	for (i = 0; i < n; i++) {
		of[race[i].state]++;
		if (w->quiet && race[i].state != ANA_RACE_NEW)
			continue;
		ana_race_text(&race[i], text);
		printf("%-10s  %016" PRIx64 "  %s", words[race[i].state],
		    race[i].print, text);
		if (race[i].count > 1)
			printf("  (%" PRIu64 " times)", race[i].count);
		printf("\n");
		if (race[i].why[0] != '\0')
			printf("    %s\n", race[i].why);
	}
	for (i = 0; i < r->nfindings; i++) {
		const struct ana_finding *f = r->findings[i];

		if (strcmp(f->name, "tsan.new") != 0)
			continue;
		printf("\n%s\n", f->what);
		for (k = 0; k < f->ntext; k++)
			printf("    %s\n", f->text[k]);
	}
	printf("%s%u new, %u known, %u documented, %u gone, of %u runs\n",
	    of[ANA_RACE_NEW] != 0 ? "\n" : "", of[ANA_RACE_NEW],
	    of[ANA_RACE_KNOWN], of[ANA_RACE_DOCUMENTED], of[ANA_RACE_GONE],
	    w->nruns);
	return of[ANA_RACE_NEW];
}

static int
judge(struct what *w)
{
	struct ana_snapshot s;
	struct ana_result *r = NULL;
	int code = 0, error = read_all(w);

	memset(&s, 0, sizeof(s));
	wl_job_default(&s.job);
	snprintf(s.job.name, sizeof(s.job.name), "tsan");
	snprintf(s.command, sizeof(s.command), "%s", cmd_line);
	s.outcome.end = WLE_DONE;
	if (error == 0) {
		s.races = ana_races_judge(w->races, &s.nraces);
		s.sites = ana_races_sites(w->races, &s.nsites);
		error = s.sites == NULL ? ENOMEM : ana_run(&s, &r);
	}
	if (error != 0) {
		cmd_complain("reading reports: %s", strerror(error));
		code = ANA_EXIT_CANNOT;
	} else {
		code = show(w, s.races, s.nraces, r) != 0 && !w->update ?
		    ANA_EXIT_FINDINGS : w->worst;
		error = write_reports(w, r);
		if (error == 0 && w->update)
			error = write_baseline(w);
		code = cmd_stdout(error != 0 ? error : code);
	}
	ana_result_free(r);
	free(s.sites);
	return code;
}

static int
runs(struct what *w)
{
	unsigned long seed;
	size_t i;
	int code;

	if ((code = find_program(w)) != 0)
		return code;
	snprintf(w->folder, sizeof(w->folder), "/tmp/amapstorm-tsan.XXXXXX");
	if (mkdtemp(w->folder) == NULL) {
		cmd_complain("%s: %s", w->folder, strerror(errno));
		return ANA_EXIT_CANNOT;
	}
	code = surroundings(w);
	for (seed = 1; seed <= w->nseeds && code == 0; seed++)
		for (i = 0; i < w->scenarios.n && code == 0; i++)
			code = run_one(w, w->scenarios.word[i], seed);
	if (code == 0)
		code = judge(w);
	remove_folder(w);
	return code;
}

static int
tsan(int argc, char **argv)
{
	struct what w;
	int code;

	memset(&w, 0, sizeof(w));
	w.races = ana_races_new();
	if (w.races == NULL)
		return ANA_EXIT_CANNOT;
	code = arguments(argc, argv, &w);
	if (code == 0 && w.help) {
		cmd_usage(stdout, &cmd_tsan);
		code = cmd_stdout(0);
	} else if (code == 0)
		code = runs(&w);
	cmd_words_free(&w.reports);
	cmd_words_free(&w.scenarios);
	cmd_words_free(&w.more);
	ana_races_free(w.races);
	return code;
}

static void
more(FILE *out)
{
	cmd_take_help(out, options);
}

static const char teach[] =
    "Scenarios run in the program's ThreadSanitizer build. Its reports are "
    "folded:\n"
    "what differs in addresses, lines or other locks held is one. Each is "
    "told with\n"
    "both operations and what they held, and is new, known (in the baseline),\n"
    "documented (known, with a reason) or gone. What stands behind -- goes to\n"
    "amapstorm run. docs/TSAN.md tells more.\n"
    "\n"
    "  amapstorm tsan storm swapoff --for 60s\n"
    "  amapstorm tsan storm --subject uvm_amap.c --baseline races.txt "
    "--update\n"
    "  amapstorm tsan storm --subject uvm_amap.c --baseline races.txt \\\n"
    "      --seeds 5 --report sarif=races.sarif -- --lock pthread\n"
    "\n"
    "Exit code 1: a report is new, or a run itself found an error.\n";

const struct cmd_command cmd_tsan = {
	.name = "tsan",
	.args = "SCENARIO ... [OPTION ...] [-- OPTION-OF-RUN ...]",
	.help = "run scenarios under ThreadSanitizer, and compare its "
	    "reports with those known",
	.teach = teach,
	.more = more,
	.run = tsan,
};
