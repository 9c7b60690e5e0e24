/*
 * merge_map.c: what numbers of a run become.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/merge_int.h"

#define TAG_SHIFT	47	/* addresses of programs are below */

uint32_t
ana_map_id(const struct ana_map *m, uint32_t id)
{
	return id < m->n ? m->to[id] : 0;
}

uint64_t
ana_map_time(const struct ana_merge *m, int which, uint64_t t)
{
	if (t == 0)
		return 0;
	return t > m->created[which] ? t - m->created[which] + 1 : 1;
}

/* What bears the tag of a run keeps it. */
uint64_t
ana_map_ident(const struct ana_merge *m, int which, uint64_t ident)
{
	return ident == 0 || ident >> TAG_SHIFT != 0 ? ident :
	    ident | m->tag[which] << TAG_SHIFT;
}

static int
by_addr(const void *key, const void *row)
{
	uint64_t x = *(const uint64_t *)key;
	uint64_t y = ((const struct ana_symbol *)row)->addr;

	return x < y ? -1 : x > y;
}

static const struct ana_symbol *
symbol_at(const struct ana_snapshot *s, uint64_t addr)
{
	return s->nsymbols == 0 ? NULL : bsearch(&addr, s->symbols,
	    s->nsymbols, sizeof(*s->symbols), by_addr);
}

static uint64_t
hash(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}

/* By its names: what is inlined there, and the function with the offset. */
static uint64_t
code(const struct ana_snapshot *s, const struct ana_symbol *sym)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325), addr = sym->addr;
	unsigned n;

	for (n = 1; sym != NULL; n++) {
		h = hash(h, sym->name);
		if (sym->name[0] != '\0' && strchr(sym->name, '+') == NULL)
			h = hash(h, sym->line);
		sym = symbol_at(s, ANA_INLINED_IN(addr, n));
	}
	return h & (ANA_INLINED_IN(0, 1) - 1);
}

uint64_t
ana_map_code(const struct ana_merge *m, int which, uint64_t addr)
{
	const struct ana_snapshot *s = m->in[which];
	const struct ana_symbol *sym = symbol_at(s, addr), *inner;
	uint64_t n = addr >> 56;

	if (sym == NULL)
		return addr;
	inner = n == 0 ? NULL : symbol_at(s, addr - ANA_INLINED_IN(0, n));
	return inner == NULL ? code(s, sym) : ANA_INLINED_IN(code(s, inner),
	    n);
}

void
ana_map_node(const struct ana_merge *m, int which, struct lk_node_info *n)
{
	/* what is joined is a life, by its number */
	if (n->kind == LKN_JOIN)
		n->gen = ana_map_id(&m->life[which], n->gen);
	n->ident = ana_map_ident(m, which, n->ident);
	n->class = ana_map_id(&m->class[which], n->class);
	n->site = ana_map_id(&m->site[which], n->site);
	n->stack = ana_map_id(&m->stack[which], n->stack);
	n->since = ana_map_time(m, which, n->since);
}
