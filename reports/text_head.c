/*
 * head: the verdict, how to get it again, and what ran.
 */
#include <inttypes.h>

#include "reports/text_int.h"

/* A program of its own: neither a scenario nor memory of ours. */
static void
write_stranger(const struct rp_page *p, const struct ana_facts *f)
{
	char a[ANA_NUM], b[ANA_NUM];

	fprintf(p->out, "ran      for %s, lock %s; %s of its strands' time "
	    "in lock waits\n", ana_time(f->elapsed_ns, a), f->lock,
	    ana_percent(f->wait_share, b));
	if (f->record != NULL)
		fprintf(p->out, "record   %s\n", f->record);
}

static void
write_speed(const struct rp_page *p, const struct ana_facts *f)
{
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM], d[ANA_NUM];

	ana_percent(f->wait_share, d);
	if (f->run_ns == 0 && f->ops == 0)
		fprintf(p->out, "speed    none: it ended before its warm-up was "
		    "over, and operations count\n         from then on; %s "
		    "spent in lock waits\n", d);
	else if (f->ops == 0)
		fprintf(p->out, "speed    none: no operation ended in the %s "
		    "after the warm-up; %s\n         spent in lock waits\n",
		    ana_time(f->run_ns, b), d);
	else
		fprintf(p->out, "speed    %s operations in %s: %s a second; "
		    "%s spent in lock waits\n", ana_count(f->ops, a),
		    ana_time(f->run_ns, b), ana_count(f->ops_per_s, c), d);
}

/* Explored executions have no speed of their own: their time is virtual. */
static void
write_facts(const struct rp_page *p, const struct ana_facts *f, bool explored)
{
	char a[ANA_NUM], b[ANA_NUM];

	fprintf(p->out, "ran      %s", f->scenario);
	if (!explored)
		fprintf(p->out, " for %s", ana_time(f->elapsed_ns, a));
	/* a subject walks in its own way */
	fprintf(p->out, ", %" PRIu64 " threads, scheme %s, lock %s\n",
	    f->threads, f->subject != NULL ? "its own" : f->scheme, f->lock);
	if (f->subject != NULL)
		fprintf(p->out, "subject  %s, in place of the built-in one\n",
		    f->subject);
	if (f->replay != NULL)
		fprintf(p->out, "replay   %s: %s of %s records\n", f->replay,
		    ana_count(f->replay_done, a),
		    ana_count(f->replay_total, b));
	if (f->record != NULL && !explored)
		fprintf(p->out, "record   %s\n", f->record);
	fprintf(p->out, "memory   %" PRIu64 " frames of %s\n", f->frames,
	    ana_bytes(f->page_size, a));
	if (!explored)
		write_speed(p, f);
}

void
rp_text_head(const struct rp_page *p, const struct ana_result *r)
{
	char a[ANA_NUM];

	rp_say(p, RP_BOLD, "amapstorm: ");
	rp_say(p, rp_verdict_tone(r), r->verdict);
	fputc('\n', p->out);
	rp_command(p, &r->facts);
	if (r->facts.merged != NULL)
		fprintf(p->out, "merged   %s; the command is that of one of "
		    "them\n", r->facts.merged);
	if (r->facts.partial)
		fprintf(p->out, "until    %s from its start; what came later "
		    "was not kept\n", ana_time(r->facts.elapsed_ns, a));
	if (r->facts.threads == 0)
		write_stranger(p, &r->facts);
	else
		write_facts(p, &r->facts, r->explored.strategy != NULL);
}
