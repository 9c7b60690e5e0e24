/*
 * junit: a test case for each kind of finding, which fails if it was found;
 * so the same cases are there in each run.
 */
#include <errno.h>
#include <inttypes.h>

#include "reports/rp_int.h"

static void
attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	rp_xml(out, value);
	fputc('"', out);
}

static bool
fails(const struct ana_finding *f, const struct ana_kind *k)
{
	return f->kind == k && f->level != ANA_INFO;
}

static void
failure(FILE *out, const struct ana_result *r, const struct ana_finding *f)
{
	size_t i;

	fputs("   <failure", out);
	attribute(out, "type", f->name);
	attribute(out, "message", f->what);
	fputc('>', out);
	rp_xml(out, ana_status_name(f->status));
	fprintf(out, ", %" PRIu64 " times\n", f->count);
	for (i = 0; i < f->ntext; i++) {
		rp_xml(out, f->text[i]);
		fputc('\n', out);
	}
	rp_xml(out, f->kind->why);
	fputc('\n', out);
	rp_xml(out, f->kind->remedy);
	fputs("\nTo see it again: ", out);
	rp_xml(out, r->explored.again != NULL ? r->explored.again :
	    r->facts.command);
	fputs("</failure>\n", out);
}

/* => does any finding of it count? */
static bool
failed(const struct ana_result *r, const struct ana_kind *k)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		if (fails(r->findings[i], k))
			return true;
	}
	return false;
}

static void
test_case(FILE *out, const struct ana_result *r, const struct ana_kind *k)
{
	size_t i;

	fputs("  <testcase classname=\"amapstorm.", out);
	rp_xml(out, r->facts.scenario[0] != '\0' ? r->facts.scenario :
	    "record");
	fputc('"', out);
	attribute(out, "name", k->name);
	fputs(" time=\"0\"", out);
	if (!failed(r, k)) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	for (i = 0; i < r->nfindings; i++) {
		if (fails(r->findings[i], k))
			failure(out, r, r->findings[i]);
	}
	fputs("  </testcase>\n", out);
}

/* The run itself is a case, too: could it be done, and be believed? */
static void
run_case(FILE *out, const struct ana_result *r, bool bad)
{
	fputs("  <testcase classname=\"amapstorm.", out);
	rp_xml(out, r->facts.scenario[0] != '\0' ? r->facts.scenario :
	    "record");
	fprintf(out, "\" name=\"run\" time=\"%.3f\"",
	    (double)r->facts.elapsed_ns / 1e9);
	if (!bad) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n   <error", out);
	attribute(out, "message", r->verdict);
	fputs("/>\n  </testcase>\n", out);
}

/* A gate's bounds are cases of their own, kept ones, too. */
static void
bound_case(FILE *out,
    const struct ana_bound_row *b)
{
	fputs("  <testcase classname=\"amapstorm.gate\"", out);
	attribute(out, "name", b->text);
	fputs(" time=\"0\"", out);
	if (b->state == ANA_BOUND_KEPT) {
		fputs("/>\n", out);
		return;
	}
	fputs(b->state == ANA_BOUND_OPEN ? ">\n   <skipped" :
	    ">\n   <failure type=\"gate.bound\"", out);
	attribute(out, "message", b->says);
	fputs("/>\n  </testcase>\n", out);
}

static void
bound_cases(FILE *out, const struct ana_result *r)
{
	size_t i;

	for (i = 0; r->compare != NULL && i < r->compare->nbounds; i++)
		bound_case(out, &r->compare->bounds[i]);
}

static size_t
bounds(const struct ana_result *r, enum ana_bound_state state)
{
	size_t i, n = 0;

	for (i = 0; r->compare != NULL && i < r->compare->nbounds; i++)
		n += r->compare->bounds[i].state == state;
	return n;
}

int
rp_format_junit(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	bool bad = r->facts.end == WLE_FAILED || r->trust.untrusted;
	const struct ana_kind *kinds;
	size_t i, n, nfailed = 0, nopen;
	char counts[128];

	errno = 0;
	kinds = ana_kinds(&n);
	for (i = 0; i < n; i++)
		nfailed += failed(r, &kinds[i]);
	nfailed += bounds(r, ANA_BOUND_VIOLATED);
	nopen = bounds(r, ANA_BOUND_OPEN);
	snprintf(counts, sizeof(counts), " tests=\"%zu\" failures=\"%zu\" "
	    "errors=\"%d\" skipped=\"%zu\" time=\"%.3f\"",
	    n + 1 + (r->compare != NULL ? r->compare->nbounds : 0), nfailed,
	    bad, nopen,
	    (double)r->facts.elapsed_ns / 1e9);
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites name=\"amapstorm\"%s>\n <testsuite", counts);
	attribute(out, "name", r->facts.command);
	fprintf(out, "%s>\n", counts);
	run_case(out, r, bad);
	for (i = 0; i < n; i++)
		test_case(out, r, &kinds[i]);
	bound_cases(out, r);
	fputs("  <system-out>", out);
	rp_xml(out, r->verdict);
	fputs("</system-out>\n </testsuite>\n</testsuites>\n", out);
	return rp_finish(out);
}
