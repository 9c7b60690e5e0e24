/*
 * From the live record to plain tables: lock order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/watch_int.h"

struct freeze {
	struct ana_grow	deps, held;
	struct ana_grow	lives, posts;
};

static void
add_dep(const struct lk_dep_info *row, void *arg)
{
	struct freeze *z = arg;
	uint32_t i;

	ana_grow_add(&z->deps, row);
	for (i = 0; i < row->nheld; i++)
		ana_grow_add(&z->held, &row->held[i]);
}

static void
add_life(const struct lk_life_info *row, void *arg)
{
	struct freeze *z = arg;

	ana_grow_add(&z->lives, row);
}

static void
add_post(const struct lk_post_info *row, void *arg)
{
	struct freeze *z = arg;

	ana_grow_add(&z->posts, row);
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Ids of all stacks that are named, once each, in their order. */
static int
stack_ids(const struct ana_snapshot *s, uint32_t **ids, size_t *n)
{
	size_t i, all = 0;
	uint32_t *id;

	id = calloc(s->ndeps + s->ndep_held + s->nwait_stacks + 1,
	    sizeof(*id));
	if (id == NULL)
		return ENOMEM;
	for (i = 0; i < s->ndeps; i++)
		id[all++] = s->deps[i].want.stack;
	for (i = 0; i < s->ndep_held; i++)
		id[all++] = s->dep_held[i].stack;
	for (i = 0; i < s->nwait_stacks; i++)
		id[all++] = s->wait_stacks[i].stack;
	if (all != 0)
		qsort(id, all, sizeof(*id), by_number);
	for (i = *n = 0; i < all; i++)
		if (id[i] != 0 && (*n == 0 || id[*n - 1] != id[i]))
			id[(*n)++] = id[i];
	*ids = id;
	return 0;
}

static int
freeze_stacks(const struct lk_record *rec, struct ana_snapshot *s)
{
	struct ana_stack *st;
	uint32_t *id;
	size_t i, n;
	int error;

	error = stack_ids(s, &id, &n);
	if (error != 0)
		return error;
	s->stacks = calloc(n + 1, sizeof(*s->stacks));
	for (i = 0; s->stacks != NULL && i < n; i++) {
		st = &s->stacks[s->nstacks];
		st->n = lk_record_stack(rec, id[i], st->frame);
		st->id = id[i];
		s->nstacks += st->n != 0;
	}
	free(id);
	return s->stacks == NULL ? ENOMEM : 0;
}

int
ana_freeze_deps(const struct lk_record *rec, const struct ana_some *some,
    struct ana_snapshot *s)
{
	struct freeze z = {
		.deps.size = sizeof(*s->deps),
		.held.size = sizeof(*s->dep_held),
		.lives.size = sizeof(*s->lives),
		.posts.size = sizeof(*s->posts),
	};
	size_t i, at = 0;

	if (some == NULL || some->whole)
		lk_record_deps(rec, 1, add_dep, &z);
	else
		for (i = 0; i < some->ids.n; i++)
			lk_record_dep(rec, ((uint32_t *)some->ids.rows)[i],
			    add_dep, &z);
	lk_record_posts(rec, add_post, &z);
	lk_record_lives(rec, add_life, &z);
	s->deps = z.deps.rows;
	s->ndeps = z.deps.n;
	s->dep_held = z.held.rows;
	s->ndep_held = z.held.n;
	s->lives = z.lives.rows;
	s->nlives = z.lives.n;
	s->posts = z.posts.rows;
	s->nposts = z.posts.n;
	if (z.deps.failed || z.held.failed || z.lives.failed || z.posts.failed)
		return ENOMEM;
	for (i = 0; i < s->ndeps; i++) {
		s->deps[i].held = s->dep_held + at;
		at += s->deps[i].nheld;
	}
	return some == NULL ? freeze_stacks(rec, s) : 0;
}
