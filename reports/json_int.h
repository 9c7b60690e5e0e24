/*
 * json_int.h: what the members of the JSON report share.
 */
#ifndef REPORTS_JSON_INT_H
#define REPORTS_JSON_INT_H

#include <jansson.h>

#include "reports/rp_int.h"

/* json_value.c: a member that cannot be made is missing in the end. */
void	rp_put(json_t *to, const char *key, json_t *value);
void	rp_put_int(json_t *to, const char *key, uint64_t);
void	rp_put_text(json_t *to, const char *key, const char *text);
/* => evidence may quote bytes that are no UTF-8: shown as '?' */
json_t	*rp_string(const char *text);
json_t	*rp_texts(const char **text, size_t n);
json_t	*rp_fingerprint(const struct ana_finding *);	/* json_findings.c */
/* => the whole of it on a line of its own, and all is out: 0 or errno */
int	rp_dump(json_t *, FILE *);
json_t	*rp_split(const uint64_t split[ANA_NSPLIT]);	/* json_blame.c */
json_t	*rp_curve(const struct ana_curve *);	/* json_locks.c */

#define JSON(key)							\
json_t	*rp_json_##key(const struct ana_result *);
#include "reports/json.def"
#undef JSON

#endif /* REPORTS_JSON_INT_H */
