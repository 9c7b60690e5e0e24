/*
 * facts: what ran, for how long, how fast.
 */
#include "analysis/ana_int.h"

static double
wait_share(const struct ana_snapshot *s)
{
	double time = ana_strand_time(s);
	uint64_t waited = 0;
	size_t i;

	for (i = 0; i < s->ntotals; i++) {
		if (s->totals[i].kind == LKN_LOCK ||
		    s->totals[i].kind == LKN_MUTEX)
			waited += s->totals[i].c[LKC_wait_ns];
	}
	return time > 0 ? (double)waited / time : 0;
}

static void
run_facts(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_facts *f = &r->facts;

	f->elapsed_ns = s->outcome.elapsed_ns;
	f->run_ns = s->run.run_ns;
	f->ops = s->run.ops;
	if (f->run_ns != 0)
		f->ops_per_s = (uint64_t)((double)f->ops * 1e9 /
		    (double)f->run_ns);
	f->replay_done = s->run.replay_done;
	f->replay_total = s->run.replay_total;
	f->wait_share = wait_share(s);
	f->end = s->outcome.end;
	f->partial = s->partial;
	f->error = s->outcome.error;
	f->why = ana_say(r, "%s", s->outcome.why);
}

static void
op_rows(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct vm_row *names;
	struct ana_op_row *row;
	size_t i, n;

	names = wl_operations(&n);
	r->ops = ana_alloc(r, n, sizeof(*r->ops));
	if (r->ops == NULL)
		return;
	for (i = 0; i < n && i < WLO_NOPS; i++) {
		row = &r->ops[r->nops];
		row->name = names[i].name;
		row->help = names[i].help;
		row->done = s->ops[i].done;
		row->refused = s->ops[i].refused;
		row->skipped = s->ops[i].skipped;
		if (row->done + row->refused != 0)
			row->mean_ns = s->ops[i].ns /
			    (row->done + row->refused);
		if (row->done + row->refused + row->skipped != 0)
			r->nops++;
	}
}

/* => NULL: it was no job of ours */
static const char *
job_text(const struct ana_snapshot *s, struct ana_result *r)
{
	size_t len;
	char *text;

	if (s->job.threads == 0)
		return NULL;
	len = wl_job_print(&s->job, NULL, 0) + 1;
	text = ana_alloc(r, len, 1);
	if (text != NULL)
		wl_job_print(&s->job, text, len);
	return text;
}

void
ana_pass_facts(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_facts *f = &r->facts;

	f->command = ana_say(r, "%s", s->command);
	f->job = job_text(s, r);
	f->scenario = ana_say(r, "%s", s->job.name);
	f->scheme = ana_say(r, "%s", s->job.scheme);
	if (s->job.subject[0] != '\0')
		f->subject = ana_say(r, "%s", s->job.subject);
	f->lock = ana_say(r, "%s", s->job.lock[0] != '\0' ? s->job.lock :
	    s->info.backend);
	f->record = lk_level_name(s->info.level);
	if (s->job.replay[0] != '\0')
		f->replay = ana_say(r, "%s", s->job.replay);
	if (ana_merged(s))
		f->merged = ana_runs(s, r);
	f->seed = s->job.threads != 0 ? s->job.seed : s->info.seed;
	f->threads = s->job.threads;
	f->spaces = s->job.spaces;
	f->frames = s->job.vm.frames;
	f->page_size = s->job.vm.page_size;
	run_facts(s, r);
	op_rows(s, r);
}
