/*
 * Names of things in a snapshot, for evidence.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

#define RECORDER	16	/* as deep as the recorder is */

static int
class_cmp(const void *key, const void *row)
{
	uint32_t id = *(const uint32_t *)key;
	uint32_t of = ((const struct lk_class_info *)row)->id;

	return id < of ? -1 : id > of;
}

static int
site_cmp(const void *key, const void *row)
{
	uint32_t id = *(const uint32_t *)key;
	uint32_t of = ((const struct lk_site_info *)row)->id;

	return id < of ? -1 : id > of;
}

static int
symbol_cmp(const void *key, const void *row)
{
	uint64_t addr = *(const uint64_t *)key;
	uint64_t of = ((const struct ana_symbol *)row)->addr;

	return addr < of ? -1 : addr > of;
}

static int
stack_cmp(const void *key, const void *row)
{
	uint32_t id = *(const uint32_t *)key;
	uint32_t of = ((const struct ana_stack *)row)->id;

	return id < of ? -1 : id > of;
}

const struct ana_stack *
ana_stack_of(const struct ana_snapshot *s, uint32_t id)
{
	return s->nstacks == 0 ? NULL : bsearch(&id, s->stacks, s->nstacks,
	    sizeof(*s->stacks), stack_cmp);
}

const char *
ana_class_name(const struct ana_snapshot *s, uint32_t class)
{
	const struct lk_class_info *c = NULL;

	if (s->nclasses != 0)
		c = bsearch(&class, s->classes, s->nclasses, sizeof(*c),
		    class_cmp);
	return c == NULL ? "?" : c->name;
}

const struct lk_site_info *
ana_site_of(const struct ana_snapshot *s, uint32_t site)
{
	return s->nsites == 0 ? NULL : bsearch(&site, s->sites, s->nsites,
	    sizeof(*s->sites), site_cmp);
}

const char *
ana_site_name(struct ana_result *r, const struct ana_snapshot *s,
    uint32_t site)
{
	const struct lk_site_info *at = ana_site_of(s, site);

	if (at == NULL)
		return "?";
	return ana_say(r, "%s:%d %s", at->file, at->line, at->func);
}

const char *
ana_node_name(struct ana_result *r, const struct ana_snapshot *s,
    const struct lk_node_info *node)
{
	const char *class = ana_class_name(s, node->class);

	if (node->kind == LKN_LOCK || node->kind == LKN_MUTEX)
		return ana_say(r, "%s %s 0x%" PRIx64 " (%s)",
		    lk_kind_name(node->kind), class, node->ident,
		    lk_mode_name(node->mode));
	return ana_say(r, "%s 0x%" PRIx64, lk_kind_name(node->kind),
	    node->ident);
}

const char *
ana_ago(struct ana_result *r, const struct ana_snapshot *s, uint64_t since)
{
	char num[ANA_NUM];

	if (since == 0 || since > s->info.now)
		return "?";
	return ana_say(r, "%s", ana_time(s->info.now - since, num));
}

static const struct ana_symbol *
symbol_row(const struct ana_snapshot *s, uint64_t addr)
{
	const struct ana_symbol *sym = NULL;

	if (s->nsymbols != 0)
		sym = bsearch(&addr, s->symbols, s->nsymbols, sizeof(*sym),
		    symbol_cmp);
	return sym == NULL || sym->name[0] == '\0' ? NULL : sym;
}

const char *
ana_symbol_name(const struct ana_snapshot *s, uint64_t addr)
{
	const struct ana_symbol *sym = symbol_row(s, addr);

	return sym == NULL ? NULL : sym->name;
}

/*
 * The recorder's own frames say nothing about what went wrong: all down to
 * the function that the code under test called are left out.
 */
uint32_t
ana_first_frame(const struct ana_snapshot *s, const uint64_t *frame, uint32_t n)
{
	const char *name;
	uint32_t i, first = 0;

	for (i = 0; i < n && i < RECORDER; i++) {
		name = ana_symbol_name(s, frame[i]);
		if (name != NULL && strncmp(name, "lk_", 3) == 0 &&
		    strncmp(name, "lk_strand_main+", 15) != 0)
			first = i + 1;
	}
	return first;
}

/* Nor does what begins every strand; a stack of that alone is left as it is. */
static uint32_t
last_frame(const struct ana_snapshot *s, const uint64_t *frame, uint32_t n,
    uint32_t first)
{
	const char *name;
	uint32_t i;

	for (i = first + 1; i < n; i++) {
		name = ana_symbol_name(s, frame[i]);
		if (name != NULL && strncmp(name, "lk_strand_main+", 15) == 0)
			return i;
	}
	return n;
}

void
ana_stack(struct ana_result *r, const struct ana_snapshot *s,
    struct ana_finding *f, const uint64_t *frame, uint32_t n)
{
	const struct ana_symbol *sym;
	uint32_t i, first;

	if (n > LK_MAXFRAMES)
		n = LK_MAXFRAMES;
	first = ana_first_frame(s, frame, n);
	n = last_frame(s, frame, n, first);
	for (i = first; i < n; i++) {
		sym = symbol_row(s, frame[i]);
		if (sym != NULL)
			ana_text(r, f, "  #%u %s%s%s", i - first, sym->name,
			    sym->line[0] != '\0' ? " " : "", sym->line);
		else
			ana_text(r, f, "  #%u 0x%" PRIx64, i - first,
			    frame[i]);
	}
}

void
ana_place_of(const struct ana_snapshot *s, uint32_t site, struct wl_place *out)
{
	size_t i;

	for (i = 0; i < s->nsites; i++)
		if (s->sites[i].id == site) {
			out->line = s->sites[i].line;
			snprintf(out->file, sizeof(out->file), "%s",
			    s->sites[i].file);
			return;
		}
}
