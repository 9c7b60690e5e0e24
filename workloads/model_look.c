/*
 * model_look.c: what a load may return, and what it then tells.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "workloads/model_word_int.h"

/* What a right value was. */
struct seen {
	uint32_t	seq;		/* 0: initial content */
	unsigned	strand;		/* whose, if seq is not 0 */
	bool		dropped;	/* initial, though it was stored to */
	bool		doubt;		/* initial, and perhaps dropped */
};

/* How things stand once the load has ended. */
struct now {
	uint32_t	frees;		/* begun */
	uint32_t	hi[WL_MAXHOT + 1];
};

static void
look_now(const struct wl_model *m, const struct wl_shadow *sh, struct now *now)
{
	unsigned u;

	now->frees = sh != NULL ? pair_high(atomic_load(&sh->frees)) : 0;
	for (u = 0; u <= WL_COLD(m); u++)
		now->hi[u] = sh != NULL ?
		    word_begun(atomic_load(&sh->word[u])) : 0;
}

/*
 * The order matters: a life is raised after the store it speaks of is done,
 * so a life read first never speaks of a later store than the word does.
 */
static void
look_unit(const struct wl_shadow *sh, unsigned u, struct wl_look *l)
{
	l->life[u] = atomic_load(&sh->life[u]);
	l->word[u] = atomic_load(&sh->word[u]);
}

void
wl_look_begin(const struct wl_model *m, struct wl_content *c, size_t page,
    unsigned unit, struct wl_look *l)
{
	unsigned u, first = unit == WL_ALL ? 0 : unit;
	unsigned last = unit == WL_ALL ? WL_COLD(m) : unit;

	l->sh = wl_shadow_find(c, page);
	l->frees = 0;
	if (l->sh != NULL)
		l->frees = atomic_load(&l->sh->frees);
	for (u = first; u <= last; u++) {
		if (l->sh != NULL)
			look_unit(l->sh, u, l);
		else
			l->life[u] = l->word[u] = 0;
	}
}

static enum wl_wrong
judge_initial(const struct wl_look *l, unsigned u, const struct now *now,
    struct seen *s)
{
	*s = (struct seen){ .seq = 0 };
	s->doubt = now->frees > pair_low(l->life[u]);
	if (word_done(l->word[u]) == 0)
		return WLW_NONE;
	s->dropped = s->doubt;
	return s->dropped ? WLW_NONE : WLW_LOST;
}

static enum wl_wrong
judge_identity(const struct wl_model *m, const struct wl_content *c,
    size_t page, unsigned u, unsigned cell, uint64_t value,
    struct wl_origin *o)
{
	uint64_t home = c->home + page;
	uint32_t mask = (1u << (25 - m->cell_bits)) - 1;

	wl_value_decode(m, value, o);
	if (o->cell == cell && o->page == (home & mask) && o->seq != 0 &&
	    o->strand < m->nstrands && (m->ordered ||
	    o->strand == wl_writer(m, home, u)))
		return WLW_NONE;
	return wl_origin_known(m, o) ? WLW_FOREIGN : WLW_NOBODY;
}

static enum wl_wrong
judge(const struct wl_model *m, struct wl_content *c, size_t page,
    unsigned u, unsigned cell, uint64_t value, const struct wl_look *l,
    const struct now *now, struct seen *s)
{
	struct wl_origin o;
	enum wl_wrong wrong;

	if (value == wl_initial(c, page, cell))
		return judge_initial(l, u, now, s);
	wrong = judge_identity(m, c, page, u, cell, value, &o);
	if (wrong != WLW_NONE)
		return wrong;
	*s = (struct seen){ .seq = o.seq, .strand = o.strand };
	if (o.seq < word_done(l->word[u]))
		return WLW_OLD;
	if (o.seq > now->hi[u])
		return WLW_EARLY;
	return o.seq <= pair_high(l->life[u]) ? WLW_DROPPED : WLW_NONE;
}

/*
 * A range that a fork left open closes at what was seen.
 * => false: it is not open any more, or stays so
 */
static bool
close_range(const struct wl_model *m, struct wl_content *c, size_t page,
    struct wl_shadow *sh, unsigned u, const struct seen *s, bool *torn)
{
	uint64_t old = atomic_load(&sh->word[u]);
	uint32_t hi = word_begun(old);

	if ((old & W_OPEN) == 0 || s->doubt ||
	    !atomic_compare_exchange_strong(&sh->word[u], &old,
	    word_make(s->seq, s->seq, 0)))
		return false;
	if ((old & W_PREFIX) != 0 && c->fork != NULL && !m->ordered)
		*torn = !wl_fork_note(c->fork,
		    wl_writer(m, c->home + page, u), s->seq,
		    s->seq < hi ? hi : 0);
	return true;
}

/*
 * A load that saw a store has ended: no later load may see an older one, nor,
 * without a new madvise-free, the page dropped.  And the other way about.
 */
static void
narrow(const struct wl_model *m, struct wl_content *c, size_t page,
    struct wl_shadow *sh, unsigned u, const struct wl_look *l,
    const struct seen *s, bool *torn)
{
	uint64_t old;

	if (s->dropped) {
		life_raise(&sh->life[u], word_done(l->word[u]), 0);
		return;
	}
	if (!close_range(m, c, page, sh, u, s, torn)) {
		old = atomic_load(&sh->word[u]);
		while (word_done(old) < s->seq && (old & W_OPEN) == 0 &&
		    !atomic_compare_exchange_weak(&sh->word[u], &old,
		    word_make(word_begun(old), s->seq, 0)))
			;
	}
	if (s->seq != 0 && pair_high(l->frees) == pair_low(l->frees))
		life_raise(&sh->life[u], 0, pair_high(l->frees));
}

static void
bad_fill(const struct wl_model *m, const struct wl_look *l,
    const struct now *now, unsigned cell, uint64_t value,
    enum wl_wrong wrong, struct wl_bad *bad)
{
	unsigned u = wl_unit_of(m, cell);

	bad->wrong = wrong;
	bad->cell = cell;
	bad->value = value;
	bad->lo = word_done(l->word[u]);
	bad->hi = now->hi[u];
	bad->zero = bad->lo == 0 || now->frees > pair_low(l->life[u]);
}

/*
 * The cold cells tell something together: only if all of them are of the same
 * store is it known which one the page has; a fill may be half done.
 */
struct cold {
	struct seen	s;
	bool		any, mixed;
};

static void
cold_note(struct cold *cold, const struct seen *s)
{
	if (cold->any && (cold->s.seq != s->seq ||
	    cold->s.dropped != s->dropped))
		cold->mixed = true;
	cold->s = *s;
	cold->any = true;
}

/*
 * Most cold cells are of the one fill that was done before and after: those
 * need a comparison, not a judgement.
 */
struct usual {
	bool		any;		/* there is such a fill */
	uint64_t	raw;		/* of cell 0; others count from there */
	struct seen	s;
};

static void
usual_set(const struct wl_model *m, const struct wl_content *c, size_t page,
    const struct wl_look *l, const struct now *now, struct usual *usual)
{
	unsigned u = WL_COLD(m);
	uint32_t lo = word_done(l->word[u]);

	usual->any = lo != 0 && lo == now->hi[u] &&
	    lo > pair_high(l->life[u]) && !m->ordered;
	if (!usual->any)
		return;
	usual->s = (struct seen){ .seq = lo,
	    .strand = wl_writer(m, c->home + page, u) };
	usual->raw = wl_value_raw(wl_value(m, usual->s.strand, lo,
	    c->home + page, 0));
}

enum wl_wrong
wl_look_end(const struct wl_model *m, struct wl_content *c, size_t page,
    unsigned first, unsigned n, const uint64_t *values,
    const struct wl_look *l, struct wl_bad *bad)
{
	struct wl_shadow *sh = l->sh != NULL ? l->sh :
	    wl_shadow_find(c, page);
	struct cold cold = { .any = false };
	enum wl_wrong wrong;
	struct usual usual = { .any = false };
	struct seen s;
	struct now now;
	bool torn = false;
	unsigned i, u;

	look_now(m, sh, &now);
	if (n > 1)
		usual_set(m, c, page, l, &now, &usual);
	for (i = 0; i < n; i++) {
		u = wl_unit_of(m, first + i);
		if (usual.any && u == WL_COLD(m) &&
		    wl_value_raw(values[i]) == usual.raw + first + i) {
			cold_note(&cold, &usual.s);
			continue;
		}
		wrong = judge(m, c, page, u, first + i, values[i], l, &now,
		    &s);
		if (wrong != WLW_NONE) {
			bad_fill(m, l, &now, first + i, values[i], wrong, bad);
			return wrong;
		}
		if (u == WL_COLD(m))
			cold_note(&cold, &s);
		else if (sh != NULL)
			narrow(m, c, page, sh, u, l, &s, &torn);
		if (torn)
			break;
	}
	if (!torn && sh != NULL && n == m->ncells && !cold.mixed) {
		i = n - 1;
		narrow(m, c, page, sh, WL_COLD(m), l, &cold.s, &torn);
	}
	if (!torn)
		return WLW_NONE;
	bad_fill(m, l, &now, first + i, values[i], WLW_TORN, bad);
	return WLW_TORN;
}

static const char *const wrong_text[] = {
#define WRONG(name, text)	text,
#include "workloads/wrongs.def"
#undef WRONG
};

static void
origin_text(const struct wl_model *m, uint64_t value, char *buf, size_t len)
{
	struct wl_origin o;

	wl_value_decode(m, value, &o);
	if (value == 0)
		snprintf(buf, len, "zero");
	else if (!wl_origin_known(m, &o))
		snprintf(buf, len, "no strand's value");
	else
		snprintf(buf, len, "store %" PRIu32 " of writer %u to page %"
		    PRIu32 " cell %u", o.seq, o.strand, o.page, o.cell);
}

void
wl_bad_text(const struct wl_model *m, const struct wl_content *c,
    size_t page, const struct wl_bad *bad, char *buf, size_t len)
{
	uint32_t mask = (1u << (25 - m->cell_bits)) - 1;
	unsigned unit = wl_unit_of(m, bad->cell);
	char origin[96], writer[32] = "any writer";

	origin_text(m, bad->value, origin, sizeof(origin));
	if (!m->ordered)
		snprintf(writer, sizeof(writer), "writer %u",
		    wl_writer(m, c->home + page, unit));
	snprintf(buf, len, "page %" PRIu32 " cell %u: expected %sstores %"
	    PRIu32 " to %" PRIu32 " of %s; saw %016" PRIx64 ", %s: it %s",
	    (uint32_t)((c->home + page) & mask), bad->cell,
	    bad->zero ? "initial content or " : "", bad->lo, bad->hi, writer,
	    bad->value, origin, wrong_text[bad->wrong]);
}
