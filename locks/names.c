/*
 * names.c: classes and call sites get small numbers here.
 *
 * Both tables only grow.  A row is written under the lock and counted
 * afterwards, so that whoever sees the count may read the row.  The index is
 * open addressing by the row's hash; 0 ends a search, row 0 is never there.
 */
#include <stdio.h>
#include <string.h>

#include "locks/raw_int.h"
#include "locks/record_int.h"

static struct lk_raw names_raw;

static void
keep_tail(char *to, size_t size, const char *from)
{
	size_t len = strlen(from);

	snprintf(to, size, "%s", len < size ? from : from + len - size + 1);
}

static uint32_t
class_seek(const struct lk_record *r, const char *name, enum lk_node_kind kind,
    uint32_t hash, uint32_t *at)
{
	const struct lk_class_row *row = lk_part(r, LKP_CLASS);
	const _Atomic uint32_t *ix = lk_part(r, LKP_CLASSIX);
	uint32_t i, id;

	for (i = hash % LK_NCLASSIX; (id = lk_acq(&ix[i])) != 0;
	    i = (i + 1) % LK_NCLASSIX)
		if (row[id].hash == hash && lk_get(&row[id].kind) == kind &&
		    strncmp(row[id].name, name, LK_NAMELEN - 1) == 0)
			return id;
	*at = i;
	return 0;
}

uint32_t
lk_class_seek(const struct lk_record *r, const char *name,
    enum lk_node_kind kind)
{
	uint32_t at;

	return class_seek(r, name, kind, lk_hash_str(name, 2166136261u +
	    (uint32_t)kind), &at);
}

static uint32_t
class_make(struct lk_record *r, const char *name, enum lk_node_kind kind,
    uint32_t hash, uint32_t site)
{
	struct lk_class_row *row = lk_part(r, LKP_CLASS);
	_Atomic uint32_t *ix = lk_part(r, LKP_CLASSIX);
	uint32_t at, id;

	id = class_seek(r, name, kind, hash, &at);
	if (id != 0)
		return id;
	id = lk_get(&r->h->nclass);
	if (id == LK_MAXCLASS) {
		lk_lose(LKL_classes);
		return LK_OTHER;
	}
	lk_put(&row[id].kind, kind);
	row[id].site = site;
	row[id].hash = hash;
	snprintf(row[id].name, LK_NAMELEN, "%s", name);
	lk_rel(&r->h->nclass, id + 1);
	lk_rel(&ix[at], id);
	return id;
}

uint32_t
lk_class_id(const char *name, enum lk_node_kind kind, struct lk_site *site)
{
	struct lk_record *r = lk_record();
	uint32_t at, id, hash, sid;

	hash = lk_hash_str(name, 2166136261u + (uint32_t)kind);
	id = class_seek(r, name, kind, hash, &at);
	if (id != 0)
		return id;
	sid = site != NULL ? lk_site_id(site) : 0;
	lk_raw_lock(&names_raw);
	id = class_make(r, name, kind, hash, sid);
	lk_raw_unlock(&names_raw);
	return id;
}

uint32_t
lk_class_named(const char *name, enum lk_node_kind kind)
{
	return lk_class_id(name, kind, NULL);
}

/* A lock without a name is of the class of the place that first saw it. */
uint32_t
lk_class_at(enum lk_node_kind kind, struct lk_site *site)
{
	const char *base = strrchr(site->ls_file, '/');
	char name[LK_NAMELEN];

	snprintf(name, sizeof(name), "%s:%d", base != NULL ? base + 1 :
	    site->ls_file, site->ls_line);
	return lk_class_id(name, kind, site);
}

static bool
site_is(const struct lk_site_row *row, uint32_t hash, const struct lk_site *s)
{
	char tail[sizeof(row->file)];

	if (row->hash != hash || row->line != s->ls_line ||
	    strncmp(row->func, s->ls_func, sizeof(row->func) - 1) != 0)
		return false;
	keep_tail(tail, sizeof(tail), s->ls_file);
	return strcmp(row->file, tail) == 0;
}

static uint32_t
site_make(struct lk_record *r, const struct lk_site *s, uint32_t hash)
{
	struct lk_site_row *row = lk_part(r, LKP_SITE);
	_Atomic uint32_t *ix = lk_part(r, LKP_SITEIX);
	uint32_t i, id;

	for (i = hash % LK_NSITEIX; (id = lk_get(&ix[i])) != 0;
	    i = (i + 1) % LK_NSITEIX)
		if (site_is(&row[id], hash, s))
			return id;
	id = lk_get(&r->h->nsite);
	if (id == LK_MAXSITE) {
		lk_lose(LKL_sites);
		return LK_OTHER;
	}
	row[id].line = s->ls_line;
	row[id].hash = hash;
	keep_tail(row[id].file, sizeof(row[id].file), s->ls_file);
	snprintf(row[id].func, sizeof(row[id].func), "%s", s->ls_func);
	lk_rel(&r->h->nsite, id + 1);
	lk_rel(&ix[i], id);
	return id;
}

uint32_t
lk_site_new(struct lk_site *s)
{
	struct lk_record *r = lk_record();
	uint32_t id, hash;

	hash = lk_hash_str(s->ls_file, lk_hash_str(s->ls_func,
	    2166136261u + (uint32_t)s->ls_line));
	lk_raw_lock(&names_raw);
	id = site_make(r, s, hash);
	lk_raw_unlock(&names_raw);
	lk_rel(&s->ls_id, id);
	return id;
}

void
lk_names_start(struct lk_record *r)
{
	struct lk_class_row *class = lk_part(r, LKP_CLASS);
	struct lk_site_row *site = lk_part(r, LKP_SITE);

	snprintf(class[LK_OTHER].name, LK_NAMELEN, "(other)");
	snprintf(site[LK_OTHER].file, sizeof(site->file), "(other)");
	lk_put(&r->h->nclass, LK_OTHER + 1);
	lk_put(&r->h->nsite, LK_OTHER + 1);
}

static void
copy_part(struct lk_record *to, const struct lk_record *from, enum lk_part p,
    uint32_t n)
{
	memcpy(lk_part(to, p), lk_part(from, p), (size_t)n *
	    from->h->part[p].size);
}

/* Ids handed out by an earlier record of this process stay good. */
void
lk_names_copy(struct lk_record *to, const struct lk_record *from)
{
	struct lk_class_row *class = lk_part(to, LKP_CLASS);
	uint32_t i, nclass = lk_get(&from->h->nclass);
	uint32_t nsite = lk_get(&from->h->nsite);

	copy_part(to, from, LKP_CLASS, nclass);
	copy_part(to, from, LKP_CLASSIX, LK_NCLASSIX);
	copy_part(to, from, LKP_SITE, nsite);
	copy_part(to, from, LKP_SITEIX, LK_NSITEIX);
	for (i = 0; i < nclass; i++)
		lk_put(&class[i].flags, 0);	/* suspects of another run */
	lk_put(&to->h->nclass, nclass);
	lk_put(&to->h->nsite, nsite);
}
