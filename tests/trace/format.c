/* The bytes of a trace: there and back, and what a reader must refuse. */

#include <errno.h>
#include <unistd.h>

#include "tests/trace/trace_test.h"
#include "workloads/trace_format_int.h"

static uint64_t seed;

static uint64_t
draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed);
}

/* A number below n, of any magnitude. */
static uint64_t
below(uint64_t n)
{
	return ((draw() >> (draw() % 64)) % n);
}

/* ---- records ------------------------------------------------------------ */

static void
random_record(struct wl_trace_rec *r, const struct wl_trace_rec *last)
{
	static const uint8_t flags[] = {
		[WL_TRACE_READ] = 3, [WL_TRACE_WRITE] = 3,
		[WL_TRACE_EXECUTE] = 3, [WL_TRACE_FREE] = 5,
		[WL_TRACE_EXIT] = 1,
	};

	memset(r, 0, sizeof(*r));
	r->op = (uint8_t)below(WL_TRACE_NOPS);
	r->flags = (uint8_t)(draw() & (flags[r->op] | 1));
	r->thread = last->thread;
	r->space = last->op == WL_TRACE_EXEC ? last->child_space :
	    last->space;
	r->child = r->child_space = r->object = WL_TRACE_NONE;
	r->seq = last->seq + 1 + below((uint64_t)1 << 40);
	r->time = last->time + below((uint64_t)1 << 50);
	r->epoch = (last->op == WL_TRACE_EXEC ? 0 : last->epoch) +
	    below(1000);
	if (r->op <= WL_TRACE_MOVE) {
		r->page = below(WL_TRACE_PAGES);
		if (r->op >= WL_TRACE_MAP)
			r->npages = 1 + below(WL_TRACE_PAGES - r->page);
	}
	if (r->op == WL_TRACE_MAP || r->op == WL_TRACE_PROTECT)
		r->prot = (uint8_t)below(8);
	if (r->op == WL_TRACE_MAP)
		r->kind = (uint8_t)below(WL_MAP_NKINDS);
	if (r->op == WL_TRACE_MAP && r->kind != WL_MAP_ANON) {
		r->object = (uint32_t)below(WL_TRACE_NONE);
		r->object_page = below(WL_TRACE_OBJECT_PAGES - r->npages + 1);
	}
	if (r->op == WL_TRACE_MOVE)
		r->to = below(WL_TRACE_PAGES - r->npages + 1);
	if (r->op == WL_TRACE_FORK || r->op == WL_TRACE_THREAD)
		r->child = (uint32_t)below(WL_TRACE_NONE);
	if (r->op == WL_TRACE_FORK || r->op == WL_TRACE_EXEC)
		r->child_space = (uint32_t)below(WL_TRACE_NONE);
}

static void
round_trip(void **state)
{
	enum { N = 20000 };
	struct wl_trace_rec *recs = calloc(N, sizeof(*recs)), r, last;
	struct wl_trace_cursor c;
	uint8_t *buf = malloc((size_t)N * REC_MAX);
	uint64_t before = 0;
	size_t len = 0, i, n;
	const char *wrong;

	seed = 20260101;
	memset(&last, 0, sizeof(last));
	last.thread = 3;
	last.space = 5;
	trace_cursor(&c, NULL, 0, last.thread, last.space);
	for (i = 0; i < N; i++) {
		random_record(&recs[i], &last);
		if (last.op == WL_TRACE_EXEC)
			before = 0;
		if (wl_trace_ops[recs[i].op].structural)
			recs[i].before = before += below(1000);
		last = recs[i];
		n = trace_encode(&c, &recs[i], buf + len);
		assert_true(n <= REC_MAX);
		len += n;
	}
	trace_cursor(&c, buf, len, 3, 5);
	for (i = 0; i < N; i++) {
		wrong = trace_decode(&c, &r);
		if (wrong != NULL)
			fail_msg("record %zu: %s", i, wrong);
		assert_memory_equal(&r, &recs[i], sizeof(r));
	}
	assert_ptr_equal(c.at, c.end);
	assert_non_null(trace_decode(&c, &r));
	free(recs);
	free(buf);
}

/* ---- a small trace with one of each record ------------------------------ */

static const char all_ops[] =
	AT(7, 7, 00, MMAP(0x0, 0x8000, 0x3, 0x22, 0xffffffff, 0x0))
	AT(7, 7, 01, MMAP_RET(0x7f000000))
	AT(7, 7, 02, MMAP(0x0, 0x8000, 0x3, 0x1, 0x3, 0x0))
	AT(7, 7, 03, MMAP_RET(0x7f100000))
	AT(7, 7, 04, FAULT(0x7f000000, 0x6))
	AT(7, 7, 05, FAULT(0x7f001000, 0x4))
	AT(7, 7, 06, FAULT(0x55000000, 0x14))
	AT(7, 7, 07, MUNMAP(0x7f102000, 0x1000))
	AT(7, 7, 08, MPROTECT(0x7f002000, 0x1000, 0x1))
	AT(7, 7, 09, MADVISE(0x7f000000, 0x1000, 0x8))
	AT(7, 7, 10, MREMAP(0x7f003000, 0x1000, 0x1000, 3, 0x7f200000))
	AT(7, 7, 11, FORK(7, 8))
	AT(7, 7, 12, FORK(7, 9))
	AT(8, 8, 13, EXEC("/bin/x", 8, 8))
	AT(7, 9, 14, FAULT(0x7f000000, 0x6))
	AT(7, 9, 15, EXIT(9, false));

static void
import_all(struct imported *im)
{
	int i;

	import_text(all_ops, im);
	assert_int_equal(im->error, 0);
	for (i = 0; i < WL_TRACE_NOPS; i++)
		assert_int_not_equal(wl_trace_info(im->trace)->nops[i], 0);
	oracle_check(im->trace);
}

static void
info_tells(void **state)
{
	const struct wl_trace_info *info;
	struct imported im;

	import_all(&im);
	info = wl_trace_info(im.trace);
	assert_int_equal(info->version, WL_TRACE_VERSION);
	assert_int_equal(info->nthreads, 3);
	assert_int_equal(info->nspaces, 3);
	assert_int_equal(info->nobjects, 2);
	assert_int_equal(info->duration, 150000000);
	assert_int_equal(info->max_mapped, 8 + 8 + 1);
	assert_int_equal(wl_trace_thread(im.trace, 1)->birth, WL_BORN_FORK);
	assert_int_equal(wl_trace_thread(im.trace, 2)->birth,
	    WL_BORN_THREAD);
	assert_int_equal(wl_trace_thread(im.trace, 2)->pid, 7);
	assert_int_equal(wl_trace_space(im.trace, 2)->parent, 1);
	import_free(&im);
}

static int
open_bytes(const uint8_t *p, size_t len, char *text, size_t size)
{
	struct wl_trace_error err;
	struct wl_trace *t;
	int error;

	error = wl_trace_open_mem(p, len, &t, &err);
	if (error == 0) {
		oracle_check(t);
		wl_trace_close(t);
		return (0);
	}
	assert_null(t);
	assert_non_null(strstr(err.text, "expected"));
	wl_trace_error_text(&err, text, size);
	return (error);
}

/* Cut anywhere: refused, and the text says what it is. */
static void
truncated(void **state)
{
	struct imported im;
	char text[700];
	uint8_t *p;
	size_t n;

	import_all(&im);
	for (n = 0; n < im.len; n++) {
		p = malloc(n + 1);
		memcpy(p, im.buf, n);
		assert_int_equal(open_bytes(p, n, text, sizeof(text)),
		    EINVAL);
		assert_non_null(strstr(text,
		    n < TRACE_MAGIC_LEN ? "not a trace" : "cut short"));
		/* a cut that hides itself is still a cut */
		if (wl_trace_seal(p, n))
			assert_int_equal(open_bytes(p, n, text,
			    sizeof(text)), EINVAL);
		free(p);
	}
	p = malloc(im.len + 1);
	memcpy(p, im.buf, im.len);
	p[im.len] = 0;
	assert_int_equal(open_bytes(p, im.len + 1, text, sizeof(text)),
	    EINVAL);
	wl_trace_seal(p, im.len + 1);
	assert_int_equal(open_bytes(p, im.len + 1, text, sizeof(text)),
	    EINVAL);
	free(p);
	import_free(&im);
}

/* Each bit, flipped: the checksum sees it. */
static void
damaged(void **state)
{
	struct imported im;
	char text[700];
	size_t i;
	int bit;

	import_all(&im);
	for (i = 0; i < im.len; i++)
		for (bit = 0; bit < 8; bit++) {
			im.buf[i] ^= (uint8_t)(1 << bit);
			assert_int_equal(open_bytes(im.buf, im.len, text,
			    sizeof(text)), EINVAL);
			im.buf[i] ^= (uint8_t)(1 << bit);
		}
	assert_int_equal(open_bytes(im.buf, im.len, text, sizeof(text)), 0);
	import_free(&im);
}

/*
 * Each byte changed in many ways, and sealed again: refused, or a trace that
 * the oracle finds possible as well.
 */
static void
forged(void **state)
{
	static const uint8_t by[] = {
		1, 2, 3, 4, 7, 8, 16, 32, 64, 127, 128, 129, 192, 255,
	};
	unsigned int v, opened = 0, refused = 0;
	struct imported im;
	char text[700];
	uint8_t was;
	size_t i;

	import_all(&im);
	for (i = 0; i < im.len; i++) {
		was = im.buf[i];
		for (v = 0; v < sizeof(by); v++) {
			im.buf[i] = was ^ by[v];
			wl_trace_seal(im.buf, im.len);
			if (open_bytes(im.buf, im.len, text,
			    sizeof(text)) == 0)
				opened++;
			else
				refused++;
		}
		im.buf[i] = was;
	}
	assert_true(opened > 0);
	assert_true(refused > opened);
	import_free(&im);
}

/* The sum knows how long the bytes are, and where they stand. */
static void
sums(void **state)
{
	uint8_t a[64] = { 0 }, b[64] = { 0 };

	assert_int_not_equal(trace_sum(a, 41), trace_sum(a, 42));
	assert_int_not_equal(trace_sum(a, 40), trace_sum(a, 48));
	a[0] = b[8] = 1;
	assert_int_not_equal(trace_sum(a, 64), trace_sum(b, 64));
}

static void
versions(void **state)
{
	struct imported im;
	char text[700];

	import_all(&im);
	trace_put32(im.buf + TRACE_AT_VERSION, WL_TRACE_VERSION + 1);
	wl_trace_seal(im.buf, im.len);
	assert_int_equal(open_bytes(im.buf, im.len, text, sizeof(text)),
	    EINVAL);
	assert_non_null(strstr(text, "version 2: expected version 1"));
	import_free(&im);
}

/* Counts that promise more than the file holds take no memory. */
static void
counts(void **state)
{
	static const int at[] = {
		TRACE_AT_NOBJECTS, TRACE_AT_NSPACES, TRACE_AT_NTHREADS,
	};
	struct imported im;
	char text[700];
	uint32_t was;
	size_t i;

	import_all(&im);
	for (i = 0; i < 3; i++) {
		was = trace_get32(im.buf + at[i]);
		trace_put32(im.buf + at[i], UINT32_MAX);
		wl_trace_seal(im.buf, im.len);
		assert_int_equal(open_bytes(im.buf, im.len, text,
		    sizeof(text)), EINVAL);
		assert_non_null(strstr(text, "more tables"));
		trace_put32(im.buf + at[i], was);
	}
	trace_put64(im.buf + TRACE_AT_NRECORDS, UINT64_MAX);
	wl_trace_seal(im.buf, im.len);
	assert_int_equal(open_bytes(im.buf, im.len, text, sizeof(text)),
	    EINVAL);
	assert_non_null(strstr(text, "fewer records"));
	import_free(&im);
}

static void
files(void **state)
{
	struct wl_trace_error err;
	struct wl_trace *t;

	assert_int_equal(wl_trace_open("/nonexistent/x", &t, &err), ENOENT);
	assert_string_equal(err.file, "/nonexistent/x");
	assert_null(t);
	assert_int_equal(wl_trace_open("/tmp", &t, &err), EISDIR);
	assert_int_equal(wl_trace_open("/dev/null", &t, &err), EINVAL);
	assert_non_null(strstr(err.text, "not a regular file"));
}

/* Cursors do not disturb each other. */
static void
cursors(void **state)
{
	struct wl_trace_cursor a, b;
	struct wl_trace_rec ra, rb;
	struct imported im;
	uint64_t n = 0;

	import_all(&im);
	wl_trace_begin(im.trace, 0, &a);
	wl_trace_begin(im.trace, 0, &b);
	while (wl_trace_next(&a, &ra)) {
		assert_true(wl_trace_next(&b, &rb));
		assert_memory_equal(&ra, &rb, sizeof(ra));
		n++;
	}
	assert_false(wl_trace_next(&b, &rb));
	assert_false(wl_trace_next(&b, &rb));
	assert_int_equal(n, wl_trace_thread(im.trace, 0)->nrecords);
	import_free(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(info_tells),
		cmocka_unit_test(truncated),
		cmocka_unit_test(damaged),
		cmocka_unit_test(forged),
		cmocka_unit_test(sums),
		cmocka_unit_test(versions),
		cmocka_unit_test(counts),
		cmocka_unit_test(files),
		cmocka_unit_test(cursors),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
