#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workloads/trace_import_int.h"

const struct wl_line_row wl_lines[WL_LINE_NREASONS] = {
#define WL_LINE(name, class, help) { #name, WL_LINE_##class, help },
#include "workloads/trace_lines.def"
#undef WL_LINE
};

const char *const wl_line_classes[WL_LINE_NCLASSES] = {
	[WL_LINE_IMPORTED] = "imported",
	[WL_LINE_INFERRED] = "inferred",
	[WL_LINE_SKIPPED] = "skipped",
};

int
import_fail(struct import *imp, int error, uint64_t line, const char *what)
{
	if (imp->error == 0) {
		imp->error = error;
		trace_error(imp->err, imp->name, line, "%s", what);
	}
	return (error);
}

/* ---- reading ------------------------------------------------------------ */

static void
count_line(struct import *imp, uint8_t reason, uint64_t line)
{
	struct wl_import_report *rep = imp->rep;

	rep->of_reason[reason]++;
	rep->of_class[wl_lines[reason].class]++;
	if (rep->first_line[reason] == 0 || line < rep->first_line[reason])
		rep->first_line[reason] = line;
}

static int
add_event(struct import *imp, const struct imp_event *ev)
{
	struct imp_event *v;
	size_t cap;

	if (ev->comm == IMP_NONE)
		return (import_fail(imp, ENOMEM, ev->line,
		    "no memory for the recording"));
	if (imp->nevents == IMP_MAX_EVENTS)
		return (import_fail(imp, E2BIG, ev->line,
		    "too many samples: expected at most 67108864; "
		    "import a shorter recording"));
	if (imp->nevents == imp->capevents) {
		cap = imp->capevents * 2 + 64;
		v = realloc(imp->events, cap * sizeof(*v));
		if (v == NULL)
			return (import_fail(imp, ENOMEM, ev->line,
			    "no memory for the recording"));
		imp->events = v;
		imp->capevents = cap;
	}
	imp->events[imp->nevents++] = *ev;
	return (0);
}

static int
read_lines(struct import *imp, struct source *src)
{
	struct wl_import_report *rep = imp->rep;
	struct imp_event ev;
	enum source_got got;
	const char *line, *why;
	size_t len;
	uint8_t reason;
	int error;

	while ((got = source_next(src, &line, &len, &why, &error)) ==
	    SOURCE_LINE || got == SOURCE_LONG) {
		rep->lines++;
		if (got == SOURCE_LONG) {
			count_line(imp, WL_LINE_TOO_LONG, rep->lines);
			continue;
		}
		if (!line_parse(line, len, &imp->names, &ev, &reason,
		    &rep->lost)) {
			count_line(imp, reason, rep->lines);
			continue;
		}
		ev.line = rep->lines;
		if (add_event(imp, &ev) != 0)
			return (imp->error);
	}
	if (got == SOURCE_WRONG)
		return (import_fail(imp, error, error == EINVAL ?
		    rep->lines + 1 : 0, why != NULL ? why : strerror(error)));
	return (0);
}

/* ---- passing over the events -------------------------------------------- */

static void
pass(struct sim *sim)
{
	struct import *imp = sim->imp;
	size_t i;

	for (i = 0; i < imp->nevents && imp->error == 0; i++) {
		sim->ev = &imp->events[i];
		sim_event(sim);
	}
	if (imp->error == 0)
		sim_finish(sim);
}

static int
discover(struct import *imp)
{
	struct sim sim;
	int error;

	sim_init(&sim, imp, NULL);
	pass(&sim);
	sim_free(&sim);
	if (imp->error != 0)
		return (imp->error);
	error = infer_regions(imp);
	if (error != 0)
		return (import_fail(imp, error, 0, strerror(error)));
	return (0);
}

static void
count_events(struct import *imp)
{
	const struct imp_event *ev;
	size_t i;

	for (i = 0; i < imp->nevents; i++) {
		ev = &imp->events[i];
		count_line(imp, ev->reason, ev->line);
		if (ev->kind != EV_FAULT)
			continue;
		imp->rep->faults++;
		if (wl_lines[ev->reason].class != WL_LINE_SKIPPED)
			imp->rep->faults_kept++;
	}
}

static void
count_lives(struct wl_import_report *rep, const struct sim *sim)
{
	uint32_t i;

	for (i = 0; i < sim->nthreads; i++)
		rep->processes += sim->threads[i].pub.birth !=
		    WL_BORN_THREAD;
	rep->threads = sim->nthreads;
	rep->spaces = sim->nspaces;
	rep->objects = sim->nobjects;
	rep->records = sim->seq;
}

static int
emit(struct import *imp, uint8_t **out, size_t *len)
{
	struct writer *w = writer_new();
	struct sim sim;
	int error;

	if (w == NULL)
		return (import_fail(imp, ENOMEM, 0, strerror(ENOMEM)));
	sim_init(&sim, imp, w);
	pass(&sim);
	if (imp->error == 0)
		count_events(imp);
	if (imp->error == 0 && sim.nthreads == 0)
		(void)import_fail(imp, EINVAL, imp->rep->lines,
		    "no line can be replayed: expected samples such as "
		    "'sh 7/7 1.000001: exceptions:page_fault_user: "
		    "address=0x7f0000001000 ip=0x7f0000001000 "
		    "error_code=0x14'");
	if (imp->error == 0) {
		count_lives(imp->rep, &sim);
		error = writer_bytes(w, &sim, imp->rep->duration, out, len);
		if (error != 0)
			(void)import_fail(imp, error, 0, strerror(error));
	}
	sim_free(&sim);
	writer_free(w);
	return (imp->error);
}

/* ---- the import as a whole ---------------------------------------------- */

static void
import_free(struct import *imp)
{
	uint32_t i;

	for (i = 0; i < imp->norigins; i++) {
		free(imp->origins[i].needs);
		free(imp->origins[i].regions);
		wl_maps_free(&imp->origins[i].announced);
	}
	free(imp->origins);
	free(imp->events);
	names_free(&imp->names);
}

static int
import_source(const char *name, struct source *src, uint8_t **out,
    size_t *len, struct wl_import_report *rep, struct wl_trace_error *err)
{
	struct import imp = {
		.name = name, .rep = rep, .err = err,
		.loose = {
			.max_live = (uint64_t)1 << 24,
			.max_copies = UINT64_MAX / 2,
			.max_maps = (uint64_t)1 << 22,
		},
	};
	int error = 0;

	memset(rep, 0, sizeof(*rep));
	memset(err, 0, sizeof(*err));
	*out = NULL;
	*len = 0;
	if (src == NULL)
		(void)import_fail(&imp, ENOMEM, 0, strerror(ENOMEM));
	if (imp.error == 0)
		(void)read_lines(&imp, src);
	source_free(src);
	if (imp.error == 0) {
		error = pair_events(&imp);
		if (error != 0)
			(void)import_fail(&imp, error, 0, strerror(error));
	}
	if (imp.error == 0)
		(void)discover(&imp);
	if (imp.error == 0)
		(void)emit(&imp, out, len);
	rep->bytes = *len;
	import_free(&imp);
	return (imp.error);
}

int
wl_trace_import_mem(const char *name, const void *text, size_t len,
    uint8_t **out, size_t *outlen, struct wl_import_report *rep,
    struct wl_trace_error *err)
{
	return (import_source(name, source_mem(text, len), out, outlen, rep,
	    err));
}

/* ---- files -------------------------------------------------------------- */

static int
write_all(int fd, const uint8_t *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return (errno);
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

/* A new file beside path; the name is the caller's to free. */
static int
open_beside(const char *path, char **temp)
{
	int fd = -1, i;

	for (i = 0; i < 100 && fd < 0; i++) {
		if (asprintf(temp, "%s.%d-%d.part", path, (int)getpid(),
		    i) < 0) {
			*temp = NULL;
			errno = ENOMEM;
			return (-1);
		}
		fd = open(*temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0666);
		if (fd >= 0 || errno != EEXIST)
			break;
		free(*temp);
		*temp = NULL;
	}
	return (fd);
}

/* Renaming over a device or a pipe would be a surprise. */
static int
check_target(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (errno == ENOENT ? 0 : errno);
	if (S_ISDIR(st.st_mode))
		return (EISDIR);
	return (S_ISREG(st.st_mode) ? 0 : EINVAL);
}

/* Beside its final name, whole, on disk, and only then under that name. */
static int
write_beside(const char *path, const uint8_t *p, size_t len)
{
	char *temp;
	int error, fd;

	error = check_target(path);
	if (error != 0)
		return (error);
	fd = open_beside(path, &temp);
	if (fd < 0) {
		error = errno;
		free(temp);
		return (error);
	}
	error = write_all(fd, p, len);
	if (error == 0 && fsync(fd) != 0)
		error = errno;
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0 && rename(temp, path) != 0)
		error = errno;
	if (error != 0)
		(void)unlink(temp);
	free(temp);
	return (error);
}

static int
write_file(const char *path, const uint8_t *p, size_t len,
    struct wl_trace_error *err)
{
	int error;

	error = write_beside(path, p, len);
	if (error != 0)
		trace_error(err, path, 0, "cannot write the trace: %s: "
		    "expected the name of a file, in a writable place with "
		    "room for %zu bytes", error == EINVAL ?
		    "not a regular file" : strerror(error), len);
	return (error);
}

int
wl_trace_import(const char *path, const char *out,
    struct wl_import_report *rep, struct wl_trace_error *err)
{
	struct stat st;
	uint8_t *p = NULL;
	size_t len;
	int error = 0, fd;

	memset(rep, 0, sizeof(*rep));
	memset(err, 0, sizeof(*err));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		error = errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	if (error != 0)
		trace_error(err, path, 0, "cannot read: %s: expected a file "
		    "of perf script text, plain or zstd", strerror(error));
	else
		error = import_source(path, source_file(fd), &p, &len, rep,
		    err);
	if (fd >= 0)
		(void)close(fd);
	if (error == 0)
		error = write_file(out, p, len, err);
	free(p);
	return (error);
}
