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

/*
 * words.c: text of any bytes, of which those that are no UTF-8 are shown as ?
 * rp_xml: inside an element or an attribute in double quotes.
 * rp_quoted: in double quotes; escape goes before each of them, and itself.
 */
void	rp_xml(FILE *, const char *text);
void	rp_quoted(FILE *, const char *text, const char *escape);

const struct rp_table *rp_csv_tables(size_t *n);	/* format_csv.c */

#define FORMAT(name, help, lacks, tables)					\
int	rp_format_##name(const struct ana_result *, const struct rp_style *, \
	    FILE *);
#include "reports/formats.def"
#undef FORMAT

#endif /* REPORTS_RP_INT_H */
