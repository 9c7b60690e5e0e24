/*
 * scenario.c: the job files that are compiled in, and the operations' rows.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "workloads/job_int.h"

#define MAXROWS	64

static const struct vm_row operations[] = {
#define OPERATION(name, help)	{ #name, help },
#include "workloads/operations.def"
#undef OPERATION
};

static const char *const duties[] = { "setup", "check", "audit", "exit" };

const struct vm_row *
wl_operations(size_t *n)
{
	*n = WLO_NOPS;
	return operations;
}

const char *
wl_op_name(uint32_t id)
{
	if (id == 0)
		return "-";
	if (id <= WLO_NOPS)
		return operations[id - 1].name;
	if (id < WL_OP_ID(WLD_END))
		return duties[id - WL_OP_ID(WLD_SETUP)];
	return "?";
}

const struct vm_row *
wl_scenarios(size_t *n)
{
	*n = wl_nscenario_files;
	return wl_scenario_rows;
}

static int
no_scenario(const char *name, struct wl_error *err)
{
	const char *names[MAXROWS];
	size_t i;

	memset(err, 0, sizeof(*err));
	for (i = 0; i < wl_nscenario_files && i < MAXROWS; i++)
		names[i] = wl_scenario_files[i].name;
	snprintf(err->where, sizeof(err->where), "command line");
	snprintf(err->what, sizeof(err->what), "there is no scenario '%.100s'",
	    name);
	wl_suggest(name, names, i, err->expected, sizeof(err->expected));
	return ENOENT;
}

int
wl_job_scenario(struct wl_job *job, const char *name, struct wl_error *err)
{
	const struct wl_scenario *s;
	size_t i;
	int error;

	for (i = 0; i < wl_nscenario_files; i++) {
		s = &wl_scenario_files[i];
		if (strcmp(s->name, name) != 0)
			continue;
		error = wl_job_text(job, (const char *)s->text, s->len,
		    s->name, err);
		if (error == 0)
			snprintf(job->name, sizeof(job->name), "%s", s->name);
		return error;
	}
	return no_scenario(name, err);
}
