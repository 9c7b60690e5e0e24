/*
 * case_int.h: a row of a case table, judged.
 */
#ifndef CMD_CASE_INT_H
#define CMD_CASE_INT_H

#include "cmd/cmd_int.h"

/* A verdict: how bad the worst finding is. */
enum case_verdict { CASE_SILENT, CASE_INFO, CASE_WARN, CASE_ERROR };
const char *case_verdict_name(enum case_verdict);
enum case_verdict case_verdict(const struct ana_result *);

/*
 * case_expected: what the row asks for, in a word or two.
 * case_meets: did it get that?
 * => strict: where silence is expected, an INFO is too much
 * => false: why says what is missing
 */
const char *case_expected(const struct wl_case_row *);
bool	case_meets(const struct wl_case_row *, const struct ana_result *,
	    bool strict, char why[160]);

/* "ERROR order.cycle: ...", and what stands under it. */
void	case_show_findings(const struct ana_result *);
void	case_json_text(const char *);		/* quoted and escaped */
void	case_json_findings(const struct ana_result *);

#endif /* CMD_CASE_INT_H */
