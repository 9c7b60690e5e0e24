/*
 * page.c: writing on a page of 80 columns.
 */
#include <string.h>

#include "reports/text_int.h"

static const char *const escape[] = {
	[RP_PLAIN] = "", [RP_BOLD] = "\033[1m", [RP_FAINT] = "\033[2m",
	[RP_GOOD] = "\033[1;32m", [RP_WARNING] = "\033[1;33m",
	[RP_BAD] = "\033[1;31m"
};

void
rp_say(const struct rp_page *p, enum rp_tone tone, const char *text)
{
	if (p->style->colour && tone != RP_PLAIN)
		fprintf(p->out, "%s%s\033[0m", escape[tone], text);
	else
		fputs(text, p->out);
}

void
rp_paragraph(const struct rp_page *p, const char *indent, const char *text)
{
	size_t len, at = 0;

	while (*text != '\0') {
		len = strcspn(text, " ");
		if (at == 0)
			at = (size_t)fprintf(p->out, "%s%.*s", indent,
			    (int)len, text);
		else if (at + 1 + len <= RP_WIDTH)
			at += (size_t)fprintf(p->out, " %.*s", (int)len, text);
		else {
			fputc('\n', p->out);
			at = (size_t)fprintf(p->out, "%s%.*s", indent,
			    (int)len, text);
		}
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', p->out);
}

void
rp_heading(const struct rp_page *p, const char *name, const char *columns)
{
	fputc('\n', p->out);
	rp_say(p, RP_BOLD, name);
	if (columns[0] != '\0')
		rp_say(p, RP_FAINT, columns);
	fputc('\n', p->out);
}

void
rp_item(const struct rp_page *p, size_t *at, const char *label,
    const char *name, const char *value)
{
	size_t len = strlen(name) + strlen(value) + (value[0] != '\0');

	if (*at == 0)
		*at = (size_t)fprintf(p->out, "%-9s", label);
	else if (*at + 2 + len > RP_WIDTH) {
		fputc('\n', p->out);
		*at = (size_t)fprintf(p->out, "%-9s", "");
	} else
		*at += (size_t)fprintf(p->out, "  ");
	fputs(name, p->out);
	if (value[0] != '\0') {
		fputc(' ', p->out);
		rp_say(p, RP_BOLD, value);
	}
	*at += len;
}
