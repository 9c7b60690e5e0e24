/*
 * Snapshots typed by hand: a few lines each.
 */
#ifndef TESTS_ANALYSIS_MADE_H
#define TESTS_ANALYSIS_MADE_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/analysis.h"

#define MADE_NOW	UINT64_C(100000000000)	/* when all was frozen */
#define MADE_HANG	UINT64_C(10000000000)

/* Classes 1 "list", 2 "amap"; sites 1 to 9, at lines ten times that. */
struct made {
	struct ana_snapshot	s;
	struct lk_class_info	class[2];
	struct lk_site_info	site[9];
	struct lk_strand_info	strand[8];
	struct lk_totals	totals[8];
	struct lk_incident_info	incident[4];
	struct lk_inflight_info	inflight[2];
};

struct made	*made_new(void);
/* => a strand with operation 1 since before the hang */
struct lk_strand_info *made_strand(struct made *, const char *name);
void	made_holds(struct lk_strand_info *, uint64_t ident, enum lk_mode,
	    uint32_t site);
void	made_wants(struct lk_strand_info *, uint64_t ident, enum lk_mode,
	    uint32_t site);
struct lk_incident_info *made_incident(struct made *, const char *kind,
	    const char *text);
struct lk_totals *made_totals(struct made *, uint32_t class, uint32_t site,
	    enum lk_mode);
/* => runs the passes and frees the snapshot */
struct ana_result *made_result(struct made *);
/* => the finding of that name; NULL */
const struct ana_finding *made_found(const struct ana_result *, const char *);
/* => is there a line of evidence with this in it? */
bool	made_says(const struct ana_finding *, const char *part);

#endif /* TESTS_ANALYSIS_MADE_H */
