/*
 * misuse.c: who has a lock and who waits for it, in words, for an incident.
 *
 * Other strands run on meanwhile: an entry that changes while it is read is
 * left out.
 */
#include <stdarg.h>
#include <stdio.h>

#include "locks/note_int.h"

struct text {
	char		*at;
	size_t		size, len;
};

__attribute__((format(printf, 2, 3)))
static void
add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->len + 1 >= t->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->at + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n;
}

static void
add_site(struct text *t, uint64_t pack)
{
	struct lk_site_info i;

	lk_record_site(lk_record(), LK_PACK_SITE(pack), &i);
	add(t, "%s:%d %s", i.file, i.line, i.func);
}

static void
add_strand(struct text *t, const struct lk_slot *s)
{
	char name[16];

	lk_name_get(name, s->name);
	add(t, "%sstrand %u \"%s\"", t->len != 0 ? ", " : "", s->id, name);
}

static void
add_holds(struct text *t, const struct lk_slot *s, uint64_t ident)
{
	unsigned i;
	uint64_t pack;

	for (i = lk_acq(&s->top); i > 0; i--) {
		if (i > LK_MAXHELD || lk_acq(&s->held[i].ident) != ident)
			continue;
		pack = lk_acq(&s->held[i].pack);
		if (lk_get(&s->held[i].ident) != ident)
			continue;
		add_strand(t, s);
		add(t, " (%s, taken at ", lk_mode_name(LK_PACK_MODE(pack)));
		add_site(t, pack);
		add(t, ")");
	}
}

static void
add_waits(struct text *t, const struct lk_slot *s, uint64_t ident)
{
	uint64_t seq = lk_acq(&s->wait.seq), pack;

	if (lk_acq(&s->wait.ident) != ident)
		return;
	pack = lk_acq(&s->wait.pack);
	if ((seq & 1) != 0 || lk_get(&s->wait.seq) != seq)
		return;
	add_strand(t, s);
	add(t, " (for %s at ", lk_mode_name(LK_PACK_MODE(pack)));
	add_site(t, pack);
	add(t, ")");
}

static const char *
each(char *buf, size_t size, uint64_t ident,
    void (*fn)(struct text *, const struct lk_slot *, uint64_t))
{
	const struct lk_record *r = lk_record();
	struct text t = { .at = buf, .size = size };
	uint32_t i, n = lk_acq(&r->h->nstrand);

	buf[0] = '\0';
	for (i = 0; i < n; i++)
		if (lk_acq(&lk_slot(r, i)->state) == LKS_LIVE)
			fn(&t, lk_slot(r, i), ident);
	return buf;
}

const char *
lk_who_holds(char *buf, size_t size, uint64_t ident)
{
	each(buf, size, ident, add_holds);
	if (buf[0] == '\0')
		snprintf(buf, size, "a strand that has ended");
	return buf;
}

const char *
lk_who_waits(char *buf, size_t size, uint64_t ident)
{
	return each(buf, size, ident, add_waits);
}

const char *
lk_taken_at(char *buf, size_t size, uint64_t pack)
{
	struct text t = { .at = buf, .size = size };

	add_site(&t, pack);
	return buf;
}

const char *
lk_all_held(char *buf, size_t size, const struct lk_slot *s)
{
	struct text t = { .at = buf, .size = size };
	unsigned i;

	buf[0] = '\0';
	for (i = 1; i <= lk_get(&s->top); i++) {
		uint64_t pack = lk_get(&s->held[i].pack);
		struct lk_class_info c;

		if (lk_get(&s->held[i].ident) == 0)
			continue;
		lk_record_class(lk_record(), LK_PACK_CLASS(pack), &c);
		add(&t, "%s%s %s (%s, taken at ", t.len != 0 ? ", " : "",
		    lk_kind_name(LK_PACK_KIND(pack)), c.name,
		    lk_mode_name(LK_PACK_MODE(pack)));
		add_site(&t, pack);
		add(&t, ")");
	}
	return buf;
}
