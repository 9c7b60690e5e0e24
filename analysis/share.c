/*
 * What is contention, and how much of the run it is.
 */
#include "analysis/ana_int.h"

bool
ana_contends(enum lk_node_kind kind)
{
	return kind == LKN_LOCK || kind == LKN_MUTEX || kind == LKN_PAGE ||
	    kind == LKN_MEMORY;
}

/* A program of its own tells neither its strands nor how long they ran. */
uint64_t
ana_strands(const struct ana_snapshot *s)
{
	if (s->run.strands != 0)
		return s->run.strands;
	return s->job.threads != 0 ? s->job.threads : s->info.nstrands;
}

/* Locks count from the warm-up on, unless it is not recorded. */
uint64_t
ana_run_time(const struct ana_snapshot *s)
{
	bool cold = wl_job_level(s->job.warmup_record) == LK_LEVEL_OFF;

	if (s->run.open_ns != 0 && (!cold || s->run.run_ns == 0))
		return s->run.open_ns;
	if (s->run.run_ns != 0)
		return s->run.run_ns;
	return s->info.created != 0 && s->info.now > s->info.created ?
	    s->info.now - s->info.created : 0;
}

double
ana_strand_time(const struct ana_snapshot *s)
{
	return (double)ana_run_time(s) * (double)ana_strands(s);
}
