/*
 * Traces that are well formed and impossible.  One record of a good trace is
 * changed, all is encoded anew, lengths and checksum are right: the reader
 * must still refuse it, for the reason that was planted.
 */

#include <errno.h>

#include "tests/trace/trace_test.h"
#include "workloads/trace_format_int.h"

#define PAGE_OF(addr)	((uint64_t)addr >> WL_TRACE_PAGE_SHIFT)

static const char good[] =
	AT(7, 7, 00, MMAP(0x0, 0x8000, 0x3, 0x22, 0xffffffff, 0x0))
	AT(7, 7, 01, MMAP_RET(0x7f000000))
	AT(7, 7, 02, MMAP(0x0, 0x8000, 0x1, 0x1, 0x3, 0x0))
	AT(7, 7, 03, MMAP_RET(0x7f100000))
	AT(7, 7, 04, FAULT(0x7f000000, 0x6))
	AT(7, 7, 05, FAULT(0x7f101000, 0x4))
	AT(7, 7, 06, MUNMAP(0x7f102000, 0x1000))
	AT(7, 7, 07, MPROTECT(0x7f002000, 0x1000, 0x1))
	AT(7, 7, 08, MADVISE(0x7f000000, 0x1000, 0x8))
	AT(7, 7, 09, MREMAP(0x7f003000, 0x1000, 0x1000, 3, 0x7f200000))
	AT(7, 7, 10, FORK(7, 8))
	AT(7, 7, 11, FORK(7, 9))
	AT(8, 8, 12, EXEC("/bin/x", 8, 8))
	AT(7, 9, 13, FAULT(0x7f000000, 0x6))
	AT(7, 9, 14, EXIT(9, false));

typedef void (*edit_fn)(struct wl_trace_rec *);

/* ---- encoding anew ------------------------------------------------------ */

struct bytes {
	uint8_t	*p;
	size_t	 len;
};

/* The n-th record of that op, over all threads, is edited. */
static struct bytes
edited(const struct imported *im, uint8_t op, edit_fn edit)
{
	const struct wl_trace_info *info = wl_trace_info(im->trace);
	struct wl_trace_cursor in, out;
	struct wl_trace_rec r;
	struct bytes b;
	uint8_t *threads;
	size_t head, start;
	uint32_t i;

	head = TRACE_HEADER + info->nobjects * OBJECT_SIZE +
	    info->nspaces * SPACE_SIZE;
	b.p = calloc(1, im->len + info->nrecords * REC_MAX);
	threads = b.p + head;
	b.len = head + info->nthreads * THREAD_SIZE;
	memcpy(b.p, im->buf, b.len);
	for (i = 0; i < info->nthreads; i++) {
		start = b.len;
		wl_trace_begin(im->trace, i, &in);
		out = in;
		while (wl_trace_next(&in, &r)) {
			if (edit != NULL && r.op == op) {
				edit(&r);
				edit = NULL;
			}
			b.len += trace_encode(&out, &r, b.p + b.len);
		}
		trace_put64(threads + i * THREAD_SIZE + THREAD_AT_LENGTH,
		    b.len - start);
	}
	assert_null(edit);
	return (b);
}

static void
refused(struct bytes b, const char *why)
{
	struct wl_trace_error err;
	struct wl_trace *t;

	wl_trace_seal(b.p, b.len);
	if (wl_trace_open_mem(b.p, b.len, &t, &err) == 0)
		fail_msg("opens: should be refused with '%s'", why);
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, why);
}

/* ---- edits -------------------------------------------------------------- */

static void elsewhere(struct wl_trace_rec *r) { r->page += 0x100000; }
static void execute(struct wl_trace_rec *r) { r->op = WL_TRACE_EXECUTE; }
static void later(struct wl_trace_rec *r) { r->seq++; }
static void fewer(struct wl_trace_rec *r) { r->epoch--; }
static void more(struct wl_trace_rec *r) { r->epoch++; }
static void before(struct wl_trace_rec *r) { r->before--; }
static void child(struct wl_trace_rec *r) { r->child = 2; }
static void no_child(struct wl_trace_rec *r) { r->child = 77; }
static void itself(struct wl_trace_rec *r) { r->child = 0; }
static void space(struct wl_trace_rec *r) { r->child_space = 0; }
static void no_space(struct wl_trace_rec *r) { r->child_space = 77; }
static void thread(struct wl_trace_rec *r) { r->op = WL_TRACE_THREAD; }
static void grown(struct wl_trace_rec *r) { r->npages += 0x200; }
static void onto(struct wl_trace_rec *r) { r->to = PAGE_OF(0x7f000000); }
static void onto_self(struct wl_trace_rec *r) { r->to = r->page; }

static void
to_read(struct wl_trace_rec *r)
{
	r->op = WL_TRACE_READ;
	r->flags = 0;
}

static void
to_unmap(struct wl_trace_rec *r)
{
	r->op = WL_TRACE_UNMAP;
	r->flags = 0;
}

static void
over(struct wl_trace_rec *r)
{
	r->kind = WL_MAP_FILE_SHARED;
	r->object = 0;
	r->prot = WL_PROT_READ;
	r->npages = 8;
	r->page = PAGE_OF(0x7f0fc000);		/* the next one overlaps */
}

static void
unknown_object(struct wl_trace_rec *r)
{
	r->kind = WL_MAP_FILE;
	r->object = 1;
}

static void
beyond_object(struct wl_trace_rec *r)
{
	r->kind = WL_MAP_FILE;
	r->object = 0;
	r->object_page = 1;
}

static void
secret_writer(struct wl_trace_rec *r)
{
	r->kind = WL_MAP_FILE_SHARED;
	r->object = 0;
}

static void
secret_writer_later(struct wl_trace_rec *r)
{
	r->page = PAGE_OF(0x7f100000);
	r->prot = WL_PROT_READ | WL_PROT_WRITE;
}

static void
records(void **state)
{
	static const struct {
		uint8_t op;
		edit_fn edit;
		const char *why;
	} rows[] = {
		{ WL_TRACE_WRITE, elsewhere, "outside of every mapping" },
		{ WL_TRACE_WRITE, execute, "protection forbids" },
		{ WL_TRACE_WRITE, fewer, "wrong count" },
		{ WL_TRACE_UNMAP, more, "wrong count" },
		{ WL_TRACE_UNMAP, before, "wrong count" },
		{ WL_TRACE_WRITE, later, "sequence number" },
		{ WL_TRACE_MAP, over, "over another" },
		{ WL_TRACE_MAP, unknown_object, "unknown object" },
		{ WL_TRACE_MAP, beyond_object, "end of its object" },
		{ WL_TRACE_MAP, secret_writer, "does not tell of" },
		{ WL_TRACE_PROTECT, secret_writer_later, "does not tell of" },
		{ WL_TRACE_UNMAP, elsewhere, "nothing is mapped" },
		{ WL_TRACE_FREE, elsewhere, "nothing is mapped" },
		{ WL_TRACE_PROTECT, elsewhere, "protection of unmapped" },
		{ WL_TRACE_PROTECT, grown, "protection of unmapped" },
		{ WL_TRACE_MOVE, elsewhere, "move of unmapped" },
		{ WL_TRACE_MOVE, onto, "move onto another" },
		{ WL_TRACE_MOVE, onto_self, "move onto another" },
		{ WL_TRACE_FORK, child, "made otherwise" },
		{ WL_TRACE_FORK, no_child, "made otherwise" },
		{ WL_TRACE_FORK, space, "made otherwise" },
		{ WL_TRACE_FORK, no_space, "unknown space" },
		{ WL_TRACE_FORK, thread, "made otherwise" },
		{ WL_TRACE_THREAD, no_child, "unknown thread" },
		{ WL_TRACE_THREAD, itself, "made otherwise" },
		{ WL_TRACE_EXEC, space, "made otherwise" },
		{ WL_TRACE_EXEC, no_space, "unknown space" },
		{ WL_TRACE_FREE, to_read, "wrong count" },
		{ WL_TRACE_FREE, to_unmap, "outside of every mapping" },
	};
	struct imported im;
	struct bytes b;
	size_t i;

	import_text(good, &im);
	assert_int_equal(im.error, 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b = edited(&im, rows[i].op, rows[i].edit);
		refused(b, rows[i].why);
		free(b.p);
	}
	import_free(&im);
}

/* ---- tables ------------------------------------------------------------- */

static void
tables(void **state)
{
	struct imported im;
	struct bytes b;
	uint8_t *objects, *spaces, *threads;
	size_t i;
	const struct {
		uint8_t **table;
		size_t at;
		uint32_t value;
		const char *why;
	} rows[] = {
		{ &objects, OBJECT_AT_NPAGES, 0, "object is out of range" },
		{ &objects, OBJECT_AT_FLAGS, 4, "object is out of range" },
		{ &objects, OBJECT_AT_FLAGS, 0, "does not tell of" },
		{ &objects, OBJECT_AT_NPAGES, 7, "end of its object" },
		{ &spaces, SPACE_AT_PARENT, 0, "space has an impossible" },
		{ &spaces, SPACE_AT_BIRTH, 9, "space is out of range" },
		{ &spaces, SPACE_AT_FIRST, 9, "space is out of range" },
		{ &spaces, SPACE_AT_FIRST, 1, "space begins elsewhere" },
		{ &spaces, SPACE_AT_NRECORDS, 1, "other counts" },
		{ &spaces, SPACE_AT_NSTRUCTURAL, 1, "other counts" },
		{ &spaces, SPACE_AT_COMM, 0x41424304, "space is out of" },
		{ &spaces, SPACE_SIZE + SPACE_AT_PARENT, 2, "otherwise" },
		{ &spaces, SPACE_SIZE + SPACE_AT_FIRST, 2, "otherwise" },
		{ &spaces, SPACE_SIZE + SPACE_AT_START, 1, "otherwise" },
		{ &spaces, SPACE_SIZE + SPACE_AT_BIRTH, WL_BORN_EXEC,
		    "otherwise" },
		{ &threads, THREAD_AT_SPACE, 9, "thread is out of range" },
		{ &threads, THREAD_AT_BIRTH, WL_BORN_EXEC,
		    "thread is out of range" },
		{ &threads, THREAD_AT_PARENT, 0, "thread has an impossible" },
		{ &threads, THREAD_AT_START, 4, "thread has an impossible" },
		{ &threads, THREAD_AT_NRECORDS, 4, "another number" },
		{ &threads, THREAD_AT_LENGTH, 0x7fffffff, "beyond the end" },
		{ &threads, THREAD_AT_LENGTH, 1, "follow the last stream" },
		{ &threads, THREAD_SIZE + THREAD_AT_PARENT, 2, "otherwise" },
		{ &threads, THREAD_SIZE + THREAD_AT_START, 9, "otherwise" },
		{ &threads, THREAD_SIZE + THREAD_AT_SPACE, 0, "otherwise" },
		{ &threads, THREAD_SIZE + THREAD_AT_BIRTH, WL_BORN_THREAD,
		    "otherwise" },
	};

	import_text(good, &im);
	assert_int_equal(im.error, 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b = edited(&im, 0, NULL);
		objects = b.p + TRACE_HEADER;
		spaces = objects + OBJECT_SIZE;
		threads = spaces + 3 * SPACE_SIZE;
		trace_put32(*rows[i].table + rows[i].at, rows[i].value);
		refused(b, rows[i].why);
		free(b.p);
	}
	import_free(&im);
}

/* ---- bytes -------------------------------------------------------------- */

/* The last stream, with these bytes in place of its last one (its EXIT). */
static void
last_bytes(const struct imported *im, const char *bytes, size_t n,
    const char *why)
{
	struct bytes b = edited(im, 0, NULL);
	uint8_t *length = b.p + TRACE_HEADER + OBJECT_SIZE + 3 * SPACE_SIZE +
	    2 * THREAD_SIZE + THREAD_AT_LENGTH;
	size_t exit = 4;	/* bytes of the EXIT, whose numbers are small */

	while (b.p[b.len - exit] != WL_TRACE_EXIT)
		exit++;
	memcpy(b.p + b.len - exit, bytes, n);
	b.len += n - exit;
	trace_put64(length, trace_get64(length) + n - exit);
	refused(b, why);
	free(b.p);
}

static void
streams(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *why;
	} rows[] = {
		{ "", 0, "ends without EXIT" },
		{ "\x0f\x01\x00\x00", 4, "unknown record" },
		{ "\x1b\x01\x00\x00", 4, "unknown record" },
		{ "\x4b\x01\x00\x00", 4, "flag" },
		{ "\x0b\x00\x00\x00", 4, "sequence number out" },
		{ "\x0b", 1, "sequence number out" },
		{ "\x0b\x01", 2, "time out" },
		{ "\x0b\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12,
		    "time out" },
		{ "\x0b\x01\x00", 3, "count of earlier" },
		{ "\x00\x01\x00\x00\x81\xc0\x3f", 7, "page number" },
		{ "\x00\x01\x00\x00", 4, "page number" },
		{ "\x04\x01\x00\x00\x00\x00\x00", 7, "length out" },
		{ "\x05\x01\x00\x00\x00\x00\x01\x08", 8, "protection" },
		{ "\x05\x01\x00\x00\x00\x00\x01", 7, "cut short" },
		{ "\x03\x01\x00\x00\x00\x00\x01\x20", 8, "kind" },
		{ "\x03\x01\x00\x00\x00\x00\x01\x08\xff\xff\xff\xff\x0f", 13,
		    "object number" },
		{ "\x03\x01\x00\x00\x00\x00\x01\x08\x00", 9, "object page" },
		{ "\x08\x01\x00\x00\x00\xff\xff\xff\xff\x0f", 10,
		    "thread number" },
		{ "\x08\x01\x00\x00\x00\x01", 6, "space number" },
	};
	struct imported im;
	size_t i;

	import_text(good, &im);
	assert_int_equal(im.error, 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		last_bytes(&im, rows[i].bytes, rows[i].n, rows[i].why);
	import_free(&im);
}

/* Bytes behind an EXIT belong to nothing. */
static void
after_exit(void **state)
{
	struct imported im;
	struct bytes b;
	uint8_t *length;

	import_text(good, &im);
	assert_int_equal(im.error, 0);
	b = edited(&im, 0, NULL);
	length = b.p + TRACE_HEADER + OBJECT_SIZE + 3 * SPACE_SIZE +
	    2 * THREAD_SIZE + THREAD_AT_LENGTH;
	b.len++;
	trace_put64(length, trace_get64(length) + 1);
	refused(b, "records after EXIT");
	free(b.p);
	import_free(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(tables),
		cmocka_unit_test(streams),
		cmocka_unit_test(after_exit),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
