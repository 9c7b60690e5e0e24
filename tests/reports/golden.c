/*
 * A fixed result in each format, compared with files kept beside this one.
 * usage: golden FOLDER [write]	(write: make the files anew, then read them)
 */
#include <stdarg.h>
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "reports/reports.h"

static const char *folder;
static bool anew;

static struct ana_op_row ops[] = {
	{ "read", "", 1234567, 0, 12, 850 },
	{ "write", "", 45678, 3, 0, 1250 },
	{ "madvise_free", "", 999, 0, 0, 0 },
};
static struct ana_use modes[] = {
	{ .mode = LKM_WRITE, .wait_share = 0.1, .wait = { .n = 4000,
	  .total = 200000000, .mean = 50000, .p50 = 3000, .p99 = 450000,
	  .max = 4500000 }, .c = { [LKC_acquired] = 1000000 } },
	{ .mode = LKM_READ, .wait_share = 0.025, .wait = { .n = 321,
	  .total = 50000000, .mean = 155763, .p50 = 2500, .p99 = 350000,
	  .max = 3500000 }, .c = { [LKC_acquired] = 6654321 } },
};
static struct ana_use sites[] = {
	{ .site = "amap/a_file_of_a_long_name.c:123 amap_with_a_long_name",
	  .mode = LKM_WRITE, .wait = { .n = 4320, .total = 249999001 } },
	{ .site = "amap/b.c:1 f", .mode = LKM_READ, .wait_share = 0.0001,
	  .wait = { .n = 1, .total = 999, .max = 999 } },
};
static struct ana_instance_row instances[] = {
	{ 0x7f0012345680, 150000000, 1000000, 2222, 0.015 },
	{ 0x7f0012345780, 50000000, 1000000, 1111, 0.005 },
};
static struct ana_bar waits[] = {
	{ 992, 1023, 4000, 0.925711 }, { 4456448, 4587519, 321, 1 }
};
static struct ana_moment moments[] = {
	{ 100000000, 128000, 0.03, 0, 1000, 12, 3, 40, 8, 1 },
	{ 200000000, 129000, 0.04, 1, 900, 20, 4, 50, 8, 0 }
};
static struct ana_worker_row workers[] = {
	{ "op0", 700000, 0, 0, 1200, 1.1 }, { "op1", 581244, 3, 12, 900, 0.9 }
};
static struct ana_lock_row locks[] = {
	{ .class = "amaplk", .kind = "lock", .all = { .wait_share = 0.125,
	  .wait = { .n = 4321, .total = 250000000, .mean = 57857, .p50 = 3000,
	  .p90 = 200000, .p99 = 450000, .p999 = 4000000, .max = 4500000 },
	  .hold = { .n = 59799, .total = 59799000, .mean = 1000, .error = 12,
	  .p50 = 900, .p90 = 1500, .p99 = 8000, .p999 = 90000,
	  .max = 400000 },
	  .chold = { .n = 3000, .total = 6000000, .mean = 2000, .p50 = 1800,
	  .p90 = 2500, .p99 = 9000, .p999 = 95000, .max = 500000 },
	  .held_ns = 7654321000, .held_error = 91851852,
	  .c = { [LKC_acquired] = 7654321, [LKC_contended] = 4321,
	  [LKC_wait_ns] = 250000000, [LKC_wait_max] = 4500000,
	  [LKC_blocked_max] = 4400000,
	  [LKC_sleeps] = 4000, [LKC_vain] = 12, [LKC_spins] = 123456,
	  [LKC_queue_max] = 6, [LKC_tryfailed] = 17 } },
	  .modes = modes, .nmodes = 2, .sites = sites, .nsites = 2,
	  .instances = instances, .ninstances = 2,
	  .wait_curve = { 2, waits },
	  .split = { 200000000, 10000000, 20000000, 15000000, 5000000 },
	  .behind_ns = 1000, .gain_share = 0.125, .gain = 1.142857 },
	{ .class = "quiet", .kind = "mutex", .gain = 1,
	  .all = { .c = { [LKC_acquired] = 12 } } },
};
static const char *ops_names[] = { "fork", "madvise_free", "others" };
static uint64_t ops_ns[] = { 100000000, 60000000, 0, 50000000, 20000000,
	10000000, 0, 0, 10000000 };
static uint64_t ops_row[] = { 160000000, 80000000, 10000000 };
static uint64_t ops_col[] = { 150000000, 80000000, 20000000 };
static double ops_share[] = { 0.31, 0.005, 0 };
static struct ana_pair site_pairs[] = {
	{ "amaplk", "amap/a_file_of_a_long_name.c:123 amap_with_a_long_name",
	  "amap/b.c:1 f", LKM_READ, LKM_WRITE, 4000, 200000000 },
	{ "amaplk", "amap/b.c:1 f", NULL, LKM_WRITE, LKM_NONE, 321, 5000000 },
};
static struct ana_root chain_roots[] = {
	{ "pageq", "amap/pageq.c:85 uvm_lock_pageq", "fork", 12, 12000000 },
};
#define OPS_MATRIX { .nrows = 3, .ncols = 3, .rows = ops_names,		\
	.cols = ops_names, .ns = ops_ns, .row_ns = ops_row,		\
	.col_ns = ops_col, .row_share = ops_share }
static const struct ana_blame blame = {
	.total = 250000000, .waited = 250000000, .split = { 200000000, 10000000, 20000000, 15000000,
	5000000 }, .ops = OPS_MATRIX, .ops_top = OPS_MATRIX,
	.pairs = site_pairs, .npairs = 2, .roots = chain_roots, .nroots = 1,
	.chained = 12000000
};
static struct ana_cover_row cover[] = {
	{ "faults", "fault_read", "faults", "", 123456 },
	{ "faults", "fault_write", "faults", "", 0 },
	{ "faults", "fault_1a", "faults", "", 5 },
	{ "faults", "fault_1b", "faults", "", 6 },
	{ "faults", "fault_zero", "faults", "", 7 },
	{ "paging", "pagein", "pages", "", 8888 },
};
static struct ana_gauge_row gauges[] = {
	{ "frames free", 1024, 4096 }, { "anons", 3333, 0 },
};
static struct ana_check_row checks[] = {
	{ "cells", 99999999 }, { "audits", 11 },
};

static struct ana_order_class order_classes[] = {
	{ .name = "vmmaplk", .kind = "lock", .id = 1 },
	{ .name = "amaplk", .kind = "lock", .id = 2, .layer = 1,
	  .suspect = true },
	{ .name = "amaplstlk", .kind = "lock", .id = 3, .layer = 1,
	  .suspect = true },
	{ .name = "swap I/O queue", .kind = "mutex", .id = 4, .layer = 2 },
};
static struct ana_order_edge order_edges[] = {
	{ "amaplk", "amaplstlk", "W>W", "amap/amap.c amap_unref",
	  "amap/amap.c amap_list_remove", 12, true },
	{ "amaplstlk", "amaplk", "W>W", "amap/swapoff.c walk",
	  "amap/swapoff.c walk", 3, true },
	{ "vmmaplk", "a lock class of a rather long name", "W>W r>W r>r R>W",
	  "amap/a_file_of_a_long_name.c amap_with_a_long_name",
	  "amap/fault.c fault", 12345, false },
};

static const char *wait_frames[] = { "main", "a b;c", "uvm_fault" };
static struct ana_wait_stack wait_stacks[] = {
	{ "fork", "amaplk", "lock", "amap/b.c:1 f", LKM_WRITE, 3, wait_frames,
	  12, 34567 },
	{ "(none)", "pageq", "mutex", "amap/pageq.c:85 uvm_lock_pageq",
	  LKM_WRITE, 0, NULL, 1, 99 },
};
static struct ana_track timeline_tracks[] = {
	{ "?", 0, 0, 0 }, { "op0", 3, 0, 4 }, { "op \"1\"", 4, 4, 2 },
};
static struct ana_timed timeline_events[] = {
	{ 1, LKV_OP, 1000, 9000, "fork", NULL, NULL, LKM_NONE, 0, 0, 0 },
	{ 1, LKV_WAIT, 2000, 3000, "fork", "amaplk", "amap/b.c:1 f", LKM_WRITE,
	  0x7f0012345680, 3, 2990 },
	{ 1, LKV_HOLD, 3000, 8500, "fork", "amaplk", "amap/b.c:1 f", LKM_WRITE,
	  0x7f0012345680, 0, 0 },
	{ 1, LKV_HOLD, 5000, 9500, "fork", "pageq", "amap/b.c:2 f", LKM_WRITE,
	  0x7f0012345780, 0, 0 },
	{ 2, LKV_OP, 500, 3500, "read", NULL, NULL, LKM_NONE, 0, 0, 0 },
	{ 2, LKV_HOLD, 800, 2980, "read", "amaplk", "amap/b.c:3 g", LKM_READ,
	  0x7f0012345680, 0, 0 },
};

static struct ana_result
clean(void)
{
	return (struct ana_result){
		.verdict = "nothing found",
		.facts = { .command = "amapstorm run storm --threads 8",
		    .scenario = "storm", .scheme = "ordered",
		    .lock = "openbsd", .record = "full", .seed = 42,
		    .threads = 8, .spaces = 8, .frames = 4096, .page_size = 4096,
		    .elapsed_ns = 10500000000, .run_ns = 10000000000,
		    .ops = 1281244, .ops_per_s = 128124, .wait_share = 0.034,
		    .why = "" },
		.ops = ops, .nops = 3, .locks = locks, .nlocks = 2,
		.blame = blame, .speed = { 128, 0.125, 1.142857, 0.93, 1.0753 },
		.moments = moments, .nmoments = 2,
		.fairness = { 2, 2, workers, 0.99, 0.9, 1.1 },
		.cover = cover, .ncover = 6, .gauges = gauges, .ngauges = 2,
		.checks = checks, .nchecks = 2,
		.wait_stacks = wait_stacks, .nwait_stacks = 2,
		.timeline = { .ntracks = 3, .nevents = 6,
		    .tracks = timeline_tracks, .events = timeline_events,
		    .lost = 123, .ops_period = 16 },
		.order = { .deps = 42123, .instances = 2657, .nclasses = 4,
		    .classes = order_classes, .nedges = 3,
		    .edges = order_edges, .cycles = { 2, 1, 0 },
		    .gaveup = 7 }
	};
}

static char *
rendered(const char *format, const struct ana_result *r,
    const struct rp_style *style)
{
	size_t len;
	char *got;
	FILE *f;

	f = open_memstream(&got, &len);
	assert_non_null(f);
	assert_int_equal(rp_format_find(format)->render(r, style, f), 0);
	fclose(f);
	assert_int_equal(strlen(got), len);
	return got;
}

/* => frees got; the file of that name is like it, or becomes it, if anew */
static void
like(const char *name, char *got)
{
	char path[512], want[32768];
	size_t len = strlen(got);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (anew) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(got, 1, len, f), len);
		fclose(f);
	}
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(want, 1, sizeof(want) - 1, f);
	want[len] = '\0';
	fclose(f);
	assert_string_equal(got, want);
	free(got);
}

static void
compare(const char *name, const char *format, const struct ana_result *r,
    const struct rp_style *style)
{
	like(name, rendered(format, r, style));
}

static void
text_clean(void **state)
{
	const struct rp_style style = { .colour = false };
	struct ana_result r = clean();

	compare("clean.text", "text", &r, &style);
}

/* What is not measured is told in words, and which runs it is. */
static void
text_unmeasured(void **state)
{
	const struct rp_style style = { .colour = false };
	struct ana_result r = clean();
	char *got;

	r.facts.ops = r.facts.ops_per_s = 0;
	got = rendered("text", &r, &style);
	assert_non_null(strstr(got, "\nspeed    none: no operation ended in "
	    "the 10.0s after the warm-up; 3.4%\n         spent in lock "
	    "waits\n"));
	assert_null(strstr(got, "a second"));
	assert_null(strstr(got, "merged"));
	free(got);
	r.facts.run_ns = 0;
	r.facts.merged = "3 runs, seeds 1 to 9";
	got = rendered("text", &r, &style);
	assert_non_null(strstr(got, "\nspeed    none: it ended before its "
	    "warm-up was over, and operations count\n         from then on; "
	    "3.4% spent in lock waits\n"));
	assert_null(strstr(got, "a second"));
	assert_non_null(strstr(got, "\nmerged   3 runs, seeds 1 to 9; "));
	free(got);
}

static void
text_full(void **state)
{
	const struct rp_style style = { .full = true };
	struct ana_result r = clean();

	compare("full.text", "text", &r, &style);
}

static struct ana_result
broken(struct ana_finding *f, struct ana_finding **all,
    struct ana_loss_row *loss, const char **remark)
{
	static const char *evidence[] = {
		"at amap/amap.c:88 amap_copy", "stack:", "  #0 amap_copy+0x1"
	};
	static const char *dump[] = {
		"strand 1 \"op-1\": fork for 10.2s", "  holds lock amaplk"
	};
	struct ana_result r = clean();

	*f = (struct ana_finding){ .kind = ana_kind_of("audit.I4"),
	    .name = "audit.I4", .level = ANA_ERROR, .count = 12345,
	    .what = "anon 7 of amap 3: two slots name it, an_ref is 3; a line "
	    "that is long enough to be broken", .text = evidence, .ntext = 3,
	    .tries = 11, .again = "amapstorm explore x --replay '1: 2'" };
	*all = f;
	*loss = (struct ana_loss_row){ "deps", "dependencies beyond the "
	    "table", 17 };
	*remark = "8 threads on 2 processors: waits include waiting to run";
	r.predict = (struct ana_predict){ 31754, 5, 15663, 16, 2, 1, 3 };
	r.verdict = "1 error";
	r.findings = all;
	r.nfindings = 1;
	r.of_level[ANA_ERROR] = 1;
	r.dump = dump;
	r.ndump = 2;
	r.facts.replay = "cc.trace";
	r.facts.replay_done = 9000;
	r.facts.replay_total = 12000;
	r.trust.losses = loss;
	r.trust.nlosses = 1;
	r.trust.remarks = remark;
	r.trust.nremarks = 1;
	return r;
}

static void
text_findings(void **state)
{
	const struct rp_style style = { .colour = false };
	struct ana_finding f, *all;
	struct ana_loss_row loss;
	const char *remark;
	struct ana_result r = broken(&f, &all, &loss, &remark);

	compare("findings.text", "text", &r, &style);
}

static void
text_colour(void **state)
{
	const struct rp_style style = { .colour = true, .brief = true };
	struct ana_finding f, *all;
	struct ana_loss_row loss;
	const char *remark;
	struct ana_result r = broken(&f, &all, &loss, &remark);

	compare("colour.text", "text", &r, &style);
}

static void
json(void **state)
{
	const struct rp_style style = { .colour = false };
	struct ana_finding f, *all;
	struct ana_loss_row loss;
	const char *remark;
	struct ana_result r = broken(&f, &all, &loss, &remark);

	f.what = "bytes \xff that are no text";
	compare("findings.json", "json", &r, &style);
}

/* => what is between the two is left out, wherever they are */
static void
cut(char *text, const char *from, const char *to)
{
	char *end;

	while ((text = strstr(text, from)) != NULL) {
		text += strlen(from);
		end = strstr(text, to);
		assert_non_null(end);
		memmove(text, end, strlen(end) + 1);
	}
}

/* The page without its style and scripts; nothing in it ends the data. */
static void
html(void **state)
{
	const struct rp_style style = { .colour = false };
	struct ana_finding f, *all;
	struct ana_loss_row loss;
	const char *remark;
	struct ana_result r = broken(&f, &all, &loss, &remark);
	char *got;

	f.what = "</script><b> & \xff";
	got = rendered("html", &r, &style);
	cut(got, "<style>\n", "</style>");
	cut(got, "<script>\n", "</script>");
	like("findings.html", got);
}

/* ---- a comparison ---- */

static struct ana_compare_diff compare_diffs[] = {
	{ "run.lock", "openbsd", "pthread" }, { "run.inside", "", "amaplk=100" }
};
static const char *compare_out[] = { "b/3.db: it hung, so it was left out" };
static const char *compare_fresh[] = {
	"audit.I4: b/2.db: anon 7 of amap 3: two slots name it"
};
static struct ana_compare_cell compare_cells[] = {
	{ "write", "fork", 158000, 204000, 46000, 29970, 62030, true },
	{ "madvise_free", "an_operation_of_a_long_name", 41100, 30200, -10900,
	  -28827, 7003.9, false },
	{ "(none)", "nobody", 0, 3e8, 3e8, 3e8, 3e8, false },
};
static struct ana_bound_row compare_bounds[] = {
	{ "throughput=5%", ANA_BOUND_VIOLATED, 0.129, 0.0042,
	  "throughput=5%: violated: a factor of 0.871, between 0.852 and 0.890" },
	{ "wait_p99:amaplk=10%", ANA_BOUND_KEPT, -0.021, 1,
	  "wait_p99:amaplk=10%: kept: a factor of 1.021" },
	{ "hold_p50:anon=1%", ANA_BOUND_OPEN, 0, 1,
	  "hold_p50:anon=1%: cannot be told: too few runs" },
};

static const struct ana_metric *
metric(const char *name)
{
	const struct ana_metric *m;
	size_t i, n;

	m = ana_metrics(&n);
	for (i = 0; i < n; i++) {
		if (strcmp(m[i].name, name) == 0)
			return &m[i];
	}
	fail_msg("no metric %s", name);
	return NULL;
}

/* A verdict of each kind, what has no interval, numbers of any size. */
static struct ana_compare_row *
compare_rows(size_t *n)
{
	static struct ana_compare_row rows[] = {
		{ "wait_p99:amaplk", NULL, "amaplk", 10, 9, 1234567, 2987654,
		  2.42, 2.102, 2.779, 0.0009765625, 0.001953125, ANA_WORSE,
		  NULL },
		{ "throughput", NULL, NULL, 10, 9, 310234, 333333, 1.074, 1.05,
		  1.099, 0.002, 0.02, ANA_BETTER, NULL },
		{ "wait_share", NULL, NULL, 10, 9, 0.034, 0.033, 0.97, 0.9,
		  1.045, 0.4, 0.98, ANA_NO_DIFFERENCE, NULL },
		{ "contended:a class of a rather long name", NULL,
		  "a class of a rather long name", 10, 9, 1e-7, 0.5, 5e6, 0.001,
		  1e9, 0.3, 0.9, ANA_NO_DIFFERENCE, NULL },
		{ "hold_p50:anon", NULL, "anon", 10, 0, 90, 0, 0, 0, 0, 1, 1,
		  ANA_NO_VERDICT, "not in all runs" },
	};
	char name[64];
	size_t i;

	*n = sizeof(rows) / sizeof(rows[0]);
	for (i = 0; i < *n; i++) {
		snprintf(name, sizeof(name), "%.*s",
		    (int)strcspn(rows[i].name, ":"), rows[i].name);
		rows[i].metric = metric(name);
	}
	return rows;
}

static struct ana_compare
two_sets(void)
{
	struct ana_compare c = {
		.level = 0.05, .a = "A", .b = "B", .na = 10, .nb = 9,
		.out = compare_out, .nout = 1, .fresh = compare_fresh,
		.nnew = 1, .diffs = compare_diffs,
		.ndiffs = 2, .nbetter = 1, .nworse = 1, .ncells = 3,
		.cells = compare_cells,
		.says = "two sets that do not differ show anything at all in "
		    "the 4 verdicts of a table with a probability of 5% at most"
	};

	c.rows = compare_rows(&c.nrows);
	return c;
}

static struct ana_result
compared(const struct ana_compare *c)
{
	return (struct ana_result){
		.verdict = c->gate ? "1 of 3 bounds violated" :
		    "B is worse in 1 of 5 metrics", .compare = c,
		.facts = { .command = "amapstorm compare a -- b",
		    .scenario = "", .scheme = "", .lock = "", .record = "",
		    .why = "" }
	};
}

static void
page_like(const char *name, const struct ana_result *r)
{
	const struct rp_style style = { .colour = false };
	char *got = rendered("html", r, &style);

	cut(got, "<style>\n", "</style>");
	cut(got, "<script>\n", "</script>");
	like(name, got);
}

static void
two_sets_told(void **state)
{
	const struct rp_style plain = { .colour = false };
	const struct rp_style all = { .colour = true, .full = true };
	struct ana_compare c = two_sets();
	struct ana_result r = compared(&c);

	compare("compare.text", "text", &r, &plain);
	compare("compare-full.text", "text", &r, &all);
	compare("compare.json", "json", &r, &plain);
	page_like("compare.html", &r);
}

static void
gate_told(void **state)
{
	const struct rp_style plain = { .colour = false };
	struct ana_compare c = two_sets();
	struct ana_result r;

	c.gate = true;
	c.a = "baseline";
	c.b = "runs";
	c.bounds = compare_bounds;
	c.nbounds = 3;
	r = compared(&c);
	compare("gate.text", "text", &r, &plain);
	page_like("gate.html", &r);
}

/* A large result makes no large page. */
static void
html_large(void **state)
{
	static const char *const site =
	    "sys/uvm/a_folder/another/a_long_name.c:12345 a_long_function";
	const struct rp_style style = { .colour = false };
	struct ana_result r = clean();
	struct ana_lock_row *lock = calloc(5000, sizeof(*lock));
	struct ana_order_edge *edge = calloc(100000, sizeof(*edge));
	struct ana_flow *flow = calloc(ANA_FLOWS, sizeof(*flow));
	struct ana_use *use = calloc(500, sizeof(*use));
	struct ana_bar bars[ANA_CURVE];
	char (*name)[24] = calloc(5000, sizeof(*name)), *got;
	size_t i;

	for (i = 0; i < ANA_CURVE; i++)
		bars[i] = (struct ana_bar){ UINT64_C(1000000000) + i * 1000,
		    UINT64_C(1000000000) + i * 1000 + 999, 123456789,
		    (double)(i + 1) / ANA_CURVE };
	for (i = 0; i < 500; i++) {
		use[i] = modes[0];
		use[i].site = site;
	}
	for (i = 0; i < 5000; i++) {
		snprintf(name[i], sizeof(name[i]), "a class of locks %zu", i);
		lock[i] = locks[0];
		lock[i].class = name[i];
		lock[i].sites = use;
		lock[i].nsites = 500;
		if (i < ANA_CURVED)
			lock[i].wait_curve = lock[i].hold_curve =
			    (struct ana_curve){ ANA_CURVE, bars };
	}
	for (i = 0; i < 100000; i++)
		edge[i] = (struct ana_order_edge){ name[i % 5000],
		    name[i / 20], "W>W r>W", site, site, 12345, false };
	for (i = 0; i < ANA_FLOWS; i++)
		flow[i] = (struct ana_flow){ name[i], "operation", site,
		    LKM_WRITE, "operation", site, LKM_WRITE, name[i],
		    "operation", site, 123456789, 1234567890123 };
	r.locks = lock;
	r.nlocks = 5000;
	r.order.edges = edge;
	r.order.nedges = 100000;
	r.blame.flows = flow;
	r.blame.nflows = ANA_FLOWS;
	got = rendered("html", &r, &style);
	assert_true(strlen(got) < 2000000);
	free(got);
	free(lock);
	free(edge);
	free(flow);
	free(use);
	free(name);
}

/* Formats whose bytes depend on the result alone. */
static void
others(void **state)
{
	static const struct {
		const char *file, *format, *table;
	} all[] = {
		{ "findings.folded", "folded", NULL },
		{ "findings.trace", "trace", NULL },
		{ "findings.csv", "csv", "findings" },
		{ "locks.csv", "csv", "locks" },
		{ "stacks.csv", "csv", "stacks" },
		{ "events.csv", "csv", "events" },
	};
	struct rp_style style = { .colour = false };
	struct ana_finding f, *found;
	struct ana_loss_row loss;
	const char *remark;
	struct ana_result r = broken(&f, &found, &loss, &remark);
	size_t i;

	f.what = "quotes \" and \\ and bytes \xff that are no text";
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		style.table = all[i].table;
		compare(all[i].file, all[i].format, &r, &style);
	}
}

/* => how many fields the line at *p has; *p goes on behind it */
static size_t
fields(const char **p)
{
	bool quoted = false;
	size_t n = 1;

	for (; **p != '\0' && (quoted || **p != '\n'); ++*p) {
		if (**p == '"')
			quoted = !quoted;
		n += **p == ',' && !quoted;
	}
	assert_int_equal(**p, '\n');
	++*p;
	return n;
}

/* Each table of csv has its columns in each row, and at least one row. */
static void
tables(void **state)
{
	const struct rp_format *csv = rp_format_find("csv");
	struct rp_style style = { .colour = false };
	struct ana_finding f, *found;
	struct ana_loss_row loss;
	const char *remark, *p;
	struct ana_result r = broken(&f, &found, &loss, &remark);
	const struct rp_table *all;
	size_t i, n, columns, len;
	char *got;
	FILE *out;

	all = csv->tables(&n);
	for (i = 0; i < n; i++) {
		style.table = all[i].name;
		out = open_memstream(&got, &len);
		assert_int_equal(csv->render(&r, &style, out), 0);
		fclose(out);
		p = got;
		columns = fields(&p);
		assert_true(columns > 1 && *p != '\0');
		while (*p != '\0')
			assert_int_equal(fields(&p), columns);
		free(got);
	}
}

/* Nothing at all is a result, too. */
static void
empty(void **state)
{
	const struct rp_style style = { .colour = false };
	struct ana_result r = { .verdict = "nothing found",
	    .facts = { .command = "x", .scenario = "", .scheme = "",
	    .lock = "", .why = "" } };
	json_error_t err;
	json_t *o;
	char *got;
	size_t len;
	FILE *f;

	compare("empty.text", "text", &r, &style);
	f = open_memstream(&got, &len);
	assert_int_equal(rp_format_find("json")->render(&r, &style, f), 0);
	fclose(f);
	o = json_loadb(got, len, 0, &err);
	assert_non_null(o);
	json_decref(o);
	free(got);
}

#define LONG	UINT64_C(99999999999999)	/* ns: more than a day */

/* Names as long as they can be: but for the command each line fits. */
static void
text_wide(void **state)
{
	static char name[64], site[161];
	static struct ana_use at[] = { { .mode = LKM_WRITE, .site = site,
	    .wait = { .n = UINT64_MAX, .total = LONG } } };
	static struct ana_lock_row rows[] = { { .class = name, .kind = "lock",
	    .all = { .wait = { .n = UINT64_MAX, .total = LONG,
	    .p50 = LONG, .p99 = LONG, .max = LONG },
	    .wait_share = 1, .c = { [LKC_acquired] = UINT64_MAX,
	    [LKC_sleeps] = UINT64_MAX, [LKC_vain] = UINT64_MAX } },
	    .modes = at, .nmodes = 1, .sites = at, .nsites = 1, .gain = 200,
	    .instances = instances, .ninstances = 2 } };
	static struct ana_pair pair = { name, site, site, LKM_RREAD, LKM_RREAD,
	    UINT64_MAX, LONG };
	static struct ana_root root = { name, site, name, 1, LONG };
	static struct ana_order_edge nests = { name, name, "W>W r>W r>r R>W "
	    "W>r", site, site, UINT64_MAX, true };
	struct rp_style style = { .colour = false };
	struct ana_result r = clean();
	char *got, *line;
	size_t len;
	FILE *f;
	int full;

	memset(name, 'n', sizeof(name) - 1);
	memset(site, 's', sizeof(site) - 1);
	r.locks = rows;
	r.nlocks = 1;
	r.blame.pairs = &pair;
	r.blame.npairs = 1;
	r.blame.roots = &root;
	r.blame.nroots = 1;
	r.order.edges = &nests;
	r.order.nedges = 1;
	for (full = 0; full < 2; full++) {
		style.full = full;
		f = open_memstream(&got, &len);
		assert_int_equal(rp_format_find("text")->render(&r, &style, f),
		    0);
		fclose(f);
		for (line = strtok(got, "\n"); line != NULL;
		    line = strtok(NULL, "\n")) {
			if (strlen(line) > 79)
				fail_msg("too wide: %s", line);
		}
		free(got);
	}
}

/* A disk that is full is told. */
static void
full_disk(void **state)
{
	struct rp_style style = { .colour = false };
	struct ana_result r = clean();
	const struct rp_format *format;
	size_t i, n;
	FILE *f;

	for (i = 0; i < (rp_formats(&n), n); i++) {
		format = &rp_formats(&n)[i];
		style.table = format->tables == NULL ? NULL :
		    format->tables(&n)->name;
		f = fopen("/dev/full", "w");
		assert_non_null(f);
		assert_int_equal(format->render(&r, &style, f), ENOSPC);
		fclose(f);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_clean),
		cmocka_unit_test(text_unmeasured),
		cmocka_unit_test(text_full),
		cmocka_unit_test(text_findings),
		cmocka_unit_test(text_colour),
		cmocka_unit_test(json),
		cmocka_unit_test(html),
		cmocka_unit_test(two_sets_told),
		cmocka_unit_test(gate_told),
		cmocka_unit_test(html_large),
		cmocka_unit_test(others),
		cmocka_unit_test(tables),
		cmocka_unit_test(empty),
		cmocka_unit_test(text_wide),
		cmocka_unit_test(full_disk)
	};

	if (argc < 2)
		return 2;
	folder = argv[1];
	anew = argc > 2 && strcmp(argv[2], "write") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
