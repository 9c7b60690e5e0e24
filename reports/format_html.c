/*
 * html: one page that needs nothing else, for a browser.
 *
 *	head	style
 *	body	verdict and findings, for who has no scripts
 *		the data, as JSON
 *		the library, then what draws
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reports/html_int.h"

static void
escaped(const char *text, FILE *out)
{
	static const char *const as[256] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;",
		['"'] = "&quot;"
	};
	const unsigned char *c;

	for (c = (const unsigned char *)text; *c != '\0'; c++) {
		if (as[*c] != NULL)
			fputs(as[*c], out);
		else
			fputc(*c < 0x80 ? *c : '?', out);
	}
}

/* In a string of JSON this is the same; to a browser it ends nothing. */
static void
harmless(const char *json, FILE *out)
{
	const char *c;

	while ((c = strchr(json, '<')) != NULL) {
		fwrite(json, 1, (size_t)(c - json), out);
		fputs("\\u003c", out);
		json = c + 1;
	}
	fputs(json, out);
}

/* => told: more of it, as text; or NULL */
static void
plain(const struct ana_result *r, const char *told, FILE *out)
{
	size_t i, k;

	fputs("<noscript><h1>amapstorm: ", out);
	escaped(r->verdict, out);
	fputs("</h1>\n<p>The charts and tables of this page are drawn by its "
	    "scripts, which are off.</p>\n", out);
	for (i = 0; i < r->nfindings; i++) {
		fputs("<h2>", out);
		escaped(r->findings[i]->what, out);
		fputs("</h2>\n<pre>", out);
		for (k = 0; k < r->findings[i]->ntext; k++) {
			escaped(r->findings[i]->text[k], out);
			fputc('\n', out);
		}
		fputs("</pre>\n", out);
	}
	if (told != NULL) {
		fputs("<pre>", out);
		escaped(told, out);
		fputs("</pre>\n", out);
	}
	fputs("</noscript>\n", out);
}

static void
page(const struct ana_result *r, const char *data, const char *told, FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<title>", out);
	escaped(r->verdict, out);
	fputs(" - amapstorm ", out);
	escaped(r->facts.scenario, out);
	fputs("</title>\n<style>\n", out);
	fputs(rp_html_style, out);
	fputs("</style>\n</head>\n<body>\n", out);
	plain(r, told, out);
	fputs("<script type=\"application/json\" id=\"data\">", out);
	harmless(data, out);
	fputs("</script>\n<script>\n", out);
	fputs(rp_html_library, out);
	fputs("</script>\n<script>\n", out);
	fputs(rp_html_script, out);
	fputs("</script>\n</body>\n</html>\n", out);
}

/* => the text of a comparison is short; NULL: no memory */
static char *
as_text(const struct ana_result *r)
{
	const struct rp_style style = { .full = true };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int error;

	if (out == NULL)
		return NULL;
	error = rp_format_text(r, &style, out);
	if (fclose(out) == 0 && error == 0)
		return text;
	free(text);
	return NULL;
}

int
rp_format_html(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	json_t *o = rp_html_data(r);
	char *data = NULL, *told = NULL;

	if (r->compare != NULL && (told = as_text(r)) == NULL) {
		json_decref(o);
		return ENOMEM;
	}
	if (json_object_size(o) == RP_HTML_MEMBERS)
		data = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(o);
	if (data == NULL) {
		free(told);
		return ENOMEM;
	}
	errno = 0;
	page(r, data, told, out);
	free(data);
	free(told);
	return rp_finish(out);
}
