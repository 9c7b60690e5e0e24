/* choosers.c: the table of choosers. */
#include <string.h>

#include "workloads/chooser_int.h"

static const struct wl_chooser *const choosers[] = {
#define CHOOSER(name, help)	&wl_chooser_##name,
#include "workloads/choosers.def"
#undef CHOOSER
};

const struct wl_chooser *const *
wl_choosers(size_t *n)
{
	*n = sizeof(choosers) / sizeof(choosers[0]);
	return choosers;
}

const struct wl_chooser *
wl_chooser_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(choosers) / sizeof(choosers[0]); i++)
		if (strcmp(choosers[i]->name, name) == 0)
			return choosers[i];
	return NULL;
}
