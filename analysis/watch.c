/*
 * watch.c: lock order of a run that goes on.
 *
 * Whenever dependencies were added, those of which something could follow are
 * judged anew, and what was not told yet is told.  Judging takes longer the
 * more there are, so the next look is not before PATIENCE times as long has
 * gone by.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/watch_int.h"

#define PATIENCE	128

struct ana_watch {
	struct lk_record *rec;
	const struct ana_contract *contract;
	uint64_t	epoch;
	uint64_t	next;		/* not before */
	struct ana_idmap told;
	struct ana_some	some;
	bool		marked[LK_MAXCLASS + 1];
};

int
ana_watch_new(struct lk_record *rec, const struct ana_contract *contract,
    struct ana_watch **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return ENOMEM;
	(*out)->rec = rec;
	(*out)->contract = contract;
	return 0;
}

void
ana_watch_free(struct ana_watch *w)
{
	if (w == NULL)
		return;
	ana_idmap_free(&w->told);
	ana_some_free(&w->some);
	free(w);
}

static int
judge(struct ana_watch *w, const struct ana_some *some, struct ana_result **r)
{
	struct ana_snapshot *s;
	int error;

	error = ana_freeze_order(w->rec, some, &s);
	if (error != 0)
		return error;
	s->contract = w->contract;
	error = ana_run_order(s, r);
	ana_snapshot_free(s);
	return error;
}

static bool
is_new(const struct ana_watch *w, const struct ana_finding *f)
{
	size_t i;

	if (f->level == ANA_INFO)
		return false;
	for (i = 0; i < f->nkeys; i++)
		if (ana_id_find(&w->told, f->keys[i], 0) != ANA_NOID)
			return false;
	return true;
}

static bool
any_new(const struct ana_watch *w, const struct ana_result *r)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		if (is_new(w, r->findings[i]))
			return true;
	return false;
}

static int
tell(struct ana_watch *w, const struct ana_result *r,
    void (*fn)(const struct ana_finding *, void *), void *arg)
{
	const struct ana_finding *f;
	size_t i, k;

	for (i = 0; i < r->nfindings; i++) {
		f = r->findings[i];
		if (!is_new(w, f))
			continue;
		for (k = 0; k < f->nkeys; k++)
			if (ana_id_of(&w->told, f->keys[k], 0) == ANA_NOID)
				return ENOMEM;
		fn(f, arg);
	}
	return 0;
}

static void
mark(struct ana_watch *w, const struct ana_result *r)
{
	const struct ana_order_class *c;
	size_t i;

	for (i = 0; i < r->order.nclasses; i++) {
		c = &r->order.classes[i];
		if (!c->suspect || c->id > LK_MAXCLASS || w->marked[c->id])
			continue;
		w->marked[c->id] = true;
		lk_record_suspect(w->rec, c->id);
	}
}

int
ana_watch_look(struct ana_watch *w,
    void (*fn)(const struct ana_finding *, void *), void *arg)
{
	uint64_t epoch = lk_record_dep_epoch(w->rec), begun = lk_now();
	struct ana_result *r = NULL;
	int error;

	if (epoch == w->epoch || begun < w->next)
		return 0;
	w->epoch = epoch;
	ana_some_look(&w->some, w->rec);
	error = judge(w, &w->some, &r);
	if (error == 0) {
		mark(w, r);
		if (any_new(w, r)) {	/* once more, all, with names */
			ana_result_free(r);
			r = NULL;
			error = judge(w, NULL, &r);
			if (error == 0)
				error = tell(w, r, fn, arg);
		}
	}
	ana_result_free(r);
	w->next = lk_now() + PATIENCE * (lk_now() - begun);
	return error;
}
