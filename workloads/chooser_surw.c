/*
 * chooser_surw.c: selectively uniform random walk (Zhao et al., ASPLOS 2025).
 *
 * If each strand is chosen with the share that its remaining events have of
 * all that remain, every interleaving is as likely as any other.  That is done
 * for the events on one object, drawn anew for each execution; all other
 * events have random priorities.  How many events a strand has on an object
 * is what it had in the first execution, with those of its descendants.
 * Objects are kept in the order in which they were met: no address decides.
 *
 * The strand to make the next of the selected events is drawn beforehand
 * (`intended`); others that come to one wait until it has made its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/chooser_int.h"

#define NOBJECT		512	/* known; more will not be drawn */
#define NINDEX		2048	/* a power of two */
#define NOBODY		UINT32_MAX
#define STUCK		1000	/* points in a row: it waits for who waits */

struct object {
	uint64_t	ident;		/* 0: free */
	uint32_t	total, writes, strands;
	uint32_t	n[LK_MAXFIBER];	/* events, by ordinal */
};

struct surw {
	struct chance	chance;
	struct object	object[NOBJECT];	/* in the order met */
	uint16_t	index[NINDEX];		/* by hash: place + 1 */
	unsigned	nobjects;
	bool		learned;		/* counts stay as they are */
	uint32_t	parent[LK_MAXFIBER];
	/* this execution */
	uint64_t	selected;		/* object; 0: none */
	uint32_t	left[LK_MAXFIBER];	/* r */
	bool		born[LK_MAXFIBER], waits[LK_MAXFIBER];
	uint32_t	intended;
	uint64_t	row;		/* points in a row of one strand */
};

static int
create(const struct wl_choose_conf *conf, void **out)
{
	*out = calloc(1, sizeof(struct surw));
	return *out != NULL ? 0 : ENOMEM;
}

static struct object *
object_at(struct surw *s, uint64_t ident)
{
	unsigned i = (unsigned)(ident * 0x9e3779b97f4a7c15ULL >> 40) % NINDEX;
	struct object *o;

	for (; s->index[i] != 0; i = (i + 1) % NINDEX)
		if (s->object[s->index[i] - 1].ident == ident)
			return &s->object[s->index[i] - 1];
	if (s->nobjects == NOBJECT)
		return NULL;
	o = &s->object[s->nobjects++];
	o->ident = ident;
	s->index[i] = (uint16_t)s->nobjects;
	return o;
}

static void
count(struct surw *s, const struct lk_fiber_view *v)
{
	struct object *o;

	if (s->learned || v->object == 0 || v->ordinal >= LK_MAXFIBER)
		return;
	o = object_at(s, v->object);
	if (o == NULL)
		return;
	o->total++;
	o->writes += !act_reads(v->act);
	o->strands += o->n[v->ordinal]++ == 0;
}

/* An object that two strands used in the first execution, by use. */
static const struct object *
draw_object(struct surw *s)
{
	const struct object *t = s->object;
	uint64_t sum = 0, dice;
	unsigned i;

	for (i = 0; i < s->nobjects; i++)
		if (t[i].strands >= 2 && t[i].writes > 0)
			sum += t[i].total;
	if (sum == 0)
		return NULL;
	dice = chance_below(&s->chance, sum);
	for (i = 0; i < s->nobjects; i++) {
		if (t[i].strands < 2 || t[i].writes == 0)
			continue;
		if (dice < t[i].total)
			return &t[i];
		dice -= t[i].total;
	}
	return NULL;
}

/* => events of each strand, with those of who it will start */
static void
weigh(struct surw *s, const struct object *o)
{
	uint32_t i;

	memcpy(s->left, o->n, sizeof(s->left));
	/* a child's ordinal is above its parent's */
	for (i = LK_MAXFIBER; i-- > 1;)
		if (s->parent[i] < i)
			s->left[s->parent[i]] += s->left[i];
}

static bool
begin(void *state, uint64_t seed)
{
	struct surw *s = state;
	const struct object *o;

	chance_seed(&s->chance, seed);
	memset(s->left, 0, sizeof(s->left));
	memset(s->born, 0, sizeof(s->born));
	memset(s->waits, 0, sizeof(s->waits));
	s->born[0] = true;
	s->intended = NOBODY;
	s->row = 0;
	o = s->learned ? draw_object(s) : NULL;
	s->selected = o != NULL ? o->ident : 0;
	if (o != NULL)
		weigh(s, o);
	return true;
}

/* A new strand takes its share of its parent's, and maybe the intention. */
static void
meet(struct surw *s, struct lk_fiber_view *v)
{
	void *event = (void *)(uintptr_t)(v->steps + 1);
	uint32_t me = v->ordinal, up = v->parent;

	if (v->mark != event) {
		v->mark = event;
		v->weight = chance_next(&s->chance);
	}
	if (me >= LK_MAXFIBER || s->born[me])
		return;
	s->born[me] = true;
	s->parent[me] = up;
	if (up >= LK_MAXFIBER)
		return;
	if (s->intended == up && s->left[up] > 0 &&
	    chance_below(&s->chance, s->left[up]) < s->left[me])
		s->intended = me;
	s->left[up] -= s->left[me] < s->left[up] ? s->left[me] : s->left[up];
}

static void
intend(struct surw *s)
{
	uint64_t sum = 0, dice;
	uint32_t i;

	for (i = 0; i < LK_MAXFIBER; i++)
		if (s->born[i])
			sum += s->left[i];
	if (sum == 0)
		return;
	dice = chance_below(&s->chance, sum);
	for (i = 0; i < LK_MAXFIBER; i++) {
		if (!s->born[i])
			continue;
		if (dice < s->left[i]) {
			s->intended = i;
			return;
		}
		dice -= s->left[i];
	}
}

static bool
is_selected(const struct surw *s, const struct lk_fiber_view *v)
{
	return s->selected != 0 && v->object == s->selected &&
	    v->ordinal < LK_MAXFIBER;
}

static struct lk_fiber_view *
best_of(const struct surw *s, struct lk_fiber_view *const *v, unsigned n,
    bool all)
{
	struct lk_fiber_view *best = NULL;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (!all && v[i]->ordinal < LK_MAXFIBER &&
		    s->waits[v[i]->ordinal])
			continue;
		if (best == NULL || v[i]->weight > best->weight)
			best = v[i];
	}
	return best;
}

/* Whoever goes on without end may look for what another one is to do. */
static struct lk_fiber_view *
instead(struct surw *s, struct lk_fiber_view *const *v, unsigned n,
    struct lk_fiber_view *t, const struct lk_fiber_view *last)
{
	unsigned i;

	s->row = t == last ? s->row + 1 : 0;
	if (s->row < STUCK || n == 1)
		return t;
	s->row = 0;
	memset(s->waits, 0, sizeof(s->waits));
	i = (unsigned)chance_below(&s->chance, n);
	return v[i] != last ? v[i] : v[(i + 1) % n];
}

static struct lk_fiber_view *
choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct lk_fiber_view *t;
	struct surw *s = state;
	unsigned i;

	for (i = 0; i < n; i++)
		meet(s, v[i]);
	while ((t = best_of(s, v, n, false)) != NULL && is_selected(s, t)) {
		if (s->left[t->ordinal] == 0)
			s->left[t->ordinal] = 1;
		if (s->intended == NOBODY)
			intend(s);
		if (s->intended == t->ordinal)
			break;
		s->waits[t->ordinal] = true;
	}
	if (t == NULL)		/* the one intended cannot go on */
		t = best_of(s, v, n, true);
	t = instead(s, v, n, t, last);
	if (is_selected(s, t)) {
		s->left[t->ordinal]--;
		s->intended = NOBODY;
		memset(s->waits, 0, sizeof(s->waits));
	}
	count(s, t);
	if (t->act == LKA_YIELD)
		for (i = 0; i < n; i++)
			v[i]->mark = NULL;
	return t;
}

static void
end(void *state, const struct lk_fibers_result *r)
{
	struct surw *s = state;

	s->learned = true;
}

const struct wl_chooser wl_chooser_surw = {
	.name = "surw",
	.help = "uniform over the orders of one object (Zhao 2025)",
	.always = true,		/* it counts */
	.create = create,
	.destroy = free,
	.begin = begin,
	.choose = choose,
	.learns = true,
	.end = end,
};
