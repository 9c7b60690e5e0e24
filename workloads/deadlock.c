/*
 * deadlock.c: strands that wait for each other, found from the record while
 * it happens.
 *
 * What two strands hold and want is not read at one instant, so a ring may be
 * seen that never was.  It counts when a later look finds every strand of it
 * at the same wait, with the same things held, and asleep: all of it was true
 * at once in between, and none is on its way with the lock just given to it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/runner_int.h"

#define LOOK_NS		100000000	/* between looks */
#define LOOKS		2		/* that agree, of sleepers */
#define LOOKS_AWAKE	10		/* where threads do not tell */

/* A strand of a ring, as it was first seen. */
struct link {
	uint32_t	id, gen;
	uint64_t	wait_ordinal, op_ordinal;
};

enum state { NEW, ON_PATH, DONE };

struct wl_deadlock {
	const struct lk_record *rec;
	uint64_t	looked;			/* when */
	unsigned	seen;			/* times in a row */
	size_t		nring;
	struct link	ring[LK_MAXSTRAND];
	/* this look: those that wait */
	size_t		n, room;
	struct lk_strand_info *strand;
	bool		failed;			/* no memory: it is blind */
	enum state	state[LK_MAXSTRAND];
	uint16_t	path[LK_MAXSTRAND];
	size_t		npath;
};

struct wl_deadlock *
wl_deadlock_new(const struct lk_record *rec)
{
	struct wl_deadlock *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->rec = rec;
	return d;
}

void
wl_deadlock_free(struct wl_deadlock *d)
{
	if (d != NULL)
		free(d->strand);
	free(d);
}

static void
take(const struct lk_strand_info *i, void *arg)
{
	struct wl_deadlock *d = arg;
	struct lk_strand_info *more;
	size_t room;

	if (i->wait.ident == 0 || d->failed)
		return;
	if (d->n == d->room) {
		room = d->room == 0 ? 16 : d->room * 2;
		more = reallocarray(d->strand, room, sizeof(*more));
		if (more == NULL) {
			d->failed = true;
			return;
		}
		d->strand = more;
		d->room = room;
	}
	d->strand[d->n++] = *i;
}

static bool
waits(const struct wl_deadlock *d, size_t i, size_t k)
{
	return lk_waits_for(&d->strand[i], &d->strand[k]) ||
	    lk_queues_behind(&d->strand[i], &d->strand[k]);
}

/* => the path ends in a ring, which begins where the result says */
static bool
walk(struct wl_deadlock *d, uint16_t at, uint16_t *from)
{
	uint16_t k;

	d->state[at] = ON_PATH;
	d->path[d->npath++] = at;
	for (k = 0; k < d->n; k++) {
		if (d->state[k] == DONE || !waits(d, at, k))
			continue;
		if (d->state[k] == ON_PATH) {
			*from = k;
			return true;
		}
		if (walk(d, k, from))
			return true;
	}
	d->state[at] = DONE;
	d->npath--;
	return false;
}

static struct link
link_of(const struct lk_strand_info *i)
{
	return (struct link){ .id = i->id, .gen = i->gen,
	    .wait_ordinal = i->wait_ordinal, .op_ordinal = i->op_ordinal };
}

static void
find_ring(struct wl_deadlock *d)
{
	uint16_t start, from = 0;
	size_t i;

	d->nring = 0;
	memset(d->state, 0, sizeof(d->state));
	for (start = 0; start < d->n; start++) {
		d->npath = 0;
		if (d->state[start] == NEW && walk(d, start, &from))
			break;
	}
	if (start == d->n)
		return;
	for (i = 0; d->path[i] != from; i++)
		;
	for (; i < d->npath; i++)
		d->ring[d->nring++] = link_of(&d->strand[d->path[i]]);
}

static const struct lk_strand_info *
now_at(const struct wl_deadlock *d, const struct link *l)
{
	struct link now;
	size_t i;

	for (i = 0; i < d->n; i++) {
		now = link_of(&d->strand[i]);
		if (now.id == l->id && now.gen == l->gen &&
		    now.wait_ordinal == l->wait_ordinal &&
		    now.op_ordinal == l->op_ordinal)
			return &d->strand[i];
	}
	return NULL;
}

/* Is all of it as it was?  An equal ordinal means an equal held stack. */
static bool
same_ring(const struct wl_deadlock *d)
{
	const struct lk_strand_info *a, *b;
	size_t i;

	for (i = 0; i < d->nring; i++) {
		a = now_at(d, &d->ring[i]);
		b = now_at(d, &d->ring[(i + 1) % d->nring]);
		if (a == NULL || b == NULL ||
		    (!lk_waits_for(a, b) && !lk_queues_behind(a, b)))
			return false;
	}
	return d->nring > 0;
}

/* The letter behind the name, which may itself have brackets in it. */
static bool
asleep(pid_t pid, pid_t tid)
{
	char path[64], line[256], *end;
	bool sleeps = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid,
	    (int)tid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	if (fgets(line, sizeof(line), f) != NULL &&
	    (end = strrchr(line, ')')) != NULL)
		sleeps = end[1] == ' ' && end[2] == 'S';
	fclose(f);
	return sleeps;
}

static bool
all_asleep(const struct wl_deadlock *d)
{
	struct lk_record_info info;
	size_t i;

	lk_record_info(d->rec, &info);
	for (i = 0; i < d->nring; i++) {
		if (!asleep(info.pid, now_at(d, &d->ring[i])->tid))
			return false;
	}
	return true;
}

static void
tell(const struct wl_deadlock *d, char why[256])
{
	size_t i, at;

	if (d->nring == 1) {
		snprintf(why, 256, "a deadlock: strand %s waits for itself",
		    now_at(d, &d->ring[0])->name);
		return;
	}
	at = (size_t)snprintf(why, 256, "a deadlock: %zu strands wait for "
	    "each other:", d->nring);
	for (i = 0; i < d->nring && at + 20 < 256; i++)
		at += (size_t)snprintf(why + at, 256 - at, "%s %s",
		    i == 0 ? "" : ",", now_at(d, &d->ring[i])->name);
}

bool
wl_deadlock_found(struct wl_deadlock *d, uint64_t now, uint32_t *strand,
    char why[256])
{
	if (d->looked != 0 && now - d->looked < LOOK_NS)
		return false;
	d->looked = now;
	d->n = 0;
	lk_record_strands(d->rec, take, d);
	if (same_ring(d)) {
		d->seen++;
	} else {
		find_ring(d);
		d->seen = 1;
	}
	if (d->nring == 0 || d->seen < LOOKS ||
	    (d->seen < LOOKS_AWAKE && !all_asleep(d)))
		return false;
	*strand = d->ring[0].id;
	tell(d, why);
	return true;
}
