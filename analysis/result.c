/*
 * Building a result: memory, findings, the order of passes, the verdict.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

/* All that belongs to a result is on one list and goes with it. */
struct ana_mem {
	struct ana_mem	*next;
	max_align_t	data[];
};

static const struct ana_pass passes[] = {
#define PASS(name, help)	{ #name, help, ana_pass_##name },
#include "analysis/passes.def"
#undef PASS
};

static const struct ana_kind kinds[] = {
#define FINDING(name, level, title, why, remedy)			\
	{ name, ANA_##level, title, why, remedy },
#include "analysis/findings.def"
#undef FINDING
};
#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

const struct ana_pass *
ana_passes(size_t *n)
{
	*n = sizeof(passes) / sizeof(passes[0]);
	return passes;
}

const struct ana_kind *
ana_kinds(size_t *n)
{
	*n = NKINDS;
	return kinds;
}

const struct ana_kind *
ana_kind_of(const char *name)
{
	const struct ana_kind *best = &kinds[NKINDS - 1];
	size_t i, len, longest = 0;

	for (i = 0; i < NKINDS; i++) {
		len = strlen(kinds[i].name);
		if (len > longest && strncmp(name, kinds[i].name, len) == 0 &&
		    (name[len] == '\0' || name[len] == '.')) {
			best = &kinds[i];
			longest = len;
		}
	}
	return best;
}

const char *
ana_level_name(enum ana_level level)
{
	static const char *const names[] = {
		[ANA_INFO] = "INFO", [ANA_WARN] = "WARN", [ANA_ERROR] = "ERROR"
	};

	return names[level];
}

const char *
ana_status_name(enum ana_status status)
{
	static const char *const names[] = {
		[ANA_CONFIRMED] = "confirmed", [ANA_FEASIBLE] = "feasible",
		[ANA_UNCONFIRMED] = "unconfirmed", [ANA_GUARDED] = "guarded",
		[ANA_ORDERED] = "ordered"
	};

	return names[status];
}

void *
ana_alloc(struct ana_result *r, size_t n, size_t size)
{
	struct ana_mem *m;
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*m), &bytes) ||
	    (m = calloc(1, bytes)) == NULL) {
		r->nomem = true;
		return NULL;
	}
	m->next = r->mem;
	r->mem = m;
	return m->data;
}

static const char *
vsay(struct ana_result *r, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return "?";
	text = ana_alloc(r, 1, (size_t)len + 1);
	if (text == NULL)
		return "";
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	return text;
}

const char *
ana_say(struct ana_result *r, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = vsay(r, fmt, ap);
	va_end(ap);
	return text;
}

/*
 * Room for one more at the end of a table: it doubles at powers of two.  The
 * outgrown ones stay with the result's memory.
 */
static void *
more(struct ana_result *r, void *rows, size_t n, size_t size)
{
	void *bigger;

	if ((n & (n - 1)) != 0)
		return rows;
	bigger = ana_alloc(r, n == 0 ? 1 : n * 2, size);
	if (bigger != NULL && n != 0)
		memcpy(bigger, rows, n * size);
	return bigger;
}

struct ana_finding *
ana_find(struct ana_result *r, const char *name)
{
	static struct ana_finding nowhere;
	struct ana_finding *f, **all;

	f = ana_alloc(r, 1, sizeof(*f));
	all = more(r, r->findings, r->nfindings, sizeof(f));
	if (f == NULL || all == NULL) {
		memset(&nowhere, 0, sizeof(nowhere));
		nowhere.kind = &kinds[NKINDS - 1];
		return &nowhere;
	}
	r->findings = all;
	r->findings[r->nfindings++] = f;
	f->kind = ana_kind_of(name);
	f->name = ana_say(r, "%s", name);
	f->level = f->kind->level;
	f->status = ANA_CONFIRMED;
	f->count = 1;
	f->what = f->kind->title;
	return f;
}

void
ana_text(struct ana_result *r, struct ana_finding *f, const char *fmt, ...)
{
	const char **text;
	va_list ap;

	text = more(r, f->text, f->ntext, sizeof(*text));
	if (text == NULL)
		return;
	f->text = text;
	va_start(ap, fmt);
	f->text[f->ntext++] = vsay(r, fmt, ap);
	va_end(ap);
}

static void
concern(struct ana_result *r, uint32_t **ids, size_t *n, uint32_t id)
{
	uint32_t *bigger;
	size_t i;

	for (i = 0; i < *n; i++) {
		if ((*ids)[i] == id)
			return;
	}
	bigger = more(r, *ids, *n, sizeof(id));
	if (bigger == NULL)
		return;
	*ids = bigger;
	bigger[(*n)++] = id;
}

void
ana_concern_strand(struct ana_result *r, struct ana_finding *f, uint32_t id)
{
	concern(r, &f->strands, &f->nstrands, id);
}

static uint64_t
hash_text(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3ULL;
	return h * 0x9e3779b97f4a7c15ULL;
}

void
ana_concern_key(struct ana_result *r, struct ana_finding *f, const char *a,
    const char *b)
{
	uint64_t *bigger = more(r, f->keys, f->nkeys, sizeof(*f->keys));

	if (bigger == NULL)
		return;
	f->keys = bigger;
	bigger[f->nkeys++] = ana_key(f->name, a, b);
}

uint64_t
ana_key(const char *name, const char *a, const char *b)
{
	return hash_text(hash_text(hash_text(0xcbf29ce484222325ULL, name), a),
	    b);
}

void
ana_concern_site(struct ana_result *r, struct ana_finding *f, uint32_t id)
{
	concern(r, &f->sites, &f->nsites, id);
}

/* Worst first; among equals the order in which they were found stays. */
void
ana_findings_done(struct ana_result *r)
{
	struct ana_finding *f;
	size_t i, j;

	for (i = 1; i < r->nfindings; i++) {
		f = r->findings[i];
		for (j = i; j > 0 && r->findings[j - 1]->level < f->level; j--)
			r->findings[j] = r->findings[j - 1];
		r->findings[j] = f;
	}
	for (i = 0; i < r->nfindings; i++)
		r->of_level[r->findings[i]->level]++;
}

/*
 * Where it is about, and its fingerprint: of its name, files and functions,
 * whichever of them came first.
 */
static void
place(struct ana_result *r, const struct ana_snapshot *s,
    struct ana_finding *f)
{
	const struct lk_site_info *at;
	struct ana_place *p;
	size_t i;

	f->print = hash_text(0xcbf29ce484222325ULL, f->name);
	f->places = ana_alloc(r, f->nsites, sizeof(*f->places));
	for (i = 0; f->places != NULL && i < f->nsites; i++) {
		at = ana_site_of(s, f->sites[i]);
		if (at == NULL)
			continue;
		p = &f->places[f->nplaces++];
		p->file = ana_say(r, "%s", at->file);
		p->func = ana_say(r, "%s", at->func);
		p->line = at->line;
		f->print += hash_text(hash_text(0xcbf29ce484222325ULL,
		    p->file), p->func);
	}
}

static const char *
plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static const char *
verdict(struct ana_result *r)
{
	unsigned errors = r->of_level[ANA_ERROR];
	unsigned warns = r->of_level[ANA_WARN];

	if (errors != 0 && warns != 0)
		return ana_say(r, "%u error%s, %u warning%s", errors,
		    plural(errors), warns, plural(warns));
	if (errors != 0)
		return ana_say(r, "%u error%s", errors, plural(errors));
	if (warns != 0)
		return ana_say(r, "%u warning%s", warns, plural(warns));
	if (r->facts.end == WLE_FAILED)
		return ana_say(r, "cannot run here: %s", r->facts.why);
	if (r->trust.untrusted)
		return ana_say(r, "nothing found, but not to be trusted: %s",
		    r->trust.why);
	if (r->facts.partial)
		return "nothing found until it was cut off";
	if (r->facts.end == WLE_INTERRUPTED)
		return "nothing found before it was interrupted";
	return "nothing found";
}

int
ana_run(const struct ana_snapshot *s, struct ana_result **out)
{
	struct ana_result *r;
	size_t i;

	*out = NULL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ENOMEM;
	for (i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
		passes[i].run(s, r);
	ana_findings_done(r);
	for (i = 0; i < r->nfindings; i++)
		place(r, s, r->findings[i]);
	r->verdict = verdict(r);
	if (r->nomem) {
		ana_result_free(r);
		return ENOMEM;
	}
	*out = r;
	return 0;
}

int
ana_run_order(const struct ana_snapshot *s, struct ana_result **out)
{
	struct ana_result *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (r == NULL)
		return ENOMEM;
	ana_pass_order(s, r);
	ana_findings_done(r);
	r->verdict = verdict(r);
	if (r->nomem) {
		ana_result_free(r);
		return ENOMEM;
	}
	*out = r;
	return 0;
}

void
ana_result_free(struct ana_result *r)
{
	struct ana_mem *m;

	if (r == NULL)
		return;
	while ((m = r->mem) != NULL) {
		r->mem = m->next;
		free(m);
	}
	free(r);
}

enum ana_exit
ana_exit_code(const struct ana_result *r)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		if (strcmp(r->findings[i]->kind->name, "bug") == 0)
			return ANA_EXIT_BUG;
	}
	if (r->of_level[ANA_ERROR] + r->of_level[ANA_WARN] != 0)
		return ANA_EXIT_FINDINGS;
	if (r->facts.end == WLE_FAILED)
		return ANA_EXIT_CANNOT;
	return r->trust.untrusted ? ANA_EXIT_UNTRUSTED : ANA_EXIT_CLEAN;
}
