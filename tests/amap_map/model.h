/*
 * model.h: memory as anybody would write it in an afternoon, and random
 * operations that are done to it and to the VM alike.
 *
 *	mspace: page 0 .. MODEL_PAGES-1 --> mpage { refs, cells }
 *
 * Sharing is pointing to the same mpage; a fork's copy is a copy.
 */
#ifndef TESTS_AMAP_MAP_MODEL_H
#define TESTS_AMAP_MAP_MODEL_H

#include "tests/amap_map/world.h"

#define MODEL_PAGES	384
#define MODEL_SPACES	10
#define MODEL_CELLS	8

struct mpage {
	int		refs;
	bool		lost;		/* to an error of swap */
	uint64_t	cell[MODEL_CELLS];
};
struct mslot {
	struct mpage	*page;		/* NULL: not mapped */
	bool		isobj, shobj;	/* an object's; shared, too: no stores */
	uint64_t	objid, objpage;
	int		prot;
	enum vm_inherit	inherit;
	bool		wired;
};
struct mspace {
	struct vm_space	*vm;		/* NULL: none */
	struct mslot	slot[MODEL_PAGES];
};
struct model {
	uint64_t	rnd;
	uint64_t	version;
	struct mspace	space[MODEL_SPACES];
	struct vm_object *obj[3];
	size_t		maxwired;	/* pages that may be wired at a time */
	bool		faulty;		/* errors are injected: ENOMEM, EIO */
	bool		swaps;		/* swap devices come and go */
	bool		lodger;		/* others live in space 0, too */
	unsigned	base;		/* pages from here on are ours */
	uint64_t	done, refused;
};

/* => home: the space to begin with; NULL: make one */
void	model_init(struct model *, uint64_t seed, struct vm_space *home,
	    unsigned base);
void	model_step(struct model *);
/* => every page of every space holds what it ought to */
void	model_check(struct model *);
void	model_end(struct model *);

#endif /* TESTS_AMAP_MAP_MODEL_H */
