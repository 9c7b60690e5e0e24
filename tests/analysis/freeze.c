/*
 * From a live record to a snapshot.
 */
#include "tests/analysis/made.h"

static struct rwlock lock = RWLOCK_INITIALIZER("frozen");

static __attribute__((noinline)) void
go_wrong(void)
{
	lk_incident("content.mismatch", "page %d", 7);
	__asm__ volatile ("");	/* no tail call: the frame shall be there */
}

static const struct lk_class_info *
class_of(const struct ana_snapshot *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nclasses; i++) {
		if (strcmp(s->classes[i].name, name) == 0)
			return &s->classes[i];
	}
	return NULL;
}

static void
freeze(void **state)
{
	const struct wl_outcome outcome = { .end = WLE_DONE };
	const struct lk_class_info *class;
	struct ana_snapshot *s;
	struct lk_record *rec;
	uint64_t taken = 0;
	size_t i;

	assert_int_equal(lk_record_create(NULL, &rec), 0);
	assert_int_equal(lk_strand_adopt("freezer", NULL), 0);
	for (i = 0; i < 10; i++) {
		rw_enter_write(&lock);
		rw_exit_write(&lock);
	}
	rw_enter_read(&lock);
	go_wrong();
	assert_int_equal(ana_freeze(rec, &outcome, &s), 0);
	rw_exit_read(&lock);

	class = class_of(s, "frozen");
	assert_non_null(class);
	for (i = 0; i < s->ntotals; i++) {
		if (s->totals[i].class == class->id)
			taken += s->totals[i].c[LKC_acquired];
	}
	assert_int_equal(taken, 11);
	assert_int_equal(s->nstrands, 1);
	assert_string_equal(s->strands[0].name, "freezer");
	assert_int_equal(s->strands[0].nheld, 1);
	assert_int_equal(s->strands[0].held[0].class, class->id);
	assert_int_equal(s->nincidents, 1);
	assert_string_equal(s->incidents[0].text, "page 7");
	assert_int_equal(s->incidents[0].nheld, 1);
	for (i = 1; i < s->nclasses; i++)
		assert_true(s->classes[i].id > s->classes[i - 1].id);
	lk_strand_leave();
	ana_snapshot_free(s);
	lk_record_close(rec);
}

/* A stack reads as function names, those of static functions too. */
static void
names(void **state)
{
	const struct wl_outcome outcome = { .end = WLE_DONE };
	const struct ana_finding *f;
	struct ana_snapshot *s;
	struct ana_result *r;
	struct lk_record *rec;

	assert_int_equal(lk_record_create(NULL, &rec), 0);
	assert_int_equal(lk_strand_adopt("namer", NULL), 0);
	go_wrong();
	assert_int_equal(ana_freeze(rec, &outcome, &s), 0);
	assert_int_equal(ana_run(s, &r), 0);
	ana_snapshot_free(s);
	f = made_found(r, "content.mismatch");
	assert_non_null(f);
	assert_true(made_says(f, "#0 go_wrong+0x"));
	assert_true(made_says(f, " names+0x"));
	assert_true(made_says(f, "\"namer\""));
	ana_result_free(r);
	lk_strand_leave();
	lk_record_close(rec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(freeze),
		cmocka_unit_test(names)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
