/*
 * What a run is at, while it runs: one line that changes on a terminal, a
 * line now and then elsewhere.
 */
#include <inttypes.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

#define PLAIN_EVERY_NS	UINT64_C(5000000000)

static const char *
phase_name(enum wl_phase phase)
{
	static const char *const names[] = {
		[WLP_SETUP] = "setting up", [WLP_WARMUP] = "warming up",
		[WLP_RUN] = "running", [WLP_DRAIN] = "ending",
		[WLP_AUDIT] = "auditing", [WLP_DONE] = "done"
	};

	return names[phase];
}

static int
line(const struct wl_status *s, char *buf, size_t len)
{
	char at[ANA_NUM], of[ANA_NUM], ops[ANA_NUM], rate[ANA_NUM];
	char wait[ANA_NUM], nfree[ANA_NUM], frames[ANA_NUM], found[ANA_NUM];

	return snprintf(buf, len, "%s %s%s%s  %s ops  %s/s  wait %s  free "
	    "%s/%s  found %s", phase_name(s->phase),
	    ana_time(s->elapsed_ns, at), s->duration_ns == 0 ? "" : " of ",
	    s->duration_ns == 0 ? "" : ana_time(s->duration_ns, of),
	    ana_count(s->ops, ops), ana_count(s->ops_per_s, rate),
	    ana_percent(s->wait_share, wait), ana_count(s->frames_free, nfree),
	    ana_count(s->frames, frames), ana_count(s->incidents, found));
}

void
cmd_live_status(const struct wl_status *s, void *arg)
{
	struct cmd_live *live = arg;
	char buf[160];

	live->found = live->found || s->incidents != 0;
	if (live->quiet)
		return;
	line(s, buf, sizeof(buf));
	if (live->terminal) {
		fprintf(stderr, "\r\033[K%.79s", buf);
		return;
	}
	/* A first finding is told at once. */
	if (s->elapsed_ns < live->next_ns &&
	    (s->incidents == 0 || live->incidents != 0))
		return;
	fprintf(stderr, "%s\n", buf);
	live->next_ns = s->elapsed_ns + PLAIN_EVERY_NS;
	live->incidents = s->incidents;
}

/* A finding is told when it is made, with all there is to it. */
static void
tell(const struct ana_finding *f, void *arg)
{
	struct cmd_live *live = arg;
	size_t i;

	live->found = true;
	if (live->quiet)
		return;
	fprintf(stderr, "%s%s %s: %s\n", live->terminal ? "\r\033[K" : "",
	    ana_level_name(f->level), f->name, f->what);
	for (i = 0; i < f->ntext; i++)
		fprintf(stderr, "    %s\n", f->text[i]);
}

bool
cmd_live_look(void *arg)
{
	struct cmd_live *live = arg;

	if (live->keep != NULL)
		cmd_keep_look(live->keep, live->rec);
	if (live->watch != NULL &&
	    ana_watch_look(live->watch, tell, live) != 0) {
		/* no memory: what there is to find is found at the end */
		ana_watch_free(live->watch);
		live->watch = NULL;
	}
	return live->stop && live->found;
}

void
cmd_live_end(struct cmd_live *live)
{
	if (live->terminal)	/* a quiet one may show ^C */
		fputs("\r\033[K", stderr);
}
