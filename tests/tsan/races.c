/*
 * races.c: reports of ThreadSanitizer, as its runtimes write them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analysis/analysis.h"

static char folder[] = "/tmp/races.XXXXXX";

/* => its path, in one of four places */
static const char *
file(const char *name, const char *fmt, ...)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % 4];
	va_list ap;
	FILE *f;

	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	f = fopen(p, "w");
	assert_non_null(f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fclose(f);
	return p;
}

/* %s: address, line, other lock */
#define REPORT								\
	"==================\n"						\
	"WARNING: ThreadSanitizer: data race (pid=77)\n"		\
	"  %s of size 8 at 0x7ffff46%s by thread T5 (mutexes: read M5, "\
	"write M7):\n"							\
	"    #0 __tsan_memcpy x.cpp:1 (libtsan.so.2+0x1)\n"		\
	"    #1 f1 ../../amap/one.c:%d (amapstorm+0x12)\n"		\
	"    #2 wl_op_fork /src/op.c:9:4 (amapstorm+0x13)\n"		\
	"    #3 lk_strand_main ../../locks/strand.c:203 (amapstorm+0x1)\n" \
	"\n"								\
	"  Previous atomic write of size 4 at 0x7ffff46%s by main thread:\n" \
	"    #0 f2 two.c:%d (amapstorm+0x99)\n"				\
	"    #1 uvmpd_main pd.c:9 (amapstorm+0x99)\n"			\
	"    #2 lk_strand_main ../../locks/strand.c:203 (amapstorm+0x1)\n" \
	"\n"								\
	"  Location is global 'g' of size 8 at 0x7ffff46%s (x.so+0x8780)\n" \
	"\n"								\
	"  Mutex M5 (0x%s) created at:\n"				\
	"    #0 __tsan_mutex_create a.cpp:352 (libtsan.so.2+0x7)\n"	\
	"    #1 lk_rw_init ../../locks/rwlock.c:154 (amapstorm+0xe)\n"	\
	"    #2 uvm_map_setup ../../amap/map.c:73 (amapstorm+0xb)\n"	\
	"\n"								\
	"  Mutex M7 (0x1234) created at:\n"				\
	"    #0 pthread_mutex_init a.cpp:352 (libtsan.so.2+0x7)\n"	\
	"    #1 theirs a.c:3 (amapstorm+0xb)\n"				\
	"\n"								\
	"SUMMARY: ThreadSanitizer: data race one.c:%d in f1\n"		\
	"==================\n"
#define MADE(how, at, line)						\
	how, at, line, at, (line) + 3, at, at, line

static void
test_read(void **state)
{
	struct ana_races *all = ana_races_new();
	const char *log, *locks;
	const struct ana_race *r;
	size_t n;

	log = file("report.1", REPORT REPORT REPORT, MADE("Read", "7080", 5),
	    MADE("Read", "9990", 50), MADE("Write", "7080", 5));
	locks = file("locks.1", "0x7080 vmmaplk\n0x9990 vmmaplk\n"
	    "0x1234 wrong\n");
	assert_int_equal(ana_races_read(all, log, locks), 0);
	r = ana_races_judge(all, &n);
	assert_int_equal(n, 2);
	assert_int_equal(r[0].count, 2);	/* other place, other line */
	assert_int_equal(r[1].count, 1);	/* writes, where that reads */
	assert_true(r[0].print != r[1].print);
	assert_string_equal(r[0].kind, "data race");
	assert_string_equal(r[0].location, "global 'g' of size 8");
	assert_int_equal(r[0].nsides, 2);
	assert_false(r[0].side[0].write);
	assert_string_equal(r[0].side[0].frame[0].func, "f1");
	assert_string_equal(r[0].side[0].frame[0].file, "amap/one.c");
	assert_int_equal(r[0].side[0].frame[0].line, 5);
	assert_int_equal(r[0].side[0].nframes, 2);
	assert_string_equal(r[0].side[0].op, "fork");
	assert_string_equal(r[0].side[0].held,
	    "vmmaplk R, a lock made in theirs W");
	assert_true(r[0].side[1].write && r[0].side[1].atomic);
	assert_int_equal(r[0].side[1].size, 4);
	assert_string_equal(r[0].side[1].op, "uvmpd_main");
	assert_string_equal(r[0].side[1].held, "");
	assert_int_equal(r[0].state, ANA_RACE_NEW);
	ana_races_free(all);
}

/* The sides change places: who came first is chance. */
static void
test_either_first(void **state)
{
	struct ana_races *all = ana_races_new();
	const char *log;
	size_t n;

	log = file("report.2", "WARNING: ThreadSanitizer: data race (pid=1)\n"
	    "  Write of size 8 at 0x1 by thread T1:\n    #0 a x.c:1 (p+0x1)\n"
	    "  Previous read of size 8 at 0x1 by thread T2:\n"
	    "    #0 b x.c:2 (p+0x1)\nSUMMARY: x\n"
	    "WARNING: ThreadSanitizer: data race (pid=1)\n"
	    "  Read of size 8 at 0x1 by thread T1:\n    #0 b x.c:1 (p+0x1)\n"
	    "  Previous write of size 8 at 0x1 by thread T2:\n"
	    "    #0 a x.c:2 (p+0x1)\nSUMMARY: x\n"
	    "WARNING: ThreadSanitizer: data race (pid=1)\n"
	    "  Read of size 8 at 0x1 by thread T1:\n");	/* torn */
	assert_int_equal(ana_races_read(all, log, "/nonexistent"), 0);
	ana_races_judge(all, &n);
	assert_int_equal(n, 2);
	ana_races_free(all);
}

static void
test_known(void **state)
{
	struct ana_races *all = ana_races_new();
	const char *log, *known;
	const struct ana_race *r;
	char text[ANA_RACE_TEXT], line[600];
	unsigned bad;
	uint64_t print;
	FILE *f;
	size_t n;

	log = file("report.3", REPORT, MADE("Read", "7080", 5));
	assert_int_equal(ana_races_read(all, log, "/nonexistent"), 0);
	r = ana_races_judge(all, &n);
	print = r[0].print;
	ana_races_free(all);

	known = file("known", "# x\n\n%016llx text # because\n"
	    "00000000000000aa was there\n", (unsigned long long)print);
	all = ana_races_new();
	assert_int_equal(ana_races_known(all, known, &bad), 0);
	assert_int_equal(ana_races_read(all, log, "/nonexistent"), 0);
	r = ana_races_judge(all, &n);
	assert_int_equal(n, 2);
	assert_int_equal(r[0].state, ANA_RACE_DOCUMENTED);
	assert_string_equal(r[0].why, "because");
	assert_int_equal(r[1].state, ANA_RACE_GONE);
	ana_race_text(&r[1], text);
	assert_string_equal(text, "was there");
	/* what is written keeps reasons and leaves out what is gone */
	f = tmpfile();
	assert_non_null(f);
	ana_races_write(all, f);
	rewind(f);
	for (n = 0; fgets(line, sizeof(line), f) != NULL; )
		if (line[0] != '#') {
			assert_non_null(strstr(line, " # because\n"));
			assert_int_equal(strtoull(line, NULL, 16), print);
			n++;
		}
	assert_int_equal(n, 1);
	fclose(f);
	ana_races_free(all);

	all = ana_races_new();
	known = file("broken", "# x\n%016llx text\n12 short\n",
	    (unsigned long long)print);
	assert_int_equal(ana_races_known(all, known, &bad), EINVAL);
	assert_int_equal(bad, 3);
	ana_races_free(all);
}

/* am_ref read as a hint: documented if the writer holds a lock, only then. */
static void
test_hint(void **state)
{
	static const char *const held[] = { "", " (mutexes: write M1)" };
	const char *src, *log;
	const struct ana_race *r;
	struct ana_races *all;
	unsigned i;
	size_t n;

	src = file("amap.c", "if (amap->am_ref == 1)\namap->am_ref++;\n");
	for (i = 0; i < 2; i++) {
		all = ana_races_new();
		log = file("report.4",
		    "WARNING: ThreadSanitizer: data race (pid=1)\n"
		    "  Write of size 4 at 0x1 by thread T1%s:\n"
		    "    #0 a %s:2 (p+0x1)\n"
		    "  Previous read of size 4 at 0x1 by thread T2:\n"
		    "    #0 b %s:1 (p+0x1)\n"
		    "  Mutex M1 (0x7) created at:\n"
		    "    #0 m x.c:1 (p+0x1)\nSUMMARY: x\n", held[i], src, src);
		assert_int_equal(ana_races_read(all, log, "/nonexistent"), 0);
		r = ana_races_judge(all, &n);
		assert_int_equal(n, 1);
		assert_int_equal(r[0].state, i == 0 ? ANA_RACE_NEW :
		    ANA_RACE_DOCUMENTED);
		assert_string_equal(r[0].side[0].source, "amap->am_ref++;");
		ana_races_free(all);
	}
}

static int
set_up(void **state)
{
	return mkdtemp(folder) == NULL;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "report.1", "report.2",
	    "report.3", "report.4", "locks.1", "known", "broken", "amap.c" };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_either_first),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_hint),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
