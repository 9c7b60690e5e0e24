/*
 * text_int.h: what the sections of the text report share.
 */
#ifndef REPORTS_TEXT_INT_H
#define REPORTS_TEXT_INT_H

#include "reports/rp_int.h"

#define RP_WIDTH	79	/* the last column stays free: no terminal wraps */

/* What is being written, and how. */
struct rp_page {
	FILE			*out;
	const struct rp_style	*style;
};

enum rp_tone { RP_PLAIN, RP_BOLD, RP_FAINT, RP_GOOD, RP_WARNING, RP_BAD };

/* page.c */
void	rp_say(const struct rp_page *, enum rp_tone, const char *text);
/* => words only, broken between them to RP_WIDTH */
void	rp_paragraph(const struct rp_page *, const char *indent,
	    const char *text);
/* A heading that begins a section; what follows it on the line is faint. */
void	rp_heading(const struct rp_page *, const char *name,
	    const char *columns);
/*
 * rp_item: names and numbers in a running line, broken to RP_WIDTH.
 * => at: columns written, 0 at the beginning of a section
 */
void	rp_item(const struct rp_page *, size_t *at, const char *label,
	    const char *name, const char *value);

/* text_compare.c: all there is to tell of a comparison */
void	rp_text_compare(const struct rp_page *, const struct ana_result *);

/* format_text.c */
enum rp_tone rp_verdict_tone(const struct ana_result *);
void	rp_command(const struct rp_page *, const struct ana_facts *);

#define TEXT(name, brief)						\
void	rp_text_##name(const struct rp_page *, const struct ana_result *);
#include "reports/text.def"
#undef TEXT

#endif /* REPORTS_TEXT_INT_H */
