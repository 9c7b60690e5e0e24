/*
 * random.c: a great many locks, taken in one order by four strands, through
 * the real record and the real passes.
 *
 * usage: random classes|class|planted|held|instances|again [N [SEED]]
 *
 *	classes	 16384 locks of as many classes: nothing is reported
 *	class	 16384 locks of one class whose order is declared: nothing, then
 *		 one take against the order, which is reported
 *	planted	 as classes, and early on a ring of 2..40 locks, each of its
 *		 takes done once: reported exactly once, with all its stacks
 *	held	 200 locks held at once
 *	instances 10^6 locks of 5000 classes
 *	again	 what comes after a report is reported, too
 *
 * The order is that of the numbers of the locks.  A try may go against it: it
 * does not wait.  Every eighth lock of a strand is its own, and it ends them
 * and makes them anew; every 64th is nobody's, for rings.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"

#define NLOCKS		16384
#define NSTRANDS	4
#define NHELD		8
#define DEEP		5
#define NRING		40

static struct rwlock locks[NLOCKS];
static char	names[NLOCKS][16];
static bool	one_class;
static uint64_t	takes;		/* of each strand */
static unsigned	ring;		/* locks of the planted ring; 0: none */
static unsigned	failures;

static void
check(bool good, const char *what, const char *detail)
{
	if (good)
		return;
	printf("FAILED: %s%s%s\n", what, detail[0] != '\0' ? ": " : "",
	    detail);
	failures++;
}

static const char *
class_name(unsigned i)
{
	return one_class ? "the class" : names[i];
}

/* ------------------------------------------------------------------------
 * Strands
 */

struct worker {
	unsigned	n;		/* from 0 on */
	unsigned	nheld;
	unsigned	held[NHELD];
	struct lk_strand *strand;
};

static bool
may_take(const struct worker *w, unsigned i)
{
	unsigned k;

	if (i >= NLOCKS || i % 64 == 63 ||
	    (i % 8 == 7 && i / 8 % NSTRANDS != w->n))
		return false;
	for (k = 0; k < w->nheld; k++)
		if (w->held[k] == i)
			return false;
	return true;
}

static unsigned
highest(const struct worker *w)
{
	unsigned k, top = 0;

	for (k = 0; k < w->nheld; k++)
		if (w->held[k] + 1 > top)
			top = w->held[k] + 1;
	return top;
}

/* => false: there is none left above what is held */
static bool
take(struct worker *w)
{
	unsigned i = highest(w) + (unsigned)lk_random_below(w->nheld == 0 ?
	    NLOCKS : 2000);
	unsigned long mode = lk_random_below(3) == 0 ? RW_WRITE : RW_READ;

	if (lk_random_below(8) == 0) {
		i = (unsigned)lk_random_below(NLOCKS);
		if (!may_take(w, i) ||
		    rw_enter(&locks[i], mode | RW_NOSLEEP) != 0)
			return true;
		w->held[w->nheld++] = i;
		return true;
	}
	while (i < NLOCKS && !may_take(w, i))
		i++;
	if (i >= NLOCKS)
		return false;
	if (mode == RW_WRITE)
		rw_enter_write(&locks[i]);
	else
		rw_enter_read(&locks[i]);
	w->held[w->nheld++] = i;
	return true;
}

static void
drop(struct worker *w)
{
	unsigned k = (unsigned)lk_random_below(w->nheld), i = w->held[k];

	rw_exit(&locks[i]);
	memmove(&w->held[k], &w->held[k + 1], (w->nheld - k - 1) *
	    sizeof(w->held[0]));
	w->nheld--;
	if (i % 8 == 7 && lk_random_below(2) == 0) {
		rw_destroy(&locks[i]);
		rw_init(&locks[i], class_name(i));
	}
}

static void
work(void *arg)
{
	struct worker *w = arg;
	uint64_t n = 0;

	while (n < takes) {
		if (w->nheld < DEEP && lk_random_below(5) < 3 && take(w))
			n++;
		else if (w->nheld != 0)
			drop(w);
	}
	while (w->nheld != 0)
		drop(w);
}

/* Whose turn it is to plant: at once they would deadlock. */
static pthread_mutex_t turn_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_cond = PTHREAD_COND_INITIALIZER;
static unsigned turn;

/* The k-th take of the ring; the last one is against the order. */
static void
plant(void *arg)
{
	unsigned k = *(unsigned *)arg, a = k * 64 + 63;
	unsigned b = (k + 1) % ring * 64 + 63;

	pthread_mutex_lock(&turn_mutex);
	while (turn != k)
		pthread_cond_wait(&turn_cond, &turn_mutex);
	rw_enter_write(&locks[a]);
	rw_enter_write(&locks[b]);
	rw_exit(&locks[b]);
	rw_exit(&locks[a]);
	turn++;
	pthread_cond_broadcast(&turn_cond);
	pthread_mutex_unlock(&turn_mutex);
}

/* Each by a strand of its own, in turn; none is joined before all are made. */
static void
plant_all(void)
{
	struct lk_strand *strand[NRING];
	unsigned k, number[NRING];

	turn = 0;
	for (k = 0; k < ring; k++) {
		number[k] = k;
		if (lk_strand_start(&strand[k], "planter", plant, &number[k],
		    NULL) != 0)
			abort();
	}
	for (k = 0; k < ring; k++)
		lk_strand_join(strand[k]);
}

/* ------------------------------------------------------------------------
 * A run
 */

static struct lk_record *
begin(uint64_t seed)
{
	const struct lk_record_conf conf = { .level = LK_LEVEL_FULL,
	    .seed = seed };
	struct lk_record *rec;

	if (lk_record_create(&conf, &rec) != 0 ||
	    lk_strand_adopt("main", NULL) != 0)
		abort();
	lk_seed(seed);
	return rec;
}

static struct ana_result *
judge(struct lk_record *rec, struct ana_contract *contract)
{
	struct wl_outcome out;
	struct ana_snapshot *s;
	struct ana_result *r;
	static const enum lk_loss of_order[] = {
		LKL_classes, LKL_sites, LKL_strands, LKL_held, LKL_deps,
		LKL_takes, LKL_stacks, LKL_lives
	};
	uint64_t loss[LKL_NLOSS];
	size_t i;

	memset(&out, 0, sizeof(out));
	lk_record_losses(rec, loss);
	for (i = 0; i < sizeof(of_order) / sizeof(of_order[0]); i++)
		check(loss[of_order[i]] == 0, "lost",
		    lk_loss_desc[of_order[i]].name);
	if (ana_freeze(rec, &out, &s) != 0)
		abort();
	s->contract = contract;
	printf("%zu dependencies, %zu stacks\n", s->ndeps, s->nstacks);
	if (ana_run(s, &r) != 0)
		abort();
	s->contract = NULL;
	ana_snapshot_free(s);
	return r;
}

static void
run_strands(void)
{
	struct worker w[NSTRANDS];
	unsigned k;

	memset(w, 0, sizeof(w));
	for (k = 0; k < NSTRANDS; k++) {
		w[k].n = k;
		if (lk_strand_start(&w[k].strand, "worker", work, &w[k],
		    NULL) != 0)
			abort();
	}
	for (k = 0; k < NSTRANDS; k++)
		lk_strand_join(w[k].strand);
}

static void
make_locks(void)
{
	unsigned i;

	for (i = 0; i < NLOCKS; i++) {
		snprintf(names[i], sizeof(names[i]), "lock %u", i);
		rw_init(&locks[i], class_name(i));
	}
}

static void
show(const struct ana_result *r)
{
	size_t i, k;

	for (i = 0; i < r->nfindings; i++) {
		printf("%s %s: %s\n", ana_level_name(r->findings[i]->level),
		    r->findings[i]->name, r->findings[i]->what);
		for (k = 0; k < r->findings[i]->ntext && k < 12; k++)
			printf("    %s\n", r->findings[i]->text[k]);
	}
}

static void
nothing(const struct ana_result *r)
{
	check(r->nfindings == 0, "a finding without cause", "");
	if (r->nfindings != 0)
		show(r);
}

static unsigned
lines_with(const struct ana_finding *f, const char *word)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < f->ntext; i++)
		n += strstr(f->text[i], word) != NULL;
	return n;
}

/* Each of the ring's strands took one lock and wanted another: two stacks. */
static void
the_ring(const struct ana_result *r)
{
	char what[80];

	snprintf(what, sizeof(what), "a ring of %u", ring);
	check(r->nfindings == 1, what, "not reported exactly once");
	if (r->nfindings == 1) {
		const struct ana_finding *f = r->findings[0];

		check(strcmp(f->name, "order.cycle") == 0, what, f->name);
		check(f->level == ANA_ERROR, what, "not an ERROR");
		check(lines_with(f, "then wanted") == ring, what,
		    "not all takes");
		check(lines_with(f, "#0 ") == 2 * ring, what,
		    "not all stacks");
	}
	if (failures != 0)
		show(r);
}

/* ------------------------------------------------------------------------
 * The tests
 */

static void
classes(uint64_t n, uint64_t seed)
{
	struct lk_record *rec = begin(seed);
	struct ana_result *r;

	takes = n / NSTRANDS;
	make_locks();
	if (ring != 0)
		plant_all();
	run_strands();
	r = judge(rec, NULL);
	if (ring != 0)
		the_ring(r);
	else
		nothing(r);
	ana_result_free(r);
	lk_record_close(rec);
}

static void
planted(uint64_t n, uint64_t seed)
{
	static const unsigned sizes[] = { 2, 3, 7, 20, 40 };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ring = sizes[i];
		classes(n, seed + i);
	}
}

static void
class(uint64_t n, uint64_t seed)
{
	struct lk_record *rec = begin(seed);
	struct ana_contract *contract;
	struct wl_error err;
	struct ana_result *r;

	one_class = true;
	takes = n / NSTRANDS;
	if (ana_contract_text("# a declared order\n"
	    "class \"the class\" by address\n", "test", &contract, &err) != 0) {
		printf("%s; expected %s\n", err.what, err.expected);
		abort();
	}
	make_locks();
	run_strands();
	r = judge(rec, contract);
	nothing(r);
	ana_result_free(r);
	rw_enter_write(&locks[900]);
	rw_enter_write(&locks[30]);
	rw_exit(&locks[30]);
	rw_exit(&locks[900]);
	r = judge(rec, contract);
	check(r->nfindings == 1 && strcmp(r->findings[0]->name,
	    "order.same-class") == 0 && r->findings[0]->level == ANA_WARN,
	    "one take against a declared order", "");
	if (r->nfindings != 1)
		show(r);
	ana_result_free(r);
	ana_contract_free(contract);
	lk_record_close(rec);
}

static void
held(uint64_t n, uint64_t seed)
{
	struct lk_record *rec = begin(seed);
	struct ana_result *r;
	unsigned i, k;

	make_locks();
	for (k = 0; k < 3; k++) {
		for (i = 0; i < n; i++)
			rw_enter_write(&locks[i]);
		for (i = 0; i < n; i++)
			rw_exit(&locks[k == 1 ? i : n - 1 - i]);
	}
	r = judge(rec, NULL);
	nothing(r);
	ana_result_free(r);
	lk_record_close(rec);
}

/* Instance i is of class i % 5000; each inside one of the class before it. */
static void
instances(uint64_t n, uint64_t seed)
{
	struct lk_record *rec = begin(seed);
	struct rwlock *many = calloc(n, sizeof(*many));
	struct ana_result *r;
	uint64_t i;

	if (many == NULL)
		abort();
	for (i = 0; i < 5000; i++)
		snprintf(names[i], sizeof(names[i]), "kind %u", (unsigned)i);
	for (i = 0; i < n; i++)
		rw_init(&many[i], names[i % 5000]);
	for (i = 0; i + 1 < n; i++) {
		if (i % 5000 == 4999)
			continue;
		rw_enter_write(&many[i]);
		rw_enter_read(&many[i + 1]);
		rw_exit(&many[i + 1]);
		rw_exit(&many[i]);
	}
	r = judge(rec, NULL);
	nothing(r);
	ana_result_free(r);
	/* the other way round, on two locks of the last: seen all the same */
	rw_enter_write(&many[n - 1]);
	rw_enter_write(&many[n - 2]);
	rw_exit(&many[n - 2]);
	rw_exit(&many[n - 1]);
	r = judge(rec, NULL);
	check(r->nfindings == 1 && strncmp(r->findings[0]->name,
	    "order.c", 7) == 0, "one reversal among the instances", "");
	if (r->nfindings != 1)
		show(r);
	ana_result_free(r);
	free(many);
	lk_record_close(rec);
}

static void
reverse(unsigned a, unsigned b)
{
	rw_enter_write(&locks[a]);
	rw_enter_write(&locks[b]);
	rw_exit(&locks[b]);
	rw_exit(&locks[a]);
}

/* A pair in both orders, and a report, so often. */
static void
again(uint64_t n, uint64_t seed)
{
	struct lk_record *rec = begin(seed);
	struct ana_result *r;
	unsigned i;

	make_locks();
	for (i = 0; i < n; i++) {
		reverse(2 * i, 2 * i + 1);
		reverse(2 * i + 1, 2 * i);
		r = judge(rec, NULL);
		check(r->nfindings == i + 1, "a report after a report", "");
		ana_result_free(r);
	}
	lk_record_close(rec);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char	*name;
		void		(*run)(uint64_t, uint64_t);
		uint64_t	n;
	} tests[] = {
		{ "classes", classes, 400000 },
		{ "class", class, 400000 },
		{ "planted", planted, 400000 },
		{ "held", held, 200 },
		{ "instances", instances, 1000000 },
		{ "again", again, 5 },
	};
	const char *name = argc > 1 ? argv[1] : "";
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (strcmp(name, tests[i].name) != 0)
			continue;
		tests[i].run(argc > 2 ? strtoull(argv[2], NULL, 0) :
		    tests[i].n, seed);
		printf("seed %llu: %u failures\n", (unsigned long long)seed,
		    failures);
		return failures != 0;
	}
	fprintf(stderr, "no test \"%s\"\n", name);
	return 2;
}
