/*
 * audit_int.h: what the audits share.  They run when nothing else does, and
 * believe nothing: every number is counted again from map entries, slots and
 * frames; amaps and anons are found in their pools.
 */
#ifndef AMAP_AUDIT_INT_H
#define AMAP_AUDIT_INT_H

#include "amap/map_int.h"

/* What was counted for one object, found by its address. */
struct audit_rec {
	const void	*key;
	long		count;		/* references found so far */
	int		*cover;		/* amaps: +1, -1 where arefs begin, end */
	bool		broken;		/* amaps: its chunks cannot be walked */
};
#define AUDIT_FEW	8
struct audit_tab {
	struct audit_rec *rec;
	size_t		n, size;	/* size: a power of two */
	struct audit_rec few[AUDIT_FEW];	/* before there are more */
};

struct audit {
	size_t		bad;		/* violations so far */
	struct audit_tab amaps, anons, chunks, locks, slots;
	long		*wires;		/* per frame */
	size_t		nswaponly;
	bool		nomem;
};

/* One violation: counted and told. */
#define AUDIT(a, kind, ...)						\
	((a)->bad++, lk_incident("audit." kind, __VA_ARGS__))

/* => NULL: not there (find), or no memory (get, which makes it) */
struct audit_rec *audit_find(const struct audit_tab *, const void *);
struct audit_rec *audit_get(struct audit *, struct audit_tab *, const void *);
#define AUDIT_FOREACH(r, t)						\
	for ((r) = (t)->rec; (r) < (t)->rec + (t)->size; (r)++)		\
		if ((r)->key != NULL)

/* audit_map.c: entries, their arefs and wires; translations */
void	audit_spaces(struct audit *);
void	audit_translations(struct audit *);
/* => the page that this address shows, or NULL, and what may be done to it */
struct vm_page *audit_entry_page(struct vm_map_entry *, vaddr_t,
	    struct vm_anon *, vm_prot_t *);
/* audit_amap.c: amaps and anons */
void	audit_amaps(struct audit *);
void	audit_anons(struct audit *);
void	audit_list(struct audit *);
/* => the amap is alive, not broken, and has the slot */
struct vm_anon *audit_slot(const struct vm_amap *, int slot);
/* audit_page.c: frames and swap */
void	audit_frames(struct audit *);
void	audit_swap(struct audit *);
/* => pages that objects have resident; objects are live in number n */
size_t	audit_object_pages(size_t *n);

/* fn for every amap alive */
void	audit_amap_foreach(void (*fn)(void *, void *), void *);

#endif /* AMAP_AUDIT_INT_H */
