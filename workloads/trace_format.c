#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "workloads/trace_format_int.h"

const struct wl_trace_op_row wl_trace_ops[WL_TRACE_NOPS] = {
#define WL_TRACE_OP(name, structural, help) { #name, structural, help },
#include "workloads/trace_ops.def"
#undef WL_TRACE_OP
};

/* What follows the common part of a record. */
#define HAS_PAGE	0x01
#define HAS_NPAGES	0x02
#define HAS_PROT	0x04
#define HAS_KIND	0x08
#define HAS_TO		0x10
#define HAS_CHILD	0x20
#define HAS_SPACE	0x40

static const struct rec_shape {
	uint8_t	has;
	uint8_t	flags;		/* WL_REC_* that may be set */
} rec_shapes[WL_TRACE_NOPS] = {
	[WL_TRACE_READ] = { HAS_PAGE, WL_REC_INFERRED | WL_REC_PRESENT },
	[WL_TRACE_WRITE] = { HAS_PAGE, WL_REC_INFERRED | WL_REC_PRESENT },
	[WL_TRACE_EXECUTE] = { HAS_PAGE, WL_REC_INFERRED | WL_REC_PRESENT },
	[WL_TRACE_MAP] = { HAS_PAGE | HAS_NPAGES | HAS_PROT | HAS_KIND,
	    WL_REC_INFERRED },
	[WL_TRACE_UNMAP] = { HAS_PAGE | HAS_NPAGES, WL_REC_INFERRED },
	[WL_TRACE_PROTECT] = { HAS_PAGE | HAS_NPAGES | HAS_PROT,
	    WL_REC_INFERRED },
	[WL_TRACE_FREE] = { HAS_PAGE | HAS_NPAGES,
	    WL_REC_INFERRED | WL_REC_LAZY },
	[WL_TRACE_MOVE] = { HAS_PAGE | HAS_NPAGES | HAS_TO, WL_REC_INFERRED },
	[WL_TRACE_FORK] = { HAS_CHILD | HAS_SPACE, WL_REC_INFERRED },
	[WL_TRACE_THREAD] = { HAS_CHILD, WL_REC_INFERRED },
	[WL_TRACE_EXEC] = { HAS_SPACE, WL_REC_INFERRED },
	[WL_TRACE_EXIT] = { 0, WL_REC_INFERRED },
};

uint32_t
trace_get32(const uint8_t *p)
{
	return (p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24);
}

uint64_t
trace_get64(const uint8_t *p)
{
	return (trace_get32(p) | (uint64_t)trace_get32(p + 4) << 32);
}

void
trace_put32(uint8_t *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void
trace_put64(uint8_t *p, uint64_t v)
{
	trace_put32(p, (uint32_t)v);
	trace_put32(p + 4, (uint32_t)(v >> 32));
}

/*
 * Words of eight bytes, each multiplied in and rotated, the last one padded
 * with zeroes, the length last: finds damage, keeps out nobody.
 */
uint64_t
trace_sum(const uint8_t *p, size_t len)
{
	uint64_t h = 0x9e3779b97f4a7c15, w;
	uint8_t last[8] = { 0 };
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		w = i == TRACE_AT_SUM ? 0 : trace_get64(p + i);
		h = (h ^ w) * 0xff51afd7ed558ccd;
		h = h << 29 | h >> 35;
	}
	if (i < len) {
		memcpy(last, p + i, len - i);
		h = (h ^ trace_get64(last)) * 0xff51afd7ed558ccd;
	}
	h = (h ^ len) * 0xc4ceb9fe1a85ec53;
	return (h ^ h >> 32);
}

bool
wl_trace_seal(void *buf, size_t len)
{
	if (len < TRACE_HEADER)
		return (false);
	trace_put64((uint8_t *)buf + TRACE_AT_SIZE, len);
	trace_put64((uint8_t *)buf + TRACE_AT_SUM, trace_sum(buf, len));
	return (true);
}

void
trace_error(struct wl_trace_error *err, const char *file, uint64_t line,
    const char *fmt, ...)
{
	va_list ap;

	snprintf(err->file, sizeof(err->file), "%s", file);
	err->line = line;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
}

void
wl_trace_error_text(const struct wl_trace_error *err, char *buf, size_t len)
{
	if (err->line != 0)
		snprintf(buf, len, "%s:%llu: %s", err->file,
		    (unsigned long long)err->line, err->text);
	else
		snprintf(buf, len, "%s: %s", err->file, err->text);
}

void
trace_cursor(struct wl_trace_cursor *c, const uint8_t *p, size_t len,
    uint32_t thread, uint32_t space)
{
	memset(c, 0, sizeof(*c));
	c->at = p;
	c->end = len > 0 ? p + len : p;	/* p may be NULL */
	c->last.seq = UINT64_MAX;	/* so that 0 is one more */
	c->last.thread = thread;
	c->last.space = space;
}

/* ---- numbers ------------------------------------------------------------ */

static bool
get_varint(struct wl_trace_cursor *c, uint64_t *v)
{
	unsigned int shift;
	uint8_t b;

	*v = 0;
	for (shift = 0; shift < 63; shift += 7) {
		if (c->at == c->end)
			return (false);
		b = *c->at++;
		*v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return (true);
	}
	return (false);		/* 63 bits are enough for anyone here */
}

static uint8_t *
put_varint(uint8_t *p, uint64_t v)
{
	while (v >= 0x80) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	return (p);
}

/* A page near another one, modulo nothing: the sum must be a page. */
static bool
get_page(struct wl_trace_cursor *c, uint64_t base, uint64_t *page)
{
	uint64_t z;

	if (!get_varint(c, &z))
		return (false);
	*page = base + ((z >> 1) ^ -(z & 1));
	return (*page < WL_TRACE_PAGES);
}

static uint8_t *
put_page(uint8_t *p, uint64_t base, uint64_t page)
{
	uint64_t d = page - base;

	return (put_varint(p, d << 1 ^ -(d >> 63)));
}

/* base + a varint, at most max. */
static bool
get_more(struct wl_trace_cursor *c, uint64_t *base, uint64_t max)
{
	uint64_t d;

	if (!get_varint(c, &d) || d > max || *base > max - d)
		return (false);
	*base += d;
	return (true);
}

static bool
get_id(struct wl_trace_cursor *c, uint32_t *id)
{
	uint64_t v;

	if (!get_varint(c, &v) || v >= WL_TRACE_NONE)
		return (false);
	*id = (uint32_t)v;
	return (true);
}

/* ---- records ------------------------------------------------------------ */

static const char *
decode_range(struct wl_trace_cursor *c, struct wl_trace_rec *r, uint8_t has)
{
	if (has & HAS_PAGE) {
		if (!get_page(c, c->page, &r->page))
			return ("page number out of range");
		c->page = r->page;
	}
	if (has & HAS_NPAGES) {
		if (!get_varint(c, &r->npages) || r->npages == 0 ||
		    r->npages > WL_TRACE_PAGES - r->page)
			return ("length out of range");
	}
	if (has & HAS_TO) {
		if (!get_page(c, r->page, &r->to) ||
		    r->npages > WL_TRACE_PAGES - r->to)
			return ("move target out of range");
		c->page = r->to;
	}
	return (NULL);
}

/* Protection and kind share a byte. */
static const char *
decode_map(struct wl_trace_cursor *c, struct wl_trace_rec *r, uint8_t has)
{
	uint8_t b;

	if ((has & HAS_PROT) == 0)
		return (NULL);
	if (c->at == c->end)
		return ("record cut short");
	b = *c->at++;
	r->prot = b & 7;
	r->kind = b >> 3;
	if ((has & HAS_KIND) == 0)
		return (r->kind == 0 ? NULL : "unknown protection");
	if (r->kind >= WL_MAP_NKINDS)
		return ("unknown kind of mapping");
	if (r->kind == WL_MAP_ANON)
		return (NULL);
	if (!get_id(c, &r->object))
		return ("object number out of range");
	if (!get_varint(c, &r->object_page) ||
	    r->object_page > WL_TRACE_OBJECT_PAGES - r->npages)
		return ("object page out of range");
	return (NULL);
}

/* What the record makes: thread, space. */
static const char *
decode_born(struct wl_trace_cursor *c, struct wl_trace_rec *r, uint8_t has)
{
	if ((has & HAS_CHILD) && !get_id(c, &r->child))
		return ("thread number out of range");
	if ((has & HAS_SPACE) && !get_id(c, &r->child_space))
		return ("space number out of range");
	return (NULL);
}

/* An EXEC takes the thread to a space where nothing has happened yet. */
static void
cursor_leave(struct wl_trace_cursor *c, const struct wl_trace_rec *r)
{
	if (r->op != WL_TRACE_EXEC)
		return;
	c->last.space = r->child_space;
	c->last.epoch = 0;
	c->last.before = 0;
}

const char *
trace_decode(struct wl_trace_cursor *c, struct wl_trace_rec *r)
{
	const struct rec_shape *shape;
	const char *wrong;
	uint64_t d;
	uint8_t b;

	if (c->at == c->end)
		return ("stream ends without EXIT");
	b = *c->at++;
	memset(r, 0, sizeof(*r));
	r->op = b & REC_OP_MASK;
	r->flags = b >> REC_FLAG_SHIFT;
	if (r->op >= WL_TRACE_NOPS || (b & 0x10) != 0)
		return ("unknown record");
	shape = &rec_shapes[r->op];
	if ((r->flags & ~shape->flags) != 0)
		return ("flag that this record cannot have");
	if (!get_varint(c, &d) || d == 0)
		return ("sequence number out of range");
	c->last.seq += d;
	if (!get_more(c, &c->last.time, INT64_MAX))
		return ("time out of range");
	if (!get_more(c, &c->last.epoch, INT64_MAX) ||
	    (wl_trace_ops[r->op].structural &&
	    !get_more(c, &c->last.before, INT64_MAX)))
		return ("count of earlier records out of range");
	r->seq = c->last.seq;
	r->time = c->last.time;
	r->epoch = c->last.epoch;
	if (wl_trace_ops[r->op].structural)
		r->before = c->last.before;
	r->thread = c->last.thread;
	r->space = c->last.space;
	r->child = r->child_space = r->object = WL_TRACE_NONE;
	wrong = decode_range(c, r, shape->has);
	if (wrong == NULL)
		wrong = decode_map(c, r, shape->has);
	if (wrong == NULL)
		wrong = decode_born(c, r, shape->has);
	if (wrong == NULL)
		cursor_leave(c, r);
	return (wrong);
}

size_t
trace_encode(struct wl_trace_cursor *c, const struct wl_trace_rec *r,
    uint8_t *start)
{
	uint8_t has = rec_shapes[r->op].has, *p = start;

	*p++ = (uint8_t)(r->op | r->flags << REC_FLAG_SHIFT);
	p = put_varint(p, r->seq - c->last.seq);
	p = put_varint(p, r->time - c->last.time);
	p = put_varint(p, r->epoch - c->last.epoch);
	c->last.seq = r->seq;
	c->last.time = r->time;
	c->last.epoch = r->epoch;
	if (wl_trace_ops[r->op].structural) {
		p = put_varint(p, r->before - c->last.before);
		c->last.before = r->before;
	}
	if (has & HAS_PAGE) {
		p = put_page(p, c->page, r->page);
		c->page = r->page;
	}
	if (has & HAS_NPAGES)
		p = put_varint(p, r->npages);
	if (has & HAS_TO) {
		p = put_page(p, r->page, r->to);
		c->page = r->to;
	}
	if (has & HAS_PROT)
		*p++ = (uint8_t)(r->prot |
		    ((has & HAS_KIND) ? r->kind << 3 : 0));
	if ((has & HAS_KIND) && r->kind != WL_MAP_ANON) {
		p = put_varint(p, r->object);
		p = put_varint(p, r->object_page);
	}
	if (has & HAS_CHILD)
		p = put_varint(p, r->child);
	if (has & HAS_SPACE)
		p = put_varint(p, r->child_space);
	cursor_leave(c, r);
	return ((size_t)(p - start));
}
