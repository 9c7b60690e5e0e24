/*
 * reports.h: the one door of reports/.
 *
 * A format renders a result, and computes nothing: everything it prints is in
 * the result.  Formats are rows of formats.def, one file each.
 */
#ifndef REPORTS_REPORTS_H
#define REPORTS_REPORTS_H

#include <stdbool.h>
#include <stdio.h>

#include "analysis/analysis.h"

struct rp_style {
	bool	colour;		/* escape sequences are welcome */
	bool	brief;		/* verdict and findings alone */
	bool	full;		/* every row of every table */
	unsigned locks;		/* so many locks; 0: a handful */
	const char *table;	/* formats with tables: which one */
};

struct rp_table {		/* that a format can show; one at a time */
	const char	*name, *help;
};

struct rp_format {		/* a row of formats.def */
	const char	*name, *help;
	/*
	 * => 0, ENOMEM, ENODATA (lacks says what it would need), or what
	 *    writing said; out stays open
	 */
	int		(*render)(const struct ana_result *,
			    const struct rp_style *, FILE *out);
	const char	*lacks;
	const struct rp_table *(*tables)(size_t *n);	/* NULL: none */
};
const struct rp_format *rp_formats(size_t *n);
const struct rp_format *rp_format_find(const char *name);	/* or NULL */

#endif /* REPORTS_REPORTS_H */
