/*
 * trace: the timeline in the trace-event format, which Perfetto and the Firefox
 * profiler open: a track for each strand, with its operations, waits and holds,
 * and arrows from who let go to who waited for it.
 *
 *	op1	|---- fork --------------------------|
 *		    |- waits for amaplk -| |- holds amaplk -|
 *	op2	|------ write ----------*|
 *			      lets go --^
 */
#include <errno.h>
#include <inttypes.h>

#include "reports/rp_int.h"

#define DEPTH	64		/* events inside each other */

struct writer {
	FILE		*out;
	const struct ana_timeline *t;
	const char	*comma;
	uint64_t	arrows;
};

static void
text(const struct writer *w, const char *key, const char *value)
{
	fprintf(w->out, ",\"%s\":", key);
	rp_quoted(w->out, value, "\\");
}

/*
 * Times are us; what is behind the point are ns, and a hundredth of one: it is
 * the same ns for who rounds and for who cuts off the binary fraction that he
 * made of it.  Of the latter kind were Perfettos that dropped what overlapped.
 */
static void
us(const struct writer *w, const char *key, uint64_t ns)
{
	fprintf(w->out, ",\"%s\":%" PRIu64 ".%03u01", key, ns / 1000,
	    (unsigned)(ns % 1000));
}

static void
begin(struct writer *w, const char *phase, uint32_t track, uint64_t ts)
{
	fprintf(w->out, "%s\n{\"ph\":\"%s\",\"pid\":1,\"tid\":%u", w->comma,
	    phase, track + 1);
	us(w, "ts", ts);
	w->comma = ",";
}

static void
meta(struct writer *w, const char *what, uint32_t track, const char *name)
{
	begin(w, "M", track, 0);
	fprintf(w->out, ",\"name\":\"%s\",\"args\":{\"name\":", what);
	rp_quoted(w->out, name, "\\");
	fputs("}}", w->out);
}

/* "waits for amaplk" */
static void
name(const struct writer *w, const char *verb, const char *class)
{
	char words[128];

	snprintf(words, sizeof(words), "%s %.100s", verb, class);
	text(w, "name", words);
}

/* => ends in what is shown of the wait; begins on a track that is shown */
static void
arrow(struct writer *w, const struct ana_timed *e, uint64_t until)
{
	uint64_t end = until - 1, from = e->letgo < end ? e->letgo : end;

	if (e->by == 0 || until < e->begin + 2 || w->t->tracks[e->by - 1].n == 0)
		return;
	w->arrows++;
	begin(w, "X", e->by - 1, from);
	us(w, "dur", 1);
	name(w, "lets go", e->class);
	fputs(",\"cat\":\"hand\"}", w->out);
	begin(w, "s", e->by - 1, from);
	fprintf(w->out, ",\"cat\":\"hand\",\"name\":\"hand\",\"id\":%" PRIu64
	    "}", w->arrows);
	begin(w, "f", e->track, end);
	fprintf(w->out, ",\"cat\":\"hand\",\"name\":\"hand\",\"bp\":\"e\","
	    "\"id\":%" PRIu64 "}", w->arrows);
}

/*
 * Slices of a track lie inside each other or apart; a hold that goes on when
 * what it began in is over is shown until there, and says how long it was.
 */
static void
slice(struct writer *w, const struct ana_timed *e, uint64_t until)
{
	static const char *const verbs[] = { [LKV_WAIT] = "waits for",
	    [LKV_HOLD] = "holds" };

	begin(w, "X", e->track, e->begin);
	us(w, "dur", until - e->begin);
	if (e->what == LKV_OP)
		text(w, "name", e->op);
	else
		name(w, verbs[e->what], e->class);
	text(w, "cat", lk_timed_name(e->what));
	fprintf(w->out, ",\"args\":{\"ns\":%" PRIu64, e->end - e->begin);
	if (e->what != LKV_OP) {
		text(w, "mode", lk_mode_name(e->mode));
		text(w, "at", e->site);
		text(w, "operation", e->op);
		fprintf(w->out, ",\"address\":\"0x%" PRIx64 "\"", e->ident);
	}
	if (e->by != 0)
		text(w, "had_by", w->t->tracks[e->by - 1].name);
	fputs("}}", w->out);
}

static void
track(struct writer *w, uint32_t no)
{
	const struct ana_track *at = &w->t->tracks[no];
	uint64_t until[DEPTH];
	size_t i, depth = 0;

	meta(w, "thread_name", no, at->name);
	for (i = at->first; i < at->first + at->n; i++) {
		const struct ana_timed *e = &w->t->events[i];
		uint64_t end = e->end;

		while (depth > 0 && until[depth - 1] <= e->begin)
			depth--;
		if (depth > 0 && until[depth - 1] < end)
			end = until[depth - 1];
		slice(w, e, end);
		arrow(w, e, end);
		if (depth < DEPTH)
			until[depth++] = end;
	}
}

int
rp_format_trace(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	struct writer w = { .out = out, .t = &r->timeline, .comma = "" };
	uint32_t i;

	if (r->timeline.nevents == 0)
		return ENODATA;
	errno = 0;
	fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"tool\":"
	    "\"amapstorm\"", out);
	text(&w, "command", r->facts.command);
	text(&w, "verdict", r->verdict);
	fprintf(out, ",\"seed\":\"%" PRIu64 "\",\"events\":\"%zu\","
	    "\"lost_events\":\"%" PRIu64 "\",\"kept_operations\":\"those that "
	    "waited, and 1 in %u of the others\"},\n\"traceEvents\":[",
	    r->facts.seed, r->timeline.nevents, r->timeline.lost,
	    r->timeline.ops_period);
	meta(&w, "process_name", 0, r->facts.scenario[0] != '\0' ?
	    r->facts.scenario : "amapstorm");
	for (i = 0; i < r->timeline.ntracks; i++) {
		if (r->timeline.tracks[i].n != 0)
			track(&w, i);
	}
	fputs("\n]}\n", out);
	return rp_finish(out);
}
