/*
 * coverage, state, checks: plain tables of counts.
 */
#include "reports/json_int.h"

json_t *
rp_json_coverage(const struct ana_result *r)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < r->ncover; i++)
		rp_put_int(all, r->cover[i].name, r->cover[i].value);
	return all;
}

json_t *
rp_json_state(const struct ana_result *r)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < r->ngauges; i++)
		rp_put_int(all, r->gauges[i].name, r->gauges[i].value);
	return all;
}

json_t *
rp_json_checks(const struct ana_result *r)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < r->nchecks; i++)
		rp_put_int(all, r->checks[i].name, r->checks[i].value);
	return all;
}
