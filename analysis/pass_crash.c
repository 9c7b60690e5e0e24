/*
 * crash: the run died of a signal.
 */
#include <inttypes.h>
#include <string.h>

#include "analysis/ana_int.h"

static void
evidence_line(struct ana_result *r, void *f, const char *text)
{
	ana_text(r, f, "%s", text);
}

/* A panic or a failed assertion ends in a signal, too: told once. */
static bool
told(const struct ana_snapshot *s)
{
	size_t i;

	if (s->info.panicked)
		return true;
	for (i = 0; i < s->nincidents; i++) {
		if (strncmp(s->incidents[i].kind, "bug", 3) == 0)
			return true;
	}
	return false;
}

void
ana_pass_crash(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_finding *f;
	const char *name;
	size_t i;

	if (s->outcome.end != WLE_CRASH || told(s))
		return;
	name = sigabbrev_np(s->outcome.signo);
	f = ana_find(r, "crash");
	f->what = s->outcome.signo == 0 ? ana_say(r, "%s", s->outcome.why) :
	    ana_say(r, "killed by signal %d (SIG%s)", s->outcome.signo,
	    name == NULL ? "?" : name);
	if (!s->crashed)
		return;
	ana_text(r, f, "at address 0x%" PRIx64 ", in strand %u \"%s\"",
	    s->crash.addr, s->crash.strand, s->crash.strand_name);
	ana_stack(r, s, f, s->crash.frame, s->crash.nframes);
	for (i = 0; i < s->nstrands; i++) {
		if (s->strands[i].id != s->crash.strand)
			continue;
		ana_concern_strand(r, f, s->strands[i].id);
		ana_strand_lines(r, s, &s->strands[i], evidence_line, f);
	}
}
