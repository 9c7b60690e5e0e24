/*
 * replay_map.c: segments, and the records that change them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/replay_int.h"

#define ALL	UINT64_MAX

static uintptr_t
va_of(const struct wl_harness *h, uint64_t page)
{
	return (uintptr_t)(page * h->page_size);
}

/* => the first that ends behind page; nseg: none */
static size_t
seg_at(const struct wl_rspace *s, uint64_t page)
{
	size_t lo = 0, hi = s->nseg, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (s->seg[mid].page + s->seg[mid].npages > page)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

struct wl_seg *
wl_seg_find(struct wl_rspace *s, uint64_t page)
{
	size_t i = seg_at(s, page);

	return i < s->nseg && s->seg[i].page <= page ? &s->seg[i] : NULL;
}

static int
seg_insert(struct wl_rspace *s, size_t at, const struct wl_seg *seg)
{
	struct wl_seg *more;
	size_t room;

	if (s->nseg == s->room) {
		room = s->room == 0 ? 32 : s->room * 2;
		more = realloc(s->seg, room * sizeof(*more));
		if (more == NULL)
			return ENOMEM;
		s->seg = more;
		s->room = room;
	}
	memmove(&s->seg[at + 1], &s->seg[at],
	    (s->nseg - at) * sizeof(*seg));
	s->seg[at] = *seg;
	s->nseg++;
	return 0;
}

/* => no segment spans the page's start any more */
static int
seg_cut(struct wl_rspace *s, uint64_t page)
{
	size_t i = seg_at(s, page);
	struct wl_seg right;

	if (i == s->nseg || s->seg[i].page >= page)
		return 0;
	right = s->seg[i];
	right.npages -= page - right.page;
	right.first += page - right.page;
	right.page = page;
	if (seg_insert(s, i + 1, &right) != 0)
		return ENOMEM;
	s->seg[i].npages = page - s->seg[i].page;
	wl_content_hold(right.content);
	return 0;
}

/* => the segments within the range stand alone: *first .. *last - 1 */
static int
seg_range(struct wl_rspace *s, uint64_t page, uint64_t npages, size_t *first,
    size_t *last)
{
	if (seg_cut(s, page) != 0 || (npages != ALL &&
	    seg_cut(s, page + npages) != 0))
		return ENOMEM;
	*first = seg_at(s, page);
	for (*last = *first; *last < s->nseg && (npages == ALL ||
	    s->seg[*last].page < page + npages);)
		++*last;
	return 0;
}

static void
seg_remove(struct wl_rspace *s, size_t first, size_t last)
{
	size_t i;

	for (i = first; i < last; i++)
		wl_content_rele(s->seg[i].content);
	memmove(&s->seg[first], &s->seg[last],
	    (s->nseg - last) * sizeof(s->seg[0]));
	s->nseg -= last - first;
}

/* The pages that were stored to, and those that are here anyway. */
static void
seg_check(struct wl_strand *st, struct wl_rspace *s, const struct wl_seg *seg)
{
	struct wl_at at = { .vm = s->vm, .content = seg->content };
	size_t i, last = seg->first + seg->npages;

	for (i = wl_shadow_next(seg->content, seg->first); i < last;
	    i = wl_shadow_next(seg->content, i + 1)) {
		at.page = i;
		at.va = va_of(st->h, seg->page + (i - seg->first));
		wl_at_judge(st, &at, "load", wl_at_load(st, &at, WL_ALL, 0,
		    st->h->model.ncells));
	}
}

/* x86 reads what it may write or execute. */
static int
prot_of(uint8_t prot)
{
	return prot == 0 ? VM_PROT_NONE : prot | VM_PROT_READ;
}

/*
 * A file that some process writes to through a shared mapping is inherited by
 * sharing, but each mapping of it that is no child's of another starts from
 * the file anew: the VM's files are read-only.
 */
int
wl_replay_map(struct wl_strand *st, struct wl_replay *rp,
    struct wl_rspace *s, const struct wl_trace_rec *rec)
{
	struct wl_seg seg = { .page = rec->page, .npages = rec->npages };
	uintptr_t va = va_of(st->h, rec->page);
	uintptr_t end = va_of(st->h, rec->page + rec->npages);
	bool file = rec->kind == WL_MAP_FILE || rec->kind == WL_MAP_FILE_SHARED;
	bool written = file && wl_trace_object(rp->trace, rec->object)->written;
	int flags = VM_MAP_FIXED, error;

	seg.shared = rec->kind == WL_MAP_ANON_SHARED ||
	    rec->kind == WL_MAP_FILE_SHARED;
	if (seg.shared && !written)
		flags |= VM_MAP_SHARED;
	seg.content = wl_content_new(rec->page, rec->npages,
	    file ? (uint64_t)rec->object + 1 : 0,
	    file ? rec->object_page : 0);
	if (seg.content == NULL)
		return ENOMEM;
	error = vm_mmap(s->vm, &va, end - va, prot_of(rec->prot), flags,
	    file ? rp->object[rec->object] : NULL,
	    file ? va_of(st->h, rec->object_page) : 0);
	if (error == 0 && seg.shared && written)
		error = vm_minherit(s->vm, va, end, VM_INHERIT_SHARE);
	if (error == 0)
		error = seg_insert(s, seg_at(s, rec->page), &seg);
	if (error != 0)
		wl_content_rele(seg.content);
	return error;
}

int
wl_replay_unmap(struct wl_strand *st, struct wl_replay *rp,
    struct wl_rspace *s, const struct wl_trace_rec *rec)
{
	size_t first, last, i;
	int error;

	if (seg_range(s, rec->page, rec->npages, &first, &last) != 0)
		return ENOMEM;
	for (i = first; i < last; i++)
		seg_check(st, s, &s->seg[i]);
	error = vm_munmap(s->vm, va_of(st->h, rec->page),
	    va_of(st->h, rec->page + rec->npages));
	if (error == 0)
		seg_remove(s, first, last);
	return error;
}

/* What may be accessed is the trace's business; it was checked there. */
int
wl_replay_protect(struct wl_strand *st, struct wl_replay *rp,
    struct wl_rspace *s, const struct wl_trace_rec *rec)
{
	return vm_mprotect(s->vm, va_of(st->h, rec->page),
	    va_of(st->h, rec->page + rec->npages), prot_of(rec->prot));
}

int
wl_replay_free(struct wl_strand *st, struct wl_replay *rp,
    struct wl_rspace *s, const struct wl_trace_rec *rec)
{
	struct wl_seg *seg;
	size_t first, last, i;
	int error = 0;

	if (seg_range(s, rec->page, rec->npages, &first, &last) != 0)
		return ENOMEM;
	for (i = first; i < last && error == 0; i++) {
		seg = &s->seg[i];
		/* stores of sharers keep their pages: none is dropped then */
		(void)wl_free_begin(seg->content, seg->first, seg->npages,
		    true);
		error = vm_madvise_free(s->vm, va_of(st->h, seg->page),
		    va_of(st->h, seg->page + seg->npages));
		wl_free_end(seg->content, seg->first, seg->npages, true);
	}
	return error;
}

int
wl_replay_move(struct wl_strand *st, struct wl_replay *rp,
    struct wl_rspace *s, const struct wl_trace_rec *rec)
{
	struct wl_seg moved[WL_TRACE_MAX_MOVE + 1];
	size_t first, last, i, n;
	int error;

	if (seg_range(s, rec->page, rec->npages, &first, &last) != 0)
		return ENOMEM;
	n = last - first;
	if (n > WL_TRACE_MAX_MOVE + 1)
		return E2BIG;
	error = vm_move(s->vm, va_of(st->h, rec->page),
	    rec->npages * st->h->page_size, va_of(st->h, rec->to));
	if (error != 0)
		return error;
	for (i = 0; i < n; i++) {
		moved[i] = s->seg[first + i];
		moved[i].page = moved[i].page - rec->page + rec->to;
		wl_content_hold(moved[i].content);
	}
	seg_remove(s, first, last);
	for (i = 0; i < n && error == 0; i++)
		error = seg_insert(s, seg_at(s, moved[i].page), &moved[i]);
	return error;
}

/* Several segments may be parts of one content: it is copied once. */
static struct wl_content *
copy_of(struct wl_strand *st, struct wl_rspace *from, struct wl_rspace *to,
    size_t i, struct wl_fork *fork)
{
	struct wl_content *c = from->seg[i].content;
	size_t j;

	for (j = 0; j < i; j++)
		if (from->seg[j].content == c)
			break;
	if (from->seg[i].shared)
		wl_content_hold(c);
	else if (j < i)
		wl_content_hold(c = to->seg[j].content);
	else
		c = wl_copy_begin(&st->h->model, c, fork);
	return c;
}

static int
copy_segs(struct wl_strand *st, struct wl_rspace *from, struct wl_rspace *to,
    struct wl_fork *fork)
{
	struct wl_seg seg;
	size_t i;

	for (i = 0; i < from->nseg; i++) {
		seg = from->seg[i];
		seg.content = copy_of(st, from, to, i, fork);
		if (seg.content == NULL)
			return ENOMEM;
		if (seg_insert(to, to->nseg, &seg) != 0) {
			wl_content_rele(seg.content);
			return ENOMEM;
		}
	}
	return 0;
}

static int
copied_segs(struct wl_strand *st, struct wl_rspace *from, struct wl_rspace *to)
{
	size_t i, j;

	for (i = 0; i < from->nseg; i++) {
		for (j = 0; j < i; j++)
			if (from->seg[j].content == from->seg[i].content)
				break;
		if (j == i && !from->seg[i].shared &&
		    !wl_copy_end(&st->h->model, from->seg[i].content,
		    to->seg[i].content, false))
			return ENOMEM;
	}
	return 0;
}

int
wl_replay_fork(struct wl_strand *st, struct wl_replay *rp,
    struct wl_rspace *s, const struct wl_trace_rec *rec)
{
	struct wl_rspace *child = &rp->space[rec->child_space];
	struct wl_fork *fork = wl_fork_new(&st->h->model);
	int error;

	if (fork == NULL)
		return ENOMEM;
	if ((error = copy_segs(st, s, child, fork)) == 0)
		error = vm_fork(s->vm, &child->vm);
	if (error == 0)
		error = copied_segs(st, s, child);
	else
		seg_remove(child, 0, child->nseg);
	wl_fork_rele(fork);
	atomic_store(&child->users, error == 0);
	return error;
}

void
wl_replay_end(struct wl_strand *st, struct wl_replay *rp,
    struct wl_rspace *s)
{
	size_t i;

	for (i = 0; i < s->nseg; i++)
		seg_check(st, s, &s->seg[i]);
	vm_space_exit(s->vm);
	s->vm = NULL;
	seg_remove(s, 0, s->nseg);
	free(s->seg);
	s->seg = NULL;
	s->room = 0;
}
