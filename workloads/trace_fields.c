/*
 * What stands behind the event's name: fields by name, "addr: 0x7f00" or
 * "pid=7", in any order and with more around them; or a call's result.
 */

#include <ctype.h>
#include <string.h>

#include "workloads/trace_import_int.h"

struct text {
	const char	*at;
	size_t		 len;
};

/* A number as perf prints it: 0x..., digits, or a negative one. */
bool
fields_number(const char *p, const char *end, uint64_t *v)
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
field(struct text text, const char *key, uint64_t *v)
{
	const char *end = text.at + text.len, *at;

	at = field_value(text.at, end, key);
	return (at != NULL && fields_number(at, end, v));
}

/* The last field of that name: names of programs may hold anything. */
static bool
last_field(struct text text, const char *key, uint64_t *v)
{
	const char *end = text.at + text.len, *at, *found = NULL;

	for (at = text.at; (at = field_value(at, end, key)) != NULL; )
		found = at;
	return (found != NULL && fields_number(found, end, v));
}

static bool
field32(struct text text, const char *key, uint32_t *v)
{
	uint64_t n;

	if (!field(text, key, &n))
		return (false);
	*v = (uint32_t)n;
	return (true);
}

/* ---- the fields of each event ------------------------------------------- */

static bool
fields_fault(struct imp_event *ev, struct text text)
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
fields_mmap(struct imp_event *ev, struct text text)
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
fields_munmap(struct imp_event *ev, struct text text)
{
	return (field(text, "addr", &ev->a) && field(text, "len", &ev->b));
}

static bool
fields_mprotect(struct imp_event *ev, struct text text)
{
	uint64_t prot;

	if (!field(text, "start", &ev->a) || !field(text, "len", &ev->b) ||
	    !field(text, "prot", &prot))
		return (false);
	ev->prot = prot & 7;
	return (true);
}

static bool
fields_madvise(struct imp_event *ev, struct text text)
{
	return (field(text, "start", &ev->a) &&
	    (field(text, "len_in", &ev->b) || field(text, "len", &ev->b)) &&
	    field32(text, "behavior", &ev->flags));
}

static bool
fields_mremap(struct imp_event *ev, struct text text)
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
fields_brk(struct imp_event *ev, struct text text)
{
	return (field(text, "brk", &ev->a));
}

static bool
fields_clone(struct imp_event *ev, struct text text)
{
	return (field32(text, "clone_flags", &ev->flags) ||
	    field32(text, "flags", &ev->flags));
}

static bool
fields_none(struct imp_event *ev, struct text text)
{
	return (true);
}

static bool
fields_return(struct imp_event *ev, struct text text)
{
	const char *p = text.at, *end = text.at + text.len;

	while (p < end && (*p == ' ' || *p == '='))
		p++;
	if (end - p > 4 && memcmp(p, "ret=", 4) == 0)
		p += 4;
	return (fields_number(p, end, &ev->a));
}

static bool
fields_fork(struct imp_event *ev, struct text text)
{
	return (last_field(text, "child_pid", &ev->a) && ev->a > 0 &&
	    ev->a <= INT32_MAX);
}

static bool
fields_exec(struct imp_event *ev, struct text text)
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
fields_exit(struct imp_event *ev, struct text text)
{
	const char *end = text.at + text.len, *dead;

	if (!last_field(text, "pid", &ev->a))
		ev->a = (uint64_t)ev->tid;
	dead = field_value(text.at, end, "group_dead");
	if (dead != NULL && dead < end)
		ev->flags = *dead == 't' || *dead == '1' ? 1 : 2;
	return (ev->a > 0 && ev->a <= INT32_MAX);
}

typedef bool (*fields_fn)(struct imp_event *, struct text);
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

bool
fields_parse(struct imp_event *ev, const char *p, size_t len)
{
	return (event_fields[ev->kind](ev, (struct text){ p, len }));
}
