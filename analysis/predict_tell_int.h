/*
 * predict_tell_int.h: patterns as findings.
 */
#ifndef ANALYSIS_PREDICT_TELL_INT_H
#define ANALYSIS_PREDICT_TELL_INT_H

#include "analysis/ana_int.h"
#include "analysis/predict_int.h"

/* A finding for a pattern that can happen, or more to say about one. */
void	prd_tell(const struct ana_snapshot *, struct ana_result *,
	    const struct prd_pattern *);
/* It is not proved, but may be tried. */
void	prd_doubt(const struct ana_snapshot *, struct ana_result *,
	    const struct prd_pattern *);
/* What keeps an order finding's parts apart was not seen by it. */
void	prd_excuse(const struct ana_snapshot *, struct ana_result *,
	    const struct prd_pattern *);

/* judged.c: of a saved run */
void	ana_judged_again(const struct ana_snapshot *, struct ana_result *);

#endif /* ANALYSIS_PREDICT_TELL_INT_H */
