/*
 * sarif: findings for code scanning, version 2.1.0.  Rules are the kinds of
 * findings, all of them, so that a rule's index is the same in each report.
 */
#include <errno.h>
#include <string.h>

#include "reports/json_int.h"

#define SCHEMA	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/" \
		"schemas/sarif-schema-2.1.0.json"

static const char *const levels[] = {
	[ANA_INFO] = "note", [ANA_WARN] = "warning", [ANA_ERROR] = "error"
};

/* => {"text": text} */
static json_t *
message(const char *text)
{
	json_t *o = json_object();

	rp_put_text(o, "text", text);
	return o;
}

static json_t *
rule(const struct ana_kind *k)
{
	json_t *o = json_object(), *conf = json_object();

	rp_put_text(o, "id", k->name);
	rp_put(o, "shortDescription", message(k->title));
	rp_put(o, "fullDescription", message(k->why));
	rp_put(o, "help", message(k->remedy));
	rp_put_text(conf, "level", levels[k->level]);
	rp_put(o, "defaultConfiguration", conf);
	return o;
}

static json_t *
driver(void)
{
	json_t *o = json_object(), *rules = json_array();
	const struct ana_kind *kinds;
	size_t i, n;

	kinds = ana_kinds(&n);
	for (i = 0; i < n; i++)
		json_array_append_new(rules, rule(&kinds[i]));
	rp_put_text(o, "name", "amapstorm");
	rp_put_text(o, "semanticVersion", AMAPSTORM_VERSION);
	rp_put(o, "rules", rules);
	return o;
}

/* Blanks and the like have no place in an URI. */
static json_t *
uri(const char *file)
{
	char text[512];
	size_t at = 0;

	for (; *file != '\0' && at + 4 < sizeof(text); file++) {
		if ((*file >= 'a' && *file <= 'z') || (*file >= 'A' &&
		    *file <= 'Z') || strchr("0123456789-._~/+", *file) != NULL)
			text[at++] = *file;
		else
			at += (size_t)snprintf(text + at, sizeof(text) - at,
			    "%%%02X", (unsigned char)*file);
	}
	text[at] = '\0';
	return json_string(text);
}

/* A file outside the tree has a whole name, and no base. */
static json_t *
location(const struct ana_place *p)
{
	json_t *o = json_object(), *physical = json_object();
	json_t *artifact = json_object(), *region = json_object();
	json_t *logical = json_object(), *all = json_array();

	rp_put(artifact, "uri", uri(p->file));
	if (p->file[0] != '/')
		rp_put_text(artifact, "uriBaseId", "SRCROOT");
	rp_put(physical, "artifactLocation", artifact);
	rp_put_int(region, "startLine", p->line > 0 ? (uint64_t)p->line : 1);
	rp_put(physical, "region", region);
	rp_put(o, "physicalLocation", physical);
	rp_put_text(logical, "name", p->func);
	rp_put_text(logical, "kind", "function");
	json_array_append_new(all, logical);
	rp_put(o, "logicalLocations", all);
	return o;
}

static json_t *
properties(const struct ana_result *r, const struct ana_finding *f)
{
	const char *again = f->again != NULL ? f->again : r->explored.again;
	json_t *o = json_object();

	rp_put_text(o, "name", f->name);
	rp_put_text(o, "status", ana_status_name(f->status));
	rp_put_int(o, "count", f->count);
	rp_put(o, "evidence", rp_texts(f->text, f->ntext));
	if (f->tries != 0)
		rp_put_int(o, "tries", f->tries);
	if (again != NULL)
		rp_put_text(o, "again", again);
	return o;
}

static json_t *
result(const struct ana_result *r, const struct ana_finding *f)
{
	json_t *o = json_object(), *prints = json_object();
	json_t *places = json_array();
	const struct ana_kind *kinds;
	size_t i, n;

	kinds = ana_kinds(&n);
	for (i = 0; i < f->nplaces; i++)
		json_array_append_new(places, location(&f->places[i]));
	rp_put_text(o, "ruleId", f->kind->name);
	rp_put_int(o, "ruleIndex", (uint64_t)(f->kind - kinds));
	rp_put_text(o, "level", levels[f->level]);
	rp_put(o, "message", message(f->what));
	rp_put(o, "locations", places);
	rp_put(prints, "amapstorm/v1", rp_fingerprint(f));
	rp_put(o, "partialFingerprints", prints);
	rp_put(o, "properties", properties(r, f));
	return o;
}

static json_t *
invocation(const struct ana_result *r)
{
	json_t *o = json_object(), *all = json_array(), *note;

	rp_put_text(o, "commandLine", r->facts.command);
	rp_put(o, "executionSuccessful", json_boolean(r->facts.end !=
	    WLE_FAILED));
	rp_put_int(o, "exitCode", (uint64_t)ana_exit_code(r));
	if (r->trust.untrusted) {
		note = json_object();
		rp_put_text(note, "level", "warning");
		rp_put(note, "message", message(r->trust.why));
		json_array_append_new(all, note);
	}
	rp_put(o, "toolExecutionNotifications", all);
	all = json_array();
	json_array_append_new(all, o);
	return all;
}

static json_t *
run(const struct ana_result *r)
{
	json_t *o = json_object(), *tool = json_object();
	json_t *results = json_array(), *bases = json_object();
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		json_array_append_new(results, result(r, r->findings[i]));
	rp_put(tool, "driver", driver());
	rp_put(o, "tool", tool);
	rp_put(o, "invocations", invocation(r));
	rp_put(bases, "SRCROOT", json_pack("{s{ss}}", "description", "text",
	    "the root of the source tree"));
	rp_put(o, "originalUriBaseIds", bases);
	rp_put_text(o, "columnKind", "utf16CodeUnits");
	rp_put(o, "results", results);
	return o;
}

int
rp_format_sarif(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	json_t *o = json_object(), *runs = json_array();
	int error;

	json_array_append_new(runs, run(r));
	rp_put_text(o, "$schema", SCHEMA);
	rp_put_text(o, "version", "2.1.0");
	rp_put(o, "runs", runs);
	error = json_object_size(o) != 3 || json_array_size(runs) != 1 ?
	    ENOMEM : rp_dump(o, out);
	json_decref(o);
	return error;
}
