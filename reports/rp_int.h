/*
 * rp_int.h: what the files of reports/ share.
 */
#ifndef REPORTS_RP_INT_H
#define REPORTS_RP_INT_H

#include "reports/reports.h"

#define FORMAT(name, help)						\
int	rp_format_##name(const struct ana_result *, const struct rp_style *, \
	    FILE *);
#include "reports/formats.def"
#undef FORMAT

#endif /* REPORTS_RP_INT_H */
