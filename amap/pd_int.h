/*
 * pd_int.h: the page daemon: its passes (pdaemon.c) and what it does with one
 * page (pdpage.c).
 */
#ifndef AMAP_PD_INT_H
#define AMAP_PD_INT_H

#include "amap/swap_int.h"

/* What one pass is to do, and did. */
struct pd_pass {
	size_t		want;		/* frames to make free */
	size_t		waiters;	/* who slept for memory when it began */
	size_t		pressure;	/* of these, for vm_pressure */
	bool		desperate;	/* spare nothing, look at all */
	size_t		coming;		/* being written when it began */
	size_t		freed, submitted;
	size_t		unsure;		/* could not be judged: busy, locked */
	size_t		noslot;		/* free slots that could not be had */
	size_t		stuck;		/* dirty, and nowhere to write them */
	size_t		dirtyreacts;
	bool		cut;		/* ended early, to park or stop */
};

struct pd_cluster {
	struct vm_page	*cl_pages[SWCLUSTER];
	int		cl_base, cl_size;	/* slots; size 0: closed */
	int		cl_n;			/* pages so far */
};

/*
 * pd_page: free it, begin to write it, or keep it.
 * => its owner is write-locked, and nothing else; it stays so
 */
void	pd_page(struct pd_cluster *, struct pd_pass *, struct vm_page *);
/* Write what there is and give back the rest.  => nothing locked */
void	pd_cluster_close(struct pd_cluster *, struct pd_pass *);

#endif /* AMAP_PD_INT_H */
