/*
 * Merging: of random tables that are taken apart, put together in any order;
 * of runs that must not be merged.
 */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/analysis.h"

#define NCLASS	5
#define NSITE	6
#define NROW	24
#define NDEP	12

static uint64_t state = 7;

static uint64_t
draw(uint64_t below)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

/* A run with random tables; names are few, so runs have them in common. */
struct made {
	struct ana_snapshot s;
	struct lk_class_info class[NCLASS];
	struct lk_site_info site[NSITE];
	struct lk_totals totals[NROW];
	struct ana_class_hist hist[NROW];
	struct lk_blame_info blame[NROW];
	struct lk_heavy_info heavy[NROW];
	struct lk_incident_info incident[4];
	struct lk_life_info life[3];
	struct lk_dep_info dep[NDEP];
	struct lk_node_info held[NDEP];
	struct ana_stack stack[3];
	struct ana_symbol symbol[3];
	struct lk_post_info post[2];
	struct lk_strand_info strand[2];
	struct ana_worker worker[2];
};

static void
make_names(struct made *m)
{
	uint32_t i;

	for (i = 0; i < NSITE; i++) {
		m->site[i].id = i + 1;
		m->site[i].line = 10 * ((int)i * 7 % NSITE);
		snprintf(m->site[i].file, sizeof(m->site[i].file), "f%u.c",
		    (unsigned)(i + draw(3)));
	}
	for (i = 0; i < NCLASS; i++) {
		m->class[i].id = i + 1;
		m->class[i].kind = LKN_LOCK;
		m->class[i].site = 1 + (uint32_t)draw(NSITE);
		snprintf(m->class[i].name, sizeof(m->class[i].name), "c%u",
		    (unsigned)((i * 3 + 1) % NCLASS + (i == 4 ? draw(3) : 0)));
	}
	m->s.classes = m->class;
	m->s.nclasses = NCLASS;
	m->s.sites = m->site;
	m->s.nsites = NSITE;
}

/* Rows of (class, site, mode), each once, sorted, as a record gives them. */
static void
make_counts(struct made *m)
{
	size_t i, k;

	for (i = 0; i < NROW; i++) {
		struct lk_totals *t = &m->totals[i];

		t->class = 1 + (uint32_t)i / 6;
		t->site = (uint32_t)i / 2 % 3;
		t->mode = i % 2 == 0 ? LKM_READ : LKM_WRITE;
		t->kind = LKN_LOCK;
		for (k = 0; k < LKC_NCOUNTER; k++)
			t->c[k] = draw(1000000);
		m->hist[i].class = t->class;
		m->hist[i].site = t->site;
		m->hist[i].mode = t->mode;
		m->hist[i].of = i % 3 == 0 ? LKHO_HOLD : LKHO_WAIT;
		for (k = 0; k < 20; k++)
			m->hist[i].hist.b[draw(LK_HIST_N)] += draw(100);
		for (k = 0; k < LK_HIST_N; k++)
			m->hist[i].hist.n += m->hist[i].hist.b[k];
		m->blame[i].class = t->class;
		m->blame[i].kind = LKN_LOCK;
		m->blame[i].waiter.site = t->site;
		m->blame[i].waiter.mode = t->mode;
		m->blame[i].waiter.op = 1 + (uint32_t)draw(4);
		m->blame[i].holder.mode = LKM_WRITE;
		m->blame[i].holder.op = (uint32_t)i;
		m->blame[i].n = draw(100);
		m->blame[i].ns = draw(100000);
		m->heavy[i].ident = 0x1000 + i * 64;
		m->heavy[i].class = t->class;
		m->heavy[i].wait_ns = draw(1000000);
		m->heavy[i].over_ns = draw(1000);
		m->heavy[i].contended = draw(1000);
	}
	m->s.totals = m->totals;
	m->s.hists = m->hist;
	m->s.blames = m->blame;
	m->s.heavies = m->heavy;
	m->s.ntotals = m->s.nhists = m->s.nblames = m->s.nheavies = NROW;
}

static void
make_order(struct made *m, uint64_t begin)
{
	struct lk_dep_info *d;
	uint32_t i;

	for (i = 0; i < 3; i++) {
		m->life[i] = (struct lk_life_info){ .id = i + 1,
		    .strand = i, .parent = i, .born = begin + 5 + draw(1000),
		    .ended = begin + 2000 + draw(1000) };
		m->symbol[i].addr = 0x5000 + (begin & 0xfff) * 16 + i;
		snprintf(m->symbol[i].name, sizeof(m->symbol[i].name),
		    "fn%u+4", i);
		m->stack[i].id = i + 1;
		m->stack[i].n = 1 + i;
		m->stack[i].frame[0] = m->symbol[i].addr;
		m->stack[i].frame[i] = m->symbol[0].addr;
	}
	for (i = 0; i < NDEP; i++) {
		d = &m->dep[i];
		d->id = i + 1;
		d->want = (struct lk_node_info){ .kind = LKN_LOCK,
		    .mode = LKM_WRITE, .ident = 0x1000 + i * 64,
		    .class = 1 + i % NCLASS, .site = 1 + i % NSITE,
		    .stack = 1 + i % 3 };
		m->held[i] = d->want;
		m->held[i].ident += 32;
		m->held[i].class = 1 + (i + 1) % NCLASS;
		d->nheld = 1;
		d->held = &m->held[i];
		d->nseen = 1;
		d->seen[0].life = 1 + i % 3;
		d->seen[0].first = begin + 100 + i;
		d->seen[0].last = begin + 200 + i;
	}
	m->post[0].node = m->dep[0].want;
	m->post[0].life = 2;
	m->post[0].when = begin + 50;
	m->s.lives = m->life;
	m->s.symbols = m->symbol;
	m->s.stacks = m->stack;
	m->s.nlives = m->s.nsymbols = m->s.nstacks = 3;
	m->s.deps = m->dep;
	m->s.dep_held = m->held;
	m->s.ndeps = m->s.ndep_held = NDEP;
	m->s.posts = m->post;
	m->s.nposts = 1;
}

static void
make_incidents(struct made *m, uint64_t begin)
{
	uint32_t i;

	for (i = 0; i < 4; i++) {
		m->incident[i].id = i + 1;
		snprintf(m->incident[i].kind, sizeof(m->incident[i].kind),
		    "audit.I%u", i + 1);
		m->incident[i].site = 1 + (uint32_t)draw(NSITE);
		m->incident[i].count = 1 + draw(9);
		m->incident[i].when = begin + 100 * i + draw(100);
		snprintf(m->incident[i].text, sizeof(m->incident[i].text),
		    "text %u", (unsigned)draw(1000));
	}
	m->s.incidents = m->incident;
	m->s.nincidents = 4;
}

static struct made *
make(uint64_t seed)
{
	struct made *m = calloc(1, sizeof(*m));
	uint64_t begin = 100000 + draw(1000000);
	struct ana_snapshot *s = &m->s;
	size_t i;

	assert_non_null(m);
	wl_job_default(&s->job);
	s->job.seed = s->info.seed = seed;
	s->info.pid = (int)seed;
	s->info.created = begin;
	s->info.created_real = seed * 1000 + draw(100);
	s->info.now = begin + 1000000 + draw(1000000);
	s->info.level = LK_LEVEL_FULL;
	s->info.hold_period = 1024;
	snprintf(s->info.backend, sizeof(s->info.backend), "openbsd");
	snprintf(s->command, sizeof(s->command), "amapstorm run --seed %u",
	    (unsigned)seed);
	s->run.run_ns = 1 + draw(1000000);
	s->run.open_ns = s->run.run_ns + draw(1000000);
	s->run.ops = draw(1000000);
	s->run.strands = 8;
	s->outcome.elapsed_ns = draw(1000000);
	s->outcome.cpu_ns = draw(1000000);
	for (i = 0; i < VMC_NCOUNTERS; i++)
		s->counters[i] = draw(1000);
	for (i = 0; i < WLO_NOPS; i++) {
		s->ops[i].done = draw(1000);
		s->ops[i].refused = draw(1000);
		s->ops[i].skipped = draw(1000);
		s->ops[i].ns = draw(1000);
	}
	for (i = 0; i < LKL_NLOSS; i++)
		s->losses[i] = draw(3);
	make_names(m);
	make_counts(m);
	make_order(m, begin);
	make_incidents(m, begin);
	for (i = 0; i < 2; i++) {
		m->worker[i].strand = (uint32_t)i;
		m->worker[i].done = draw(1000);
		m->worker[i].refused = draw(1000);
		m->worker[i].skipped = draw(1000);
		m->worker[i].ns = draw(1000);
		m->strand[i].id = (uint32_t)i;
		m->strand[i].tid = (int)draw(100000);
	}
	s->workers = m->worker;
	s->nworkers = 2;
	s->strands = m->strand;
	s->nstrands = 2;
	return m;
}

static struct ana_snapshot *
merge(const struct ana_snapshot *a, const struct ana_snapshot *b)
{
	struct ana_snapshot *out;
	char why[ANA_WHY];

	if (ana_merge(a, "a", b, "b", &out, why) != 0)
		fail_msg("%s", why);
	return out;
}

#define ROWS(what, n) do {						\
	assert_int_equal(x->n, y->n);					\
	if (x->n != 0)							\
		assert_memory_equal(x->what, y->what,			\
		    x->n * sizeof(*x->what));				\
} while (0)

/* Every table and every sum, byte by byte. */
static void
same(const struct ana_snapshot *x, const struct ana_snapshot *y)
{
	struct lk_record_info info = y->info;
	size_t i;

	/* how many they are is not the same */
	memcpy(info.title, x->info.title, sizeof(info.title));
	assert_memory_equal(&x->info, &info, sizeof(info));
	assert_memory_equal(&x->outcome, &y->outcome, sizeof(x->outcome));
	assert_memory_equal(&x->run, &y->run, sizeof(x->run));
	assert_memory_equal(&x->gauges, &y->gauges, sizeof(x->gauges));
	assert_memory_equal(x->losses, y->losses, sizeof(x->losses));
	assert_memory_equal(x->counters, y->counters, sizeof(x->counters));
	assert_memory_equal(x->ops, y->ops, sizeof(x->ops));
	assert_string_equal(x->command, y->command);
	assert_true(x->job.seed == y->job.seed);
	ROWS(classes, nclasses);
	ROWS(sites, nsites);
	ROWS(totals, ntotals);
	ROWS(hists, nhists);
	ROWS(blames, nblames);
	ROWS(heavies, nheavies);
	ROWS(workers, nworkers);
	ROWS(incidents, nincidents);
	ROWS(lives, nlives);
	ROWS(stacks, nstacks);
	ROWS(posts, nposts);
	ROWS(symbols, nsymbols);
	ROWS(strands, nstrands);
	ROWS(dep_held, ndep_held);
	assert_int_equal(x->ndeps, y->ndeps);
	for (i = 0; i < x->ndeps; i++) {
		assert_int_equal(x->deps[i].id, y->deps[i].id);
		assert_memory_equal(&x->deps[i].want, &y->deps[i].want,
		    sizeof(x->deps[i].want));
		assert_int_equal(x->deps[i].held - x->dep_held,
		    y->deps[i].held - y->dep_held);
		assert_int_equal(x->deps[i].nseen, y->deps[i].nseen);
		assert_memory_equal(x->deps[i].seen, y->deps[i].seen,
		    sizeof(x->deps[i].seen));
	}
}

static void
order_does_not_show(void **unused)
{
	struct ana_snapshot *ab, *ba, *ab_c, *bc, *a_bc, *ca, *ca_b;
	struct made *a, *b, *c;
	int i;

	for (i = 0; i < 20; i++) {
		a = make(100 + (uint64_t)i);
		b = make(200 + (uint64_t)i);
		c = make(300 + (uint64_t)i);
		if (i % 4 == 1)
			b->s.outcome.end = WLE_HANG;
		if (i % 4 >= 2)
			a->s.outcome.end = c->s.outcome.end = WLE_CRASH;
		ab = merge(&a->s, &b->s);
		ba = merge(&b->s, &a->s);
		same(ab, ba);
		ab_c = merge(ab, &c->s);
		bc = merge(&b->s, &c->s);
		a_bc = merge(&a->s, bc);
		same(ab_c, a_bc);
		ca = merge(&c->s, &a->s);
		ca_b = merge(ca, &b->s);
		same(ab_c, ca_b);
		ana_snapshot_free(ab);
		ana_snapshot_free(ba);
		ana_snapshot_free(ab_c);
		ana_snapshot_free(bc);
		ana_snapshot_free(a_bc);
		ana_snapshot_free(ca);
		ana_snapshot_free(ca_b);
		free(a);
		free(b);
		free(c);
	}
}

/* A number goes to some part; a maximum to all, and is one in one of them. */
static void
part(uint64_t *whole, uint64_t *piece, bool max)
{
	uint64_t some = *whole == 0 ? 0 : draw(*whole + 1);

	*piece = some;
	if (!max)
		*whole -= some;
}

/* piece gets a part of rest, which keeps the others */
static void
take_part(struct made *rest, struct made *piece)
{
	size_t i, k;

	for (i = 0; i < NROW; i++) {
		for (k = 0; k < LKC_NCOUNTER; k++)
			part(&rest->totals[i].c[k], &piece->totals[i].c[k],
			    lk_counter_desc[k].max);
		piece->hist[i].hist.n = 0;
		for (k = 0; k < LK_HIST_N; k++) {
			part(&rest->hist[i].hist.b[k],
			    &piece->hist[i].hist.b[k], false);
			piece->hist[i].hist.n += piece->hist[i].hist.b[k];
		}
		rest->hist[i].hist.n -= piece->hist[i].hist.n;
		part(&rest->blame[i].n, &piece->blame[i].n, false);
		part(&rest->blame[i].ns, &piece->blame[i].ns, false);
		part(&rest->heavy[i].wait_ns, &piece->heavy[i].wait_ns, false);
		part(&rest->heavy[i].over_ns, &piece->heavy[i].over_ns, false);
		part(&rest->heavy[i].contended, &piece->heavy[i].contended,
		    false);
	}
	for (i = 0; i < VMC_NCOUNTERS; i++)
		part(&rest->s.counters[i], &piece->s.counters[i], false);
	for (i = 0; i < WLO_NOPS; i++) {
		part(&rest->s.ops[i].done, &piece->s.ops[i].done, false);
		part(&rest->s.ops[i].refused, &piece->s.ops[i].refused, false);
		part(&rest->s.ops[i].skipped, &piece->s.ops[i].skipped, false);
		part(&rest->s.ops[i].ns, &piece->s.ops[i].ns, false);
	}
	for (i = 0; i < LKL_NLOSS; i++)
		part(&rest->s.losses[i], &piece->s.losses[i], false);
	for (i = 0; i < 2; i++) {
		part(&rest->worker[i].done, &piece->worker[i].done, false);
		part(&rest->worker[i].refused, &piece->worker[i].refused,
		    false);
		part(&rest->worker[i].skipped, &piece->worker[i].skipped,
		    false);
		part(&rest->worker[i].ns, &piece->worker[i].ns, false);
	}
	for (i = 0; i < 4; i++)
		part(&rest->incident[i].count, &piece->incident[i].count,
		    false);
	part(&rest->s.run.ops, &piece->s.run.ops, false);
	part(&rest->s.run.run_ns, &piece->s.run.run_ns, false);
	part(&rest->s.run.open_ns, &piece->s.run.open_ns, false);
	part(&rest->s.outcome.elapsed_ns, &piece->s.outcome.elapsed_ns,
	    false);
	part(&rest->s.outcome.cpu_ns, &piece->s.outcome.cpu_ns, false);
}

static struct made *
twin(const struct made *m)
{
	struct made *t = calloc(1, sizeof(*t));
	size_t i;

	assert_non_null(t);
	*t = *m;
	t->s.classes = t->class;
	t->s.sites = t->site;
	t->s.totals = t->totals;
	t->s.hists = t->hist;
	t->s.blames = t->blame;
	t->s.heavies = t->heavy;
	t->s.incidents = t->incident;
	t->s.lives = t->life;
	t->s.deps = t->dep;
	t->s.dep_held = t->held;
	t->s.stacks = t->stack;
	t->s.symbols = t->symbol;
	t->s.posts = t->post;
	t->s.strands = t->strand;
	t->s.workers = t->worker;
	for (i = 0; i < NDEP; i++)
		t->dep[i].held = &t->held[i];
	return t;
}

static void
parts_make_the_whole(void **unused)
{
	struct made *whole, *rest, *piece;
	struct ana_snapshot *all, *sum, *more;
	int i, k;

	for (i = 0; i < 20; i++) {
		whole = make(500 + (uint64_t)i);
		all = merge(&whole->s, NULL);
		rest = twin(whole);
		sum = NULL;
		for (k = 0; k < 4; k++) {
			piece = twin(rest);
			take_part(rest, piece);
			/* each part ran for no time of its own */
			piece->s.info.now = piece->s.info.created;
			more = sum == NULL ? merge(&piece->s, NULL) :
			    merge(&piece->s, sum);
			ana_snapshot_free(sum);
			sum = more;
			free(piece);
		}
		more = merge(sum, &rest->s);
		same(all, more);
		ana_snapshot_free(all);
		ana_snapshot_free(sum);
		ana_snapshot_free(more);
		free(whole);
		free(rest);
	}
}

static void
what_differs_is_named(void **unused)
{
	struct made *a = make(1), *b = make(2);
	struct ana_snapshot *out;
	char why[ANA_WHY];

	b->s.job.threads = 9;
	assert_int_equal(ana_merge(&a->s, "a.db", &b->s, "b.db", &out, why),
	    EINVAL);
	assert_null(out);
	assert_string_equal(why, "a.db and b.db differ in run.threads: \"8\" "
	    "and \"9\"");
	b->s.job.threads = 8;
	b->s.info.level = LK_LEVEL_CONTENDED;
	assert_int_equal(ana_merge(&a->s, "a.db", &b->s, "b.db", &out, why),
	    EINVAL);
	assert_non_null(strstr(why, "what was recorded"));
	b->s.info.level = LK_LEVEL_FULL;
	strcpy(b->s.info.backend, "pthread");
	assert_int_equal(ana_merge(&a->s, "a.db", &b->s, "b.db", &out, why),
	    EINVAL);
	assert_non_null(strstr(why, "the lock: \"openbsd\" and \"pthread\""));
	strcpy(b->s.info.backend, "openbsd");
	b->s.what_if_class = 1;
	assert_int_equal(ana_merge(&a->s, "a.db", &b->s, "b.db", &out, why),
	    EINVAL);
	assert_non_null(strstr(why, "b.db: what was asked by what_if"));
	b->s.what_if_class = 0;
	ana_snapshot_free(merge(&a->s, &b->s));
	free(a);
	free(b);
}

/* Locks of two runs have the same addresses, and are not the same. */
static void
runs_keep_their_locks_apart(void **unused)
{
	struct made *a = make(1), *b = make(2), *c = make(9);
	struct ana_snapshot *out, *all;
	struct ana_result *r;
	uint64_t n = 0;
	size_t i;

	out = merge(&a->s, &b->s);
	assert_string_equal(out->info.title, "2 runs, seeds 1 to 2");
	all = merge(&c->s, out);
	assert_string_equal(all->info.title, "3 runs, seeds 1 to 9");
	assert_int_equal(ana_run(all, &r), 0);
	assert_string_equal(r->facts.merged, "3 runs, seeds 1 to 9");
	ana_result_free(r);
	/* merged by who did not count */
	strcpy(all->info.title, "amapstorm run storm");
	assert_int_equal(ana_run(all, &r), 0);
	assert_string_equal(r->facts.merged, "several runs");
	ana_result_free(r);
	assert_int_equal(ana_run(&a->s, &r), 0);
	assert_null(r->facts.merged);
	ana_result_free(r);
	ana_snapshot_free(all);
	free(c);
	assert_int_equal(out->nheavies, 2 * NROW);
	assert_int_equal(out->ndeps, 2 * NDEP);
	assert_int_equal(out->nlives, 6);
	assert_int_equal(out->nsymbols, 3);
	for (i = 0; i < out->nincidents; i++)
		n += out->incidents[i].count;
	for (i = 0; i < 4; i++)
		n -= a->incident[i].count + b->incident[i].count;
	assert_int_equal(n, 0);
	assert_int_equal(ana_run(out, &r), 0);
	assert_true(r->facts.ops == a->s.run.ops + b->s.run.ops);
	ana_result_free(r);
	ana_snapshot_free(out);
	free(a);
	free(b);
}

static void
the_worst_end_is_told(void **unused)
{
	struct made *a = make(1), *b = make(2), *c = make(3);
	struct ana_snapshot *ab, *abc;

	b->s.outcome.end = WLE_HANG;
	strcpy(b->s.outcome.why, "it hung");
	ab = merge(&a->s, &b->s);
	abc = merge(ab, &c->s);
	assert_int_equal(abc->outcome.end, WLE_HANG);
	assert_string_equal(abc->outcome.why, "it hung");
	assert_int_equal(abc->strands[0].tid, b->strand[0].tid);
	ana_snapshot_free(ab);
	ana_snapshot_free(abc);
	free(a);
	free(b);
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_does_not_show),
		cmocka_unit_test(parts_make_the_whole),
		cmocka_unit_test(what_differs_is_named),
		cmocka_unit_test(runs_keep_their_locks_apart),
		cmocka_unit_test(the_worst_end_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
