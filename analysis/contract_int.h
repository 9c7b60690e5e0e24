/*
 * contract_int.h: a lock-order contract in memory.
 */
#ifndef ANALYSIS_CONTRACT_INT_H
#define ANALYSIS_CONTRACT_INT_H

#include "analysis/ana_int.h"

struct ct_class {
	char		name[LK_NAMELEN];
	unsigned	line;
	bool		ranked, by_address;
	int64_t		rank;		/* rises inwards */
};
struct ct_edge {
	char		from[LK_NAMELEN], to[LK_NAMELEN];
	unsigned	line;
	bool		forbidden;
	uint32_t	modes;		/* bits of CT_MODES */
};
#define CT_MODES(held, want)	(1u << ((held) * LKM_NMODE + (want)))

struct ana_contract {
	char		where[256];
	size_t		nclasses, nedges;
	struct ct_class	*classes;	/* by name */
	struct ct_edge	*edges;		/* by names */
	bool		lists;		/* it has edges that are allowed */
};

const struct ct_class *ct_class_find(const struct ana_contract *,
	    const char *name);
const struct ct_edge *ct_edge_find(const struct ana_contract *,
	    const char *from, const char *to);
/* => "r>W W>W"; buf of CT_MODES_LEN */
#define CT_MODES_LEN	(LKM_NMODE * LKM_NMODE * 4 + 1)
const char *ct_modes_text(uint32_t modes, char buf[CT_MODES_LEN]);

#endif /* ANALYSIS_CONTRACT_INT_H */
