/*
 * Names of things in a snapshot, for evidence.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

#define RECORDER	24	/* as deep as the recorder is */

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

/* => does it end so?  the length without that */
static bool
ends(const char *name, int *len, const char *mark)
{
	size_t n = strlen(mark);
	bool is = (size_t)*len > n && strncmp(name + *len - n, mark, n) == 0;

	if (is)
		*len -= (int)n;
	return is;
}

/* What begins every strand. */
static bool
begins_strand(const struct ana_call *c)
{
	static const char main[] = "lk_strand_main";

	return c->name != NULL && c->function == (int)sizeof(main) - 1 &&
	    strncmp(c->name, main, sizeof(main) - 1) == 0;
}

enum whose { LAYER, MAYBE, OTHERS };

/*
 * Code without lines is known by its name alone, as all is in runs that were
 * saved before the lock layer's own had a mark.
 */
static enum whose
whose(const struct ana_call *c)
{
	if (c->name == NULL)
		return MAYBE;
	if (begins_strand(c))
		return OTHERS;
	if (c->name[c->len] != '\0' || strncmp(c->name, "lk_", 3) == 0)
		return LAYER;
	return c->line[0] == '\0' || strncmp(c->line, "locks/", 6) == 0 ?
	    MAYBE : OTHERS;
}

static void
call_of(struct ana_call *c, uint64_t addr, const struct ana_symbol *sym)
{
	int plain;

	memset(c, 0, sizeof(*c));
	c->addr = addr;
	c->line = "";
	if (sym == NULL)
		return;
	c->name = sym->name;
	c->line = sym->line;
	c->len = (int)strlen(sym->name);
	ends(c->name, &c->len, ANA_OF_LOCKS);
	plain = c->len;
	c->function = ends(c->name, &plain, ANA_INLINED) ? plain :
	    (int)strcspn(c->name, "+");
	if (c->function > c->len)
		c->function = c->len;
}

/* The recorder's own frames say nothing about what went wrong. */
static size_t
without_layer(struct ana_call *call, size_t n)
{
	size_t i, first = 0;
	enum whose of;

	for (i = 0; i < n && i < RECORDER; i++) {
		of = whose(&call[i]);
		if (of == LAYER)
			first = i + 1;
		else if (of == OTHERS)
			break;
	}
	if (first == n)
		return n;
	memmove(call, call + first, (n - first) * sizeof(*call));
	return n - first;
}

size_t
ana_calls(const struct ana_snapshot *s, const uint64_t *frame, uint32_t n,
    struct ana_call call[ANA_MAXCALL])
{
	const struct ana_symbol *sym;
	size_t k = 0;
	uint32_t i, in;

	for (i = 0; i < n && i < LK_MAXFRAMES && k < ANA_MAXCALL; i++) {
		sym = symbol_row(s, frame[i]);
		call_of(&call[k++], frame[i], sym);
		for (in = 1; sym != NULL && k < ANA_MAXCALL; in++) {
			sym = symbol_row(s, ANA_INLINED_IN(frame[i], in));
			if (sym != NULL)
				call_of(&call[k++], frame[i], sym);
		}
	}
	return without_layer(call, k);
}

/* What begins every strand says nothing, unless it is all there is. */
void
ana_stack(struct ana_result *r, const struct ana_snapshot *s,
    struct ana_finding *f, const uint64_t *frame, uint32_t n)
{
	struct ana_call call[ANA_MAXCALL];
	const struct ana_call *c;
	size_t i, ncalls = ana_calls(s, frame, n, call);

	for (i = 0; i < ncalls; i++) {
		c = &call[i];
		if (i > 0 && begins_strand(c))
			break;
		if (c->name != NULL)
			ana_text(r, f, "  #%zu %.*s%s%s", i, c->len, c->name,
			    c->line[0] != '\0' ? " " : "", c->line);
		else
			ana_text(r, f, "  #%zu 0x%" PRIx64, i, c->addr);
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
