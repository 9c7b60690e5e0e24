/*
 * One line of perf script text.
 *
 *	redis-server 21089/21094 [001]  2963.119533:  syscalls:sys_enter_brk: brk: 0x0
 *	|          | |         | |   |  |         |   |                    |  |
 *	 comm         pid/tid or  cpu    time,         event, with or       fields
 *	 (spaces,     tid alone          any           without its
 *	 colons)                         precision     group
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
} event_rows[EV_NKINDS] = {
#define WL_EVENT(group, name, kind)	[EV_##kind] = { group, name },
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

/* A number as perf prints it: 0x..., digits, or a negative one. */
static bool
read_number(const char *p, const char *end, uint64_t *v)
{
	bool negative = false, hex;
	const char *start;
	uint64_t n = 0;
	int d;

	if (p < end && *p == '-') {
		negative = true;
		p++;
	}
	hex = end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
	if (hex)
		p += 2;
	for (start = p; p < end; p++) {
		if (isdigit((unsigned char)*p))
			d = *p - '0';
		else if (hex && isxdigit((unsigned char)*p))
			d = tolower((unsigned char)*p) - 'a' + 10;
		else
			break;
		if (n > (UINT64_MAX - (uint64_t)d) / (hex ? 16 : 10))
			return (false);
		n = n * (hex ? 16 : 10) + (uint64_t)d;
	}
	if (p == start || (p < end && (isalnum((unsigned char)*p) ||
	    *p == '_' || *p == '+')))
		return (false);
	*v = negative ? -n : n;
	return (true);
}

/* Where the value of a field begins: "key: v" or "key=v"; NULL if nowhere. */
static const char *
field_value(const char *p, const char *end, const char *key)
{
	size_t n = strlen(key);
	const char *at = p;

	while ((size_t)(end - at) > n &&
	    (at = memmem(at, (size_t)(end - at), key, n)) != NULL) {
		if ((at == p || at[-1] == ' ' || at[-1] == ',') &&
		    at + n < end && (at[n] == ':' || at[n] == '=')) {
			for (at += n + 1; at < end && *at == ' '; at++)
				;
			return (at);
		}
		at += n;
	}
	return (NULL);
}

static bool
field(struct token text, const char *key, uint64_t *v)
{
	const char *end = text.at + text.len, *at;

	at = field_value(text.at, end, key);
	return (at != NULL && read_number(at, end, v));
}

/* The last field of that name: names of programs may hold anything. */
static bool
last_field(struct token text, const char *key, uint64_t *v)
{
	const char *end = text.at + text.len, *at, *found = NULL;

	for (at = text.at; (at = field_value(at, end, key)) != NULL; )
		found = at;
	return (found != NULL && read_number(found, end, v));
}

static bool
field32(struct token text, const char *key, uint32_t *v)
{
	uint64_t n;

	if (!field(text, key, &n))
		return (false);
	*v = (uint32_t)n;
	return (true);
}

/* ---- the fields of each event ------------------------------------------- */

static bool
fields_fault(struct imp_event *ev, struct token text)
{
	static const uint8_t riscv[16] = { [12] = 0x14, [13] = 4, [15] = 6 };
	uint64_t cause;

	if (!field(text, "address", &ev->a))
		return (false);
	if (field32(text, "error_code", &ev->flags))
		return (true);
	if (!field(text, "cause", &cause) || cause >= sizeof(riscv) ||
	    riscv[cause] == 0)
		return (false);
	ev->flags = riscv[cause];
	return (true);
}

static bool
fields_mmap(struct imp_event *ev, struct token text)
{
	uint64_t prot, fd;

	if (!field(text, "addr", &ev->a) || !field(text, "len", &ev->b) ||
	    !field(text, "prot", &prot) || !field32(text, "flags", &ev->flags))
		return (false);
	ev->prot = prot & 7;
	ev->fd = field(text, "fd", &fd) ? (int32_t)(uint32_t)fd : -1;
	if (!field(text, "off", &ev->c))
		ev->c = 0;
	return (true);
}

static bool
fields_munmap(struct imp_event *ev, struct token text)
{
	return (field(text, "addr", &ev->a) && field(text, "len", &ev->b));
}

static bool
fields_mprotect(struct imp_event *ev, struct token text)
{
	uint64_t prot;

	if (!field(text, "start", &ev->a) || !field(text, "len", &ev->b) ||
	    !field(text, "prot", &prot))
		return (false);
	ev->prot = prot & 7;
	return (true);
}

static bool
fields_madvise(struct imp_event *ev, struct token text)
{
	return (field(text, "start", &ev->a) &&
	    (field(text, "len_in", &ev->b) || field(text, "len", &ev->b)) &&
	    field32(text, "behavior", &ev->flags));
}

static bool
fields_mremap(struct imp_event *ev, struct token text)
{
	if (!field(text, "addr", &ev->a) || !field(text, "old_len", &ev->b) ||
	    !field(text, "new_len", &ev->c) ||
	    !field32(text, "flags", &ev->flags))
		return (false);
	if (!field(text, "new_addr", &ev->d))
		ev->d = 0;
	return (true);
}

static bool
fields_brk(struct imp_event *ev, struct token text)
{
	return (field(text, "brk", &ev->a));
}

static bool
fields_clone(struct imp_event *ev, struct token text)
{
	return (field32(text, "clone_flags", &ev->flags) ||
	    field32(text, "flags", &ev->flags));
}

static bool
fields_none(struct imp_event *ev, struct token text)
{
	return (true);
}

static bool
fields_return(struct imp_event *ev, struct token text)
{
	const char *p = text.at, *end = text.at + text.len;

	while (p < end && (*p == ' ' || *p == '='))
		p++;
	if (end - p > 4 && memcmp(p, "ret=", 4) == 0)
		p += 4;
	return (read_number(p, end, &ev->a));
}

static bool
fields_fork(struct imp_event *ev, struct token text)
{
	return (last_field(text, "child_pid", &ev->a) && ev->a > 0 &&
	    ev->a <= INT32_MAX);
}

static bool
fields_exec(struct imp_event *ev, struct token text)
{
	const char *name, *end = text.at + text.len, *p;

	if (!last_field(text, "pid", &ev->a))
		ev->a = (uint64_t)ev->tid;
	if (!last_field(text, "old_pid", &ev->b))
		ev->b = ev->a;
	name = field_value(text.at, end, "filename");
	for (p = name; p != NULL && p + 5 <= end; p++)
		if (memcmp(p, " pid=", 5) == 0)
			break;
	ev->c = name != NULL ? imp_hash(name, (size_t)(p - name)) : 0;
	return (ev->a > 0 && ev->a <= INT32_MAX && ev->b > 0 &&
	    ev->b <= INT32_MAX);
}

static bool
fields_exit(struct imp_event *ev, struct token text)
{
	const char *end = text.at + text.len, *dead;

	if (!last_field(text, "pid", &ev->a))
		ev->a = (uint64_t)ev->tid;
	dead = field_value(text.at, end, "group_dead");
	if (dead != NULL && dead < end)
		ev->flags = *dead == 't' || *dead == '1' ? 1 : 2;
	return (ev->a > 0 && ev->a <= INT32_MAX);
}

typedef bool (*fields_fn)(struct imp_event *, struct token);
static const fields_fn event_fields[EV_NKINDS] = {
	[EV_FAULT] = fields_fault,
	[EV_MMAP] = fields_mmap, [EV_MMAP_RET] = fields_return,
	[EV_MUNMAP] = fields_munmap, [EV_MUNMAP_RET] = fields_return,
	[EV_MPROTECT] = fields_mprotect, [EV_MPROTECT_RET] = fields_return,
	[EV_MADVISE] = fields_madvise, [EV_MADVISE_RET] = fields_return,
	[EV_MREMAP] = fields_mremap, [EV_MREMAP_RET] = fields_return,
	[EV_BRK] = fields_brk, [EV_BRK_RET] = fields_return,
	[EV_CLONE] = fields_clone, [EV_CLONE_RET] = fields_return,
	[EV_CLONE3] = fields_none, [EV_CLONE3_RET] = fields_return,
	[EV_SYSFORK] = fields_none, [EV_SYSFORK_RET] = fields_return,
	[EV_VFORK] = fields_none, [EV_VFORK_RET] = fields_return,
	[EV_FORK] = fields_fork,
	[EV_EXEC] = fields_exec,
	[EV_EXIT] = fields_exit,
};

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
	if (!all_digits(p, n) || n > 10 || !read_number(p, p + n, &v) ||
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

/* Which event is "group:name:", "name:" or "group:name:u:"? */
static uint8_t
event_kind(struct token t)
{
	const struct event_row *row;
	size_t group;
	uint8_t i;

	for (i = 0; i < EV_NKINDS; i++) {
		row = &event_rows[i];
		group = strlen(row->group);
		if (token_is(t, row->name))
			break;
		if (t.len > group + 1 && t.at[group] == ':' &&
		    memcmp(t.at, row->group, group) == 0 &&
		    token_is((struct token){ t.at + group + 1,
		    t.len - group - 1 }, row->name))
			break;
	}
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
		if (at != NULL && read_number(at + 5, end, &n))
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
		return (event_fields[ev->kind](ev,
		    (struct token){ p, (size_t)(end - p) }));
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
