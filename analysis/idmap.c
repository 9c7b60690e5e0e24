/*
 * Pairs of words to dense numbers: open addressing, at most half full.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/idmap_int.h"

static uint32_t
hash(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ a >> 32) * 0x9e3779b97f4a7c15ULL;

	h = (h ^ b ^ h >> 29) * 0xd6e8feb86659fd93ULL;
	return (uint32_t)(h ^ h >> 32);
}

/* Where it is, or the empty place where it would be. */
static uint32_t
seek(const struct ana_idmap *m, uint64_t a, uint64_t b)
{
	uint32_t i, id;

	for (i = hash(a, b) & (m->cap - 1); (id = m->slot[i]) != 0;
	    i = (i + 1) & (m->cap - 1))
		if (m->key[id - 1][0] == a && m->key[id - 1][1] == b)
			break;
	return i;
}

static bool
enlarge(struct ana_idmap *m)
{
	uint32_t cap = m->cap == 0 ? 256 : m->cap * 2, i;
	uint32_t *slot = calloc(cap, sizeof(*slot));
	void *key = realloc(m->key, cap / 2 * sizeof(*m->key));

	if (key != NULL)
		m->key = key;
	if (slot == NULL || key == NULL) {
		free(slot);
		return false;
	}
	free(m->slot);
	m->slot = slot;
	m->cap = cap;
	for (i = 0; i < m->n; i++)
		m->slot[seek(m, m->key[i][0], m->key[i][1])] = i + 1;
	return true;
}

uint32_t
ana_id_find(const struct ana_idmap *m, uint64_t a, uint64_t b)
{
	uint32_t id = m->cap == 0 ? 0 : m->slot[seek(m, a, b)];

	return id == 0 ? ANA_NOID : id - 1;
}

uint32_t
ana_id_of(struct ana_idmap *m, uint64_t a, uint64_t b)
{
	uint32_t at;

	if (2 * m->n >= m->cap && !enlarge(m))
		return ANA_NOID;
	at = seek(m, a, b);
	if (m->slot[at] != 0)
		return m->slot[at] - 1;
	m->key[m->n][0] = a;
	m->key[m->n][1] = b;
	m->slot[at] = ++m->n;
	return m->n - 1;
}

void
ana_idmap_free(struct ana_idmap *m)
{
	free(m->key);
	free(m->slot);
	memset(m, 0, sizeof(*m));
}
