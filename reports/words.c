/*
 * words.c: text of any bytes inside another language.
 */
#include <string.h>

#include "reports/rp_int.h"

/* => bytes of the character that text begins with; 0: it is none */
static unsigned
utf8(const unsigned char *t)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} form[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 }
	};
	uint32_t c;
	unsigned n, i;

	for (n = 0; n < 4 && (t[0] & form[n].mask) != form[n].lead; n++)
		continue;
	if (n == 4)
		return 0;
	c = t[0] & (unsigned char)~form[n].mask;
	for (i = 1; i <= n; i++) {
		if ((t[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (t[i] & 0x3f);
	}
	return c < form[n].least || c > 0x10ffff || c >> 11 == 0x1b ||
	    (c & 0xfffe) == 0xfffe ? 0 : n + 1;
}

void
rp_xml(FILE *out, const char *text)
{
	static const char special[] = "<>&\"";
	static const char *const entity[] = { "&lt;", "&gt;", "&amp;",
	    "&quot;" };
	const char *at;
	unsigned n;

	for (; *text != '\0'; text += n) {
		n = utf8((const unsigned char *)text);
		at = strchr(special, *text);
		if (n == 0 || ((unsigned char)*text < ' ' && *text != '\n' &&
		    *text != '\t'))
			fputc('?', out);
		else if (at != NULL)
			fputs(entity[at - special], out);
		else
			fwrite(text, 1, n, out);
		n = n == 0 ? 1 : n;
	}
}

void
rp_quoted(FILE *out, const char *text, const char *escape)
{
	unsigned n;

	fputc('"', out);
	for (; *text != '\0'; text += n) {
		n = utf8((const unsigned char *)text);
		if (n == 0 || (unsigned char)*text < ' ')
			fputc('?', out);
		else {
			if (*text == '"' || *text == escape[0])
				fputs(escape, out);
			fwrite(text, 1, n, out);
		}
		n = n == 0 ? 1 : n;
	}
	fputc('"', out);
}
