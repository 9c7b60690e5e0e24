/*
 * text: for people at a terminal.  80 columns, most important first; a clean
 * run fits two screens.  Sections are rows of text.def.
 */
#include <errno.h>
#include <inttypes.h>

#include "reports/text_int.h"

enum rp_tone
rp_verdict_tone(const struct ana_result *r)
{
	if (r->of_level[ANA_ERROR] != 0 || r->facts.end == WLE_FAILED)
		return RP_BAD;
	if (r->of_level[ANA_WARN] != 0 || r->trust.untrusted)
		return RP_WARNING;
	return RP_GOOD;
}

void
rp_command(const struct rp_page *p, const struct ana_facts *f)
{
	fprintf(p->out, "command  %s\nseed     %" PRIu64 "\n", f->command,
	    f->seed);
}

int
rp_format_text(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	static const struct section {
		void	(*write)(const struct rp_page *,
			    const struct ana_result *);
		bool	brief;
	} sections[] = {
#define TEXT(name, brief)	{ rp_text_##name, brief },
#include "reports/text.def"
#undef TEXT
	};
	const struct rp_page p = { .out = out, .style = style };
	size_t i;

	errno = 0;
	if (r->compare != NULL) {
		rp_text_compare(&p, r);
		return rp_finish(out);
	}
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (sections[i].brief || !style->brief)
			sections[i].write(&p, r);
	}
	return rp_finish(out);
}
