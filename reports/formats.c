/*
 * The table of formats.
 */
#include <string.h>

#include "reports/rp_int.h"

static const struct rp_format formats[] = {
#define FORMAT(name, help)	{ #name, help, rp_format_##name },
#include "reports/formats.def"
#undef FORMAT
};

const struct rp_format *
rp_formats(size_t *n)
{
	*n = sizeof(formats) / sizeof(formats[0]);
	return formats;
}

const struct rp_format *
rp_format_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}
