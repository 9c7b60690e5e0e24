/*
 * minimise.c: a failing execution, made smaller: fewer operations, fewer
 * turns.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/explore_job_int.h"

bool
wl_fails_alike(const struct lk_fibers_result *a,
    const struct lk_fibers_result *b)
{
	const char *x = a->incident != NULL ? a->incident : "";
	const char *y = b->incident != NULL ? b->incident : "";

	return a->end == b->end && strcmp(x, y) == 0;
}

/*
 * Without turn `at`: those before and after it may then be one.  Whoever
 * comes after has to wait until the strand gets its turn later.
 */
static int
without(const struct wl_schedule *from, size_t at, struct wl_schedule *to)
{
	size_t i;
	uint32_t k;

	wl_schedule_clear(to);
	to->seed = from->seed;
	for (i = 0; i < from->nturns; i++)
		for (k = 0; i != at && k < from->turn[i].n; k++)
			wl_schedule_add(to, from->turn[i].ordinal);
	return to->lost ? ENOMEM : 0;
}

/* => 0 and *better: the shorter one fails the same way, and is in best */
static int
try_without(const struct wl_program *p, const struct wl_explore_conf *conf,
    struct wl_schedule *best, size_t at, const struct lk_fibers_result *first,
    struct wl_schedule *tmp, struct wl_schedule *made, bool *better)
{
	struct lk_fibers_result out;
	uint64_t diverged;
	bool failed;
	int error;

	*better = false;
	error = without(best, at, tmp);
	if (error == 0)
		error = wl_follow(p, conf, tmp, &out, &failed, &diverged, made);
	if (error != 0 || !failed || !wl_fails_alike(first, &out) ||
	    made->nturns >= best->nturns)
		return error;
	*better = true;
	return wl_schedule_copy(best, made);
}

int
wl_minimise(const struct wl_program *p, const struct wl_explore_conf *conf,
    struct wl_schedule *s, uint64_t *tries)
{
	struct wl_schedule tmp = { 0 }, made = { 0 };
	struct lk_fibers_result first;
	uint64_t diverged, most = *tries;
	bool failed, better = true;
	size_t at;
	int error;

	*tries = 1;
	error = wl_follow(p, conf, s, &first, &failed, &diverged, &made);
	if (error == 0 && !failed)
		error = EINVAL;
	while (error == 0 && better) {
		better = false;
		for (at = s->nturns; error == 0 && at-- > 0 && *tries < most;) {
			bool now;

			++*tries;
			error = try_without(p, conf, s, at, &first, &tmp,
			    &made, &now);
			if (now) {
				better = true;
				at = at < s->nturns ? at : s->nturns;
			}
		}
	}
	wl_schedule_free(&tmp);
	wl_schedule_free(&made);
	return error;
}

/* ------------------------------------------------------------------------
 * Fewer operations
 */

#define SEEDS	12	/* executions tried where the schedule does not fit */

struct smaller {
	struct wl_job_program *p;
	const struct wl_explore_conf *conf;
	struct wl_schedule *best, made;
	struct lk_fibers_result first;
	uint64_t	tries, most;
};

/* The strands that come after one that is gone have a number less. */
static void
renumber(struct wl_schedule *s, uint32_t gone)
{
	size_t i, n = 0;

	for (i = 0; i < s->nturns; i++) {
		if (s->turn[i].ordinal == gone)
			continue;
		s->turn[n] = s->turn[i];
		s->turn[n++].ordinal -= s->turn[i].ordinal > gone;
	}
	s->nturns = n;
}

/* => does the program, as it is now, fail in the same way? */
static int
still_fails(struct smaller *m, const struct wl_schedule *like, bool *fails)
{
	static const char *const sampler[] = { "pos", "random" };
	struct wl_explore_conf conf = *m->conf;
	struct lk_fibers_result out;
	struct wl_explore_result r;
	uint64_t diverged;
	unsigned i;
	int error;

	m->tries++;
	error = wl_follow(&m->p->program, m->conf, like, &out, fails,
	    &diverged, &m->made);
	*fails = error == 0 && *fails && wl_fails_alike(&m->first, &out);
	conf.look = NULL;
	conf.executions = 1;
	conf.orders = false;
	for (i = 0; error == 0 && !*fails && i < SEEDS; i++) {
		m->tries++;
		conf.chooser = wl_chooser_find(sampler[i % 2]);
		conf.seed = like->seed + i;
		error = wl_explore(&m->p->program, &conf, &r);
		if (error != 0)
			break;
		*fails = r.failures > 0 && wl_fails_alike(&m->first,
		    &r.failed);
		if (*fails)
			error = wl_schedule_copy(&m->made, &r.schedule);
		wl_schedule_free(&r.schedule);
	}
	return error;
}

/* Leave operations [at, at + n) of a strand out, if it fails without them. */
static int
leave_out(struct smaller *m, unsigned strand, unsigned at, unsigned n)
{
	struct wl_script *s = &m->p->script[strand], before = *s;
	struct wl_schedule like = { 0 };
	unsigned i, done = 0;
	bool fails = false;
	int error;

	for (i = at; i < at + n; i++) {
		done += s->op[i] >= 0;
		s->op[i] = -1;
	}
	if (done == 0 || m->tries >= m->most)
		return 0;
	error = wl_schedule_copy(&like, m->best);
	if (error == 0 && !wl_script_left(s))
		renumber(&like, wl_job_program_ordinal(m->p, strand));
	if (error == 0)
		error = still_fails(m, &like, &fails);
	wl_schedule_free(&like);
	if (error == 0 && fails)
		return wl_schedule_copy(m->best, &m->made);
	*s = before;
	return error;
}

static int
fewer_operations(struct smaller *m)
{
	unsigned s, i;
	int error = 0;

	for (s = 0; s < m->p->nscripts && error == 0; s++)
		error = leave_out(m, s, 0, m->p->script[s].n);
	for (s = 0; s < m->p->nscripts && error == 0; s++)
		for (i = m->p->script[s].n; i-- > 0 && error == 0;)
			error = leave_out(m, s, i, 1);
	return error;
}

int
wl_minimise_job(struct wl_job_program *p, const struct wl_explore_conf *conf,
    struct wl_schedule *s, uint64_t *tries)
{
	struct smaller m = { .p = p, .conf = conf, .best = s,
	    .most = *tries / 2 };
	uint64_t diverged, left;
	bool failed;
	int error;

	m.tries = 1;
	error = wl_follow(&p->program, conf, s, &m.first, &failed, &diverged,
	    NULL);
	if (error == 0 && !failed)
		error = EINVAL;
	if (error == 0)
		error = fewer_operations(&m);
	wl_schedule_free(&m.made);
	left = *tries > m.tries ? *tries - m.tries : 1;
	if (error == 0)
		error = wl_minimise(&p->program, conf, s, &left);
	*tries = m.tries + left;
	return error;
}
