/*
 * json: everything in the result, for programs.  Members are rows of json.def.
 */
#include <errno.h>

#include "reports/json_int.h"

#define NHEAD	3	/* members that are no row */

static const struct member {
	const char	*key;
	json_t		*(*make)(const struct ana_result *);
} members[] = {
#define JSON(key)	{ #key, rp_json_##key },
#include "reports/json.def"
#undef JSON
};
#define NMEMBERS	(sizeof(members) / sizeof(members[0]))

int
rp_format_json(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	json_t *o = json_object();
	size_t i;
	int error;

	rp_put_int(o, "version", 1);
	rp_put_text(o, "verdict", r->verdict);
	rp_put_int(o, "exit", (uint64_t)ana_exit_code(r));
	for (i = 0; i < NMEMBERS; i++)
		rp_put(o, members[i].key, members[i].make(r));
	error = json_object_size(o) != NHEAD + NMEMBERS ? ENOMEM :
	    rp_dump(o, out);
	json_decref(o);
	return error;
}
