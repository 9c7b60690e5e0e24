/*
 * Between reading and replaying: put events in order, give each system call
 * its result, and find out of each fork line what it made.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_import_int.h"

#define CLONE_VM_FLAG		0x00000100
#define CLONE_VFORK_FLAG	0x00004000
#define CLONE_THREAD_FLAG	0x00010000

/* ---- order -------------------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	const struct imp_event *x = a, *y = b;

	if (x->time != y->time)
		return (x->time < y->time ? -1 : 1);
	return (x->line < y->line ? -1 : x->line > y->line);
}

/*
 * perf prints in order of time unless it could not buffer enough; lines
 * without a time stay with the line before them.
 */
static void
order_events(struct import *imp)
{
	struct imp_event *ev = imp->events;
	uint64_t last = 0, base;
	size_t i;

	for (i = 0; i < imp->nevents; i++) {
		if (ev[i].time == UINT64_MAX)
			ev[i].time = last;
		if (ev[i].time < last)
			imp->rep->reordered++;
		last = ev[i].time;
	}
	if (imp->rep->reordered > 0)
		qsort(ev, imp->nevents, sizeof(*ev), by_time);
	base = imp->nevents > 0 ? ev[0].time : 0;
	for (i = 0; i < imp->nevents; i++)
		ev[i].time -= base;
	if (imp->nevents > 0)
		imp->rep->duration = ev[imp->nevents - 1].time;
}

/* ---- entries and returns ------------------------------------------------ */

static bool
makes_threads(uint8_t kind)
{
	return (kind == EV_CLONE || kind == EV_CLONE3 ||
	    kind == EV_SYSFORK || kind == EV_VFORK);
}

static const bool is_return[EV_NKINDS] = {
	[EV_MMAP_RET] = true, [EV_MUNMAP_RET] = true,
	[EV_MPROTECT_RET] = true, [EV_MADVISE_RET] = true,
	[EV_MREMAP_RET] = true, [EV_BRK_RET] = true,
	[EV_CLONE_RET] = true, [EV_CLONE3_RET] = true,
	[EV_SYSFORK_RET] = true, [EV_VFORK_RET] = true,
};

/*
 * No fork line tells of this child, only its maker's result: the entry stands
 * in for one, because the child may run before the maker returns.
 */
static void
entry_to_fork(struct imp_event *entry, const struct imp_event *ret)
{
	entry->fd = entry->kind;
	entry->kind = EV_FORK;
	entry->a = ret->a;
}

/* A fork line takes the flags of the call that is under way. */
static void
claim_call(struct imp_event *fork, struct imp_event *call)
{
	fork->fd = EV_NKINDS;
	if (call == NULL || !makes_threads(call->kind))
		return;
	fork->fd = call->kind;
	fork->flags = call->flags;
}

static int
pair_calls(struct import *imp, bool forks)
{
	struct ids pending = { 0 };
	struct imp_event *ev, *entry;
	uint32_t at;
	size_t i;
	int error = 0;

	for (i = 0; i < imp->nevents && error == 0; i++) {
		ev = &imp->events[i];
		at = ids_get(&pending, (uint64_t)ev->tid);
		entry = at != IMP_NONE ? &imp->events[at] : NULL;
		if (ev->kind == EV_FORK) {
			claim_call(ev, entry);
			continue;
		}
		if (is_return[ev->kind]) {
			if (entry == NULL || entry->kind + 1 != ev->kind)
				continue;
			entry->mate = (uint32_t)i;
			ev->mate = at;
			if (!forks && makes_threads(entry->kind) &&
			    ev->a > 0 && ev->a <= INT32_MAX)
				entry_to_fork(entry, ev);
			at = IMP_NONE;
		} else if (ev->kind == EV_FAULT || ev->kind == EV_EXEC ||
		    ev->kind == EV_EXIT) {
			/* it is back in user space: no return was recorded */
			if (at == IMP_NONE)
				continue;
			at = IMP_NONE;
		} else {
			at = (uint32_t)i;
		}
		error = ids_set(&pending, (uint64_t)ev->tid, at);
	}
	ids_free(&pending);
	return (error);
}

/* ---- forks -------------------------------------------------------------- */

/* What later lines say of a tid. */
struct clue {
	int32_t	pid;		/* 0: nothing */
	bool	exec;
	uint8_t	dead;		/* as flags of EV_EXIT */
};

static uint8_t
fork_birth(const struct imp_event *fork, const struct clue *clue)
{
	bool flags = fork->fd == EV_CLONE && fork->flags != 0;

	if (flags && (fork->flags & CLONE_THREAD_FLAG))
		return (WL_BORN_THREAD);
	if (flags)
		return ((fork->flags & CLONE_VM_FLAG) ?
		    WL_BORN_VFORK : WL_BORN_FORK);
	if (fork->fd == EV_VFORK)
		return (WL_BORN_VFORK);
	if (fork->fd == EV_SYSFORK)
		return (WL_BORN_FORK);
	if (clue->pid != 0)
		return ((uint64_t)clue->pid == fork->a ?
		    WL_BORN_FORK : WL_BORN_THREAD);
	if (clue->exec || clue->dead == 1)
		return (WL_BORN_FORK);
	if (clue->dead == 2 || fork->fd == EV_CLONE3)
		return (WL_BORN_THREAD);
	return (WL_BORN_FORK);
}

static struct clue *
clue_of(struct ids *ids, struct clue **clues, uint32_t *n, uint32_t *cap,
    uint64_t tid)
{
	uint32_t i = ids_get(ids, tid), more;
	struct clue *v;

	if (i != IMP_NONE)
		return (&(*clues)[i]);
	if (*n == *cap) {
		more = *cap * 2 + 16;
		v = realloc(*clues, more * sizeof(*v));
		if (v == NULL)
			return (NULL);
		*clues = v;
		*cap = more;
	}
	if (ids_set(ids, tid, *n) != 0)
		return (NULL);
	memset(&(*clues)[*n], 0, sizeof(**clues));
	return (&(*clues)[(*n)++]);
}

/* From the last line to the first, so that what comes later is known. */
static int
judge_forks(struct import *imp)
{
	struct ids ids = { 0 };
	struct clue *clues = NULL, *clue = NULL;
	struct imp_event *ev;
	uint32_t n = 0, cap = 0;
	size_t i;
	int error = 0;

	for (i = imp->nevents; i-- > 0; ) {
		ev = &imp->events[i];
		clue = clue_of(&ids, &clues, &n, &cap, (uint64_t)ev->tid);
		if (clue == NULL)
			break;
		if (ev->pid != 0)
			clue->pid = ev->pid;
		if (ev->kind == EV_EXEC)
			clue->exec = true;
		if (ev->kind == EV_EXIT && ev->a == (uint64_t)ev->tid)
			clue->dead = (uint8_t)ev->flags;
		if (ev->kind != EV_FORK)
			continue;
		clue = clue_of(&ids, &clues, &n, &cap, ev->a);
		if (clue == NULL)
			break;
		ev->birth = fork_birth(ev, clue);
		memset(clue, 0, sizeof(*clue));
	}
	if (clue == NULL)
		error = ENOMEM;
	free(clues);
	ids_free(&ids);
	return (error);
}

int
pair_events(struct import *imp)
{
	bool forks = false;
	size_t i;
	int error;

	if (imp->nevents == 0)
		return (0);
	order_events(imp);
	for (i = 0; i < imp->nevents && !forks; i++)
		forks = imp->events[i].kind == EV_FORK;
	error = pair_calls(imp, forks);
	if (error == 0)
		error = judge_forks(imp);
	return (error);
}
