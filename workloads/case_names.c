/*
 * case_names.c: what the names of a case stand for, and where its steps are.
 *
 * A repetition makes thousands of names, so they are found through a hash: an
 * open one, behind the struct that others see.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/case_parse_int.h"

struct whole {
	struct wl_case	c;
	uint32_t	*bucket;	/* thing + 1; 0: none */
	size_t		nbuckets, cthings, csites;
};

static uint32_t
hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h ^ h >> 15;
}

static uint32_t *
seek(struct whole *w, const char *name)
{
	size_t i = hash(name) & (w->nbuckets - 1);

	while (w->bucket[i] != 0 &&
	    strcmp(w->c.thing[w->bucket[i] - 1].name, name) != 0)
		i = (i + 1) & (w->nbuckets - 1);
	return &w->bucket[i];
}

static int
grow(struct whole *w)
{
	size_t i, n = w->nbuckets == 0 ? 64 : 2 * w->nbuckets;
	uint32_t *bucket = calloc(n, sizeof(*bucket));
	struct wl_case_thing *thing;

	thing = realloc(w->c.thing, n / 2 * sizeof(*thing));
	if (thing != NULL)
		w->c.thing = thing;
	if (bucket == NULL || thing == NULL) {
		free(bucket);
		return ENOMEM;
	}
	free(w->bucket);
	w->bucket = bucket;
	w->nbuckets = n;
	for (i = 0; i < w->c.nthings; i++)
		*seek(w, w->c.thing[i].name) = (uint32_t)i + 1;
	return 0;
}

/* X12 is of class X; a name of digits alone is its own class. */
static char *
class_of(const char *name)
{
	size_t n = strlen(name);

	while (n > 0 && isdigit((unsigned char)name[n - 1]))
		n--;
	return n == 0 ? strdup(name) : strndup(name, n);
}

int
wl_case_name(struct wl_case *c, const char *name, uint32_t *id)
{
	struct whole *w = (struct whole *)c;
	struct wl_case_thing *t;
	uint32_t *at;

	if (2 * (c->nthings + 1) > w->nbuckets && grow(w) != 0)
		return ENOMEM;
	at = seek(w, name);
	if (*at == 0) {
		t = &c->thing[c->nthings];
		t->kind = WLCO_NONE;
		t->name = strdup(name);
		t->class = class_of(name);
		if (t->name == NULL || t->class == NULL) {
			free((void *)(uintptr_t)t->name);
			free((void *)(uintptr_t)t->class);
			return ENOMEM;
		}
		*at = (uint32_t)++c->nthings;
	}
	*id = *at - 1;
	return 0;
}

int
wl_case_site(struct wl_case *c, const char *text, size_t len, uint32_t column,
    uint32_t *site)
{
	struct whole *w = (struct whole *)c;
	struct wl_case_site *p;
	size_t i;

	if (len >= sizeof(p->text))
		len = sizeof(p->text) - 1;
	for (i = c->nsites; i > 0; i--) {
		p = &c->site[i - 1];
		if (p->column == column && strlen(p->text) == len &&
		    memcmp(p->text, text, len) == 0) {
			*site = (uint32_t)i - 1;
			return 0;
		}
	}
	if (c->nsites == w->csites) {
		w->csites = w->csites == 0 ? 16 : 2 * w->csites;
		p = realloc(c->site, w->csites * sizeof(*p));
		if (p == NULL)
			return ENOMEM;
		c->site = p;
	}
	p = &c->site[c->nsites];
	snprintf(p->text, sizeof(p->text), "%.*s", (int)len, text);
	p->column = column;
	*site = (uint32_t)c->nsites++;
	return 0;
}

struct wl_case *
wl_case_new(void)
{
	struct whole *w = calloc(1, sizeof(*w));

	return w != NULL ? &w->c : NULL;
}

void
wl_case_free(struct wl_case *c)
{
	struct whole *w = (struct whole *)c;
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nphases; i++)
		free(c->phase[i].step);
	for (i = 0; i < c->nthings; i++) {
		free((void *)(uintptr_t)c->thing[i].name);
		free((void *)(uintptr_t)c->thing[i].class);
	}
	free(c->phase);
	free(c->thing);
	free(c->site);
	free(w->bucket);
	free(w);
}
