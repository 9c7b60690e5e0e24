/*
 * html_int.h: what a page is made of.
 */
#ifndef REPORTS_HTML_INT_H
#define REPORTS_HTML_INT_H

#include <jansson.h>

#include "reports/rp_int.h"

/* => NULL, or with a member missing: no memory */
json_t	*rp_html_data(const struct ana_result *);
#define RP_HTML_MEMBERS	21

/* html_parts.c: files as they are, with a 0 behind */
extern const char rp_html_style[], rp_html_script[], rp_html_library[];

#endif /* REPORTS_HTML_INT_H */
