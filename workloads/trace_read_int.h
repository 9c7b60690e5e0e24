/*
 * An open trace: what trace.c fills and trace_check.c judges.
 */

#ifndef WORKLOADS_TRACE_READ_INT_H
#define WORKLOADS_TRACE_READ_INT_H

#include "workloads/trace_format_int.h"

struct wl_trace {
	const uint8_t	*buf;
	size_t		 len;
	uint8_t		*own;		/* buf, if it is ours to free */
	char		*name;
	const uint8_t	*streams;
	uint64_t	*at;		/* of each stream, and the end */
	struct wl_trace_info	 info;
	struct wl_trace_space	*spaces;
	struct wl_trace_thread	*threads;
	struct wl_trace_object	*objects;
};

#endif /* WORKLOADS_TRACE_READ_INT_H */
