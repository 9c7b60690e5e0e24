/*
 * One line of perf script text.
 *
 *	redis 21089/21094 [001] 2963.119533: syscalls:sys_enter_brk: brk: 0x0
 *	|     |           |     |            |                       |
 *	comm, pid/tid or  cpu   time, of any event, with or without  fields
 *	any   tid alone         precision    its group
 *
 * All but tid and event may be missing.  A command may look like anything, so
 * the event is searched from the left and the rest read from it backwards.
 */

#include <ctype.h>
#include <string.h>

#include "workloads/trace_import_int.h"

struct token {
	const char	*at;
	size_t		 len;
};

static const struct event_row {
	const char	*group;
	const char	*name;
	size_t		 len;		/* of name */
} event_rows[EV_NKINDS] = {
#define WL_EVENT(group, name, kind)					\
	[EV_##kind] = { group, name, sizeof(name) - 1 },
#include "workloads/trace_events.def"
#undef WL_EVENT
};

/* ---- small readers ------------------------------------------------------ */

static bool
token_is(struct token t, const char *s)
{
	return (t.len == strlen(s) && memcmp(t.at, s, t.len) == 0);
}

static bool
all_digits(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isdigit((unsigned char)p[i]))
			return (false);
	return (n > 0);
}

/* The last token of text[0, *len); *len shrinks to what is before it. */
static struct token
last_token(const char *text, size_t *len)
{
	struct token t;
	size_t n = *len;

	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	t.len = n;
	while (n > 0 && !isspace((unsigned char)text[n - 1]))
		n--;
	t.at = text + n;
	t.len -= n;
	*len = n;
	return (t);
}

/* ---- the columns before the event --------------------------------------- */

/* "2961.222482:", with any number of digits, as nanoseconds. */
static bool
read_time(struct token t, uint64_t *ns)
{
	uint64_t seconds = 0, frac = 0, scale = 1000000000;
	size_t i;

	if (t.len < 2 || t.at[t.len - 1] != ':')
		return (false);
	t.len--;
	for (i = 0; i < t.len && isdigit((unsigned char)t.at[i]); i++) {
		seconds = seconds * 10 + (uint64_t)(t.at[i] - '0');
		if (seconds > 4000000000)
			return (false);
	}
	if (i == 0)
		return (false);
	if (i < t.len && t.at[i] == '.')
		for (i++; i < t.len && isdigit((unsigned char)t.at[i]) &&
		    scale > 1; i++) {
			scale /= 10;
			frac += (uint64_t)(t.at[i] - '0') * scale;
		}
	*ns = seconds * 1000000000 + frac;
	return (i == t.len);
}

static bool
read_id(const char *p, size_t n, int32_t *id)
{
	uint64_t v;

	if (n > 1 && *p == '-' && all_digits(p + 1, n - 1)) {
		*id = -1;
		return (true);
	}
	if (!all_digits(p, n) || n > 10 || !fields_number(p, p + n, &v) ||
	    v > INT32_MAX)
		return (false);
	*id = (int32_t)v;
	return (true);
}

/* "pid/tid", "tid", or ftrace's "comm-tid", whose comm goes to *rest. */
static bool
read_ids(struct token t, struct imp_event *ev, size_t *rest)
{
	const char *slash = memchr(t.at, '/', t.len), *dash;
	size_t left;

	if (slash != NULL) {
		left = (size_t)(slash - t.at);
		return (read_id(t.at, left, &ev->pid) &&
		    read_id(slash + 1, t.len - left - 1, &ev->tid));
	}
	if (read_id(t.at, t.len, &ev->tid))
		return (true);
	dash = memrchr(t.at, '-', t.len);
	if (dash == NULL || dash == t.at ||
	    !read_id(dash + 1, t.len - (size_t)(dash - t.at) - 1, &ev->tid))
		return (false);
	*rest += (size_t)(dash - t.at);
	return (true);
}

/*
 * The columns in text[0, len), from the right.
 *
 * => false: this is no sample; *why is set to NO_TID if only that is missing
 */
static bool
read_columns(const char *text, size_t len, struct names *names,
    struct imp_event *ev, uint8_t *why)
{
	struct token t;
	size_t skip, rest;
	bool timed;

	t = last_token(text, &len);
	rest = len;
	if (all_digits(t.at, t.len) &&
	    read_time(last_token(text, &rest), &ev->time)) {
		t = last_token(text, &len);		/* t was the period */
		len = rest;
	}
	timed = read_time(t, &ev->time);
	if (timed)
		t = last_token(text, &len);
	else
		ev->time = UINT64_MAX;
	for (skip = 0; skip < 2 && t.len > 0; skip++) {
		if (t.at[0] == '[' && t.len > 2)	/* cpu */
			t = last_token(text, &len);
		rest = len;
		if (read_ids(t, ev, &rest))
			break;
		t = last_token(text, &len);		/* misc, or flags */
	}
	if (skip == 2 || t.len == 0 || ev->tid <= 0) {
		*why = WL_LINE_NO_TID;
		return (false);
	}
	if (ev->pid < 0)
		ev->pid = 0;
	while (rest > 0 && isspace((unsigned char)text[rest - 1]))
		rest--;
	while (rest > 0 && isspace((unsigned char)*text)) {
		text++;
		rest--;
	}
	ev->comm = names != NULL ? names_add(names, text, rest) : 0;
	return (true);
}

/* ---- finding the event -------------------------------------------------- */

/* Which event is "group:name" or "name"?  EV_NKINDS: none that we know. */
static uint8_t
event_kind(struct token t)
{
	const char *colon = memchr(t.at, ':', t.len);
	struct token group = { NULL, 0 };
	uint8_t i;

	if (colon != NULL) {
		group = (struct token){ t.at, (size_t)(colon - t.at) };
		t = (struct token){ colon + 1, t.len - group.len - 1 };
	}
	for (i = 0; i < EV_NKINDS; i++)
		if (t.len == event_rows[i].len &&
		    memcmp(t.at, event_rows[i].name, t.len) == 0)
			break;
	if (i < EV_NKINDS && colon != NULL &&
	    !token_is(group, event_rows[i].group))
		return (EV_NKINDS);
	return (i);
}

/* The event's name without the colon that ends it and a modifier. */
static struct token
event_name(struct token t)
{
	const char *colon;
	size_t n;

	t.len--;
	colon = memrchr(t.at, ':', t.len);
	if (colon == NULL)
		return (t);
	n = t.len - (size_t)(colon - t.at);
	if (n <= 4 && memchr(t.at, ':', (size_t)(colon - t.at)) != NULL)
		t.len -= n;
	return (t);
}

/* A line that is no sample of ours: what is it? */
static uint8_t
judge_other(const char *line, size_t len, uint64_t *lost)
{
	static const struct {
		const char *text, *number;
	} losses[] = {
		{ "PERF_RECORD_LOST", "lost " }, { "LOST", "LOST " },
		{ "events!", "lost " }, { "chunks!", "lost " },
	};
	const char *at, *end = line + len;
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		if (memmem(line, len, losses[i].text,
		    strlen(losses[i].text)) == NULL)
			continue;
		at = memmem(line, len, losses[i].number,
		    strlen(losses[i].number));
		if (at != NULL && fields_number(at + 5, end, &n))
			*lost = n > UINT64_MAX - *lost ? UINT64_MAX :
			    *lost + n;
		else if (i > 0)
			continue;
		return (WL_LINE_LOST);
	}
	if (memmem(line, len, "PERF_RECORD_", 12) != NULL)
		return (WL_LINE_OWN);
	if (memmem(line, len, "raw_syscalls:", 13) != NULL)
		return (WL_LINE_RAW);
	return (WL_LINE_NO_SAMPLE);
}

/* "   7f4b0bc6ad19 malloc+0x19 (libc.so.6)": indented, then a hex number. */
static bool
is_stack(const char *line, size_t len)
{
	size_t i = 0, start;

	while (i < len && isspace((unsigned char)line[i]))
		i++;
	for (start = i; i < len && isxdigit((unsigned char)line[i]); i++)
		;
	return (start > 0 && i > start &&
	    (i == len || isspace((unsigned char)line[i])) &&
	    memchr(line, ':', i) == NULL);
}

/* Some other event: a time or ids, and a name that ends in a colon. */
static bool
is_sample(const char *line, struct token t)
{
	struct imp_event ev = { 0 };
	uint8_t why;

	return (t.len > 2 && isalpha((unsigned char)t.at[0]) &&
	    read_columns(line, (size_t)(t.at - line), NULL, &ev, &why) &&
	    ev.time != UINT64_MAX);
}

static bool
judge_blank(const char *line, size_t len, uint8_t *reason)
{
	size_t i = 0;

	while (i < len && isspace((unsigned char)line[i]))
		i++;
	*reason = i == len ? WL_LINE_BLANK : WL_LINE_COMMENT;
	return (i == len || line[i] == '#');
}

bool
line_parse(const char *line, size_t len, struct names *names,
    struct imp_event *ev, uint8_t *reason, uint64_t *lost)
{
	const char *end = line + len, *p = line;
	struct token t;
	bool other = false;

	if (judge_blank(line, len, reason))
		return (false);
	*reason = WL_LINE_NO_SAMPLE;
	memset(ev, 0, sizeof(*ev));
	ev->mate = IMP_NONE;
	for (;;) {
		while (p < end && isspace((unsigned char)*p))
			p++;
		for (t.at = p; p < end && !isspace((unsigned char)*p); p++)
			;
		t.len = (size_t)(p - t.at);
		if (t.len == 0)
			break;
		if (t.len < 2 || t.at[t.len - 1] != ':' || t.at == line)
			continue;
		ev->kind = event_kind(event_name(t));
		if (ev->kind == EV_NKINDS) {
			other = other || is_sample(line, t);
			continue;
		}
		if (!read_columns(line, (size_t)(t.at - line), names, ev,
		    reason))
			continue;
		*reason = WL_LINE_FIELDS;
		return (fields_parse(ev, p, (size_t)(end - p)));
	}
	if (*reason == WL_LINE_NO_TID)
		return (false);
	*reason = judge_other(line, len, lost);
	if (*reason != WL_LINE_NO_SAMPLE)
		return (false);
	if (other)
		*reason = WL_LINE_OTHER;
	else if (is_stack(line, len))
		*reason = WL_LINE_STACK;
	return (false);
}
