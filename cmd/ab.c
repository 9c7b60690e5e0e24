/*
 * ab.c: runs of two kinds in turn, each a process of its own, stored; then
 * compared.
 *
 *	pair 1	a b	the same seed for both of a pair, another for the next;
 *	pair 2	b a	which goes first is tossed for each pair
 *	pair 3	b a	...
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/ab_int.h"

static volatile sig_atomic_t stop;
static volatile sig_atomic_t child;

static void
on_signal(int signo)
{
	stop = 1;
	/* the terminal tells all of us; others tell me alone */
	if (child > 0)
		kill((pid_t)child, signo);
}

static void
catch_signals(bool on)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on ? on_signal : SIG_DFL;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- what is run ---- */

static const char *
side(int which)
{
	return which == 0 ? "a" : "b";
}

/* => DIR/pair-01-a + what; NULL: no memory, and that is said */
static char *
file_of(const struct cmd_ab *ab, unsigned pair, int which, const char *what)
{
	char *name;

	if (asprintf(&name, "%s/pair-%02u-%s%s", ab->dir, pair, side(which),
	    what) >= 0)
		return name;
	cmd_complain("no memory");
	return NULL;
}

/* => the whole command line of one run */
static int
words_of(const struct cmd_ab *ab, int which, uint64_t seed, const char *save,
    struct cmd_words *w)
{
	char number[32];
	/* nothing of the warm-up is compared, unless somebody wants it */
	static const char *const head[] = { "amapstorm", "run",
	    "--warmup-record", "off" };
	const char *const tail[] = { "--seed", number, "-o", save, "-q" };
	size_t i;
	int code = 0;

	snprintf(number, sizeof(number), "%" PRIu64, seed);
	for (i = 0; i < sizeof(head) / sizeof(head[0]) && code == 0; i++)
		code = cmd_words_add(w, head[i]);
	if (code == 0)
		code = cmd_words_join(w, &ab->common);
	if (code == 0)
		code = cmd_words_join(w, &ab->of[which]);
	for (i = 0; i < sizeof(tail) / sizeof(tail[0]) && code == 0; i++)
		code = cmd_words_add(w, tail[i]);
	return code;
}

/* Each side is a command line that run would take, and a job that can run. */
static int
check_side(const struct cmd_ab *ab, int which, struct cmd_options *o)
{
	struct cmd_words w = { NULL, 0 };
	struct wl_error err;
	int code;

	code = words_of(ab, which, 1, "x.db", &w);
	memset(o, 0, sizeof(*o));
	memset(&err, 0, sizeof(err));
	if (code == 0)
		code = cmd_options((int)w.n - 1, w.word + 1, o);
	if (code == 0)
		code = cmd_subject_use(&o->job);
	if (code == 0 && wl_job_check(&o->job, &err) != 0)
		code = cmd_bad_input(&err);
	cmd_words_free(&w);
	return code;
}

static int
check(struct cmd_ab *ab)
{
	struct cmd_words w = { NULL, 0 };
	struct cmd_options *o = calloc(1, sizeof(*o));
	char *end;
	int code;

	if (o == NULL)
		return ANA_EXIT_CANNOT;
	code = cmd_words_add(&w, "run");
	if (code == 0)
		code = cmd_words_join(&w, &ab->common);
	if (code == 0)
		code = cmd_options((int)w.n, w.word, o);
	if (code == 0) {
		ab->seed = o->job.seed;
		snprintf(ab->scenario, sizeof(ab->scenario), "%s",
		    o->job.name);
		code = check_side(ab, 0, o);
	}
	if (code == 0)
		code = check_side(ab, 1, o);
	ab->npairs = ab->pairs == NULL ? 10 :
	    (unsigned)strtoul(ab->pairs, &end, 10);
	if (code == 0 && ab->pairs != NULL && (*end != '\0' ||
	    ab->pairs[0] < '0' || ab->pairs[0] > '9' || ab->npairs < 1 ||
	    ab->npairs > 1000))
		code = cmd_bad("--pairs: \"%s\": expected a number from 1 to "
		    "1000", ab->pairs);
	if (code == 0)
		code = cmd_compare_check(&ab->show);
	cmd_words_free(&w);
	free(o);
	return code;
}

/* ---- one run ---- */

/* The log's last line, or what we know. */
static int
gave_up(const char *log, int status)
{
	char line[512], last[512] = "";
	FILE *in = fopen(log, "re");

	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0')
			memcpy(last, line, sizeof(last));
	}
	if (in != NULL)
		fclose(in);
	cmd_complain("a run ended with %s %d: %s (all of it: %s)",
	    WIFEXITED(status) ? "exit code" : "signal", WIFEXITED(status) ?
	    WEXITSTATUS(status) : WTERMSIG(status), last, log);
	return ANA_EXIT_CANNOT;
}

static int
await(const char *log)
{
	int status;

	while (waitpid((pid_t)child, &status, 0) < 0) {
		if (errno != EINTR)
			return ANA_EXIT_CANNOT;
	}
	child = 0;
	if (stop)
		return 0;
	/* findings and numbers in doubt are for the comparison to judge */
	if (WIFEXITED(status) && (WEXITSTATUS(status) == ANA_EXIT_CLEAN ||
	    WEXITSTATUS(status) == ANA_EXIT_FINDINGS ||
	    WEXITSTATUS(status) == ANA_EXIT_UNTRUSTED))
		return 0;
	return gave_up(log, status);
}

static int
start(char **argv, const char *log)
{
	posix_spawn_file_actions_t to;
	pid_t pid;
	int error;

	error = posix_spawn_file_actions_init(&to);
	if (error == 0) {
		posix_spawn_file_actions_addopen(&to, 0, "/dev/null",
		    O_RDONLY, 0);
		posix_spawn_file_actions_addopen(&to, 1, log,
		    O_WRONLY | O_CREAT | O_TRUNC, 0666);
		posix_spawn_file_actions_adddup2(&to, 1, 2);
		error = posix_spawn(&pid, "/proc/self/exe", &to, NULL, argv,
		    environ);
		posix_spawn_file_actions_destroy(&to);
	}
	if (error != 0) {
		cmd_complain("starting a run: %s", strerror(error));
		return ANA_EXIT_CANNOT;
	}
	child = pid;
	if (stop)		/* it came before there was anybody to tell */
		kill(pid, SIGINT);
	return 0;
}

static int
one_run(struct cmd_ab *ab, unsigned pair, int which)
{
	char *save = file_of(ab, pair, which, ".db");
	char *log = file_of(ab, pair, which, ".log");
	struct cmd_words w = { NULL, 0 };
	int code = ANA_EXIT_CANNOT;

	if (save != NULL && log != NULL)
		code = words_of(ab, which, ab->seed + pair - 1, save, &w);
	if (code == 0)
		code = start(w.word, log);
	if (code == 0)
		code = await(log);
	cmd_words_free(&w);
	free(save);
	free(log);
	return code;
}

/* ---- all of them ---- */

static bool
tossed(uint64_t seed, unsigned pair)
{
	uint64_t z = seed * 1000003 + pair * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) & 1;
}

static void
progress(const struct cmd_ab *ab, unsigned runs, double since, unsigned pair,
    int which)
{
	double left = runs == 0 ? 0 : (seconds() - since) / runs *
	    (2 * ab->npairs - runs);
	bool terminal = isatty(STDERR_FILENO);
	char time[ANA_NUM];

	if (ab->show.quiet || (!terminal && runs % 2 != 0))
		return;
	fprintf(stderr, "%spair %u of %u: %s", terminal ? "\r\033[K" : "",
	    pair, ab->npairs, terminal ? side(which) : "both");
	if (runs != 0)
		fprintf(stderr, ", about %s left", ana_time((uint64_t)(left *
		    1e9), time));
	fputs(terminal ? "" : "\n", stderr);
}

static int
keep(struct cmd_ab *ab, unsigned pair)
{
	char *a = file_of(ab, pair, 0, ".db"), *b = file_of(ab, pair, 1,
	    ".db");
	int code = a == NULL || b == NULL ? ANA_EXIT_CANNOT : 0;

	if (code == 0)
		code = cmd_words_add(&ab->files[0], a);
	if (code == 0)
		code = cmd_words_add(&ab->files[1], b);
	free(a);
	free(b);
	return code;
}

static int
all_runs(struct cmd_ab *ab)
{
	double since = seconds();
	unsigned pair, runs = 0;
	int code = 0, first, i;

	for (pair = 1; pair <= ab->npairs && code == 0; pair++) {
		first = tossed(ab->seed, pair);
		for (i = 0; i < 2 && code == 0 && !stop; i++) {
			progress(ab, runs++, since, pair, first ^ i);
			code = one_run(ab, pair, first ^ i);
		}
		if (stop)
			break;
		if (code == 0)
			code = keep(ab, pair);
	}
	if (!ab->show.quiet && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return code;
}

/* Nobody's files are mixed with others'. */
static int
make_dir(struct cmd_ab *ab)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	if (ab->dir == NULL) {
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S",
		    localtime_r(&now, &tm));
		snprintf(ab->own_dir, sizeof(ab->own_dir), "%s-%s-%s",
		    ab->name, ab->scenario, stamp);
		ab->dir = ab->own_dir;
	}
	if (mkdir(ab->dir, 0777) == 0)
		return 0;
	if (errno == EEXIST && rmdir(ab->dir) == 0 &&
	    mkdir(ab->dir, 0777) == 0)
		return 0;
	return cmd_bad("%s: expected a folder that is new or empty: %s",
	    ab->dir, strerror(errno));
}

static int
run(struct cmd_ab *ab)
{
	int code = make_dir(ab);

	if (code != 0)
		return code;
	if (!ab->show.quiet)
		fprintf(stderr, "%s\nseed %" PRIu64 "; runs are stored in "
		    "%s\n", cmd_line, ab->seed, ab->dir);
	catch_signals(true);
	code = all_runs(ab);
	catch_signals(false);
	if (code != 0)
		return code;
	if (stop)
		cmd_complain("interrupted: %zu of %u pairs are whole",
		    ab->files[0].n, ab->npairs);
	if (ab->files[0].n == 0)
		return ANA_EXIT_UNTRUSTED;
	ab->show.paired = true;
	return cmd_compare_runs(&ab->show, &ab->files[0], &ab->files[1]);
}

static void
release(struct cmd_ab *ab)
{
	int i;

	cmd_words_free(&ab->common);
	for (i = 0; i < 2; i++) {
		cmd_words_free(&ab->of[i]);
		cmd_words_free(&ab->files[i]);
	}
	cmd_compare_free(&ab->show);
}

/*
 * Options that are not ours are the run's: with what is behind them, if that is
 * no option itself.
 */
static int
arguments(struct cmd_ab *ab, const struct cmd_take *options, int argc,
    char **argv)
{
	bool taken;
	int code = 0, i;

	ab->name = argv[0];
	for (i = 1; i < argc && code == 0; i++) {
		code = cmd_take(options, argc, argv, &i, ab, &taken);
		if (code == 0 && !taken)
			code = cmd_words_add(&ab->common, argv[i]);
	}
	return code;
}

int
cmd_ab_command(const struct cmd_command *row, const struct cmd_take *options,
    int (*prepare)(struct cmd_ab *), int argc, char **argv)
{
	struct cmd_ab *ab = calloc(1, sizeof(*ab));
	int code;

	if (ab == NULL)
		return ANA_EXIT_CANNOT;
	code = arguments(ab, options, argc, argv);
	if (code == 0 && ab->show.help) {
		cmd_usage(stdout, row);
		code = cmd_stdout(0);
	} else if (code == 0) {
		code = prepare(ab);
		if (code == 0)
			code = check(ab);
		if (code == 0)
			code = run(ab);
	}
	release(ab);
	free(ab);
	return code;
}
