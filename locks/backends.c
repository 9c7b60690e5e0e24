/* backends.c: the table of lock algorithms. */
#include <stdio.h>
#include <string.h>

#include "locks/backend_int.h"
#include "locks/note_int.h"

static const struct lk_backend *const backends[] = {
#define LK_BACKEND(name)	&lk_backend_##name,
#include "locks/backends.def"
#undef LK_BACKEND
};
#define NBACKEND	(sizeof(backends) / sizeof(backends[0]))

const struct lk_backend *lk_be = &lk_backend_openbsd;

const struct lk_backend *const *
lk_backends(size_t *n)
{
	*n = NBACKEND;
	return backends;
}

const struct lk_backend *
lk_backend_find(const char *name)
{
	size_t i;

	for (i = 0; i < NBACKEND; i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

const char *
lk_backend_name(const struct lk_backend *b)
{
	return b->name;
}

const char *
lk_backend_help(const struct lk_backend *b)
{
	return b->help;
}

/* Write into the record which one is used. */
void
lk_backend_noted(void)
{
	uint64_t w[4] = { 0 };
	unsigned i;

	if (lk_rec == NULL)
		return;
	snprintf((char *)w, sizeof(w), "%s", lk_be->name);
	for (i = 0; i < 4; i++)
		lk_put(&lk_rec->h->backend[i], w[i]);
}

void
lk_backend_use(const struct lk_backend *b)
{
	lk_be = b;
	if ((b->flags & LKB_WORD) == 0)
		atomic_fetch_or(&lk_hot, LKH_BACKEND);
	else
		atomic_fetch_and(&lk_hot, ~(uint32_t)LKH_BACKEND);
	lk_backend_noted();
}

const struct lk_backend *
lk_backend_used(void)
{
	return lk_be;
}
