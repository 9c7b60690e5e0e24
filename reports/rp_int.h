/*
 * rp_int.h: what the files of reports/ share.
 */
#ifndef REPORTS_RP_INT_H
#define REPORTS_RP_INT_H

#include "reports/reports.h"

/*
 * rp_finish: is all of it out?
 * => errno was cleared before writing began: what a write said since is kept
 */
int	rp_finish(FILE *);

#define FORMAT(name, help, lacks, tables)					\
int	rp_format_##name(const struct ana_result *, const struct rp_style *, \
	    FILE *);
#include "reports/formats.def"
#undef FORMAT

#endif /* REPORTS_RP_INT_H */
