/*
 * The case notation: what it stands for, and how mistakes in it are told.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "workloads/workloads.h"

static struct wl_case *
parsed(const char *script, const struct wl_case_table *t)
{
	struct wl_error err = { .line = 0 };
	struct wl_case *c;

	if (wl_case_parse(script, 0, t, &c, &err) != 0)
		fail_msg("%s: %s; expected %s", script, err.what,
		    err.expected);
	assert_non_null(c);
	return c;
}

/* The case as the notation in its plainest form. */
static void
plain(const struct wl_case *c, char *to, size_t len)
{
	size_t i, k, n = 0;

	to[0] = '\0';
	for (i = 0; i < c->nphases; i++) {
		n += (size_t)snprintf(to + n, len - n, "%s", i == 0 ? "" :
		    c->phase[i].together ? " ||" : " ;");
		for (k = 0; k < c->phase[i].nsteps; k++) {
			const struct wl_case_step *s = &c->phase[i].step[k];
			const struct wl_case_word *w =
			    &wl_case_words[s->what];

			n += (size_t)snprintf(to + n, len - n, " %s%s%s",
			    w->word, s->dupok ? "!" : "",
			    w->on == WLCO_NONE || s->what == WLC_exit ? "" :
			    ":");
			if (w->on == WLCO_PHASE)
				n += (size_t)snprintf(to + n, len - n, "%u",
				    s->on + 1);
			else if (w->on != WLCO_NONE)
				n += (size_t)snprintf(to + n, len - n, "%s",
				    c->thing[s->on].name);
			assert_true(n < len);
		}
	}
}

static void
same(const char *script, const char *expected)
{
	struct wl_case *c = parsed(script, NULL);
	char text[2048];

	plain(c, text, sizeof(text));
	assert_string_equal(text, expected);
	wl_case_free(c);
}

static void
test_steps(void **state)
{
	same("W:A W:B -B -A ; W:B W:A -A -B",
	    " W:A W:B -B -A ; W:B W:A -A -B");
	same("r:A R:B tW:C tr:D tR:E U:A D:A tU:A M:m tM:n -m",
	    " r:A R:B tW:C tr:D tR:E U:A D:A tU:A M:m tM:n -m");
	same("wait:e post:f join:2;post:e", " wait:e post:f join:2 ; post:e");
	same("W:A||W:B", " W:A || W:B");
	same("W!:X2 -W:X2 r:X1 -r:X1 init:X1 destroy:X1 <exit>",
	    " W!:X2 -W:X2 r:X1 -r:X1 init:X1 destroy:X1 <exit>");
	same("W:A -A [handler: W:A -A]", " W:A -A [handler: W:A -A ]");
	same("  W:A ;; W:B ; ", " W:A ; W:B");
}

static void
test_repeat(void **state)
{
	same("repeat i=1..3 ( W:L{i}x ) -L2x", " W:L1x W:L2x W:L3x -L2x");
	same("repeat i=0..2 ( W:L{i}x W:L{i+1%3}x ; )",
	    " W:L0x W:L1x ; W:L1x W:L2x ; W:L2x W:L0x");
	same("repeat i=1..2 ( repeat k=0..1 ( W:A{i}_{k-i+5} ) ; )",
	    " W:A1_4 W:A1_5 ; W:A2_3 W:A2_4");
	same("repeat n=7..7(W:A{n})", " W:A7");
}

static void
test_classes(void **state)
{
	struct wl_case *c = parsed("W:X1 W:X22 W:Ab W:a1b M:m", NULL);

	assert_int_equal(c->nthings, 5);
	assert_string_equal(c->thing[0].class, "X");
	assert_string_equal(c->thing[1].class, "X");
	assert_string_equal(c->thing[2].class, "Ab");
	assert_string_equal(c->thing[3].class, "a1b");
	assert_int_equal(c->thing[4].kind, WLCO_MUTEX);
	wl_case_free(c);
}

/* A repetition is one place in the text, however often it is gone through. */
static void
test_sites(void **state)
{
	struct wl_case *c = parsed("repeat i=1..500 ( W:L{i}x -L{i}x )", NULL);

	assert_int_equal(c->nsteps, 1000);
	assert_int_equal(c->nsites, 2);
	assert_int_equal(c->site[0].column, 19);
	assert_string_equal(c->site[0].text, "W:L{i}x");
	wl_case_free(c);
}

static void
test_words(void **state)
{
	same("W:A then read-release", " W:A -r:A");
	same("W:A -A  [handler: W:A -A, signal not blocked]",
	    " W:A -A [handler: W:A -A ]");
	same("W:A || W:B, barrier after the 1st lock", " W:A || W:B");
	same("2 locks, i then i+1 mod 2", " W:N1n W:N2n -N2n -N1n ;"
	    " W:N2n W:N1n -N1n -N2n");
	same("W:A ; 2 other nested locks ; -A", " W:A ; W:N1n W:N2n -N2n -N1n"
	    " W:N2n W:N3n -N3n -N2n ; -A");
}

static void
test_parts(void **state)
{
	struct wl_error err;
	struct wl_case *c;
	char text[64];

	assert_int_equal(wl_case_parse("W:A <exit>  /  r:A", 1, NULL, &c,
	    &err), 0);
	plain(c, text, sizeof(text));
	assert_string_equal(text, " r:A");
	wl_case_free(c);
	assert_int_equal(wl_case_parse("W:A <exit>  /  r:A", 2, NULL, &c,
	    &err), 0);
	assert_null(c);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *script, *what, *expected;
	} bad[] = {
		{ "W:A Q:B", "column 5: \"Q:B\" is no step", "W: r: R:" },
		{ "W:A W", "column 5: \"W\" is no step", "W:" },
		{ "W:", "column 3: \"end\" in a name", "a name" },
		{ "W:A$", "column 4: \"$\" in a name", "letters" },
		{ "", "column 1: the script is empty", "a step" },
		{ "W:A ||", "column 7: \"||\" at the end", "another phase" },
		{ "|| W:A", "column 1: \"||\"", "a phase before it" },
		{ "W:A | W:B", "column 5: \"|\" is no step", "||" },
		{ "M:A W:A", "column 5: A is a lock here and a mutex before",
		    "a mutex" },
		{ "W:A wait:A", "column 5: A is an event here and a lock "
		    "before", "a lock" },
		{ "U!:A", "column 1: \"!\" (the order is meant) behind \"U\"",
		    "W, r or R" },
		{ "W:A [handler: W:A", "column 18: the end, inside a handler",
		    "]" },
		{ "W:A [handler: -A ; W:B ]",
		    "column 18: a phase ends inside its handler", "]" },
		{ "W:A ]", "column 5: \"]\"", "[handler:" },
		{ "join:x ; W:A", "column 6: \"x\" is no phase", "number" },
		{ "join:3 ; W:A", "column 1: join of phase 3", "another" },
		{ "join:1", "column 1: join of phase 1", "another phase" },
		{ "join:3 ; join:3 ; W:A", "column 10: phase 3 is joined twice",
		    "one join" },
		{ "repeat i=1..3 W:A", "column 15: \"W:A\"", "(" },
		{ "repeat i=3..1 ( W:A )", "column 17: repeat from 3 to 1",
		    "grow" },
		{ "repeat i=1..3 ( W:A", "column 20: the end, inside a repeat",
		    ")" },
		{ "repeat i=1..3 ( W:A{k} )", "column 21: no variable \"k\"",
		    "repeat" },
		{ "repeat i=1..3 ( W:A{i*2} )", "column 22: \"{\" of column 20 "
		    "goes on with \"*\"", "+ - %" },
		{ "repeat i=1..3 ( W:A{i%0} )", "column 23: remainder of a "
		    "division by 0", "another" },
		{ "repeat i=1..500 ( W:A{i}x ; )", "too many phases",
		    "at most 240" },
		{ "repeat i=1..9999999 ( W:A )", "column 13: 9999999 is too "
		    "much", "4000000" },
		{ "repeat i=1..9999 ( repeat k=1..9999 ( ) )",
		    "too many turns", "4000000" },
		{ "use:E99(A)", "column 1: no row \"E99\"", "row" },
	};
	struct wl_error err;
	struct wl_case *c;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(wl_case_parse(bad[i].script, 0, NULL, &c,
		    &err), EINVAL);
		assert_null(c);
		if (strstr(err.what, bad[i].what) == NULL ||
		    strstr(err.expected, bad[i].expected) == NULL)
			fail_msg("%s: \"%s; expected %s\", not \"%s; expected "
			    "%s\"", bad[i].script, err.what, err.expected,
			    bad[i].what, bad[i].expected);
	}
}

/* ------------------------------------------------------------------------
 * Tables
 */

static int
table(const char *text, struct wl_case_table **t, struct wl_error *err)
{
	char path[] = "/tmp/case-test-XXXXXX";
	int fd = mkstemp(path), error;

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	memset(err, 0, sizeof(*err));
	error = wl_case_table(path, t, err);
	unlink(path);
	return error;
}

static void
test_table(void **state)
{
	struct wl_case_table *t;
	struct wl_error err;

	assert_int_equal(table("# a remark\n\ngroup\tname\tvariant\tscript\t"
	    "expect\tkind\n\nbasic\tAA\tspin\tW:A\tREPORT\tcycle2\n"
	    "basic\tAA\tmutex\tM:A\tOK\n", &t, &err), 0);
	assert_int_equal(t->nrows, 2);
	assert_string_equal(t->row[0].id, "basic.AA.spin");
	assert_int_equal(t->row[0].line, 5);
	assert_string_equal(t->row[1].id, "basic.AA.mutex");
	assert_string_equal(t->row[1].expect, "OK");
	assert_string_equal(t->row[1].kind, "");
	wl_case_table_free(t);

	assert_int_equal(table("id\tname\tscript\ttruth\tproposed\r\n"
	    "E1\tx y\tW:A\tDL\tERROR, stack of the acquire\r\n"
	    "E2\t\tW:B\tDL+w\tas E1\n", &t, &err), 0);
	assert_string_equal(t->row[0].id, "E1");
	assert_string_equal(t->row[0].expect, "ERROR");
	assert_string_equal(t->row[0].kind, "stack of the acquire");
	assert_string_equal(t->row[1].expect, "");
	assert_string_equal(t->row[1].truth, "DL+w");
	wl_case_table_free(t);
}

static void
test_bad_table(void **state)
{
	static const struct {
		const char *text, *what;
		unsigned line;
	} bad[] = {
		{ "", "no row", 1 },
		{ "id\tscript\texpect\n", "no row", 2 },
		{ "id\texpect\nx\tOK\n", "\"script\"", 1 },
		{ "id\tscript\nx\tW:A\n", "\"expect\"", 1 },
		{ "script\texpect\nW:A\tOK\n", "\"id\"", 1 },
		{ "id\tscript\texpect\nx\tW:A\tmaybe\n", "unknown", 2 },
		{ "id\tscript\texpect\n\tW:A\tOK\n", "without a name", 2 },
		{ "id\tscript\texpect\nx\tW:A\tOK\nx\tW:A\tOK\n", "taken", 3 },
	};
	struct wl_case_table *t;
	struct wl_error err;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(table(bad[i].text, &t, &err), EINVAL);
		assert_non_null(strstr(err.what, bad[i].what));
		assert_int_equal(err.line, bad[i].line);
		assert_true(err.expected[0] != '\0');
	}
	assert_int_equal(wl_case_table("/nonexistent/x", &t, &err), ENOENT);
}

static void
test_use(void **state)
{
	struct wl_case_table *t;
	struct wl_error err;
	struct wl_case *c;
	char text[256];

	assert_int_equal(table("id\tscript\texpect\n"
	    "E1\tW:A W:B -B -A ; W:B W:A\tOK\n"
	    "E2\tuse:E1(C,D) ; use:E1(D,C)\tOK\n"
	    "E3\tE1 on A,B then E1 on C,D\tOK\n"
	    "E4\tuse:E4\tOK\n", &t, &err), 0);
	c = parsed(t->row[1].script, t);
	plain(c, text, sizeof(text));
	assert_string_equal(text, " W:C W:D -D -C ; W:D W:C ;"
	    " W:D W:C -C -D ; W:C W:D");
	wl_case_free(c);
	c = parsed(t->row[2].script, t);
	plain(c, text, sizeof(text));
	assert_string_equal(text, " W:A W:B -B -A ; W:B W:A ;"
	    " W:C W:D -D -C ; W:D W:C");
	wl_case_free(c);
	assert_int_equal(wl_case_parse(t->row[3].script, 0, t, &c, &err),
	    EINVAL);
	assert_non_null(strstr(err.what, "rows that use rows"));
	wl_case_table_free(t);
}

/* ------------------------------------------------------------------------
 * Runs: that a phase is blocked is seen, and nothing hangs
 */

static enum wl_end
run(const char *script, uint64_t *incidents)
{
	const struct lk_record_conf conf = { .level = LK_LEVEL_FULL,
	    .arena = 4 << 20 };
	struct wl_case *c = parsed(script, NULL);
	struct lk_record_info info;
	struct wl_outcome out;
	struct lk_record *rec;

	assert_int_equal(lk_record_create(&conf, &rec), 0);
	assert_int_equal(wl_case_run(c, "test", 1, rec, &out), 0);
	lk_record_info(rec, &info);
	*incidents = info.incidents;
	lk_record_close(rec);
	wl_case_free(c);
	return out.end;
}

static void
test_runs(void **state)
{
	static const struct {
		const char *script;
		enum wl_end end;
		uint64_t incidents;
	} runs[] = {
		{ "W:A W:B -B -A ; W:B W:A -A -B", WLE_DONE, 0 },
		{ "W:A W:B ; W:B W:A", WLE_DONE, 0 },
		{ "W:A ; W:A ; W:A ; W:A", WLE_DONE, 0 },
		{ "W:A <exit>", WLE_DONE, 1 },
		{ "W:A ; -A", WLE_DONE, 1 },
		{ "W:A W:B -B -A || W:B W:A -A -B", WLE_HANG, 0 },
		{ "W:A W:B || r:B r:A", WLE_HANG, 0 },
		{ "r:A r:B || r:B r:A", WLE_DONE, 0 },
		{ "wait:e post:f ; wait:f post:e", WLE_HANG, 0 },
		{ "wait:e ; post:e", WLE_DONE, 0 },
		{ "W:A wait:e -A ; W:A -A post:e", WLE_DONE, 0 },
		{ "W:A join:2 ; W:A", WLE_DONE, 0 },
		{ "join:2 ; join:1", WLE_HANG, 0 },
		{ "W:A tW:A -A", WLE_DONE, 0 },
		{ "M:m -m ; M:m", WLE_DONE, 0 },
		{ "W:A ; W:A ; destroy:A", WLE_DONE, 2 },
	};
	uint64_t incidents;
	size_t i;

	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		if (run(runs[i].script, &incidents) != runs[i].end)
			fail_msg("%s: does not end so", runs[i].script);
		if (incidents != runs[i].incidents)
			fail_msg("%s: %d incidents", runs[i].script,
			    (int)incidents);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_bad_table),
		cmocka_unit_test(test_use),
		cmocka_unit_test(test_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
