/*
 * compare_params.c: in what two jobs differ.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_int.h"

#define ROOM	sizeof(((struct wl_job *)NULL)->replay)

struct texts {
	char	key[96], a[ROOM], b[ROOM];
};

/* These say what a job is called, not what it does. */
static bool
is_label(const char *key)
{
	static const char *const labels[] = { "name", "help", "run.seed" };
	size_t i;

	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (strcmp(key, labels[i]) == 0)
			return true;
	}
	return strncmp(key, "expect.", 7) == 0;
}

int
ana_params_differ(const struct wl_job *a, const struct wl_job *b,
    bool (*fn)(void *, const char *, const char *, const char *), void *arg)
{
	struct texts *t = malloc(sizeof(*t));
	size_t i, n;

	if (t == NULL)
		return ENOMEM;
	(void)wl_keys(&n);
	for (i = 0; i < n; i++) {
		(void)wl_job_get(a, i, t->key, sizeof(t->key), t->a, ROOM);
		(void)wl_job_get(b, i, t->key, sizeof(t->key), t->b, ROOM);
		if (strcmp(t->a, t->b) != 0 && !is_label(t->key) &&
		    !fn(arg, t->key, t->a, t->b))
			break;
	}
	free(t);
	return 0;
}
