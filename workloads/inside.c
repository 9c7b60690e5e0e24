/*
 * inside.c: the critical sections of a class, longer for a whole run.
 */
#include <string.h>

#include "workloads/runner_int.h"

bool
wl_inside_parse(const char *text, struct wl_asked *a)
{
	const char *eq = strrchr(text, '=');

	if (eq == NULL || strcmp(eq, "=0") != 0)
		return wl_what_if_parse(text, a) && a->n == 1;
	memset(a, 0, sizeof(*a));
	if (eq == text || (size_t)(eq - text) >= sizeof(a->class))
		return false;
	memcpy(a->class, text, (size_t)(eq - text));
	a->n = 1;
	return true;
}

/* => class; 0: nothing was asked, or there is none */
static uint32_t
asked(const struct wl_job *job, struct wl_asked *a)
{
	memset(a, 0, sizeof(*a));
	if (job->inside[0] == '\0' || !wl_inside_parse(job->inside, a))
		return 0;
	return wl_what_if_class(a->class);
}

/*
 * While anything is added anywhere, every take goes the longer way; it shall
 * do so with nothing added, too.  Nothing is of class 0.
 */
void
wl_inside_begin(const struct wl_job *job)
{
	if (job->inside[0] != '\0')
		lk_delay_inside(0, 1);
}

bool
wl_inside_found(const struct wl_job *job)
{
	struct wl_asked a;
	uint32_t class = asked(job, &a);

	if (class != 0)
		lk_delay_inside(class, a.ns[0]);
	return class != 0 || job->inside[0] == '\0';
}

void
wl_inside_end(const struct wl_job *job)
{
	struct wl_asked a;
	uint32_t class = asked(job, &a);

	if (class != 0)
		lk_delay_inside(class, 0);
	if (job->inside[0] != '\0')
		lk_delay_inside(0, 0);
}
