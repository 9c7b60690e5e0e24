/*
 * The table of formats.
 */
#include <errno.h>
#include <string.h>

#include "reports/rp_int.h"

static const struct rp_format formats[] = {
#define FORMAT(name, help, lacks, tables)					\
	{ #name, help, rp_format_##name, lacks, tables },
#include "reports/formats.def"
#undef FORMAT
};

int
rp_finish(FILE *out)
{
	if (fflush(out) == 0 && !ferror(out))
		return 0;
	return errno != 0 ? errno : EIO;
}

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
