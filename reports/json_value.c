/*
 * json_value.c: building objects.
 *
 * A value that could not be made is NULL, and jansson passes that on, so one
 * test at the end is enough.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reports/json_int.h"

void
rp_put(json_t *to, const char *key, json_t *value)
{
	json_object_set_new(to, key, value);
}

void
rp_put_int(json_t *to, const char *key, uint64_t v)
{
	rp_put(to, key, json_integer((json_int_t)v));
}

json_t *
rp_string(const char *text)
{
	json_t *value;
	char *plain, *c;

	if (text == NULL)
		return json_null();
	value = json_string(text);
	if (value == NULL && (plain = strdup(text)) != NULL) {
		for (c = plain; *c != '\0'; c++) {
			if ((unsigned char)*c >= 0x80)
				*c = '?';
		}
		value = json_string(plain);
		free(plain);
	}
	return value;
}

void
rp_put_text(json_t *to, const char *key, const char *text)
{
	rp_put(to, key, rp_string(text));
}

int
rp_dump(json_t *o, FILE *out)
{
	errno = 0;
	if (json_dumpf(o, out, JSON_INDENT(2)) != 0 || fputc('\n', out) == EOF)
		return errno != 0 ? errno : EIO;
	return rp_finish(out);
}

json_t *
rp_texts(const char **text, size_t n)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(all, rp_string(text[i]));
	return all;
}
