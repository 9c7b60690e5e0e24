/*
 * json: everything in the result, for programs.
 *
 * A value that could not be made is NULL, and jansson passes that on, so one
 * test at the end is enough.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reports/rp_int.h"

/* json_object_set_new with a name that tells what it is for here. */
static void
put(json_t *to, const char *key, json_t *value)
{
	json_object_set_new(to, key, value);
}

static void
put_int(json_t *to, const char *key, uint64_t v)
{
	put(to, key, json_integer((json_int_t)v));
}

/* Evidence may quote bytes that are no UTF-8: shown as '?'. */
static json_t *
string(const char *text)
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

static void
put_text(json_t *to, const char *key, const char *text)
{
	put(to, key, string(text));
}

static json_t *
facts(const struct ana_facts *f)
{
	static const char *const ends[] = {
		[WLE_DONE] = "done", [WLE_INTERRUPTED] = "interrupted",
		[WLE_HANG] = "hang", [WLE_CRASH] = "crash",
		[WLE_FAILED] = "failed"
	};
	json_t *o = json_object();

	put_text(o, "command", f->command);
	put_int(o, "seed", f->seed);
	put_text(o, "scenario", f->scenario);
	put_text(o, "replay", f->replay);
	put_text(o, "scheme", f->scheme);
	put_text(o, "lock", f->lock);
	put_int(o, "threads", f->threads);
	put_int(o, "spaces", f->spaces);
	put_int(o, "frames", f->frames);
	put_int(o, "page_size", f->page_size);
	put_int(o, "elapsed_ns", f->elapsed_ns);
	put_int(o, "run_ns", f->run_ns);
	put_int(o, "ops", f->ops);
	put_int(o, "ops_per_s", f->ops_per_s);
	put_int(o, "replay_done", f->replay_done);
	put_int(o, "replay_total", f->replay_total);
	put(o, "wait_share", json_real(f->wait_share));
	put_text(o, "end", ends[f->end]);
	return o;
}

static json_t *
texts(const char **text, size_t n)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(all, string(text[i]));
	return all;
}

static json_t *
finding(const struct ana_finding *f)
{
	json_t *o = json_object(), *strands = json_array();
	size_t i;

	for (i = 0; i < f->nstrands; i++)
		json_array_append_new(strands, json_integer(f->strands[i]));
	put_text(o, "name", f->name);
	put_text(o, "level", ana_level_name(f->level));
	put_text(o, "status", ana_status_name(f->status));
	put_int(o, "count", f->count);
	put_text(o, "title", f->kind->title);
	put_text(o, "what", f->what);
	put_text(o, "why", f->kind->why);
	put_text(o, "remedy", f->kind->remedy);
	put(o, "evidence", texts(f->text, f->ntext));
	put(o, "strands", strands);
	return o;
}

static json_t *
findings(const struct ana_result *r)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		json_array_append_new(all, finding(r->findings[i]));
	return all;
}

static json_t *
operations(const struct ana_result *r)
{
	json_t *all = json_object(), *o;
	size_t i;

	for (i = 0; i < r->nops; i++) {
		o = json_object();
		put_int(o, "done", r->ops[i].done);
		put_int(o, "refused", r->ops[i].refused);
		put_int(o, "skipped", r->ops[i].skipped);
		put_int(o, "mean_ns", r->ops[i].mean_ns);
		put(all, r->ops[i].name, o);
	}
	return all;
}

static json_t *
locks(const struct ana_result *r)
{
	json_t *all = json_array(), *o;
	const struct ana_lock_row *row;
	size_t i, c;

	for (i = 0; i < r->nlocks; i++) {
		row = &r->locks[i];
		o = json_object();
		put_text(o, "class", row->class);
		put_text(o, "kind", row->kind);
		put_text(o, "site", row->site);
		for (c = 0; c < LKC_NCOUNTER; c++)
			put_int(o, lk_counter_desc[c].name, row->c[c]);
		put_int(o, "wait_p50_ns", row->p50);
		put_int(o, "wait_p99_ns", row->p99);
		put(o, "wait_share", json_real(row->wait_share));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *
coverage(const struct ana_result *r)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < r->ncover; i++)
		put_int(all, r->cover[i].name, r->cover[i].value);
	return all;
}

static json_t *
state(const struct ana_result *r)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < r->ngauges; i++)
		put_int(all, r->gauges[i].name, r->gauges[i].value);
	return all;
}

static json_t *
checks(const struct ana_result *r)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < r->nchecks; i++)
		put_int(all, r->checks[i].name, r->checks[i].value);
	return all;
}

static json_t *
trust(const struct ana_trust *t)
{
	json_t *o = json_object(), *lost = json_object();
	size_t i;

	for (i = 0; i < t->nlosses; i++)
		put_int(lost, t->losses[i].name, t->losses[i].value);
	put(o, "untrusted", json_boolean(t->untrusted));
	put(o, "loss_share", json_real(t->loss_share));
	put(o, "losses", lost);
	put(o, "remarks", texts(t->remarks, t->nremarks));
	return o;
}

int
rp_format_json(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	json_t *o = json_object();
	int error;

	put_int(o, "version", 1);
	put_text(o, "verdict", r->verdict);
	put_int(o, "exit", (uint64_t)ana_exit_code(r));
	put(o, "run", facts(&r->facts));
	put(o, "findings", findings(r));
	put(o, "strands", texts(r->dump, r->ndump));
	put(o, "operations", operations(r));
	put(o, "coverage", coverage(r));
	put(o, "locks", locks(r));
	put(o, "state", state(r));
	put(o, "checks", checks(r));
	put(o, "trust", trust(&r->trust));
	errno = 0;
	error = json_object_size(o) != 12 ? ENOMEM :
	    json_dumpf(o, out, JSON_INDENT(2)) != 0 ||
	    fputc('\n', out) == EOF ? (errno != 0 ? errno : EIO) :
	    rp_finish(out);
	json_decref(o);
	return error;
}
