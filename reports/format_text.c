/*
 * text: for people at a terminal.  80 columns, most important first; a clean
 * run fits one screen.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/rp_int.h"

#define WIDTH	79	/* the last column stays free: no terminal wraps */

/* What is being written, and how. */
struct page {
	FILE			*out;
	const struct rp_style	*style;
};

enum tone { PLAIN, BOLD, FAINT, GOOD, WARNING, BAD };

static const char *const escape[] = {
	[PLAIN] = "", [BOLD] = "\033[1m", [FAINT] = "\033[2m",
	[GOOD] = "\033[1;32m", [WARNING] = "\033[1;33m", [BAD] = "\033[1;31m"
};

static void
say(const struct page *p, enum tone tone, const char *text)
{
	if (p->style->colour && tone != PLAIN)
		fprintf(p->out, "%s%s\033[0m", escape[tone], text);
	else
		fputs(text, p->out);
}

/* => words only, broken between them to WIDTH */
static void
paragraph(const struct page *p, const char *indent, const char *text)
{
	size_t len, at = 0;

	while (*text != '\0') {
		len = strcspn(text, " ");
		if (at == 0)
			at = (size_t)fprintf(p->out, "%s%.*s", indent,
			    (int)len, text);
		else if (at + 1 + len <= WIDTH)
			at += (size_t)fprintf(p->out, " %.*s", (int)len, text);
		else {
			fputc('\n', p->out);
			at = (size_t)fprintf(p->out, "%s%.*s", indent,
			    (int)len, text);
		}
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', p->out);
}

/* A heading that begins a section; what follows it on the line is faint. */
static void
heading(const struct page *p, const char *name, const char *columns)
{
	fputc('\n', p->out);
	say(p, BOLD, name);
	if (columns[0] != '\0')
		say(p, FAINT, columns);
	fputc('\n', p->out);
}

static enum tone
verdict_tone(const struct ana_result *r)
{
	if (r->of_level[ANA_ERROR] != 0 || r->facts.end == WLE_FAILED)
		return BAD;
	if (r->of_level[ANA_WARN] != 0 || r->trust.untrusted)
		return WARNING;
	return GOOD;
}

static void
write_command(const struct page *p, const struct ana_facts *f)
{
	fprintf(p->out, "command  %s\nseed     %" PRIu64 "\n", f->command,
	    f->seed);
}

static void
write_facts(const struct page *p, const struct ana_facts *f)
{
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM], d[ANA_NUM];

	fprintf(p->out, "ran      %s for %s, %" PRIu64 " threads, scheme %s, "
	    "lock %s\n", f->scenario, ana_time(f->elapsed_ns, a), f->threads,
	    f->scheme, f->lock);
	if (f->replay != NULL)
		fprintf(p->out, "replay   %s: %s of %s records\n", f->replay,
		    ana_count(f->replay_done, a),
		    ana_count(f->replay_total, b));
	fprintf(p->out, "memory   %" PRIu64 " frames of %s\n", f->frames,
	    ana_bytes(f->page_size, a));
	fprintf(p->out, "speed    %s operations in %s: %s a second; %s "
	    "spent in lock waits\n", ana_count(f->ops, a),
	    ana_time(f->run_ns, b), ana_count(f->ops_per_s, c),
	    ana_percent(f->wait_share, d));
}

static void
write_finding(const struct page *p, const struct ana_finding *f, size_t no)
{
	char count[ANA_NUM], head[160];
	size_t i;

	snprintf(head, sizeof(head), "%s %zu: %s", ana_level_name(f->level),
	    no, f->kind->title);
	fputc('\n', p->out);
	say(p, f->level == ANA_ERROR ? BAD :
	    f->level == ANA_WARN ? WARNING : BOLD, head);
	fprintf(p->out, "\n  %s, %s", f->name, ana_status_name(f->status));
	if (f->status == ANA_UNCONFIRMED)
		fprintf(p->out, " in %u tries", f->tries);
	if (f->count > 1)
		fprintf(p->out, ", %s times", ana_count(f->count, count));
	fputc('\n', p->out);
	paragraph(p, "  ", f->what);
	for (i = 0; i < f->ntext; i++)
		fprintf(p->out, "    %s\n", f->text[i]);
	say(p, FAINT, "  Why it matters:");
	fputc('\n', p->out);
	paragraph(p, "    ", f->kind->why);
	say(p, FAINT, "  What to do:");
	fputc('\n', p->out);
	paragraph(p, "    ", f->kind->remedy);
}

static void
write_again(const struct page *p, const struct ana_facts *f)
{
	fputc('\n', p->out);
	say(p, FAINT, "  To see it again:");
	fprintf(p->out, "\n    %s", f->command);
	if (strstr(f->command, "--seed") == NULL)
		fprintf(p->out, " --seed %" PRIu64, f->seed);
	fputc('\n', p->out);
}

static void
write_findings(const struct page *p, const struct ana_result *r)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		write_finding(p, r->findings[i], i + 1);
	if (r->nfindings != 0)
		write_again(p, &r->facts);
	if (r->ndump != 0)
		heading(p, "EVERY STRAND", "");
	for (i = 0; i < r->ndump; i++)
		fprintf(p->out, "  %s\n", r->dump[i]);
	if (r->nfindings != 0 && p->style->brief)
		fputc('\n', p->out);
}

static void
write_op(const struct page *p, const struct ana_op_row *row)
{
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM], d[ANA_NUM];

	fprintf(p->out, "%-12s%6s%6s%6s%7s", row->name,
	    ana_count(row->done, a), ana_count(row->refused, b),
	    ana_count(row->skipped, c),
	    row->mean_ns == 0 ? "-" : ana_time(row->mean_ns, d));
}

/* Two columns of operations, read downwards. */
static void
write_ops(const struct page *p, const struct ana_result *r)
{
	size_t i, half = (r->nops + 1) / 2;

	if (r->nops == 0)
		return;
	heading(p, "OPERATION   ", "  done  deny  skip   mean  OPERATION   "
	    "  done  deny  skip   mean");
	for (i = 0; i < half; i++) {
		write_op(p, &r->ops[i]);
		if (i + half < r->nops) {
			fputs("  ", p->out);
			write_op(p, &r->ops[i + half]);
		}
		fputc('\n', p->out);
	}
}

/*
 * Names and numbers in a running line, broken to WIDTH.
 * => at: columns written, 0 at the beginning of a section
 */
static void
item(const struct page *p, size_t *at, const char *label, const char *name,
    const char *value)
{
	size_t len = strlen(name) + strlen(value) + (value[0] != '\0');

	if (*at == 0)
		*at = (size_t)fprintf(p->out, "%-9s", label);
	else if (*at + 2 + len > WIDTH) {
		fputc('\n', p->out);
		*at = (size_t)fprintf(p->out, "%-9s", "");
	} else
		*at += (size_t)fprintf(p->out, "  ");
	fputs(name, p->out);
	if (value[0] != '\0') {
		fputc(' ', p->out);
		say(p, BOLD, value);
	}
	*at += len;
}

/* What happened, by group; then the names of what did not. */
static void
write_cover(const struct page *p, const struct ana_result *r)
{
	const char *group = "";
	char value[ANA_NUM];
	size_t i, at = 0;

	if (r->ncover == 0)
		return;
	heading(p, "COVERAGE", ": what was done, counted where it is done");
	for (i = 0; i < r->ncover; i++) {
		if (r->cover[i].value == 0)
			continue;
		if (strcmp(r->cover[i].group, group) != 0) {
			if (at != 0)
				fputc('\n', p->out);
			at = 0;
			group = r->cover[i].group;
		}
		item(p, &at, group, r->cover[i].name,
		    ana_count(r->cover[i].value, value));
	}
	if (at != 0)
		fputc('\n', p->out);
	for (i = 0, at = 0; i < r->ncover; i++) {
		if (r->cover[i].value == 0)
			item(p, &at, "never", r->cover[i].name, "");
	}
	if (at != 0)
		fputc('\n', p->out);
}

static void
write_lock(const struct page *p, const struct ana_lock_row *row)
{
	char n[7][ANA_NUM];

	fprintf(p->out, "%-29.29s %6s %6s %7s %6s %6s %6s %6s\n",
	    row->class, ana_count(row->c[LKC_acquired], n[0]),
	    ana_count(row->c[LKC_contended], n[1]),
	    ana_time(row->c[LKC_wait_ns], n[2]),
	    row->p50 == 0 ? "-" : ana_time(row->p50, n[3]),
	    row->p99 == 0 ? "-" : ana_time(row->p99, n[4]),
	    ana_time(row->c[LKC_wait_max], n[5]),
	    ana_percent(row->wait_share, n[6]));
}

static void
write_site(const struct page *p, const struct ana_lock_row *row)
{
	char waits[ANA_NUM], time[ANA_NUM];

	fprintf(p->out, "  at %-52.52s %s waits, %s\n", row->site,
	    ana_count(row->c[LKC_contended], waits),
	    ana_time(row->c[LKC_wait_ns], time));
}

static void
write_locks(const struct page *p, const struct ana_result *r)
{
	size_t i;

	if (r->nlocks == 0)
		return;
	heading(p, "LOCK", ", and where most waited    taken  waits  "
	    "waited    p50    p99    max  share");
	for (i = 0; i < r->nlocks; i++) {
		if (r->locks[i].site == NULL)
			write_lock(p, &r->locks[i]);
		else
			write_site(p, &r->locks[i]);
	}
}

static void
write_state(const struct page *p, const struct ana_result *r)
{
	char value[2 * ANA_NUM + 4], a[ANA_NUM], b[ANA_NUM];
	size_t i, at = 0;

	if (r->ngauges + r->nchecks == 0)
		return;
	heading(p, "MEMORY AND CHECKS", "");
	for (i = 0; i < r->ngauges; i++) {
		ana_count(r->gauges[i].value, a);
		if (r->gauges[i].of != 0)
			snprintf(value, sizeof(value), "%s of %s", a,
			    ana_count(r->gauges[i].of, b));
		else
			snprintf(value, sizeof(value), "%s", a);
		item(p, &at, "at end", r->gauges[i].name, value);
	}
	fputc('\n', p->out);
	at = 0;
	for (i = 0; i < r->nchecks; i++)
		item(p, &at, "checked", r->checks[i].name,
		    ana_count(r->checks[i].value, a));
	fputc('\n', p->out);
}

static void
write_trust(const struct page *p, const struct ana_trust *t)
{
	char value[ANA_NUM];
	size_t i;

	fprintf(p->out, "trust    %s\n", t->untrusted ?
	    "no: more than 1% of what was counted was lost" :
	    t->nlosses != 0 ? "yes, with losses:" : "yes, nothing was lost");
	for (i = 0; i < t->nlosses; i++)
		fprintf(p->out, "         lost %s %s\n",
		    ana_count(t->losses[i].value, value), t->losses[i].help);
	for (i = 0; i < t->nremarks; i++)
		fprintf(p->out, "         %s\n", t->remarks[i]);
}

int
rp_format_text(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	struct page p = { .out = out, .style = style };

	errno = 0;
	say(&p, BOLD, "amapstorm: ");
	say(&p, verdict_tone(r), r->verdict);
	fputc('\n', out);
	write_command(&p, &r->facts);
	write_facts(&p, &r->facts);
	write_findings(&p, r);
	if (!style->brief) {
		write_ops(&p, r);
		write_cover(&p, r);
		write_locks(&p, r);
		write_state(&p, r);
	}
	write_trust(&p, &r->trust);
	fputs("result   ", out);
	say(&p, verdict_tone(r), r->verdict);
	fputc('\n', out);
	write_command(&p, &r->facts);
	return rp_finish(out);
}
