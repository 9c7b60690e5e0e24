#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_import_int.h"

/* Bytes to a number that spreads well; not for keeping. */
uint64_t
imp_hash(const char *p, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (uint8_t)p[i]) * 0x100000001b3;
	h ^= h >> 32;
	return (h * 0x9e3779b97f4a7c15);
}

static uint64_t
mix(uint64_t k)
{
	k = (k ^ k >> 33) * 0xff51afd7ed558ccd;
	k = (k ^ k >> 33) * 0xc4ceb9fe1a85ec53;
	return (k ^ k >> 33);
}

/* ---- names -------------------------------------------------------------- */

void
names_free(struct names *ns)
{
	free(ns->v);
	free(ns->hash);
	memset(ns, 0, sizeof(*ns));
}

static uint32_t *
names_slot(struct names *ns, const char *name)
{
	uint64_t i = imp_hash(name, strlen(name)) >> 32;

	for (;; i++) {
		i &= ns->nhash - 1;
		if (ns->hash[i] == IMP_NONE ||
		    strcmp(ns->v[ns->hash[i]], name) == 0)
			return (&ns->hash[i]);
	}
}

static int
names_grow(struct names *ns)
{
	uint32_t cap = ns->cap == 0 ? 8 : ns->cap * 2, *hash, i;
	void *v;

	v = realloc(ns->v, (size_t)cap * sizeof(*ns->v));
	if (v == NULL)
		return (ENOMEM);
	ns->v = v;
	hash = malloc((size_t)cap * 2 * sizeof(*hash));
	if (hash == NULL)
		return (ENOMEM);
	memset(hash, 0xff, (size_t)cap * 2 * sizeof(*hash));
	free(ns->hash);
	ns->hash = hash;
	ns->nhash = cap * 2;
	ns->cap = cap;
	for (i = 0; i < ns->n; i++)
		*names_slot(ns, ns->v[i]) = i;
	return (0);
}

uint32_t
names_add(struct names *ns, const char *p, size_t len)
{
	char name[WL_TRACE_NAME] = "";
	uint32_t *slot;
	size_t i;

	for (i = 0; i < len && i < WL_TRACE_NAME - 1; i++)
		name[i] = p[i] < 0x20 || p[i] > 0x7e ? '?' : p[i];
	if (ns->n == ns->cap && names_grow(ns) != 0)
		return (IMP_NONE);
	slot = names_slot(ns, name);
	if (*slot == IMP_NONE) {
		memcpy(ns->v[ns->n], name, sizeof(name));
		*slot = ns->n++;
	}
	return (*slot);
}

/* ---- ids ---------------------------------------------------------------- */

void
ids_free(struct ids *t)
{
	free(t->v);
	memset(t, 0, sizeof(*t));
}

/* Where the key is, or would be; cap is not 0. */
static size_t
ids_slot(const struct ids *t, uint64_t key)
{
	size_t i = mix(key) & (t->cap - 1);

	while (t->v[i].used && t->v[i].key != key)
		i = (i + 1) & (t->cap - 1);
	return (i);
}

uint32_t
ids_get(const struct ids *t, uint64_t key)
{
	size_t i;

	if (t->cap == 0)
		return (IMP_NONE);
	i = ids_slot(t, key);
	return (t->v[i].used ? t->v[i].value : IMP_NONE);
}

static int
ids_grow(struct ids *t)
{
	struct ids big = { .n = t->n, .cap = t->cap == 0 ? 16 : t->cap * 2 };
	size_t i;

	big.v = calloc(big.cap, sizeof(*big.v));
	if (big.v == NULL)
		return (ENOMEM);
	for (i = 0; i < t->cap; i++)
		if (t->v[i].used)
			big.v[ids_slot(&big, t->v[i].key)] = t->v[i];
	free(t->v);
	*t = big;
	return (0);
}

int
ids_set(struct ids *t, uint64_t key, uint32_t value)
{
	size_t i;
	int error;

	if (t->n * 2 >= t->cap) {
		error = ids_grow(t);
		if (error != 0)
			return (error);
	}
	i = ids_slot(t, key);
	if (!t->v[i].used) {
		t->v[i].used = true;
		t->v[i].key = key;
		t->n++;
	}
	t->v[i].value = value;
	return (0);
}
