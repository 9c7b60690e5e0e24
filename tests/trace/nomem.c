/*
 * Each allocation of an import and of an open fails once, in turn: ENOMEM, a
 * line that says so, and nothing left over (the sanitizers look).
 */

#include <errno.h>

#include "tests/trace/trace_test.h"

void	*__real_malloc(size_t);
void	*__real_calloc(size_t, size_t);
void	*__real_realloc(void *, size_t);
void	*__wrap_malloc(size_t);
void	*__wrap_calloc(size_t, size_t);
void	*__wrap_realloc(void *, size_t);

static unsigned int left;	/* allocations until one fails; 0: none does */
static bool failed;

static bool
refuse(void)
{
	if (left == 0 || --left > 0)
		return (false);
	failed = true;
	return (true);
}

void *
__wrap_malloc(size_t n)
{
	return (refuse() ? NULL : __real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return (refuse() ? NULL : __real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t n)
{
	return (refuse() ? NULL : __real_realloc(p, n));
}

static const char text[] =
	AT(7, 7, 00, MMAP(0x0, 0x8000, 0x3, 0x22, 0xffffffff, 0x0))
	AT(7, 7, 01, MMAP_RET(0x7f000000))
	AT(7, 7, 02, MMAP(0x0, 0x8000, 0x3, 0x1, 0x3, 0x0))
	AT(7, 7, 03, MMAP_RET(0x7f100000))
	AT(7, 7, 04, FAULT(0x55000000, 0x14))
	AT(7, 7, 05, MPROTECT(0x7f002000, 0x1000, 0x1))
	AT(7, 7, 06, MREMAP(0x7f003000, 0x1000, 0x2000, 3, 0x7f200000))
	AT(7, 7, 07, FORK(7, 8))
	AT(8, 8, 11, EXEC("/bin/x", 8, 8))
	AT(8, 8, 12, FAULT(0x55000000, 0x14))
	AT(7, 9, 13, FAULT(0x7f000000, 0x6))
	AT(7, 7, 14, MUNMAP(0x7f000000, 0x2000))
	AT(7, 7, 15, FAULT(0x7f000000, 0x14));

static int
once(uint8_t **out, size_t *len, struct wl_trace_error *err)
{
	struct wl_import_report rep;
	struct wl_trace *t = NULL;
	int error;

	error = wl_trace_import_mem("x", text, sizeof(text) - 1, out, len,
	    &rep, err);
	if (error != 0) {
		assert_null(*out);
		return (error);
	}
	error = wl_trace_open_mem(*out, *len, &t, err);
	wl_trace_close(t);
	free(*out);
	*out = NULL;
	return (error);
}

static void
each_in_turn(void **state)
{
	struct wl_trace_error err;
	unsigned int n;
	uint8_t *out;
	size_t len;
	int error;

	for (n = 1; ; n++) {
		left = n;
		failed = false;
		error = once(&out, &len, &err);
		left = 0;
		if (!failed)
			break;
		assert_int_equal(error, ENOMEM);
		assert_string_not_equal(err.text, "");
	}
	assert_int_equal(error, 0);
	assert_true(n > 40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_in_turn) };

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
