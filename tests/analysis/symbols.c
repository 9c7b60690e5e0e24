/*
 * Addresses as people read them: inlined calls are frames, with the lines of
 * their calls; what a compiler adds to names is none of them; the lock layer's
 * own frames are gone.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/analysis/made.h"

#include "analysis/ana_int.h"
#include "tests/analysis/symbols.h"

#define APART	__attribute__((noinline))
#define INTO	static inline __attribute__((always_inline))
#define HERE(v)	((v) = __LINE__)

static struct rwlock one = RWLOCK_INITIALIZER("one");
static struct rwlock two = RWLOCK_INITIALIZER("two");
static uint64_t caller[8];
static uint32_t ncallers;
static int inner_line, middle_line, outer_line, piece_line;

APART static int
here(void)
{
	caller[ncallers++] = (uint64_t)(uintptr_t)__builtin_return_address(0);
	__asm__ volatile ("");
	return 0;
}

INTO void
inner(void)
{
	HERE(inner_line); here();
}

INTO void
middle(void)
{
	HERE(middle_line); inner();
}

APART static void
outer(void)
{
	HERE(outer_line); middle();
	__asm__ volatile ("");
}

/* As compilers call what they made. */
#define MADE(fn, name)							\
void	fn(void) __asm__(name);						\
APART void								\
fn(void)								\
{									\
	HERE(piece_line); here();					\
	__asm__ volatile ("");						\
}
MADE(clone, "cut_clone.constprop.0.isra.0")
MADE(whole, "cut_whole.lto_priv.12")
MADE(part, "cut_part.part.0")
MADE(cold, "cut_cold.cold")
MADE(own, "kept.as.it.is")

static void
snapshot(struct ana_snapshot *s, struct ana_stack *st)
{
	struct lk_map_info *maps = NULL;
	FILE *in = fopen("/proc/self/maps", "r");
	unsigned long long start, end, offset;
	char line[512], path[232];
	size_t n = 0;

	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, "%llx-%llx r-x%*c %llx %*s %*s %231s", &start,
		    &end, &offset, path) != 4 || path[0] != '/')
			continue;
		maps = realloc(maps, (n + 1) * sizeof(*maps));
		assert_non_null(maps);
		memset(&maps[n], 0, sizeof(*maps));
		maps[n].start = start;
		maps[n].end = end;
		maps[n].offset = offset;
		strcpy(maps[n++].path, path);
	}
	fclose(in);
	memset(s, 0, sizeof(*s));
	memset(st, 0, sizeof(*st));
	st->id = 1;
	st->n = ncallers;
	memcpy(st->frame, caller, sizeof(caller));
	s->stacks = st;
	s->nstacks = 1;
	assert_int_equal(ana_symbols(s, maps, n), 0);
	free(maps);
}

/* => name: all of it that is told; "f+" has an offset behind it */
static void
is(const struct ana_call *c, const char *name, const char *file, int line)
{
	char place[64] = "";
	size_t n = strlen(name);

	if (file != NULL)
		snprintf(place, sizeof(place), "%s:%d", file, line);
	assert_non_null(c->name);
	if (strncmp(c->name, name, n) != 0 || (name[n - 1] == '+' ?
	    c->name[n] != '0' : (size_t)c->len != n))
		fail_msg("%s is not %s", c->name, name);
	assert_string_equal(c->line, place);
}

static void
inlined_calls_are_frames(void **state)
{
	struct ana_call call[ANA_MAXCALL];
	struct ana_snapshot s;
	struct ana_stack st;

	ncallers = 0;
	outer();
	snapshot(&s, &st);
	assert_int_equal(ana_calls(&s, st.frame, st.n, call), 3);
	is(&call[0], "inner (inlined)", "analysis/symbols.c", inner_line);
	is(&call[1], "middle (inlined)", "analysis/symbols.c", middle_line);
	is(&call[2], "outer+", "analysis/symbols.c", outer_line);
	assert_int_equal(call[0].function, 5);
	assert_int_equal(call[2].function, 5);
	free(s.symbols);
}

static void
names_are_as_written(void **state)
{
	struct ana_call call[ANA_MAXCALL];
	struct ana_snapshot s;
	struct ana_stack st;

	ncallers = 0;
	clone();
	whole();
	part();
	cold();
	own();
	snapshot(&s, &st);
	assert_int_equal(ana_calls(&s, st.frame, st.n, call), 5);
	is(&call[0], "cut_clone+", "analysis/symbols.c", piece_line - 4);
	is(&call[1], "cut_whole+", "analysis/symbols.c", piece_line - 3);
	is(&call[2], "cut_part", "analysis/symbols.c", piece_line - 2);
	is(&call[3], "cut_cold", "analysis/symbols.c", piece_line - 1);
	is(&call[4], "kept.as.it.is+", "analysis/symbols.c", piece_line);
	free(s.symbols);
}

/* Without debug information there are names, and no more is said. */
static void
shared_objects(void **state)
{
	struct ana_call call[ANA_MAXCALL];
	struct ana_snapshot s;
	struct ana_stack st;

	ncallers = 0;
	told_outer(here);
	bare_outer(here);
	snapshot(&s, &st);
	assert_int_equal(ana_calls(&s, st.frame, st.n, call), 3);
	is(&call[0], "told_inner (inlined)", "analysis/symbols_shared.c", 7);
	is(&call[1], "told_outer+", "analysis/symbols_shared.c", 14);
	is(&call[2], "bare_outer+", NULL, 0);
	free(s.symbols);
}

/* ---- the lock layer's own ---- */

INTO void
take_both(void)
{
	rw_enter_write(&one);
	HERE(inner_line); rw_enter_write(&two);
}

/* A user's folder may be called what ours is. */
#line 1 "/somebody/else/locks/mine.c"
APART static void
mine(void)
{
	take_both();
	rw_exit_write(&two);
	rw_exit_write(&one);
	__asm__ volatile ("");
}
#line 197 "tests/analysis/symbols.c"

static void
takes_begin_with_who_took(void **state)
{
	const struct wl_outcome outcome = { .end = WLE_DONE };
	struct ana_call call[ANA_MAXCALL];
	const struct ana_stack *st;
	struct ana_snapshot *s;
	struct lk_record *rec;
	size_t i, seen = 0;

	assert_int_equal(lk_record_create(NULL, &rec), 0);
	assert_int_equal(lk_strand_adopt("taker", NULL), 0);
	mine();
	assert_int_equal(ana_freeze(rec, &outcome, &s), 0);
	for (i = 0; i < s->ndeps; i++) {
		st = ana_stack_of(s, s->deps[i].want.stack);
		if (st == NULL || s->deps[i].nheld != 1)
			continue;
		seen++;
		assert_true(ana_calls(s, st->frame, st->n, call) >= 3);
		is(&call[0], "take_both (inlined)", "analysis/symbols.c",
		    inner_line);
		is(&call[1], "mine+", "locks/mine.c", 4);
	}
	assert_int_equal(seen, 1);
	for (i = seen = 0; i < s->nsymbols; i++) {
		if (strncmp(s->symbols[i].line, "locks/", 6) != 0)
			continue;
		assert_true((strstr(s->symbols[i].name, ANA_OF_LOCKS) ==
		    NULL) == (strstr(s->symbols[i].line, "mine") != NULL));
		seen++;
	}
	assert_true(seen >= 2);
	ana_snapshot_free(s);
	lk_strand_leave();
	lk_record_close(rec);
}

/* By hand: rows by address, a stack of all of them. */
static size_t
read_as(struct ana_symbol *symbol, size_t n, struct ana_call *call)
{
	struct ana_snapshot s = { .symbols = symbol, .nsymbols = n };
	uint64_t frame[8];
	size_t i;

	for (i = 0; i < n; i++)
		frame[i] = symbol[i].addr;
	return ana_calls(&s, frame, (uint32_t)n, call);
}

static void
saved_before_there_were_marks(void **state)
{
	struct ana_symbol old[] = {
		{ 10, "enter_now+0x331", "locks/rwlock.c:276" },
		{ 20, "lk_taken+0x10", "locks/note.c:7" },
		{ 30, "drop_ref+0x10", "amap/amap.c:181" },
		{ 40, "lk_walk+0x10", "locks/rows.c:9" }
	};
	struct ana_call call[ANA_MAXCALL];

	assert_int_equal(read_as(old, 4, call), 2);
	is(&call[0], "drop_ref+", "amap/amap.c", 181);
	is(&call[1], "lk_walk+", "locks/rows.c", 9);
}

static void
no_stack_becomes_empty(void **state)
{
	struct ana_symbol all[] = {
		{ 10, "enter_now+0x331 (locks)", "locks/rwlock.c:276" },
		{ 20, "lk_taken (inlined) (locks)", "locks/note.c:7" }
	}, main[] = {
		{ 10, "enter_now+0x331 (locks)", "locks/rwlock.c:276" },
		{ 20, "lk_strand_main+0x4 (locks)", "locks/strand.c:7" }
	};
	struct ana_call call[ANA_MAXCALL];

	assert_int_equal(read_as(all, 2, call), 2);
	is(&call[0], "enter_now+", "locks/rwlock.c", 276);
	is(&call[1], "lk_taken (inlined)", "locks/note.c", 7);
	assert_int_equal(call[1].function, 8);
	assert_int_equal(read_as(main, 2, call), 1);
	is(&call[0], "lk_strand_main+", "locks/strand.c", 7);
	assert_int_equal(read_as(all, 0, call), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined_calls_are_frames),
		cmocka_unit_test(names_are_as_written),
		cmocka_unit_test(shared_objects),
		cmocka_unit_test(takes_begin_with_who_took),
		cmocka_unit_test(saved_before_there_were_marks),
		cmocka_unit_test(no_stack_becomes_empty)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
