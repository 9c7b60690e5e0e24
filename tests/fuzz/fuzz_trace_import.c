/*
 * Any bytes, as a recording.  Whatever imports must count each line once and
 * give a trace that opens.
 */

#include <stdlib.h>

#include "workloads/trace_int.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wl_import_report rep;
	struct wl_trace_error err;
	struct wl_trace *t;
	uint8_t *out;
	size_t len;

	if (wl_trace_import_mem("fuzz", data, size, &out, &len, &rep,
	    &err) != 0) {
		if (out != NULL || err.text[0] == '\0')
			abort();
		return (0);
	}
	if (rep.of_class[WL_LINE_IMPORTED] + rep.of_class[WL_LINE_INFERRED] +
	    rep.of_class[WL_LINE_SKIPPED] != rep.lines)
		abort();
	if (wl_trace_open_mem(out, len, &t, &err) != 0)
		abort();
	if (wl_trace_info(t)->nrecords != rep.records)
		abort();
	wl_trace_close(t);
	free(out);
	return (0);
}
