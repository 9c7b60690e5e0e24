/*
 * What is said about lock order, at which level and why.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/analysis/order_made.h"

/* Which finding alone, at which level and status; NULL: none at all. */
static struct ana_result *
judged(struct om *m, const char *name, enum ana_level level,
    enum ana_status status)
{
	struct ana_result *r = om_run(m);
	const struct ana_finding *f;

	if (name == NULL) {
		assert_int_equal(r->nfindings, 0);
		return r;
	}
	f = om_found(r, name);
	assert_non_null(f);
	assert_int_equal(r->nfindings, 1);
	assert_int_equal(f->level, level);
	assert_int_equal(f->status, status);
	return r;
}

static void
done(struct om *m, struct ana_result *r)
{
	ana_result_free(r);
	free(m);
}

static void
inversion(void **state)
{
	struct om *m = om_new();
	const struct ana_finding *f;
	struct ana_result *r;
	size_t i;

	om_take(m, 1, "W:A", "W:B");
	om_take(m, 2, "W:B", "W:A");
	r = judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE);
	f = r->findings[0];
	assert_string_equal(f->what, "A and B are taken in both orders");
	/* four stacks, four sites, two strands */
	assert_true(om_says(f, "stack_A_1") && om_says(f, "stack_B_2"));
	assert_true(om_says(f, "stack_B_3") && om_says(f, "stack_A_4"));
	assert_int_equal(f->nsites, 4);
	assert_int_equal(f->nstrands, 2);
	assert_true(om_says(f, "op1 (fork) took"));
	assert_true(om_says(f, "vm.c:40 take_A"));
	for (i = 0; i < f->ntext; i++)
		assert_true(strlen(f->text[i]) <= 76);
	assert_int_equal(r->order.cycles[ANA_ERROR], 1);
	assert_int_equal(r->order.nedges, 2);
	assert_true(r->order.edges[0].cycle);
	assert_int_equal(r->order.nclasses, 2);
	assert_true(r->order.classes[0].suspect);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_FINDINGS);
	done(m, r);
}

static void
modes(void **state)
{
	static const struct {
		const char	*a[2], *b[2];
		const char	*name;
		enum ana_level	level;
	} rows[] = {
		{ { "r:A", "W:B" }, { "r:B", "W:A" }, "order.cycle",
		    ANA_ERROR },
		{ { "R:A", "R:B" }, { "R:B", "R:A" }, NULL, 0 },
		{ { "R:A", "W:B" }, { "W:B", "R:A" }, NULL, 0 },
		{ { "R:A", "W:B" }, { "W:B", "W:A" }, "order.cycle",
		    ANA_ERROR },
		/* readers whom no writer was ever seen to stop */
		{ { "r:A", "r:B" }, { "r:B", "r:A" }, NULL, 0 },
		/* a try cannot wait, what it took is held */
		{ { "W:A", "W:B" }, { "tW:B", "W:A" }, "order.cycle",
		    ANA_ERROR },
		{ { "W:A", "tr:B" }, { "W:B", "W:A" }, NULL, 0 },
		{ { "M:A", "r:B" }, { "W:B", "M:A" }, "order.cycle",
		    ANA_ERROR },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct om *m = om_new();

		om_take(m, 1, rows[i].a[0], rows[i].a[1]);
		om_take(m, 2, rows[i].b[0], rows[i].b[1]);
		done(m, judged(m, rows[i].name, rows[i].level, ANA_FEASIBLE));
	}
}

/* The writer: none, assumed, one of the two themselves, somebody else. */
static void
writers(void **state)
{
	struct ana_result *r;
	struct om *m;
	int i;

	for (i = 0; i < 4; i++) {
		m = om_new();
		om_take(m, 1, "r:A", "r:B");
		om_take(m, 2, "r:B", "r:A");
		m->s.assume_writer = i == 1;
		if (i >= 2) {
			om_take(m, i == 2 ? 1 : 3, "", "W:A");
			om_take(m, i == 2 ? 2 : 3, "", "W:B");
		}
		r = judged(m, i == 0 ? NULL : "order.cycle", i == 3 ?
		    ANA_ERROR : ANA_WARN, ANA_FEASIBLE);
		if (i >= 2) {
			assert_true(om_says(r->findings[0], "It is "
			    "write-locked"));
			assert_true(om_says(r->findings[0], "vm.c:50 take_A"));
		}
		done(m, r);
	}
}

static void
one_strand(void **state)
{
	struct om *m = om_new();
	struct lk_dep_info *d;
	struct ana_result *r;

	om_take(m, 1, "W:A", "W:B");
	d = om_take(m, 1, "W:B", "W:A");
	r = judged(m, "order.cycle", ANA_WARN, ANA_FEASIBLE);
	assert_true(om_says(r->findings[0], "too few strands"));
	ana_result_free(r);
	om_also(m, d, 2);
	done(m, judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE));
}

static void
gates(void **state)
{
	struct om *m = om_new();
	struct ana_result *r;

	om_take(m, 1, "W:G W:A", "W:B");
	om_take(m, 2, "W:G W:B", "W:A");
	r = judged(m, "order.guarded", ANA_INFO, ANA_GUARDED);
	assert_true(om_says(r->findings[0], "- G 0x"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	ana_result_free(r);
	/* past the gate */
	om_take(m, 2, "W:B", "W:A");
	r = judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE);
	done(m, r);

	m = om_new();
	om_take(m, 1, "r:G W:A", "W:B");
	om_take(m, 2, "r:G W:B", "W:A");
	done(m, judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE));

	m = om_new();		/* of the class only */
	om_take(m, 1, "W:G1 W:A", "W:B");
	om_take(m, 2, "W:G2 W:B", "W:A");
	done(m, judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE));
}

static void
ordered(void **state)
{
	struct om *m = om_new();

	om_take(m, 1, "W:A", "W:B");
	om_end(m, 1, 2);
	om_take(m, 2, "W:B", "W:A");
	done(m, judged(m, "order.ordered", ANA_INFO, ANA_ORDERED));

	m = om_new();		/* joined by one, who then makes the other */
	om_take(m, 1, "W:A", "W:B");
	om_end(m, 1, 3);
	m->life[3].parent = 3;
	m->life[3].born = m->now++;
	om_take(m, 4, "W:B", "W:A");
	done(m, judged(m, "order.ordered", ANA_INFO, ANA_ORDERED));

	m = om_new();		/* made before it is joined: side by side */
	om_take(m, 1, "W:A", "W:B");
	m->life[3].parent = 3;
	m->life[3].born = m->now++;
	om_end(m, 1, 3);
	om_take(m, 4, "W:B", "W:A");
	done(m, judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE));

	m = om_new();		/* the parent did it before it made the child */
	om_take(m, 1, "W:A", "W:B");
	m->life[1].parent = 1;
	m->life[1].born = m->now++;
	om_take(m, 2, "W:B", "W:A");
	done(m, judged(m, "order.ordered", ANA_INFO, ANA_ORDERED));
}

static void
class_level(void **state)
{
	struct om *m = om_new();

	om_take(m, 1, "W:O1", "W:L");
	om_take(m, 2, "W:L", "W:O2");
	done(m, judged(m, "order.class-cycle", ANA_INFO, ANA_UNCONFIRMED));

	m = om_new();		/* one address, two lives of it */
	om_take(m, 1, "W:A", "W:B");
	om_take(m, 2, "W:B", "W:A");
	m->held[1][0].gen = 2;
	done(m, judged(m, NULL, 0, 0));
}

static void
same_lock(void **state)
{
	struct om *m = om_new();

	om_take(m, 1, "r:A W:B", "r:A");
	done(m, judged(m, "order.recursion", ANA_WARN, ANA_FEASIBLE));
	m = om_new();
	om_take(m, 1, "R:A", "R:A");
	done(m, judged(m, NULL, 0, 0));
	m = om_new();
	om_take(m, 1, "r:A", "U:A");
	done(m, judged(m, "order.upgrade", ANA_ERROR, ANA_FEASIBLE));
	m = om_new();
	om_take(m, 1, "r:A", "W:A");
	done(m, judged(m, "order.self", ANA_ERROR, ANA_FEASIBLE));
}

static struct ana_contract *
contract(const char *text)
{
	struct ana_contract *c;
	struct wl_error err;

	memset(&err, 0, sizeof(err));
	assert_int_equal(ana_contract_text(text, "order.txt", &c, &err), 0);
	return c;
}

static void
same_class(void **state)
{
	struct ana_contract *c = contract("class X by address\n");
	struct om *m = om_new();

	om_take(m, 1, "W:X1", "W:X2");
	ana_result_free(judged(m, "order.same-class", ANA_INFO,
	    ANA_UNCONFIRMED));
	m->s.contract = c;
	ana_result_free(judged(m, NULL, 0, 0));
	m->s.contract = NULL;
	m->dep[0].want.dupok = true;
	done(m, judged(m, NULL, 0, 0));

	m = om_new();
	m->s.contract = c;
	om_take(m, 1, "W:X2", "W:X1");
	done(m, judged(m, "order.same-class", ANA_WARN, ANA_FEASIBLE));

	m = om_new();		/* both ways: that says it all */
	m->s.contract = c;
	om_take(m, 1, "W:X2", "W:X1");
	om_take(m, 2, "W:X1", "W:X2");
	done(m, judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE));
	ana_contract_free(c);

	m = om_new();
	om_take(m, 1, "R:X1", "R:X2");
	done(m, judged(m, NULL, 0, 0));
}

/* A consistent order, one arc against it: one finding, the shortest ring. */
static void
planted(void **state)
{
	struct om *m = om_new();
	const struct ana_finding *f;
	struct ana_result *r;

	om_take(m, 1, "W:A", "W:B");
	om_take(m, 1, "W:A W:B", "W:C");
	om_take(m, 2, "W:B", "W:D");
	om_take(m, 2, "W:C", "W:D");
	om_take(m, 3, "W:B W:C", "W:D");
	om_take(m, 4, "W:D", "W:A");
	om_take(m, 3, "W:A", "W:C");
	r = judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE);
	f = r->findings[0];
	assert_true(strncmp(f->what, "a ring of 3", 11) == 0);
	done(m, r);
}

static void
two_of_them(void **state)
{
	struct om *m = om_new();
	struct ana_result *r;

	om_take(m, 1, "W:A", "W:B");
	om_take(m, 2, "W:B", "W:A");
	om_take(m, 1, "W:C", "W:D");
	om_take(m, 2, "W:D", "W:C");
	r = om_run(m);
	assert_int_equal(r->nfindings, 2);
	assert_int_equal(om_count(r, "order.cycle"), 2);
	done(m, r);
}

/* Many instances and places: still one, and the other places are named. */
static void
once(void **state)
{
	struct om *m = om_new();
	struct ana_result *r;
	char a[16], b[16];
	int i;

	for (i = 1; i < 6; i++) {
		snprintf(a, sizeof(a), "W:A%d", i);
		snprintf(b, sizeof(b), "W:B%d", i);
		om_take(m, 1, a, b);
		om_take(m, 2, b, a);
	}
	r = judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE);
	assert_true(om_says(r->findings[0], "also A held from vm.c:"));
	done(m, r);
}

static void
events(void **state)
{
	struct om *m = om_new();
	struct ana_result *r;

	om_take(m, 1, "W:A", "wait:E");
	om_take(m, 2, "", "W:A");
	om_post(m, 2, "wait:E");
	r = judged(m, "order.cycle.wait", ANA_ERROR, ANA_FEASIBLE);
	assert_true(om_says(r->findings[0], "event E"));
	done(m, r);

	m = om_new();		/* taken only after the post */
	om_take(m, 1, "W:A", "wait:E");
	om_post(m, 2, "wait:E");
	om_take(m, 2, "", "W:A");
	done(m, judged(m, NULL, 0, 0));

	m = om_new();		/* events alone */
	om_take(m, 1, "", "wait:E");
	om_post(m, 1, "wait:F");
	om_take(m, 2, "", "wait:F");
	om_post(m, 2, "wait:E");
	done(m, judged(m, "order.cycle.wait", ANA_ERROR, ANA_FEASIBLE));

	m = om_new();
	om_take(m, 2, "", "W:A");
	om_post(m, 2, "join:J");
	om_take(m, 1, "W:A", "join:J");
	done(m, judged(m, "order.cycle.wait", ANA_ERROR, ANA_FEASIBLE));
}

static void
pages(void **state)
{
	struct om *m = om_new();

	om_take(m, 1, "P:P", "W:V");	/* busy page, then the vnode */
	om_take(m, 2, "W:V", "P:P");
	done(m, judged(m, "order.cycle", ANA_ERROR, ANA_FEASIBLE));
}

static void
handlers(void **state)
{
	struct om *m = om_new();
	struct ana_result *r;

	om_take(m, 1, "", "W:A");
	om_take(m, 1, "sig:S", "W:A");
	r = judged(m, "order.signal", ANA_ERROR, ANA_FEASIBLE);
	done(m, r);

	m = om_new();
	om_take(m, 1, "", "r:A");
	om_take(m, 1, "sig:S", "r:A");
	m->s.assume_writer = true;
	ana_result_free(judged(m, "order.signal", ANA_WARN, ANA_FEASIBLE));
	m->s.assume_writer = false;
	done(m, judged(m, NULL, 0, 0));

	m = om_new();		/* another strand's business */
	om_take(m, 2, "", "W:A");
	om_take(m, 1, "sig:S", "W:A");
	done(m, judged(m, NULL, 0, 0));
}

static void
sleeps(void **state)
{
	struct om *m = om_new();
	struct ana_result *r;

	om_take(m, 1, "W:A", "S:S");
	om_take(m, 2, "W:A", "mem:M");
	om_take(m, 2, "", "S:S");
	r = om_run(m);
	assert_int_equal(r->nfindings, 2);
	assert_int_equal(om_count(r, "order.sleep-held"), 2);
	assert_int_equal(r->findings[0]->level, ANA_WARN);
	ana_result_free(r);
	strcpy(m->class[0].name, "swapctl");	/* a row of sleep_ok.def */
	done(m, judged(m, NULL, 0, 0));
}

static void
against_contract(void **state)
{
	struct ana_contract *c = contract(
	    "class A rank 1\nclass B rank 2 # inner\n"
	    "edge A B W>W\nforbid C D\n");
	struct om *m = om_new();
	struct ana_result *r;

	m->s.contract = c;
	om_take(m, 1, "W:A", "W:B");
	ana_result_free(judged(m, NULL, 0, 0));
	om_take(m, 1, "r:A", "W:B");
	r = judged(m, "order.new-edge", ANA_WARN, ANA_CONFIRMED);
	assert_non_null(strstr(r->findings[0]->what, "r>W"));
	assert_non_null(strstr(r->findings[0]->what, "order.txt:3"));
	done(m, r);

	m = om_new();
	m->s.contract = c;
	om_take(m, 1, "W:C", "W:D");
	ana_result_free(judged(m, "order.forbidden-edge", ANA_ERROR,
	    ANA_CONFIRMED));
	om_take(m, 1, "W:B", "W:A");
	r = om_run(m);
	assert_int_equal(om_count(r, "order.rank"), 1);
	assert_int_equal(om_count(r, "order.new-edge"), 1);
	assert_int_equal(om_found(r, "order.rank")->level, ANA_ERROR);
	done(m, r);
	ana_contract_free(c);
}

static char *
written(const struct ana_result *r, const struct ana_contract *old)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_int_equal(ana_contract_write(r, old, f), 0);
	fclose(f);
	return text;
}

/* What was written is kept by what it was written from, and reads back. */
static void
contract_round(void **state)
{
	struct ana_contract *c;
	struct om *m = om_new();
	struct ana_result *r;
	char *text, *again;

	strcpy(m->class[1].name, "b \"quoted\" #1");
	om_take(m, 1, "W:A", "W:B");
	om_take(m, 1, "r:A W:B", "r:C");
	r = om_run(m);
	text = written(r, NULL);
	assert_non_null(strstr(text, "\nclass \"b \\\"quoted\\\" #1\"\n"));
	assert_non_null(strstr(text, "edge A C r>r"));
	c = contract(text);
	again = written(r, c);
	assert_string_equal(text, again);
	ana_result_free(r);
	m->s.contract = c;
	done(m, judged(m, NULL, 0, 0));
	ana_contract_free(c);
	free(text);
	free(again);
}

static void
contract_errors(void **state)
{
	static const struct {
		const char	*text;
		unsigned	line;
		const char	*what;
	} rows[] = {
		{ "class A\nedge A\n", 2, "2 words" },
		{ "klass A\n", 1, "\"klass\"" },
		{ "class\n", 1, "without a name" },
		{ "class A rank x\n", 1, "\"x\"" },
		{ "class A rank\n", 1, "\"rank\"" },
		{ "class A by name\n", 1, "\"by name\"" },
		{ "edge A B WW\n", 1, "\"WW\"" },
		{ "edge A B W>X\n", 1, "\"W>X\"" },
		{ "class \"A\n", 1, "does not end" },
		{ "class A\n\n# x\nclass A\n", 4, "line 1" },
		{ "edge A B\nforbid A B\n", 2, "line 1" },
		{ "forbid A B C\n", 1, "4 words" },
	};
	struct ana_contract *c;
	struct wl_error err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(ana_contract_text(rows[i].text, "o.txt", &c,
		    &err), EINVAL);
		assert_null(c);
		assert_int_equal(err.line, rows[i].line);
		assert_non_null(strstr(err.what, rows[i].what));
		assert_string_equal(err.where, "o.txt");
		assert_true(err.expected[0] != '\0');
	}
	assert_int_equal(ana_contract_read("/nonexistent/x", &c, &err), ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inversion),
		cmocka_unit_test(modes),
		cmocka_unit_test(writers),
		cmocka_unit_test(one_strand),
		cmocka_unit_test(gates),
		cmocka_unit_test(ordered),
		cmocka_unit_test(class_level),
		cmocka_unit_test(same_lock),
		cmocka_unit_test(same_class),
		cmocka_unit_test(planted),
		cmocka_unit_test(two_of_them),
		cmocka_unit_test(once),
		cmocka_unit_test(events),
		cmocka_unit_test(pages),
		cmocka_unit_test(handlers),
		cmocka_unit_test(sleeps),
		cmocka_unit_test(against_contract),
		cmocka_unit_test(contract_round),
		cmocka_unit_test(contract_errors)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
