/*
 * chooser_steer.c: into a ring of waits.  See steer.h.
 *
 *	WITNESS --> APPROACH --+--> CLOSE --> AFTER
 *	   |  cannot be followed |    ^
 *	   +--> PLACES <---------+    |
 *		  +-------------------+ all parts are kept back
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/chooser_int.h"

#define MOST	4096		/* strands of an execution that are known */
#define NONE	UINT32_MAX

enum phase { WITNESS, APPROACH, PLACES, CLOSE, AFTER };

struct person {			/* a strand, by its ordinal */
	uint32_t	parent, child, children;
	uint32_t	who;		/* of steer->who; NONE */
	uint32_t	strand;		/* its slot; NONE */
	uint32_t	part;		/* that it is kept back for; NONE */
	uint64_t	passed;		/* steps + 1 when it was let go on */
	const struct lk_site *asked;	/* its last request ... */
	uint64_t	asked_at;	/* ... and its steps then */
	uint64_t	steps;
};
struct place {			/* a part, in this execution */
	uint32_t	ordinal;	/* who is there; NONE */
	uint64_t	wants, holds;	/* locks */
	bool		made;		/* its request */
};

struct steer {
	const struct wl_steer *s;
	struct wl_steered *out;
	struct chance	chance;
	enum phase	phase;
	size_t		turn;
	uint64_t	*goal;		/* of who: events, up to this turn */
	uint32_t	*ordinal;	/* of who; NONE: not born */
	struct place	*place;
	uint32_t	nmet;
	struct person	person[MOST];
};

static void
destroy(void *state)
{
	struct steer *st = state;

	free(st->goal);
	free(st->ordinal);
	free(st->place);
	free(st);
}

static int
create(const struct wl_choose_conf *conf, void **out)
{
	struct steer *st;

	if (conf->steer == NULL)
		return EINVAL;
	st = calloc(1, sizeof(*st));
	if (st == NULL)
		return ENOMEM;
	st->s = conf->steer;
	st->out = conf->steered;
	st->goal = calloc(st->s->nwho + 1, sizeof(*st->goal));
	st->ordinal = calloc(st->s->nwho + 1, sizeof(*st->ordinal));
	st->place = calloc(st->s->n + 1, sizeof(*st->place));
	if (st->goal == NULL || st->ordinal == NULL || st->place == NULL) {
		destroy(st);
		return ENOMEM;
	}
	*out = st;
	return 0;
}

static bool
begin(void *state, uint64_t seed)
{
	struct steer *st = state;
	size_t i;

	chance_seed(&st->chance, seed);
	st->phase = st->s->nturns != 0 && lk_order_tracing() ? WITNESS :
	    PLACES;
	st->turn = 0;
	st->nmet = 0;
	for (i = 0; i < st->s->nwho; i++) {
		st->goal[i] = 0;
		st->ordinal[i] = NONE;
	}
	if (st->s->nturns != 0)
		st->goal[st->s->turn[0].strand] = st->s->turn[0].n;
	for (i = 0; i < st->s->n; i++)
		st->place[i] = (struct place){ .ordinal = NONE };
	if (st->out != NULL)
		memset(st->out, 0, sizeof(*st->out));
	return true;
}

/* ---- who is who ---- */

static unsigned
path_of(const struct steer *st, uint32_t ordinal, uint32_t path[WL_STEER_DEEP])
{
	unsigned deep = 0, i;
	uint32_t o;

	for (o = ordinal; o != 0 && o < MOST && deep < WL_STEER_DEEP;
	    o = st->person[o].parent)
		path[deep++] = st->person[o].child;
	for (i = 0; i < deep / 2; i++) {
		uint32_t tmp = path[i];

		path[i] = path[deep - 1 - i];
		path[deep - 1 - i] = tmp;
	}
	return deep;
}

static void
meet_one(struct steer *st, const struct lk_fiber_view *v)
{
	uint32_t path[WL_STEER_DEEP];
	struct person *p = &st->person[v->ordinal];
	unsigned deep;
	size_t i;

	*p = (struct person){ .parent = v->parent, .who = NONE,
	    .part = NONE, .strand = v->strand };
	if (v->ordinal != 0 && v->parent < MOST)
		p->child = ++st->person[v->parent].children;
	deep = path_of(st, v->ordinal, path);
	for (i = 0; i < st->s->nwho; i++)
		if (st->s->who[i].deep == deep && memcmp(st->s->who[i].child,
		    path, deep * sizeof(path[0])) == 0) {
			p->who = (uint32_t)i;
			st->ordinal[i] = v->ordinal;
		}
}

static void
find_root(const struct lk_strand_info *i, void *arg)
{
	struct lk_fiber_view *root = arg;

	if (strcmp(i->name, "root") == 0)
		root->strand = i->id;
}

/*
 * They are born able to go on, so each is met before it does anything; but
 * the root, which may be asleep when somebody is asked for the first time.
 */
static void
meet(struct steer *st, struct lk_fiber_view *const *v, unsigned n)
{
	struct lk_fiber_view root = { .strand = NONE };
	unsigned i;

	if (st->nmet == 0 && v[0]->ordinal != 0) {
		lk_record_strands(lk_record_current(), find_root, &root);
		meet_one(st, &root);
		st->nmet = 1;
	}
	for (i = 0; i < n; i++)
		if (v[i]->ordinal >= st->nmet && v[i]->ordinal < MOST) {
			meet_one(st, v[i]);
			st->nmet = v[i]->ordinal + 1;
		}
}

static struct lk_fiber_view *
view_of(struct lk_fiber_view *const *v, unsigned n, uint32_t ordinal)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (v[i]->ordinal == ordinal)
			return v[i];
	return NULL;
}

static bool
asks(const struct lk_fiber_view *v)
{
	return v->act == LKA_WRITE || v->act == LKA_READ;
}

/* ---- by witness ---- */

static void
give_up(struct steer *st)
{
	if (st->out != NULL && st->out->diverged == 0)
		st->out->diverged = st->turn + 1;
	st->phase = PLACES;
}

/* Events of it so far. */
static uint64_t
done_of(const struct steer *st, uint32_t ordinal)
{
	return lk_trace_count(st->person[ordinal].strand);
}

/* => NULL: the phase is over */
static struct lk_fiber_view *
by_witness(struct steer *st, struct lk_fiber_view *const *v, unsigned n)
{
	struct lk_fiber_view *mine;

	while (st->turn < st->s->nturns) {
		uint32_t who = st->s->turn[st->turn].strand;

		mine = view_of(v, n, st->ordinal[who]);
		if (st->ordinal[who] >= MOST || (mine == NULL &&
		    done_of(st, st->ordinal[who]) < st->goal[who])) {
			give_up(st);
			return NULL;
		}
		if (done_of(st, st->ordinal[who]) < st->goal[who])
			return mine;
		if (++st->turn < st->s->nturns)
			st->goal[st->s->turn[st->turn].strand] +=
			    st->s->turn[st->turn].n;
	}
	st->phase = APPROACH;
	return NULL;
}

static bool
is_lock(enum lk_node_kind kind)
{
	return kind == LKN_LOCK || kind == LKN_MUTEX;
}

/* Each to where its next step is its request; who waits for a post, into it. */
static struct lk_fiber_view *
approach(struct steer *st, struct lk_fiber_view *const *v, unsigned n)
{
	unsigned i;

	for (i = 0; i < st->s->n; i++) {
		const struct wl_steer_part *part = &st->s->part[i];
		struct lk_fiber_view *mine;
		uint64_t count;

		if (part->strand == WL_STEER_ANY) {
			give_up(st);
			return NULL;
		}
		st->place[i].ordinal = st->ordinal[part->strand];
		mine = view_of(v, n, st->place[i].ordinal);
		if (mine == NULL && !is_lock(part->kind))
			continue;
		count = mine == NULL ? UINT64_MAX :
		    lk_trace_count(mine->strand);
		if (count > part->at) {
			give_up(st);
			return NULL;
		}
		if (count < part->at || !is_lock(part->kind) || !asks(mine))
			return mine;
	}
	if (st->out != NULL)
		st->out->by_witness = true;
	st->phase = CLOSE;
	return NULL;
}

/* ---- by places ---- */

static bool
same_place(const struct wl_place *p, const char *file, int line)
{
	size_t a = strlen(p->file), b;

	if (p->line == 0)
		return true;
	if (p->line != line || file == NULL)
		return false;
	b = strlen(file);
	return a <= b ? strcmp(p->file, file + b - a) == 0 :
	    strcmp(p->file + a - b, file) == 0;
}

/* => the lock that the strand holds where the part says; 0: none */
static uint64_t
held_at(const struct lk_strand_info *i, const struct wl_place *where,
    uint64_t wanted)
{
	struct lk_site_info site;
	uint32_t k;

	for (k = i->nheld; k > 0; k--) {
		const struct lk_node_info *h = &i->held[k - 1];

		(void)lk_record_site(lk_record_current(), h->site, &site);
		if (same_place(where, site.file, site.line) &&
		    (wanted == 0 || wanted == h->ident))
			return h->ident;
	}
	return 0;
}

/* Does it go together with what is there already? */
static bool
rings(struct steer *st, unsigned at, const struct lk_fiber_view *v,
    struct place *out)
{
	const struct wl_steer_part *part = st->s->part;
	unsigned n = st->s->n, next = (at + 1) % n, before = (at + n - 1) % n;
	const struct place *p = &st->place[before], *q = &st->place[next];
	struct lk_strand_info info;
	uint64_t wanted = p->ordinal != NONE ? p->wants : 0;

	*out = (struct place){ .ordinal = v->ordinal, .wants = v->object };
	if (part[before].via == WLS_HOLD) {
		if (!lk_record_strand(lk_record_current(), v->strand, &info))
			return false;
		out->holds = held_at(&info, &part[at].holds, wanted);
		if (out->holds == 0)
			return false;
	} else if (part[before].via == WLS_QUEUE && wanted != 0 &&
	    wanted != v->object) {
		return false;
	}
	if (q->ordinal == NONE || part[at].via == WLS_POST)
		return true;
	return v->object == (part[at].via == WLS_HOLD ? q->holds : q->wants);
}

static void
keep_back(struct steer *st, const struct lk_fiber_view *v)
{
	struct person *p = &st->person[v->ordinal];
	struct place found;
	unsigned i;

	if (!asks(v) || v->site == NULL || p->part != NONE ||
	    p->passed == v->steps + 1)
		return;
	for (i = 0; i < st->s->n; i++) {
		const struct wl_steer_part *part = &st->s->part[i];

		if (st->place[i].ordinal != NONE || !is_lock(part->kind) ||
		    (v->act == LKA_WRITE) != (part->mode == LKM_WRITE) ||
		    !same_place(&part->wants, v->site->ls_file,
		    v->site->ls_line) || !rings(st, i, v, &found))
			continue;
		if (chance_below(&st->chance, 8) == 0)
			break;		/* not always: another may be meant */
		st->place[i] = found;
		p->part = i;
		return;
	}
	p->passed = v->steps + 1;
}

static bool
all_there(const struct steer *st)
{
	unsigned i;

	for (i = 0; i < st->s->n; i++)
		if (st->place[i].ordinal == NONE &&
		    is_lock(st->s->part[i].kind))
			return false;
	return true;
}

/* Who is kept back for a ring that includes a post waits till the end. */
static bool
has_post(const struct steer *st)
{
	unsigned i;

	for (i = 0; i < st->s->n; i++)
		if (!is_lock(st->s->part[i].kind))
			return true;
	return false;
}

static struct lk_fiber_view *
by_places(struct steer *st, struct lk_fiber_view *const *v, unsigned n)
{
	unsigned i, k, free = 0;

	for (i = 0; i < n; i++)
		if (v[i]->ordinal < MOST)
			keep_back(st, v[i]);
	for (i = 0; i < n; i++)
		free += v[i]->ordinal >= MOST ||
		    st->person[v[i]->ordinal].part == NONE;
	if (all_there(st) && (free == 0 || !has_post(st))) {
		st->phase = CLOSE;
		return NULL;
	}
	if (free == 0) {	/* none of them can wait any longer */
		i = (unsigned)chance_below(&st->chance, n);
		st->place[st->person[v[i]->ordinal].part].ordinal = NONE;
		st->person[v[i]->ordinal].part = NONE;
		st->person[v[i]->ordinal].passed = v[i]->steps + 1;
		return v[i];
	}
	k = (unsigned)chance_below(&st->chance, free);
	for (i = 0; i < n; i++)
		if ((v[i]->ordinal >= MOST ||
		    st->person[v[i]->ordinal].part == NONE) && k-- == 0)
			return v[i];
	return v[0];
}

/* ---- the ring ---- */

/* Writers first: readers stand behind them. */
static struct lk_fiber_view *
close_ring(struct steer *st, struct lk_fiber_view *const *v, unsigned n)
{
	unsigned i, round;

	for (round = 0; round < 2; round++)
		for (i = 0; i < st->s->n; i++) {
			struct place *p = &st->place[i];
			struct lk_fiber_view *mine;

			if (p->made || (round == 0) !=
			    (st->s->part[i].mode == LKM_WRITE))
				continue;
			p->made = true;
			mine = view_of(v, n, p->ordinal);
			if (mine != NULL)
				return mine;
		}
	st->phase = AFTER;
	return NULL;
}

static bool
is_part(const struct steer *st, uint32_t ordinal)
{
	unsigned i;

	for (i = 0; i < st->s->n; i++)
		if (st->place[i].ordinal == ordinal)
			return true;
	return false;
}

/* Whoever else there is comes to its end, so that nothing else is in the way. */
static struct lk_fiber_view *
after(const struct steer *st, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (v[i] == last && v[i]->act != LKA_YIELD &&
		    !is_part(st, v[i]->ordinal))
			return v[i];
	for (i = 0; i < n; i++)
		if (v[i]->ordinal > last->ordinal &&
		    !is_part(st, v[i]->ordinal))
			return v[i];
	for (i = 0; i < n; i++)
		if (!is_part(st, v[i]->ordinal))
			return v[i];
	return v[chance_below((struct chance *)(uintptr_t)&st->chance, n)];
}

static struct lk_fiber_view *
choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct lk_fiber_view *got = NULL;
	struct steer *st = state;

	meet(st, v, n);
	if (st->phase == WITNESS)
		got = by_witness(st, v, n);
	if (got == NULL && st->phase == APPROACH)
		got = approach(st, v, n);
	if (got == NULL && st->phase == PLACES)
		got = by_places(st, v, n);
	if (got == NULL && st->phase == CLOSE)
		got = close_ring(st, v, n);
	if (got == NULL)
		got = after(st, v, n, last);
	if (got->ordinal < MOST) {
		struct person *p = &st->person[got->ordinal];

		p->steps = got->steps + 1;
		if (asks(got)) {
			p->asked = got->site;
			p->asked_at = p->steps;
		}
	}
	return got;
}

/* ---- did it? ---- */

/* Its last step was a request as this part makes. */
static bool
ended_at(const struct person *p, const struct wl_steer_part *part)
{
	return p->asked != NULL && p->asked_at == p->steps &&
	    same_place(&part->wants, p->asked->ls_file, p->asked->ls_line);
}

/* Nobody went on from there: for each part there is one who ended so. */
static bool
all_ended(struct steer *st)
{
	bool used[MOST] = { false };
	unsigned i;
	uint32_t o;

	for (i = 0; i < st->s->n; i++) {
		if (!is_lock(st->s->part[i].kind))
			continue;
		for (o = 0; o < st->nmet; o++)
			if (!used[o] && ended_at(&st->person[o],
			    &st->s->part[i]))
				break;
		if (o == st->nmet)
			return false;
		used[o] = true;
	}
	return true;
}

static bool
parts_stayed(const struct steer *st)
{
	unsigned i;

	for (i = 0; i < st->s->n; i++) {
		uint32_t o = st->place[i].ordinal;

		if (is_lock(st->s->part[i].kind) && (o >= MOST ||
		    st->person[o].asked_at != st->person[o].steps))
			return false;
	}
	return true;
}

static void
end(void *state, const struct lk_fibers_result *r)
{
	struct steer *st = state;

	/* who asks for what it has is told at once */
	bool itself = r->end == LKF_INCIDENT && r->incident != NULL &&
	    strcmp(r->incident, "lock.self-deadlock") == 0;

	if (st->out == NULL || (r->end != LKF_DEADLOCK && r->end !=
	    LKF_STEPS && !itself))
		return;
	if (st->phase == AFTER || st->phase == CLOSE)
		st->out->closed = parts_stayed(st);
	if (!st->out->closed && r->end == LKF_DEADLOCK)
		st->out->closed = all_ended(st);
}

const struct wl_chooser wl_chooser_steer = {
	.name = "steer",
	.help = "into the deadlock of a finding (run --confirm)",
	.always = true,
	.create = create,
	.destroy = destroy,
	.begin = begin,
	.choose = choose,
	.end = end,
};
