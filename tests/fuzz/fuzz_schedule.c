/*
 * Any text is a schedule, or is refused where it goes wrong.  What is accepted
 * reads back the same after printing.
 */
#include <errno.h>
#include <stdint.h>
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

static void
same(const struct wl_schedule *a, const struct wl_schedule *b)
{
	size_t i;

	check(a->nturns == b->nturns && a->seed == b->seed &&
	    a->points == b->points);
	for (i = 0; i < a->nturns; i++)
		check(a->turn[i].ordinal == b->turn[i].ordinal &&
		    a->turn[i].n == b->turn[i].n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct wl_schedule s, back;
	char *text = malloc(len + 1), *again;
	size_t at = 0;
	int error;

	check(text != NULL);
	memcpy(text, data, len);
	text[len] = '\0';
	error = wl_schedule_read(text, &s, &at);
	check(at <= strlen(text));
	if (error == 0) {
		again = wl_schedule_text(&s);
		check(again != NULL);
		check(wl_schedule_read(again, &back, &at) == 0);
		same(&s, &back);
		free(again);
	} else
		check(error == EINVAL);
	free(text);
	return 0;
}
