#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_import_int.h"

struct stream {
	struct wl_trace_cursor	cursor;		/* of the encoder */
	uint8_t			*buf;
	size_t			 len, cap;
	uint64_t		 nrecords;
};

struct counts {
	uint64_t	nrecords;
	uint64_t	nstructural;
};

struct writer {
	struct stream	*streams;	/* by thread */
	uint32_t	 nstreams;
	struct counts	*spaces;
	uint32_t	 nspaces;
};

struct writer *
writer_new(void)
{
	return (calloc(1, sizeof(struct writer)));
}

void
writer_free(struct writer *w)
{
	uint32_t i;

	if (w == NULL)
		return;
	for (i = 0; i < w->nstreams; i++)
		free(w->streams[i].buf);
	free(w->streams);
	free(w->spaces);
	free(w);
}

/* Room for index i in an array, new elements zeroed. */
static int
writer_room(void **v, uint32_t *n, uint32_t i, size_t size)
{
	uint32_t more = i * 2 + 16;
	char *p;

	if (i < *n)
		return (0);
	p = realloc(*v, more * size);
	if (p == NULL)
		return (ENOMEM);
	memset(p + *n * size, 0, (more - *n) * size);
	*v = p;
	*n = more;
	return (0);
}

static int
stream_room(struct stream *s)
{
	uint8_t *p;

	if (s->len + REC_MAX <= s->cap)
		return (0);
	p = realloc(s->buf, s->cap * 2 + REC_MAX);
	if (p == NULL)
		return (ENOMEM);
	s->buf = p;
	s->cap = s->cap * 2 + REC_MAX;
	return (0);
}

int
writer_record(struct writer *w, struct wl_trace_rec *rec)
{
	bool structural = wl_trace_ops[rec->op].structural;
	struct counts *c;
	struct stream *s;
	void *v;
	int error;

	v = w->streams;
	error = writer_room(&v, &w->nstreams, rec->thread, sizeof(*s));
	w->streams = v;
	if (error != 0)
		return (error);
	v = w->spaces;
	error = writer_room(&v, &w->nspaces, rec->space, sizeof(*c));
	w->spaces = v;
	if (error != 0)
		return (error);
	s = &w->streams[rec->thread];
	c = &w->spaces[rec->space];
	error = stream_room(s);
	if (error != 0)
		return (error);
	if (s->nrecords == 0)
		trace_cursor(&s->cursor, NULL, 0, rec->thread, rec->space);
	rec->epoch = c->nstructural;
	rec->before = structural ? c->nrecords : 0;
	s->len += trace_encode(&s->cursor, rec, s->buf + s->len);
	s->nrecords++;
	c->nrecords++;
	c->nstructural += structural;
	return (0);
}

/* ---- tables ------------------------------------------------------------- */

static void
put_object(uint8_t *p, const struct wl_trace_object *o)
{
	trace_put64(p + OBJECT_AT_NPAGES, o->npages > 0 ? o->npages : 1);
	trace_put64(p + OBJECT_AT_FLAGS,
	    (uint64_t)((o->shared ? OBJECT_SHARED : 0) |
	    (o->written ? OBJECT_WRITTEN : 0)));
}

static void
put_space(uint8_t *p, const struct wl_trace_space *s, const struct counts *c)
{
	trace_put32(p + SPACE_AT_PID, s->pid);
	trace_put32(p + SPACE_AT_PARENT, s->parent);
	trace_put32(p + SPACE_AT_FIRST, s->first);
	trace_put32(p + SPACE_AT_BIRTH, s->birth);
	trace_put64(p + SPACE_AT_START, s->start);
	trace_put64(p + SPACE_AT_NRECORDS, c->nrecords);
	trace_put64(p + SPACE_AT_NSTRUCTURAL, c->nstructural);
	memcpy(p + SPACE_AT_COMM, s->comm, WL_TRACE_NAME);
}

static void
put_thread(uint8_t *p, const struct wl_trace_thread *t, const struct stream *s)
{
	trace_put32(p + THREAD_AT_PID, t->pid);
	trace_put32(p + THREAD_AT_TID, t->tid);
	trace_put32(p + THREAD_AT_PARENT, t->parent);
	trace_put32(p + THREAD_AT_SPACE, t->space);
	trace_put32(p + THREAD_AT_BIRTH, t->birth);
	trace_put64(p + THREAD_AT_START, t->start);
	trace_put64(p + THREAD_AT_NRECORDS, s->nrecords);
	trace_put64(p + THREAD_AT_LENGTH, s->len);
	memcpy(p + THREAD_AT_COMM, t->comm, WL_TRACE_NAME);
}

static void
put_header(uint8_t *p, const struct sim *sim, uint64_t duration)
{
	memcpy(p + TRACE_AT_MAGIC, TRACE_MAGIC, TRACE_MAGIC_LEN);
	trace_put32(p + TRACE_AT_VERSION, WL_TRACE_VERSION);
	trace_put32(p + TRACE_AT_HEADER, TRACE_HEADER);
	trace_put64(p + TRACE_AT_DURATION, duration);
	trace_put64(p + TRACE_AT_NRECORDS, sim->seq);
	trace_put32(p + TRACE_AT_NOBJECTS, sim->nobjects);
	trace_put32(p + TRACE_AT_NSPACES, sim->nspaces);
	trace_put32(p + TRACE_AT_NTHREADS, sim->nthreads);
	trace_put32(p + TRACE_AT_SHIFT, WL_TRACE_PAGE_SHIFT);
}

int
writer_bytes(struct writer *w, const struct sim *sim, uint64_t duration,
    uint8_t **out, size_t *outlen)
{
	size_t len;
	uint8_t *p;
	uint32_t i;

	len = TRACE_HEADER + (size_t)sim->nobjects * OBJECT_SIZE +
	    (size_t)sim->nspaces * SPACE_SIZE +
	    (size_t)sim->nthreads * THREAD_SIZE;
	for (i = 0; i < sim->nthreads; i++)
		len += w->streams[i].len;
	p = calloc(1, len);
	if (p == NULL)
		return (ENOMEM);
	*out = p;
	*outlen = len;
	put_header(p, sim, duration);
	p += TRACE_HEADER;
	for (i = 0; i < sim->nobjects; i++, p += OBJECT_SIZE)
		put_object(p, &sim->objects[i].pub);
	for (i = 0; i < sim->nspaces; i++, p += SPACE_SIZE)
		put_space(p, &sim->spaces[i].pub, &w->spaces[i]);
	for (i = 0; i < sim->nthreads; i++, p += THREAD_SIZE)
		put_thread(p, &sim->threads[i].pub, &w->streams[i]);
	for (i = 0; i < sim->nthreads; p += w->streams[i++].len)
		memcpy(p, w->streams[i].buf, w->streams[i].len);
	(void)wl_trace_seal(*out, len);
	return (0);
}
