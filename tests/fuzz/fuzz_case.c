/*
 * Any text is a case of lock order, or is refused with a column that exists.
 */
#include <errno.h>
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

static void
check_case(const struct wl_case *c)
{
	size_t i, k, n = 0;

	check(c->nphases > 0 && c->nphases <= WL_CASE_PHASES);
	for (i = 0; i < c->nphases; i++) {
		check(c->phase[i].nsteps > 0);
		n += c->phase[i].nsteps;
		for (k = 0; k < c->phase[i].nsteps; k++) {
			const struct wl_case_step *s = &c->phase[i].step[k];

			check(s->what < WLC_NDO && s->site < c->nsites);
			check(wl_case_words[s->what].on == WLCO_NONE ||
			    s->on < (s->what == WLC_join ? c->nphases :
			    c->nthings));
		}
	}
	check(n == c->nsteps && n <= WL_CASE_STEPS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = strndup((const char *)data, len);
	struct wl_error err;
	struct wl_case *c;
	size_t n;
	int error;

	check(text != NULL);
	for (n = 0; n < 4; n++) {
		memset(&err, 0, sizeof(err));
		error = wl_case_parse(text, n, NULL, &c, &err);
		check(error == 0 || (error == EINVAL && c == NULL));
		check(error == 0 || (strncmp(err.what, "column ", 7) == 0 &&
		    err.expected[0] != '\0'));
		if (c == NULL)
			continue;
		check_case(c);
		wl_case_free(c);
	}
	free(text);
	return 0;
}
