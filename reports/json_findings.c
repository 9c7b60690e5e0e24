/*
 * findings, with their evidence.
 */
#include "reports/json_int.h"

static json_t *
places(const struct ana_finding *f)
{
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; i < f->nplaces; i++) {
		o = json_object();
		rp_put_text(o, "file", f->places[i].file);
		rp_put(o, "line", json_integer(f->places[i].line));
		rp_put_text(o, "function", f->places[i].func);
		json_array_append_new(all, o);
	}
	return all;
}

json_t *
rp_fingerprint(const struct ana_finding *f)
{
	char text[24];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)f->print);
	return json_string(text);
}

static json_t *
finding(const struct ana_finding *f)
{
	json_t *o = json_object(), *strands = json_array();
	size_t i;

	for (i = 0; i < f->nstrands; i++)
		json_array_append_new(strands, json_integer(f->strands[i]));
	rp_put_text(o, "name", f->name);
	rp_put_text(o, "level", ana_level_name(f->level));
	rp_put_text(o, "status", ana_status_name(f->status));
	rp_put_int(o, "count", f->count);
	rp_put_text(o, "title", f->kind->title);
	rp_put_text(o, "what", f->what);
	rp_put_text(o, "why", f->kind->why);
	rp_put_text(o, "remedy", f->kind->remedy);
	rp_put(o, "evidence", rp_texts(f->text, f->ntext));
	rp_put(o, "strands", strands);
	rp_put(o, "places", places(f));
	rp_put(o, "fingerprint", rp_fingerprint(f));
	if (f->tries != 0)
		rp_put_int(o, "tries", f->tries);
	if (f->again != NULL)
		rp_put_text(o, "again", f->again);
	return o;
}

/* Null: there was no order trace. */
json_t *
rp_json_predict(const struct ana_result *r)
{
	const struct ana_predict *p = &r->predict;
	json_t *o;

	if (p->events == 0)
		return json_null();
	o = json_object();
	rp_put_int(o, "events", p->events);
	rp_put_int(o, "lost", p->lost);
	rp_put_int(o, "requests", p->requests);
	rp_put_int(o, "kinds", p->abstract);
	rp_put_int(o, "rings", p->patterns);
	rp_put_int(o, "can_happen", p->found);
	rp_put_int(o, "cut_short", p->gaveup);
	return o;
}

json_t *
rp_json_findings(const struct ana_result *r)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		json_array_append_new(all, finding(r->findings[i]));
	return all;
}
