/*
 * merge_int.h: two snapshots become one.
 *
 *	in[0]: class 3 "amaplk" -+
 *				 +- out: class 2 "amaplk"	map[0].class[3] = 2
 *	in[1]: class 5 "amaplk" -+				map[1].class[5] = 2
 *
 * What has an id is sorted by what it is, made one of several, and numbered
 * anew; so the order in which runs are merged does not show.
 */
#ifndef ANALYSIS_MERGE_INT_H
#define ANALYSIS_MERGE_INT_H

#include "analysis/ana_int.h"

struct ana_map {		/* of ids; 0 is 0 */
	uint32_t	*to;
	size_t		n;
};

struct ana_merge {
	const struct ana_snapshot *in[2];	/* [1] may be NULL */
	struct ana_snapshot *out;
	struct ana_map	class[2], site[2], life[2], stack[2];
	uint64_t	created[2];	/* clock at the beginning of each */
	uint64_t	tag[2];		/* of its addresses */
	int		worst;		/* whose end is told */
	bool		nomem;
};

/* merge_map.c: numbers of a run in what becomes of it */
uint32_t ana_map_id(const struct ana_map *, uint32_t id);
/* => the clock, from 1 on; 0 stays 0 */
uint64_t ana_map_time(const struct ana_merge *, int which, uint64_t t);
/* => an address with the run that it is of */
uint64_t ana_map_ident(const struct ana_merge *, int which, uint64_t ident);
/* => code has another address in each process: that of its name */
uint64_t ana_map_code(const struct ana_merge *, int which, uint64_t addr);
void	ana_map_node(const struct ana_merge *, int which,
	    struct lk_node_info *);

/* merge_rows.c: tables.  => false: no memory */
bool	ana_merge_names(struct ana_merge *);	/* sites, classes, ... */
bool	ana_merge_tables(struct ana_merge *);

#endif /* ANALYSIS_MERGE_INT_H */
