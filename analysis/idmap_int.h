/*
 * idmap_int.h: pairs of words to dense numbers, in the order they came.
 */
#ifndef ANALYSIS_IDMAP_INT_H
#define ANALYSIS_IDMAP_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANA_NOID	UINT32_MAX

struct ana_idmap {
	uint64_t	(*key)[2];	/* by number */
	uint32_t	*slot;		/* number + 1; 0: empty */
	uint32_t	n, cap;
};

/* => its number; ANA_NOID: not there */
uint32_t ana_id_find(const struct ana_idmap *, uint64_t a, uint64_t b);
/* => its number, n - 1 if it is new; ANA_NOID: no memory */
uint32_t ana_id_of(struct ana_idmap *, uint64_t a, uint64_t b);
void	ana_idmap_free(struct ana_idmap *);

#endif /* ANALYSIS_IDMAP_INT_H */
