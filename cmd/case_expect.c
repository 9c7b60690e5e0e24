/*
 * What a row of a case table expects, and whether it is what was found.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/case_int.h"

static const char *const verdict_name[] = { "silent", "INFO", "WARN", "ERROR" };

const char *
case_verdict_name(enum case_verdict v)
{
	return verdict_name[v];
}

static enum case_verdict
of_finding(const struct ana_finding *f)
{
	return (enum case_verdict)(CASE_INFO + (f->level - ANA_INFO));
}

enum case_verdict
case_verdict(const struct ana_result *r)
{
	enum case_verdict v = CASE_SILENT;
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		if (of_finding(r->findings[i]) > v)
			v = of_finding(r->findings[i]);
	return v;
}

/*
 * Which verdicts will do, as a set of bits.
 *
 * Two locks of one class, one within the other, are no deadlock by
 * themselves: where the truth is SAFE a REPORT of these is an INFO here.
 */
static unsigned
allowed(const struct wl_case_row *row, bool strict)
{
	static const struct {
		const char	*expect;
		unsigned	set, strict;
	} rules[] = {
		{ "REPORT", 1 << CASE_ERROR | 1 << CASE_WARN,
		    1 << CASE_ERROR | 1 << CASE_WARN },
		{ "OK", 1 << CASE_SILENT | 1 << CASE_INFO,
		    1 << CASE_SILENT | 1 << CASE_INFO },
		{ "ERROR", 1 << CASE_ERROR, 1 << CASE_ERROR },
		{ "WARN", 1 << CASE_WARN, 1 << CASE_WARN },
		{ "INFO", 1 << CASE_INFO, 1 << CASE_INFO },
		{ "silent", 1 << CASE_SILENT | 1 << CASE_INFO,
		    1 << CASE_SILENT },
	};
	size_t i;

	if (strcmp(row->expect, "REPORT") == 0 &&
	    strcmp(row->truth, "SAFE") == 0)
		return 1 << CASE_INFO;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strcmp(row->expect, rules[i].expect) == 0)
			return strict ? rules[i].strict : rules[i].set;
	/* "as E06": the truth says how bad it is */
	if (strcmp(row->truth, "DL+w") == 0)
		return 1 << CASE_WARN;
	if (strcmp(row->truth, "SAFE") == 0)
		return 1 << CASE_SILENT | 1 << CASE_INFO;
	return 1 << CASE_ERROR;
}

const char *
case_expected(const struct wl_case_row *row)
{
	unsigned set = allowed(row, true);
	int v;

	if (row->expect[0] != '\0' && strcmp(row->expect, "REPORT") != 0)
		return row->expect;
	for (v = CASE_ERROR; v >= CASE_SILENT; v--)
		if (set == 1U << v)
			return verdict_name[v];
	return row->expect[0] != '\0' ? row->expect : "?";
}

static const struct kind {
	const char	*words, *findings;
} kinds[] = {
#define CASE_KIND(words, findings)	{ words, findings },
#include "cmd/case_kinds.def"
#undef CASE_KIND
};

static const struct kind *
kind_of(const struct wl_case_row *row)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(row->kind, kinds[i].words) != NULL)
			return &kinds[i];
	return NULL;
}

/* Is the finding's name one of the words of the list, or under one? */
static bool
is_of(const char *name, const char *list)
{
	size_t n;

	for (; *list != '\0'; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		if (strncmp(name, list, n) == 0 &&
		    (name[n] == '\0' || name[n] == '.'))
			return true;
	}
	return false;
}

/* => of so many strands; 0: of any number */
static unsigned
how_many(const struct ana_result *r, const char *list, unsigned set,
    size_t strands)
{
	const struct ana_finding *f;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		f = r->findings[i];
		if (is_of(f->name, list) &&
		    (set & 1U << of_finding(f)) != 0 &&
		    (strands == 0 || f->nstrands == strands))
			n++;
	}
	return n;
}

/* cycle3: a ring of three strands */
static size_t
strands_of(const char *kind)
{
	const char *s = strstr(kind, "cycle");

	return s == NULL ? 0 : strtoul(s + strlen("cycle"), NULL, 10);
}

bool
case_meets(const struct wl_case_row *row, const struct ana_result *r,
    bool strict, char why[160])
{
	unsigned set = allowed(row, strict), n;
	enum case_verdict got = case_verdict(r);
	const struct kind *k = kind_of(row);
	size_t strands;

	why[0] = '\0';
	if ((set & 1U << got) == 0) {
		snprintf(why, 160, "%s instead of %s", verdict_name[got],
		    case_expected(row));
		return false;
	}
	if (k == NULL || k->findings[0] == '\0' || got == CASE_SILENT)
		return true;
	strands = strands_of(row->kind);
	n = how_many(r, k->findings, set, strands);
	if (strstr(row->kind, "twice") != NULL && n != 2) {
		snprintf(why, 160, "%u times, not twice: %s", n, k->findings);
		return false;
	}
	if (n == 0 && strands != 0)
		snprintf(why, 160, "the level is right, but no %s of %zu "
		    "strands", k->findings, strands);
	else if (n == 0)
		snprintf(why, 160, "the level is right, but no %s",
		    k->findings);
	return n != 0;
}

void
case_show_findings(const struct ana_result *r)
{
	size_t i, k;

	for (i = 0; i < r->nfindings; i++) {
		const struct ana_finding *f = r->findings[i];

		printf("      %s %s (%s): %s\n", ana_level_name(f->level),
		    f->name, ana_status_name(f->status), f->what);
		for (k = 0; k < f->ntext; k++)
			printf("          %s\n", f->text[k]);
	}
}

void
case_json_text(const char *s)
{
	putchar('"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < ' ')
			printf("\\u%04x", (unsigned char)*s);
		else
			putchar(*s);
	}
	putchar('"');
}

void
case_json_findings(const struct ana_result *r)
{
	size_t i, k;

	for (i = 0; i < r->nfindings; i++) {
		const struct ana_finding *f = r->findings[i];

		printf("%s\n      { \"level\": \"%s\", \"status\": \"%s\", "
		    "\"name\": ", i == 0 ? "" : ",", ana_level_name(f->level),
		    ana_status_name(f->status));
		case_json_text(f->name);
		printf(", \"what\": ");
		case_json_text(f->what);
		printf(", \"text\": [");
		for (k = 0; k < f->ntext; k++) {
			printf("%s", k == 0 ? " " : ", ");
			case_json_text(f->text[k]);
		}
		printf(" ] }");
	}
}
