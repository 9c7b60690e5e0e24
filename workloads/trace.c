#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workloads/trace_read_int.h"

/* ---- tables ------------------------------------------------------------- */

/* A name: printable, ended, zeroes behind the end. */
static bool
read_name(const uint8_t *p, char name[WL_TRACE_NAME])
{
	size_t i, n;

	n = strnlen((const char *)p, WL_TRACE_NAME);
	if (n == WL_TRACE_NAME)
		return (false);
	for (i = 0; i < WL_TRACE_NAME; i++)
		if (i < n ? p[i] < 0x20 || p[i] > 0x7e : p[i] != 0)
			return (false);
	memcpy(name, p, WL_TRACE_NAME);
	return (true);
}

static const char *
read_objects(struct wl_trace *t, const uint8_t *p)
{
	struct wl_trace_object *o;
	uint64_t flags;
	uint32_t i;

	for (i = 0; i < t->info.nobjects; i++, p += OBJECT_SIZE) {
		o = &t->objects[i];
		o->npages = trace_get64(p + OBJECT_AT_NPAGES);
		flags = trace_get64(p + OBJECT_AT_FLAGS);
		o->shared = (flags & OBJECT_SHARED) != 0;
		o->written = (flags & OBJECT_WRITTEN) != 0;
		if (o->npages == 0 || o->npages > WL_TRACE_OBJECT_PAGES ||
		    (flags & ~(uint64_t)(OBJECT_SHARED | OBJECT_WRITTEN)) != 0)
			return ("an object is out of range");
	}
	return (NULL);
}

static const char *
read_spaces(struct wl_trace *t, const uint8_t *p)
{
	struct wl_trace_space *s;
	uint32_t i, birth;

	for (i = 0; i < t->info.nspaces; i++, p += SPACE_SIZE) {
		s = &t->spaces[i];
		s->pid = trace_get32(p + SPACE_AT_PID);
		s->parent = trace_get32(p + SPACE_AT_PARENT);
		s->first = trace_get32(p + SPACE_AT_FIRST);
		birth = trace_get32(p + SPACE_AT_BIRTH);
		s->birth = (uint8_t)birth;
		s->start = trace_get64(p + SPACE_AT_START);
		s->nrecords = trace_get64(p + SPACE_AT_NRECORDS);
		s->nstructural = trace_get64(p + SPACE_AT_NSTRUCTURAL);
		if (birth > WL_BORN_EXEC || s->first >= t->info.nthreads ||
		    !read_name(p + SPACE_AT_COMM, s->comm))
			return ("a space is out of range");
		if (birth == WL_BORN_BEFORE ?
		    s->parent != WL_TRACE_NONE || s->start != 0 :
		    s->parent >= t->info.nspaces)
			return ("a space has an impossible parent");
	}
	return (NULL);
}

static const char *
read_threads(struct wl_trace *t, const uint8_t *p, uint64_t room)
{
	struct wl_trace_thread *th;
	uint64_t at = 0, length;
	uint32_t i, birth;

	for (i = 0; i < t->info.nthreads; i++, p += THREAD_SIZE) {
		th = &t->threads[i];
		th->pid = trace_get32(p + THREAD_AT_PID);
		th->tid = trace_get32(p + THREAD_AT_TID);
		th->parent = trace_get32(p + THREAD_AT_PARENT);
		th->space = trace_get32(p + THREAD_AT_SPACE);
		birth = trace_get32(p + THREAD_AT_BIRTH);
		th->birth = (uint8_t)birth;
		th->start = trace_get64(p + THREAD_AT_START);
		th->nrecords = trace_get64(p + THREAD_AT_NRECORDS);
		length = trace_get64(p + THREAD_AT_LENGTH);
		if (birth >= WL_TRACE_NBIRTHS || birth == WL_BORN_EXEC ||
		    th->space >= t->info.nspaces ||
		    !read_name(p + THREAD_AT_COMM, th->comm))
			return ("a thread is out of range");
		if (birth == WL_BORN_BEFORE ?
		    th->parent != WL_TRACE_NONE || th->start != 0 :
		    th->parent >= t->info.nthreads)
			return ("a thread has an impossible parent");
		if (length > room - at)
			return ("a stream reaches beyond the end");
		t->at[i] = at;
		at += length;
	}
	t->at[i] = at;
	return (at == room ? NULL : "bytes follow the last stream");
}

/* ---- header ------------------------------------------------------------- */

static int
bad(struct wl_trace *t, struct wl_trace_error *err, const char *what)
{
	trace_error(err, t->name, 0, "%s: expected a trace made by "
	    "'amapstorm import'; make it again", what);
	return (EINVAL);
}

static int
check_header(struct wl_trace *t, struct wl_trace_error *err)
{
	const uint8_t *b = t->buf;
	uint32_t version;

	if (t->len < TRACE_MAGIC_LEN ||
	    memcmp(b, TRACE_MAGIC, TRACE_MAGIC_LEN) != 0)
		return (bad(t, err, "not a trace"));
	if (t->len < TRACE_HEADER)
		return (bad(t, err, "trace is cut short in its header"));
	version = trace_get32(b + TRACE_AT_VERSION);
	if (version != WL_TRACE_VERSION) {
		trace_error(err, t->name, 0, "trace has version %u: expected "
		    "version %u; import the recording again with this "
		    "amapstorm", version, WL_TRACE_VERSION);
		return (EINVAL);
	}
	if (trace_get32(b + TRACE_AT_HEADER) != TRACE_HEADER ||
	    trace_get32(b + TRACE_AT_SHIFT) != WL_TRACE_PAGE_SHIFT)
		return (bad(t, err, "unknown header or page size"));
	if (trace_get64(b + TRACE_AT_SIZE) != t->len) {
		trace_error(err, t->name, 0, "trace is cut short or has grown: "
		    "expected %llu bytes, found %zu",
		    (unsigned long long)trace_get64(b + TRACE_AT_SIZE),
		    t->len);
		return (EINVAL);
	}
	if (trace_get64(b + TRACE_AT_SUM) != trace_sum(b, t->len))
		return (bad(t, err, "trace is damaged: wrong checksum"));
	return (0);
}

/* Tables are as long as the header says, so counts are bounded by the file. */
static int
read_tables(struct wl_trace *t, struct wl_trace_error *err)
{
	struct wl_trace_info *info = &t->info;
	const uint8_t *b = t->buf, *objects, *spaces, *threads;
	const char *what;
	uint64_t need;

	info->version = WL_TRACE_VERSION;
	info->duration = trace_get64(b + TRACE_AT_DURATION);
	info->nrecords = trace_get64(b + TRACE_AT_NRECORDS);
	info->nobjects = trace_get32(b + TRACE_AT_NOBJECTS);
	info->nspaces = trace_get32(b + TRACE_AT_NSPACES);
	info->nthreads = trace_get32(b + TRACE_AT_NTHREADS);
	need = TRACE_HEADER + (uint64_t)info->nobjects * OBJECT_SIZE +
	    (uint64_t)info->nspaces * SPACE_SIZE +
	    (uint64_t)info->nthreads * THREAD_SIZE;
	if (need > t->len)
		return (bad(t, err, "more tables than the file holds"));
	if (info->nthreads == 0 || info->nspaces == 0 ||
	    info->duration > INT64_MAX)
		return (bad(t, err, "trace without threads or spaces"));
	objects = b + TRACE_HEADER;
	spaces = objects + (size_t)info->nobjects * OBJECT_SIZE;
	threads = spaces + (size_t)info->nspaces * SPACE_SIZE;
	t->streams = threads + (size_t)info->nthreads * THREAD_SIZE;
	t->objects = calloc((size_t)info->nobjects + 1, sizeof(*t->objects));
	t->spaces = calloc(info->nspaces, sizeof(*t->spaces));
	t->threads = calloc(info->nthreads, sizeof(*t->threads));
	t->at = calloc((size_t)info->nthreads + 1, sizeof(*t->at));
	if (t->objects == NULL || t->spaces == NULL || t->threads == NULL ||
	    t->at == NULL) {
		trace_error(err, t->name, 0, "no memory for the trace");
		return (ENOMEM);
	}
	what = read_objects(t, objects);
	if (what == NULL)
		what = read_spaces(t, spaces);
	if (what == NULL)
		what = read_threads(t, threads, t->len - need);
	return (what == NULL ? 0 : bad(t, err, what));
}

static int
trace_load(struct wl_trace *t, struct wl_trace_error *err)
{
	int error;

	error = check_header(t, err);
	if (error == 0)
		error = read_tables(t, err);
	if (error == 0)
		error = trace_check(t, &t->info, err);
	return (error);
}

/* ---- opening ------------------------------------------------------------ */

static struct wl_trace *
trace_new(const char *name, struct wl_trace_error *err)
{
	struct wl_trace *t;

	memset(err, 0, sizeof(*err));
	t = calloc(1, sizeof(*t));
	if (t != NULL)
		t->name = strdup(name);
	if (t == NULL || t->name == NULL) {
		trace_error(err, name, 0, "no memory for the trace");
		free(t);
		return (NULL);
	}
	return (t);
}

static int
trace_done(struct wl_trace *t, int error, struct wl_trace **out)
{
	*out = t;
	if (error != 0) {
		wl_trace_close(t);
		*out = NULL;
	}
	return (error);
}

int
wl_trace_open_mem(const void *buf, size_t len, struct wl_trace **out,
    struct wl_trace_error *err)
{
	struct wl_trace *t;

	*out = NULL;
	t = trace_new("(memory)", err);
	if (t == NULL)
		return (ENOMEM);
	t->buf = buf;
	t->len = len;
	return (trace_done(t, trace_load(t, err), out));
}

/* Read all of fd; the size is only where it starts from. */
static int
slurp(int fd, uint8_t **buf, size_t *len)
{
	struct stat st;
	uint8_t *p;
	size_t cap;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return (errno);
	if (S_ISDIR(st.st_mode))
		return (EISDIR);
	if (!S_ISREG(st.st_mode))
		return (EINVAL);
	cap = (size_t)st.st_size + 1;
	*buf = malloc(cap);
	*len = 0;
	if (*buf == NULL)
		return (ENOMEM);
	while ((n = read(fd, *buf + *len, cap - *len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return (errno);
		*len += (size_t)n;
		if (*len < cap)
			continue;
		p = realloc(*buf, cap * 2);
		if (p == NULL)
			return (ENOMEM);
		*buf = p;
		cap *= 2;
	}
	return (0);
}

int
wl_trace_open(const char *path, struct wl_trace **out,
    struct wl_trace_error *err)
{
	struct wl_trace *t;
	int error, fd;

	*out = NULL;
	t = trace_new(path, err);
	if (t == NULL)
		return (ENOMEM);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	error = fd < 0 ? errno : slurp(fd, &t->own, &t->len);
	if (fd >= 0)
		close(fd);
	if (error != 0) {
		trace_error(err, path, 0, "cannot read: %s: expected a trace "
		    "made by 'amapstorm import'", error == EINVAL ?
		    "not a regular file" : strerror(error));
		return (trace_done(t, error, out));
	}
	t->buf = t->own;
	return (trace_done(t, trace_load(t, err), out));
}

void
wl_trace_close(struct wl_trace *t)
{
	if (t == NULL)
		return;
	free(t->objects);
	free(t->spaces);
	free(t->threads);
	free(t->at);
	free(t->own);
	free(t->name);
	free(t);
}

/* ---- asking ------------------------------------------------------------- */

const struct wl_trace_info *
wl_trace_info(const struct wl_trace *t)
{
	return (&t->info);
}

const struct wl_trace_space *
wl_trace_space(const struct wl_trace *t, uint32_t i)
{
	return (&t->spaces[i]);
}

const struct wl_trace_thread *
wl_trace_thread(const struct wl_trace *t, uint32_t i)
{
	return (&t->threads[i]);
}

const struct wl_trace_object *
wl_trace_object(const struct wl_trace *t, uint32_t i)
{
	return (&t->objects[i]);
}

void
wl_trace_begin(const struct wl_trace *t, uint32_t thread,
    struct wl_trace_cursor *c)
{
	trace_cursor(c, t->streams + t->at[thread],
	    (size_t)(t->at[thread + 1] - t->at[thread]), thread,
	    t->threads[thread].space);
}

bool
wl_trace_next(struct wl_trace_cursor *c, struct wl_trace_rec *rec)
{
	return (c->at != c->end && trace_decode(c, rec) == NULL);
}
