/*
 * Any bytes, as a compact trace; length and checksum are made right first, or
 * nothing would get past them.  Whatever opens must be readable to the end.
 */

#include <stdlib.h>
#include <string.h>

#include "workloads/trace_int.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
read_all(const struct wl_trace *t)
{
	const struct wl_trace_info *info = wl_trace_info(t);
	struct wl_trace_cursor c;
	struct wl_trace_rec r;
	uint64_t n = 0;
	uint32_t i;
	bool ended;

	for (i = 0; i < info->nthreads; i++) {
		ended = false;
		for (wl_trace_begin(t, i, &c); wl_trace_next(&c, &r); n++) {
			if (ended || r.thread != i ||
			    r.space >= info->nspaces)
				abort();
			ended = r.op == WL_TRACE_EXIT;
		}
		if (!ended)
			abort();
	}
	if (n != info->nrecords)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wl_trace_error err;
	struct wl_trace *t;
	uint8_t *copy;

	copy = malloc(size + 1);
	if (copy == NULL)
		return (0);
	memcpy(copy, data, size);
	(void)wl_trace_seal(copy, size);
	if (wl_trace_open_mem(copy, size, &t, &err) == 0) {
		read_all(t);
		wl_trace_close(t);
	} else if (t != NULL || err.text[0] == '\0') {
		abort();
	}
	free(copy);
	return (0);
}
