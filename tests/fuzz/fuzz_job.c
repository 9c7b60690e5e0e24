/*
 * Any bytes are a job file, or are refused with a line that exists.  What is
 * accepted reads back the same after printing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/workloads.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static unsigned
lines(const uint8_t *data, size_t len)
{
	unsigned n = 1;
	size_t i;

	for (i = 0; i < len; i++)
		n += data[i] == '\n';
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char text[65536], again[65536];
	static struct wl_job job, back;
	struct wl_error err;

	if (wl_job_text(&job, (const char *)data, len, "fuzz", &err) != 0) {
		check(err.what[0] != '\0' && err.expected[0] != '\0');
		check(err.line <= lines(data, len));
		return 0;
	}
	(void)wl_job_check(&job, &err);
	if (len % 4 != 0)	/* the rest takes most of the time */
		return 0;
	check(wl_job_print(&job, text, sizeof(text)) < sizeof(text));
	check(wl_job_text(&back, text, strlen(text), "again", &err) == 0);
	wl_job_print(&back, again, sizeof(again));
	check(strcmp(text, again) == 0);
	return 0;
}
