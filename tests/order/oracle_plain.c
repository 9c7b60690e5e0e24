/*
 * oracle_plain.c: exhaustive search over the states of a small program, with
 * nothing clever about it.  It is slow; the quick one is held against it.
 *
 * A state is: for each thread its place and whether it stands in a lock's
 * queue; lock and event state follow from these, because what a thread holds
 * is a function of how far it got (at its end it lets go of the rest).  So
 * the visited set needs only the places: one byte a thread.
 *
 * A thread that asks for write and finds the lock taken becomes a waiting
 * writer: from then on plain readers queue behind it.  Asking is a step of
 * its own, as it is in a real lock.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/order/oracle.h"

#define WAITING		0x80	/* asked, in the queue */
#define FREE		0xff	/* no state: an empty place in the table */
#define GONE		0x40	/* a try failed: the thread gave everything up */

struct state {
	uint8_t	at[16];
};

/* What the locks look like in a state. */
struct view {
	uint8_t	reads[ORC_MAXTHREADS][ORC_MAXLOCKS];	/* holds of a thread */
	uint8_t	writes[ORC_MAXTHREADS][ORC_MAXLOCKS];
	uint8_t	readers[ORC_MAXLOCKS], writers[ORC_MAXLOCKS];	/* all */
	uint8_t	wwait[ORC_MAXLOCKS];	/* writers in the queue */
	bool	posted[ORC_MAXEVENTS];
	bool	ended[ORC_MAXTHREADS];
};

struct search {
	const struct orc_program *p;
	struct state	*stack, *seen;	/* seen: open addressing */
	size_t		nstack, nseen, cap, limit;
};

static void
replay_step(struct view *v, int t, const struct orc_step *s)
{
	uint8_t *w = &v->writes[t][s->on], *r = &v->reads[t][s->on];

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
		v->posted[s->on] = true;
		break;
	case ORC_WAIT:
	case ORC_JOIN:
		break;
	}
}

static void
look_thread(const struct orc_program *p, const struct state *s, int t,
    struct view *v)
{
	int i, at = s->at[t] & ~(WAITING | GONE);

	v->ended[t] = (s->at[t] & GONE) != 0 || at == p->nsteps[t];
	for (i = 0; i < at; i++)
		if (!v->ended[t] || p->step[t][i].what == ORC_POST)
			replay_step(v, t, &p->step[t][i]);
	for (i = 0; i < ORC_MAXLOCKS; i++) {
		v->readers[i] += v->reads[t][i];
		v->writers[i] += v->writes[t][i];
	}
	if (s->at[t] & WAITING) {
		const struct orc_step *w = &p->step[t][at];

		if (w->what == ORC_WRITE || w->what == ORC_UPGRADE)
			v->wwait[w->on]++;
	}
}

static void
look(const struct orc_program *p, const struct state *s, struct view *v)
{
	int t;

	memset(v, 0, sizeof(*v));
	for (t = 0; t < p->nthreads; t++)
		look_thread(p, s, t, v);
}

static bool
grants(const struct view *v, int t, const struct orc_step *s)
{
	int x = s->on;
	int others;

	switch (s->what) {
	case ORC_WRITE:
	case ORC_TRYW:
		return v->writers[x] == 0 && v->readers[x] == 0;
	case ORC_READ:
	case ORC_TRYR:
		return v->writers[x] == 0 && v->wwait[x] == 0;
	case ORC_RREAD:
		return v->writers[x] == 0;
	case ORC_UPGRADE:
	case ORC_TRYUP:
		others = v->readers[x] - v->reads[t][x];
		return v->reads[t][x] == 1 && others == 0;
	case ORC_WAIT:
		return v->posted[x];
	case ORC_JOIN:
		return v->ended[x];
	case ORC_EXIT:
	case ORC_DOWN:
	case ORC_POST:
		return true;
	}
	return false;
}

static bool
blocks(enum orc_do what)
{
	return what != ORC_TRYW && what != ORC_TRYR && what != ORC_TRYUP;
}

static uint64_t
hash(const struct state *s)
{
	uint64_t x[2], h;

	_Static_assert(sizeof(*s) == sizeof(x), "a state is two words");
	memcpy(x, s, sizeof(x));
	h = (x[0] ^ x[0] >> 31) * 0x9e3779b97f4a7c15ULL;
	h = (h ^ x[1] ^ h >> 29) * 0xd6e8feb86659fd93ULL;
	return h ^ h >> 32;
}

static struct state *
seek(struct search *q, const struct state *s)
{
	size_t i = hash(s) & (q->cap - 1);

	while (q->seen[i].at[0] != FREE &&
	    memcmp(&q->seen[i], s, sizeof(*s)) != 0)
		i = (i + 1) & (q->cap - 1);
	return &q->seen[i];
}

static bool
enlarge(struct search *q)
{
	struct state *old = q->seen;
	size_t i, n = q->cap;
	void *stack;

	if (q->cap >= 2 * q->limit)
		return false;
	q->cap = n == 0 ? 1024 : 2 * n;
	q->seen = malloc(q->cap * sizeof(*q->seen));
	stack = realloc(q->stack, q->cap * sizeof(*q->stack));
	if (q->seen == NULL || stack == NULL)
		abort();
	q->stack = stack;
	memset(q->seen, FREE, q->cap * sizeof(*q->seen));
	for (i = 0; i < n; i++)
		if (old[i].at[0] != FREE)
			*seek(q, &old[i]) = old[i];
	free(old);
	return true;
}

/* Twins run the same steps: which of them is ahead makes no difference. */
static void
canonical(const struct orc_program *p, struct state *s)
{
	int t;

	for (t = 0; t < p->nthreads; t++) {
		int u = p->twin[t] - 1;

		if (u >= 0 && s->at[u] < s->at[t]) {
			uint8_t at = s->at[u];

			s->at[u] = s->at[t];
			s->at[t] = at;
		}
	}
}

/* => false: no room */
static bool
visit(struct search *q, struct state s)
{
	struct state *at;

	canonical(q->p, &s);
	if (2 * q->nseen >= q->cap && !enlarge(q))
		return false;
	at = seek(q, &s);
	if (at->at[0] != FREE)
		return true;
	*at = s;
	q->nseen++;
	q->stack[q->nstack++] = s;
	return true;
}

/*
 * Put all successors on the stack.
 * => -1: no room; else how many threads could move
 */
static int
expand(struct search *q, const struct state *s, bool *unfinished)
{
	const struct orc_program *p = q->p;
	struct view v;
	int t, moved = 0;

	look(p, s, &v);
	*unfinished = false;
	for (t = 0; t < p->nthreads; t++) {
		int at = s->at[t] & ~WAITING;
		bool queued = (s->at[t] & WAITING) != 0;
		const struct orc_step *step;
		struct state n = *s;

		if (v.ended[t])
			continue;
		*unfinished = true;
		step = &p->step[t][at];
		if (grants(&v, t, step))
			n.at[t] = (uint8_t)(at + 1);
		else if (!blocks(step->what))
			n.at[t] = (uint8_t)(at | GONE);
		else if (!queued)
			n.at[t] = (uint8_t)(at | WAITING);
		else
			continue;
		moved++;
		if (!visit(q, n))
			return -1;
	}
	return moved;
}

static bool
plain_deadlocks(const struct orc_program *p, size_t limit, bool *toobig)
{
	struct search q = { .p = p, .limit = limit };
	struct state s;
	bool found = false, unfinished;
	int moved;

	*toobig = false;
	memset(&s, 0, sizeof(s));
	visit(&q, s);
	while (!*toobig && !found && q.nstack > 0) {
		s = q.stack[--q.nstack];
		moved = expand(&q, &s, &unfinished);
		*toobig = moved < 0;
		found = moved == 0 && unfinished;
	}
	free(q.seen);
	free(q.stack);
	return found;
}

/* One more thread for each lock that somebody else may write-lock. */
static void
add_writers(struct orc_program *w)
{
	int x, t;

	for (x = 0; x < ORC_MAXLOCKS; x++) {
		if (!w->writer[x] || w->nthreads == ORC_MAXTHREADS)
			continue;
		t = w->nthreads++;
		w->nsteps[t] = 2;
		w->step[t][0] = (struct orc_step){ ORC_WRITE, x };
		w->step[t][1] = (struct orc_step){ ORC_EXIT, x };
	}
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
orc_plain_truth(const struct orc_program *p)
{
	const size_t limit = 1 << 18;
	struct orc_program q = *p;
	bool big[4] = { false };

	if (plain_deadlocks(&q, limit, &big[0]))
		return ORC_DL;
	add_writers(&q);
	if (plain_deadlocks(&q, limit, &big[1]))
		return ORC_DL_W;
	q = *p;
	double_threads(&q);
	if (plain_deadlocks(&q, limit, &big[2]))
		return ORC_DL_X2;
	add_writers(&q);
	if (plain_deadlocks(&q, limit, &big[3]))
		return ORC_DL_X2;
	return big[0] || big[1] || big[2] || big[3] ? ORC_TOOBIG : ORC_SAFE;
}
