/*
 * job_check.c: do the values of a job fit together?
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "workloads/job_int.h"
#include "workloads/runner_int.h"

static int
refuse(struct wl_error *err, const char *expected, const char *fmt, ...)
{
	va_list ap;

	snprintf(err->where, sizeof(err->where), "job");
	err->line = 0;
	va_start(ap, fmt);
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
	va_end(ap);
	snprintf(err->expected, sizeof(err->expected), "%s", expected);
	return EINVAL;
}

static int
check_swap(const struct wl_job *job, struct wl_error *err)
{
	int i, last = -1;

	for (i = 0; i < VM_MAXSWAP; i++) {
		if (job->vm.swap_slots[i] == 0 &&
		    job->vm.swap_path[i][0] == '\0')
			continue;
		if (last != i - 1)
			return refuse(err, "devices numbered from 0 on, "
			    "without a gap", "device%d without device%d", i,
			    i - 1);
		last = i;
	}
	if (last == -1)
		return refuse(err, "at least device0", "no swap device");
	if (last == 0 && (job->walkers > 0 || job->weight[WLO_swapcycle] > 0))
		return refuse(err, "two swap devices, so that the pages of one "
		    "can go to the other", "swap-off with one device alone");
	return 0;
}

static int
check_run(const struct wl_job *job, struct wl_error *err)
{
	uint64_t all = 0;
	int i;

	if (job->subject[0] != '\0' && job->vm.subject == NULL)
		return refuse(err, "to be run by amapstorm", "the subject "
		    "%.200s has not been loaded", job->subject);
	for (i = 0; i < WLO_NOPS; i++)
		all += job->weight[i];
	if (all == 0 && job->program[0] != '\0')
		return refuse(err, "amapstorm explore, or weights of "
		    "operations", "%.60s is for exploration", job->name);
	if (all == 0)
		return refuse(err, "weights of operations in [weights], or "
		    "'like = storm' as the first line",
		    "no operation has a weight");
	if (job->duration_ns == 0 && job->ops == 0)
		return refuse(err, "one of the two", "duration and ops are "
		    "both 0: the run would not end");
	return 0;
}

int
wl_job_check(const struct wl_job *job, struct wl_error *err)
{
	size_t ps = job->vm.page_size;
	int error;

	memset(err, 0, sizeof(*err));
	if ((ps & (ps - 1)) != 0)
		return refuse(err, "a power of two, from 64 to 64k",
		    "page_size = %zu", ps);
	if (job->max_spaces <= job->spaces)
		return refuse(err, "max_spaces larger than spaces",
		    "max_spaces = %llu, spaces = %llu",
		    (unsigned long long)job->max_spaces,
		    (unsigned long long)job->spaces);
	if (job->lock[0] == '\0' || job->scheme[0] == '\0')
		return refuse(err, "jobs begin with wl_job_default",
		    "no lock or no scheme");
	if ((error = check_swap(job, err)) != 0 ||
	    (error = wl_what_if_check(job, err)) != 0)
		return error;
	return job->replay[0] != '\0' ? 0 : check_run(job, err);
}
