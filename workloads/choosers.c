/* choosers.c: the table of choosers, and what the simplest are made of. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/chooser_int.h"

static const struct wl_chooser *const choosers[] = {
#define CHOOSER(name)	&wl_chooser_##name,
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

int
wl_chance_create(const struct wl_choose_conf *conf, void **out)
{
	*out = calloc(1, sizeof(struct chance));
	return *out != NULL ? 0 : ENOMEM;
}

bool
wl_chance_begin(void *state, uint64_t seed)
{
	chance_seed(state, seed);
	return true;
}
