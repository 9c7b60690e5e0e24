/*
 * Executions are independent: each seed comes to the same as the first one of
 * a fresh process, in a long series, and in a world that is made anew.  With a
 * planted leak it does not, or this test would show nothing.
 *
 * What fails at the end of an execution fails, too, where ends that were seen
 * before are not looked at again.
 *
 * usage: independence			compare, all rows
 *	  independence PROGRAM STRATEGY FROM N [anew]	print N executions
 *	  independence leak N		memory after N executions
 *	  independence leak-failing N	after N that fail
 *	  independence again N		N failing executions, each twice
 */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/size.h"
#include "workloads/explore_job_int.h"

/* a sanitizer makes each world anew: that takes long */
#define MOST	40
#define SERIES	sized(MOST, 12)
#define WORLD	"7"		/* executions: a series has several */
#define FRESH	sized(4, 2)	/* seeds of a series that are looked at alone */
#define PARTS	sized(1, 2)
#define ENDS	sized(4, 0)	/* of planted bugs */
#define TURNS	sized(7, 4)	/* of which as many orders as can be are tried */

static void
die(const char *why, const char *what)
{
	printf("FAILED: %s: %s\n", why, what);
	exit(1);
}

/* ---- programs with a leak from one execution to the next ---- */

static int static_leak;
__attribute__((common)) int common_leak;
static struct rwlock lock;

static unsigned
leak_static(void)
{
	return (unsigned)++static_leak % TURNS;
}

static unsigned
leak_common(void)
{
	return (unsigned)++common_leak % TURNS;
}

static unsigned
leak_rand(void)
{
	return (unsigned)rand() % TURNS;
}

static unsigned
leak_strtok(void)
{
	static char words[] = "a bb ccc dddd eeeee";
	char *w = strtok(static_leak++ == 0 ? words : NULL, " ");

	return w != NULL ? (unsigned)strlen(w) : 0;
}

static unsigned
leak_none(void)
{
	return (unsigned)lk_random_below(TURNS);
}

static const struct planted {
	const char	*name;
	unsigned	(*turns)(void);
	bool		leaks;
} planted[] = {
	{ "plant-none", leak_none, false },
	{ "plant-static", leak_static, true },
	{ "plant-common", leak_common, true },
	{ "plant-rand", leak_rand, true },
	{ "plant-strtok", leak_strtok, true },
};
#define NPLANTED	(sizeof(planted) / sizeof(planted[0]))

static void
turn(void *arg)
{
	unsigned n;

	for (n = *(unsigned *)arg; n > 0; n--) {
		rw_enter_write(&lock);
		rw_exit_write(&lock);
	}
}

static void
two_turns(void *arg)
{
	const struct planted *p = arg;
	struct lk_strand *s[2];
	unsigned n[2];
	int i;

	memset(&lock, 0, sizeof(lock));
	for (i = 0; i < 2; i++) {
		n[i] = p->turns();
		if (lk_strand_start(&s[i], "turn", turn, &n[i], NULL) != 0)
			die("no strand", "turn");
	}
	for (i = 0; i < 2; i++)
		lk_strand_join(s[i]);
}

/* ---- executions ---- */

static struct wl_job_program *job_program;

/* name, or name+plant, of which all have one world: more ends are alike */
static struct wl_program
program_of(const char *name, bool anew)
{
	const char *plus = strchr(name, '+');
	struct wl_error err;
	struct wl_job job;
	char scenario[40];
	size_t i;

	snprintf(scenario, sizeof(scenario), "%.*s", (int)strcspn(name, "+"),
	    name);
	for (i = 0; i < NPLANTED; i++)
		if (strcmp(planted[i].name, name) == 0)
			return (struct wl_program){ .name = name,
			    .run = two_turns, .arg = (void *)(uintptr_t)
			    &planted[i] };
	if (wl_job_scenario(&job, scenario, &err) != 0 ||
	    wl_job_set(&job, "explore.per_world", plus != NULL ? "0" : WORLD,
	    &err) != 0 || (plus != NULL &&
	    wl_job_set(&job, "plant", plus + 1, &err) != 0) ||
	    wl_job_program(&job, &job_program, &err) != 0)
		die(name, err.what);
	job_program->anew = anew;
	return *wl_job_program_of(job_program);
}

static bool
print(const struct wl_explore_progress *p, uint64_t seed, void *arg)
{
	return true;
}

struct row {
	uint64_t seed, hash, steps;
	int	end;
};

static struct lk_fibers_result
execute(const struct wl_program *p, const char *strategy, uint64_t seed,
    uint64_t n, struct row *rows)
{
	struct wl_explore_conf conf = { .chooser = wl_chooser_find(strategy),
	    .seed = seed, .executions = 1, .look = print };
	struct wl_explore_result r;
	uint64_t i;

	memset(&r, 0, sizeof(r));
	for (i = 0; i < n; i++) {
		conf.seed = seed + i;
		if (wl_explore(p, &conf, &r) != 0)
			die(p->name, "it cannot be executed");
		wl_schedule_free(&r.schedule);
		if (rows != NULL)
			rows[i] = (struct row){ conf.seed, r.last.hash,
			    r.last.steps, (int)r.last.end };
	}
	return r.last;
}

static void
begin(void)
{
	const struct lk_record_conf conf = { .level = LK_LEVEL_OFF };
	struct lk_record *rec;

	if (lk_record_create(&conf, &rec) != 0 ||
	    lk_strand_adopt("test", NULL) != 0)
		die("no record", "begin");
}

static int
child(char **argv, int argc)
{
	uint64_t n = strtoull(argv[4], NULL, 10), i;
	struct wl_program p;
	struct row *rows = calloc(n, sizeof(*rows));

	begin();
	p = program_of(argv[1], argc > 5);
	execute(&p, argv[2], strtoull(argv[3], NULL, 10), n, rows);
	for (i = 0; i < n; i++)
		printf("%" PRIu64 " %016" PRIx64 " %" PRIu64 " %d\n",
		    rows[i].seed, rows[i].hash, rows[i].steps, rows[i].end);
	free(rows);
	return 0;
}

/* ---- comparing ---- */

static char self[512];

static void
ask(const char *program, const char *strategy, unsigned from, unsigned n,
    bool anew, char *buf, size_t len)
{
	char line[1024];
	size_t got;
	FILE *f;

	snprintf(line, sizeof(line), "'%s' %s %s %u %u%s", self, program,
	    strategy, from, n, anew ? " anew" : "");
	f = popen(line, "r");
	if (f == NULL)
		die("popen", line);
	got = fread(buf, 1, len - 1, f);
	buf[got] = '\0';
	if (pclose(f) != 0 || got == 0)
		die(line, buf);
}

/* => is each seed alone what it was in the series? */
static bool
alike(const char *program, const char *strategy)
{
	char series[MOST * 80], one[128], *at;
	unsigned i, seed;

	ask(program, strategy, 1, SERIES, false, series, sizeof(series));
	for (i = 0; i < FRESH; i++) {
		seed = 2 + i * (SERIES - 2) / (FRESH - 1);
		ask(program, strategy, seed, 1, false, one, sizeof(one));
		at = strstr(series, one);
		if (at == NULL || (at != series && at[-1] != '\n')) {
			printf("%s %s seed %u alone: %s", program, strategy,
			    seed, one);
			return false;
		}
	}
	return true;
}

/* => is a series with worlds put back what it is with each made anew? */
static bool
alike_anew(const char *program, const char *strategy)
{
	char kept[MOST * 80], anew[MOST * 80];

	ask(program, strategy, 1, SERIES, false, kept, sizeof(kept));
	ask(program, strategy, 1, SERIES, true, anew, sizeof(anew));
	return strcmp(kept, anew) == 0;
}

/* An enumeration is one only if the same choices lead to the same point. */
static void
enumerate(const struct planted *pl)
{
	struct wl_explore_conf conf = {
		.chooser = wl_chooser_find("exhaustive") };
	struct wl_program p = program_of(pl->name, false);
	struct wl_explore_result r;
	int error;

	static_leak = 0;
	error = wl_explore(&p, &conf, &r);
	if (error != (pl->leaks ? EILSEQ : 0) || r.exhausted == pl->leaks)
		die(pl->name, error == 0 ? "claimed to be all" : "no claim");
	wl_schedule_free(&r.schedule);
}

static int
compare(void)
{
	static const char *const job[] = { "explore-swapoff", "explore-cow",
	    "explore-shared", "explore-pageout" };
	static const char *const strategy[] = { "random", "pct", "pos", "surw",
	    "delay" };
	/* found by what is left, if at all */
	static const char *const ends[4] = { "explore-swapoff+leak",
	    "explore-cow+reference", "explore-swapoff+cell",
	    "explore-shared+fork" };
	unsigned i;

	for (i = 0; i < 5 / PARTS; i++)
		if (!alike(job[i % 4], strategy[i]))
			die(job[i % 4], "executions are not independent");
	for (i = 0; i < 4 / PARTS; i++)
		if (!alike_anew(job[i], strategy[i]))
			die(job[i], "a world put back is not one made anew");
	for (i = 0; i < ENDS; i++)
		if (!alike_anew(ends[i], "random"))
			die(ends[i], "not all that fails at the end is seen");
	for (i = 0; i < NPLANTED; i++)
		if (alike(planted[i].name, "random") == planted[i].leaks)
			die(planted[i].name, planted[i].leaks ?
			    "the leak was not seen" : "there is no leak");
	begin();
	for (i = 0; i < NPLANTED; i++)
		enumerate(&planted[i]);
	puts("independent; the leaks were seen");
	return 0;
}

/* ---- memory, and failures that happen again ---- */

static long
resident(void)
{
	long all, here = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL || fscanf(f, "%ld %ld", &all, &here) != 2)
		die("statm", "cannot be read");
	fclose(f);
	return here * (sysconf(_SC_PAGESIZE) / 1024);
}

static int
leak(uint64_t n)
{
	struct wl_program p;
	long before, after;

	begin();
	p = program_of("explore-swapoff", false);
	execute(&p, "random", 1, n / 4, NULL);
	before = resident();
	execute(&p, "random", 1 + n, n, NULL);
	after = resident();
	printf("%" PRIu64 " executions: %ld KiB, then %ld KiB\n", n, before,
	    after);
	if (after - before > 1024)
		die("leak", "memory grows");
	return 0;
}

/* Executions that an audit ends: what it had counted with goes, too. */
static int
leak_failing(uint64_t n)
{
	struct lk_fibers_result last;
	struct wl_program p;
	size_t before, after;

	begin();
	p = program_of("explore-cow+reference", false);
	execute(&p, "random", 1, 10, NULL);
	before = mallinfo2().uordblks;
	last = execute(&p, "random", 11, n, NULL);
	after = mallinfo2().uordblks;
	printf("%" PRIu64 " executions: %zu bytes, then %zu\n", n, before,
	    after);
	if (last.end != LKF_INCIDENT)
		die("leak", "no audit has failed");
	if (after > before + n * 16)
		die("leak", "what an audit counts with is left");
	return 0;
}

static int
again(uint64_t most)
{
	struct wl_explore_conf conf = { .chooser = wl_chooser_find("random"),
	    .executions = 100000 };
	struct wl_explore_result r;
	struct lk_fibers_result out;
	struct wl_error err;
	struct wl_job job;
	uint64_t n = 0, diverged, seed = 1;

	begin();
	if (wl_job_scenario(&job, "explore-swapoff", &err) != 0 ||
	    wl_job_set(&job, "scheme", "blocking", &err) != 0 ||
	    wl_job_program(&job, &job_program, &err) != 0)
		die("job", err.what);
	while (n < most) {
		conf.seed = seed;
		if (wl_explore(wl_job_program_of(job_program), &conf, &r) != 0)
			die("explore", "error");
		if (r.failures == 0)
			die("explore", "no failure in 100000 executions");
		if (wl_replay_schedule(wl_job_program_of(job_program), NULL,
		    &r.schedule, &out, &diverged) != 0 || diverged != 0 ||
		    out.hash != r.failed.hash || out.steps != r.failed.steps)
			die("replay", "it is another execution");
		seed = r.failed_seed + 1;
		wl_schedule_free(&r.schedule);
		n++;
	}
	printf("%" PRIu64 " failing executions happened again\n", n);
	return 0;
}

int
main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return 1;
	if (argc == 3 && strcmp(argv[1], "leak") == 0)
		return leak(strtoull(argv[2], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "leak-failing") == 0)
		return leak_failing(strtoull(argv[2], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "again") == 0)
		return again(strtoull(argv[2], NULL, 10));
	return argc >= 5 ? child(argv, argc) : compare();
}
