/*
 * oracle.c: can a small program of lock operations come to a stop?
 *
 * All interleavings with real blocking, as oracle_plain.c tries them, but over
 * far fewer states.  What need not be tried:
 *
 *  - A release, a downgrade and a post only ever let others go on, and nothing
 *    can keep them from happening.  They happen at once, so a thread stands
 *    only at steps that may have to wait: its *places*.
 *  - A writer that waits does nothing but keep plain readers out.  Whatever
 *    happened with it in the queue happens as well when it asks last of all;
 *    so asking is no step, and who may be asking by now is worked out when a
 *    state is judged.  So are the writers from nowhere: all they ever do is ask.
 *  - A try that fails gives everything up.  A stop that comes about so comes
 *    about without that thread as well, unless it posted before.
 *  - Some threads that wait for each other's locks do so for ever; it does not
 *    matter what the others could still do.
 *  - Twins are the same thread twice: which is ahead makes no difference, as
 *    long as nobody joins one of them.
 *
 * What a thread holds follows from its place, so a state is the places: six
 * bits each, in one word.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/order/oracle.h"

#define BITS		6
#define MAXPLACES	((1 << BITS) - 1)
#define LIMIT		(1 << 22)	/* states */

_Static_assert(ORC_MAXTHREADS * BITS <= 60, "a state is a word");

struct place {
	enum orc_do	what;		/* the step to be done here */
	uint8_t		on;
	bool		ended;
	bool		sole;		/* reads it once: may be upgraded */
	uint16_t	reads, writes;	/* locks held, as bits */
	uint16_t	posted;
	uint8_t		next, gone;
};

struct machine {
	int		n;
	struct place	p[ORC_MAXTHREADS][MAXPLACES];
	int		twin[ORC_MAXTHREADS];
	uint16_t	writer;		/* from nowhere, by lock */
	bool		loses;		/* a try that fails matters */
};

/* Who stands where, taken apart. */
struct view {
	const struct place *p[ORC_MAXTHREADS];
	uint16_t	reads, writes, posted;
};

static struct {
	uint64_t	*list, *index;	/* states met; where they are, + 1 */
	size_t		n, cap;
	uint64_t	total;
} seen;

uint64_t
orc_states(void)
{
	return seen.total;
}

/* ------------------------------------------------------------------------
 * Programs to places
 */

struct build {
	int		reads[ORC_MAXLOCKS], writes[ORC_MAXLOCKS];
	uint16_t	posted;
};

static void
done(struct build *b, const struct orc_step *s)
{
	int *r = &b->reads[s->on], *w = &b->writes[s->on];

	switch (s->what) {
	case ORC_WRITE:
	case ORC_TRYW:
		++*w;
		break;
	case ORC_READ:
	case ORC_RREAD:
	case ORC_TRYR:
		++*r;
		break;
	case ORC_DOWN:
		--*w;
		++*r;
		break;
	case ORC_UPGRADE:
	case ORC_TRYUP:
		--*r;
		++*w;
		break;
	case ORC_EXIT:
		if (*w > 0)
			--*w;
		else if (*r > 0)
			--*r;
		break;
	case ORC_POST:
		b->posted |= (uint16_t)(1 << s->on);
		break;
	case ORC_WAIT:
	case ORC_JOIN:
		break;
	}
}

static bool
may_wait(enum orc_do what)
{
	return what != ORC_EXIT && what != ORC_DOWN && what != ORC_POST;
}

static bool
is_try(enum orc_do what)
{
	return what == ORC_TRYW || what == ORC_TRYR || what == ORC_TRYUP;
}

static struct place
place_of(const struct build *b, const struct orc_step *s)
{
	struct place p = { .what = s->what, .on = (uint8_t)s->on,
	    .posted = b->posted };
	int x;

	for (x = 0; x < ORC_MAXLOCKS; x++) {
		if (b->reads[x] > 0)
			p.reads |= (uint16_t)(1 << x);
		if (b->writes[x] > 0)
			p.writes |= (uint16_t)(1 << x);
	}
	p.sole = b->reads[s->on] == 1;
	return p;
}

static void
build_thread(struct machine *m, const struct orc_program *o, int t)
{
	struct place *p = m->p[t];
	struct build b;
	int i, n = 0, last, gone;

	memset(&b, 0, sizeof(b));
	for (i = 0; i < o->nsteps[t]; i++) {
		if (may_wait(o->step[t][i].what)) {
			p[n] = place_of(&b, &o->step[t][i]);
			p[n].next = (uint8_t)(n + 1);
			n++;
		}
		done(&b, &o->step[t][i]);
	}
	last = n;
	p[n++] = (struct place){ .ended = true, .posted = b.posted };
	for (i = 0, gone = last; m->loses && i < last; i++)
		if (is_try(p[i].what)) {
			p[i].gone = (uint8_t)++gone;
			p[gone] = (struct place){ .ended = true,
			    .posted = p[i].posted };
		}
}

static void
build(struct machine *m, const struct orc_program *o)
{
	int t, x, i;

	m->n = o->nthreads;
	m->writer = 0;
	m->loses = false;
	for (t = 0; t < o->nthreads; t++)
		for (i = 0; i < o->nsteps[t]; i++)
			if (o->step[t][i].what == ORC_WAIT ||
			    o->step[t][i].what == ORC_JOIN)
				m->loses = true;
	for (t = 0; t < o->nthreads; t++)
		build_thread(m, o, t);
	for (x = 0; x < ORC_MAXLOCKS; x++)
		if (o->writer[x])
			m->writer |= (uint16_t)(1 << x);
	memcpy(m->twin, o->twin, sizeof(m->twin));
}

/* ------------------------------------------------------------------------
 * States
 */

static int
at(uint64_t s, int t)
{
	return (int)(s >> t * BITS) & MAXPLACES;
}

static uint64_t
move(uint64_t s, int t, int to)
{
	return (s & ~((uint64_t)MAXPLACES << t * BITS)) |
	    (uint64_t)to << t * BITS;
}

static void
look(const struct machine *m, uint64_t s, struct view *v)
{
	int t;

	v->reads = v->writes = v->posted = 0;
	for (t = 0; t < m->n; t++) {
		v->p[t] = &m->p[t][at(s, t)];
		v->reads |= v->p[t]->reads;
		v->writes |= v->p[t]->writes;
		v->posted |= v->p[t]->posted;
	}
}

static bool
others_read(const struct machine *m, const struct view *v, unsigned among,
    int t, int x)
{
	int u;

	for (u = 0; u < m->n; u++)
		if (u != t && (among & 1U << u) && (v->p[u]->reads >> x & 1))
			return true;
	return false;
}

/* Could thread t do its step, if nobody had asked before? */
static bool
free_for(const struct machine *m, const struct view *v, int t)
{
	const struct place *p = v->p[t];
	int x = p->on;

	switch (p->what) {
	case ORC_WRITE:
	case ORC_TRYW:
		return ((v->writes | v->reads) >> x & 1) == 0;
	case ORC_READ:
	case ORC_TRYR:
	case ORC_RREAD:
		return (v->writes >> x & 1) == 0;
	case ORC_UPGRADE:
	case ORC_TRYUP:
		return p->sole && !others_read(m, v, ~0U, t, x);
	case ORC_WAIT:
		return (v->posted >> x & 1) != 0;
	case ORC_JOIN:
		return v->p[x]->ended;
	default:
		return true;
	}
}

/* ------------------------------------------------------------------------
 * Judging a state: threads that hold each other up for ever
 */

struct group {			/* threads, and what they hold together */
	unsigned	who;
	bool		all;	/* of those that have not ended */
	uint16_t	reads, writes;
	uint16_t	asked;	/* locks that a writer among them waits for */
	uint16_t	outside;	/* ... or one from nowhere */
};

static bool
upgrade_waits(const struct machine *m, const struct view *v,
    const struct group *g, int t)
{
	const struct place *p = v->p[t];

	return !p->sole || (g->writes >> p->on & 1) ||
	    others_read(m, v, g->who, t, p->on);
}

static void
gather(const struct machine *m, const struct view *v, struct group *g,
    uint16_t outside)
{
	const struct place *p;
	int t;

	g->reads = g->writes = g->asked = 0;
	for (t = 0; t < m->n; t++)
		if (g->who & 1U << t) {
			g->reads |= v->p[t]->reads;
			g->writes |= v->p[t]->writes;
		}
	for (t = 0; t < m->n; t++) {
		p = v->p[t];
		if (!(g->who & 1U << t))
			continue;
		if ((p->what == ORC_WRITE &&
		    ((g->reads | g->writes) >> p->on & 1)) ||
		    (p->what == ORC_UPGRADE && upgrade_waits(m, v, g, t)))
			g->asked |= (uint16_t)(1 << p->on);
	}
	g->outside = outside & (g->reads | g->writes);
}

static bool
held_up(const struct machine *m, const struct view *v, const struct group *g,
    int t)
{
	const struct place *p = v->p[t];
	int x = p->on;

	switch (p->what) {
	case ORC_WRITE:
		return ((g->reads | g->writes) >> x & 1) != 0;
	case ORC_READ:
		return ((g->writes | g->asked | g->outside) >> x & 1) != 0;
	case ORC_RREAD:
		return (g->writes >> x & 1) != 0;
	case ORC_UPGRADE:
		return upgrade_waits(m, v, g, t);
	case ORC_WAIT:
		return g->all && (v->posted >> x & 1) == 0;
	case ORC_JOIN:
		return (g->who & 1U << x) != 0;
	default:
		return false;
	}
}

/* Leave out who can go on, until nobody is left or nobody can. */
static bool
stops(const struct machine *m, const struct view *v, uint16_t outside)
{
	struct group g = { .who = 0, .all = true };
	unsigned left;
	int t;

	for (t = 0; t < m->n; t++)
		if (!v->p[t]->ended)
			g.who |= 1U << t;
	for (;;) {
		gather(m, v, &g, outside);
		left = g.who;
		for (t = 0; t < m->n; t++)
			if ((left & 1U << t) && !held_up(m, v, &g, t))
				left &= ~(1U << t);
		if (left == g.who)
			return left != 0;
		g.who = left;
		g.all = false;
	}
}

/* ------------------------------------------------------------------------
 * The search
 */

static uint64_t
hash(uint64_t s)
{
	s = (s ^ s >> 31) * 0x9e3779b97f4a7c15ULL;
	return s ^ s >> 32;
}

static uint64_t *
seek(uint64_t s)
{
	size_t i = hash(s) & (seen.cap - 1);

	while (seen.index[i] != 0 && seen.list[seen.index[i] - 1] != s)
		i = (i + 1) & (seen.cap - 1);
	return &seen.index[i];
}

static void
enlarge(void)
{
	size_t i;

	seen.cap = seen.cap == 0 ? 1 << 14 : 2 * seen.cap;
	seen.list = realloc(seen.list, seen.cap / 2 * sizeof(*seen.list));
	free(seen.index);
	seen.index = calloc(seen.cap, sizeof(*seen.index));
	if (seen.list == NULL || seen.index == NULL)
		abort();
	for (i = 0; i < seen.n; i++)
		*seek(seen.list[i]) = i + 1;
}

static void
forget(void)
{
	size_t i;

	if (seen.n > seen.cap / 16)
		memset(seen.index, 0, seen.cap * sizeof(*seen.index));
	else
		for (i = seen.n; i > 0; i--)
			*seek(seen.list[i - 1]) = 0;
	seen.total += seen.n;
	seen.n = 0;
}

static void
visit(const struct machine *m, uint64_t s)
{
	uint64_t *i;
	int t, a, b;

	for (t = 0; t < m->n; t++) {
		if (m->twin[t] == 0)
			continue;
		a = at(s, m->twin[t] - 1);
		b = at(s, t);
		if (a < b)
			s = move(move(s, t, a), m->twin[t] - 1, b);
	}
	if (2 * seen.n >= seen.cap)
		enlarge();
	i = seek(s);
	if (*i != 0)
		return;
	seen.list[seen.n++] = s;
	*i = seen.n;
}

/* A reader's try may also fail for a writer that waits. */
static bool
may_fail(const struct machine *m, const struct view *v, int t, bool outside)
{
	const struct place *p = v->p[t];
	int u;

	if (!is_try(p->what) || !m->loses)
		return false;
	if (!free_for(m, v, t))
		return true;
	if (p->what != ORC_TRYR)
		return false;
	for (u = 0; u < m->n; u++)
		if (!v->p[u]->ended && v->p[u]->on == p->on &&
		    (v->p[u]->what == ORC_WRITE ||
		    v->p[u]->what == ORC_UPGRADE) && !free_for(m, v, u))
			return true;
	return outside && ((v->reads | v->writes) & m->writer) >> p->on & 1;
}

static void
expand(const struct machine *m, uint64_t s, const struct view *v, bool outside)
{
	int t;

	for (t = 0; t < m->n; t++) {
		if (v->p[t]->ended)
			continue;
		if (free_for(m, v, t))
			visit(m, move(s, t, v->p[t]->next));
		if (may_fail(m, v, t, outside))
			visit(m, move(s, t, v->p[t]->gone));
	}
}

struct found {
	bool	alone, writer, toobig;
};

/* => stops at what it was told to look for */
static struct found
search(const struct machine *m, bool alone, bool outside)
{
	struct found f = { false, false, false };
	struct view v;
	size_t i;

	visit(m, 0);
	for (i = 0; i < seen.n; i++) {
		uint64_t s = seen.list[i];

		look(m, s, &v);
		if (alone && stops(m, &v, 0)) {
			f.alone = true;
			break;
		}
		if (outside && !f.writer && stops(m, &v, m->writer)) {
			f.writer = true;
			if (!alone)
				break;
		}
		if (seen.n > LIMIT) {
			f.toobig = true;
			break;
		}
		expand(m, s, &v, outside && m->loses);
	}
	forget();
	return f;
}

/* Somebody waits for this thread and no other. */
static bool
joined(const struct orc_program *d, int t)
{
	int u, i;

	for (u = 0; u < d->nthreads; u++)
		for (i = 0; i < d->nsteps[u]; i++)
			if (d->step[u][i].what == ORC_JOIN &&
			    d->step[u][i].on == t)
				return true;
	return false;
}

static void
double_threads(struct orc_program *d)
{
	int t, n = d->nthreads;

	for (t = 0; t < n && d->nthreads < ORC_MAXTHREADS; t++) {
		memcpy(d->step[d->nthreads], d->step[t], sizeof(d->step[t]));
		d->twin[d->nthreads] = joined(d, t) ? 0 : t + 1;
		d->nsteps[d->nthreads++] = d->nsteps[t];
	}
}

enum orc_truth
orc_truth(const struct orc_program *o)
{
	static struct machine m;
	struct orc_program twice = *o;
	struct found f, g;

	build(&m, o);
	/* with tries that matter, writers make states of their own */
	f = search(&m, true, !m.loses);
	if (m.loses && !f.alone) {
		g = search(&m, false, true);
		f.writer = g.writer;
		f.toobig |= g.toobig;
	}
	if (f.alone)
		return ORC_DL;
	if (f.writer)
		return ORC_DL_W;
	double_threads(&twice);
	build(&m, &twice);
	g = search(&m, false, true);
	if (!g.writer && m.loses) {
		struct found h = search(&m, true, false);

		g.writer = h.alone;
		g.toobig |= h.toobig;
	}
	if (g.writer)
		return ORC_DL_X2;
	return f.toobig || g.toobig ? ORC_TOOBIG : ORC_SAFE;
}

const char *
orc_truth_name(enum orc_truth t)
{
	static const char *const name[] = {
		[ORC_SAFE] = "SAFE", [ORC_DL] = "DL", [ORC_DL_W] = "DL+w",
		[ORC_DL_X2] = "DLx2", [ORC_TOOBIG] = "too big",
	};

	return name[t];
}
