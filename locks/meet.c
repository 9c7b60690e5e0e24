/* meet.c: see meet_int.h. */
#include "locks/meet_int.h"

struct lk_meet lk_meet[LK_NMEET];
_Atomic uint32_t lk_meet_nwait[LK_NMEET];

/* Things with an owner; the others are waited for, but nobody has them. */
static bool
owned(uint64_t pack)
{
	enum lk_node_kind kind = LK_PACK_KIND(pack);

	return kind == LKN_LOCK || kind == LKN_MUTEX || kind == LKN_PAGE;
}

/*
 * Whom to look for among all strands: those who may hold it together, or may
 * never let it go.  A mutex has one holder, who leaves a note.
 */
static bool
shared(uint64_t pack)
{
	return owned(pack) && LK_PACK_KIND(pack) != LKN_MUTEX;
}

/*
 * What a strand waited for a processor is asked for when a long wait ends.
 * Nobody knows that it will be long when it begins: then what was heard
 * DELAY_OLD ago, or less, will do.
 */
#define DELAY_LONG	UINT64_C(50000000)
#define DELAY_OLD	UINT64_C(25000000)

static uint64_t
delay_now(struct lk_strand *st, uint64_t now)
{
	if (!lk_sv->delayed(&st->delay))
		lk_put(&lk_record()->h->undelayed, 1);
	st->delay_when = now;
	return st->delay;
}

static uint64_t
delay_lately(struct lk_strand *st, uint64_t now)
{
	return now - st->delay_when < DELAY_OLD ? st->delay :
	    delay_now(st, now);
}

/* How long it would have waited, had there been a processor for it always. */
static uint64_t
blocked(const struct lk_wanted *w, uint64_t now)
{
	uint64_t waited = now - w->since, delay;

	if (waited < DELAY_LONG)
		return waited;
	delay = delay_now(w->slot->strand, now) - w->delay;
	return delay < waited ? waited - delay : 0;
}

static bool
stacks_kept(const struct lk_slot *s)
{
	return !(lk_get(&lk_hot) & LKH_LEVEL) && s->strand->fiber == NULL;
}

/* => how many wait for the same, this one included */
static unsigned
join(struct lk_meet *m, struct lk_wanted *w)
{
	const struct lk_wanted *o;
	unsigned n = 1;

	for (o = m->first; o != NULL; o = o->next)
		if (o->ident == w->ident)
			n++;
	w->prev = NULL;
	w->next = m->first;
	if (m->first != NULL)
		m->first->prev = w;
	m->first = w;
	lk_bump(&lk_meet_nwait[m - lk_meet], 1);
	return n;
}

static void
part(struct lk_meet *m, struct lk_wanted *w)
{
	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		m->first = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	lk_bump(&lk_meet_nwait[m - lk_meet], -1u);
}

/*
 * Charge for what was let go since the last look, and before `until`.  Of the
 * notes that were lost as many are taken for ours as of those that are there.
 */
static void
catch_up(struct lk_meet *m, struct lk_wanted *w, uint64_t until)
{
	uint64_t lost = 0, mine = 0;

	if (w->seen + LK_NLETGO < m->nletgo) {
		lost = m->nletgo - LK_NLETGO - w->seen;
		w->seen += lost;
	}
	for (; w->seen < m->nletgo; w->seen++) {
		const struct lk_letgo *l = &m->letgo[w->seen % LK_NLETGO];

		if (l->ident == w->ident && l->when <= until) {
			lk_charge_until(w, l);
			mine++;
		}
	}
	w->passed += mine + lost * mine / LK_NLETGO;
}

void
lk_meet_begin(struct lk_wanted *w)
{
	struct lk_meet *m = lk_meet_of(w->ident);
	unsigned queue;

	w->charged = w->since;
	w->op = lk_get(&w->slot->op);
	w->nsharer = w->ncharge = 0;
	w->passed = 0;
	w->delay = delay_lately(w->slot->strand, w->since);
	w->ended = false;
	lk_raw_lock(&m->raw);
	queue = join(m, w);
	w->seen = m->nletgo;
	lk_raw_unlock(&m->raw);
	lk_row_count(w->slot, LK_PACK_NOHOW(w->pack), LKC_queue_max, queue);
	if (shared(w->pack))
		lk_holders_see(w->slot, w);
}

/* It goes to sleep, perhaps after it woke in vain: others may hold it now. */
void
lk_meet_again(struct lk_slot *s)
{
	struct lk_strand *st = s->strand;
	struct lk_wanted *w;
	struct lk_meet *m;

	if (st->nwant == 0 || st->nwant > LK_MAXWANT)
		return;
	w = &st->want[st->nwant - 1];
	if (!w->counted || !owned(w->pack))
		return;
	m = lk_meet_of(w->ident);
	lk_raw_lock(&m->raw);
	catch_up(m, w, UINT64_MAX);
	lk_raw_unlock(&m->raw);
	if (w->ended && shared(w->pack))
		lk_holders_see(s, w);
}

void
lk_meet_end(struct lk_wanted *w, uint64_t now)
{
	struct lk_meet *m = lk_meet_of(w->ident);
	struct lk_slot *s = w->slot;
	struct lk_frames *at = &s->strand->waited_at;

	lk_soon(&m->raw);
	w->until = now;
	w->nsleep = lk_get(&s->npark) - w->nsleep;
	w->nspin = lk_get(&s->nrelax) - w->nspin;
	w->blocked = blocked(w, now);
	at->n = stacks_kept(s) ? lk_stack(at->frame, LK_MAXFRAMES) : 0;
	lk_raw_lock(&m->raw);
	catch_up(m, w, now);
	part(m, w);
	lk_raw_unlock(&m->raw);
	lk_charge_rest(w, now);
}

/* What the strand's own row counts of a wait. */
static void
count(const struct lk_wanted *w, uint64_t pack, uint64_t ns)
{
	const struct lk_row_more more[] = {
		{ LKC_contended, 1 },
		{ LKC_wait_ns, ns },
		{ LKC_wait_max, ns },
		{ LKC_sleeps, w->nsleep },
		{ LKC_spins, w->nspin },
		{ LKC_vain, w->nsleep > 1 ? w->nsleep - 1 : 0 },
		{ LKC_passed_max, w->passed },
		{ LKC_blocked_max, w->blocked }
	};

	lk_row_counts(w->slot, pack, more, sizeof(more) / sizeof(more[0]));
	lk_row_hist(w->slot, pack, LKHO_WAIT, ns);
}

/*
 * All these rows are cold, and each is known before the one before it was
 * written: they come at the same time.
 */
void
lk_meet_tell(struct lk_wanted *w)
{
	uint64_t pack = LK_PACK_NOHOW(w->pack), ns = w->until - w->since;
	bool full = stacks_kept(w->slot);
	struct lk_wstack_key key;
	unsigned i;

	lk_row_soon(w->slot, pack, LKHO_WAIT, ns);
	if (full)
		lk_wait_stack_soon(w, &key);
	for (i = 0; i < w->ncharge; i++)
		lk_blame_soon(pack, w->op, &w->charge[i]);
	count(w, pack, ns);
	if (full)
		lk_wait_stack(&key, ns);
	for (i = 0; i < w->ncharge; i++)
		lk_blame_add(pack, w->op, &w->charge[i]);
	if (owned(pack))
		lk_heavy_add(w->ident, pack, ns);
}

void
lk_letgo_tell(struct lk_slot *s, uint64_t ident, uint64_t pack)
{
	struct lk_meet *m = lk_meet_of(ident);
	const struct lk_strand *st = s->strand;
	struct lk_letgo *l;

	lk_raw_lock(&m->raw);
	l = &m->letgo[m->nletgo++ % LK_NLETGO];
	l->ident = ident;
	l->when = lk_sv->now();
	l->slot = s->id;
	l->who.site = LK_PACK_SITE(pack);
	l->who.op = lk_get(&s->op);
	l->who.mode = LK_PACK_MODE(pack);
	l->nblocked = st->nblocked;
	memcpy(l->blocked, st->blocked, st->nblocked * sizeof(l->blocked[0]));
	lk_raw_unlock(&m->raw);
}

/* Who waited in the parent does not wait here. */
void
lk_meet_forked(void)
{
	unsigned i;

	for (i = 0; i < LK_NMEET; i++) {
		lk_put(&lk_meet[i].raw.word, 0);
		lk_put(&lk_meet_nwait[i], 0);
		lk_meet[i].first = NULL;
	}
}
