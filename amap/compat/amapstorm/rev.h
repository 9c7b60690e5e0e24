/*
 * rev.h: how the interface differs between revisions of uvm_amap.c.  A subject
 * is built for one of them: 89 (1.89), 96 (1.96, 1.97), 98, 100.
 *
 *	from	what changed
 *	1.96	amap_lock() takes the mode; uvm_pagewait(); per-page reference
 *		counts are always there
 *	1.98	uvm_pageactivate() and its like take the page-queue lock
 *		themselves: there is no uvm_lock_pageq() any more
 *	1.100	amap_unref() takes the amap off the list, before the wipe-out
 */
#ifndef AMAPSTORM_REV
#error "which revision?  amapstorm subject build --rev says so"
#endif

#ifndef UVM_AMAP_PPREF
#define UVM_AMAP_PPREF
#endif

#if AMAPSTORM_REV < 96
#define amap_lock(amap)		rw_enter_write((amap)->am_lock)
#define amap_unlock(amap)	rw_exit_write((amap)->am_lock)
#else
#define amap_lock(amap, mode)	rw_enter((amap)->am_lock, (mode))
#define amap_unlock(amap)	rw_exit((amap)->am_lock)
#endif

/* Harmless where the file does without it. */
#define uvm_pagewait(pg, rwl, wmesg)	sub_pagewait((pg), (rwl), (wmesg))

#if AMAPSTORM_REV < 98
void	sub_lock_pageq(struct lk_site *);
void	sub_unlock_pageq(struct lk_site *);
#define uvm_lock_pageq()	sub_lock_pageq(LK_HERE)
#define uvm_unlock_pageq()	sub_unlock_pageq(LK_HERE)
#endif
