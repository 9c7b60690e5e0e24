/*
 * heap_int.h: memory of spaces and of the model.
 */
#ifndef WORKLOADS_HEAP_INT_H
#define WORKLOADS_HEAP_INT_H

#include "workloads/workloads.h"

/* => zeroed; NULL: no memory */
void	*wl_alloc(size_t n, size_t size);
void	*wl_alloc_lines(size_t size);	/* aligned to 128 */
void	wl_free(void *);		/* NULL is fine */

/*
 * A heap of one's own, from here on, for one thread.
 * wl_heap_keep: as it is now, it can be put back.
 * wl_heap_again: as it was then; what came since is gone.
 * wl_heap_note: what is not as it was then.
 * => 0 or errno; ENOTSUP: ThreadSanitizer would take strands of one thread for
 *    many that race here
 */
int	wl_heap_begin(void);
/*
 * => what is there will not change any more, until the heap ends: it need not
 *    be put back; of other memory it means nothing
 */
void	wl_heap_still(const void *, size_t);
/* => idem, but who uses it begins by clearing it */
void	wl_heap_scratch(const void *, size_t);
int	wl_heap_keep(void);
void	wl_heap_again(void);
void	wl_heap_note(struct vm_changes *);
void	wl_heap_end(void);	/* the C library's from here on; none: fine */

#endif /* WORKLOADS_HEAP_INT_H */
