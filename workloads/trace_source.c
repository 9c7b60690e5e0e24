#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "workloads/trace_import_int.h"

#define SOURCE_IN	65536

/*
 * Bytes come in chunks: a read, a piece of zstd, or all of the memory.  Lines
 * are handed out from the chunk itself; only one that crosses chunks is
 * gathered in `part`.
 */
struct source {
	int		 fd;		/* -1: all is in `raw` */
	uint8_t		*in;		/* SOURCE_IN bytes, for reads */
	ZSTD_inBuffer	 raw;		/* not yet unpacked */
	ZSTD_DStream	*zstd;		/* NULL: plain */
	uint8_t		*out;		/* what zstd unpacks into */
	size_t		 nout;
	size_t		 in_frame;	/* zstd expects more, if not 0 */
	const char	*at, *end;	/* the chunk */
	char		*part;
	size_t		 npart;
	bool		 open;		/* part holds the start of a line */
	bool		 too_long;	/* more than part can hold */
	bool		 begun, eof;
};

static const struct magic {
	const char	*bytes;
	size_t		 len;
	const char	*why;
} magics[] = {
	{ "PERFILE2", 8, "this is perf.data itself: expected the text that "
	    "'perf script -F comm,pid,tid,time,event,trace' prints from it" },
	{ "2ELIFREP", 8, "this is perf.data of another byte order: expected "
	    "the text that perf script prints from it" },
	{ "\x1f\x8b", 2, "this is gzip: expected perf script text, plain or "
	    "zstd" },
	{ "\xfd" "7zXZ", 5, "this is xz: expected perf script text, plain or "
	    "zstd" },
	{ "BZh", 3, "this is bzip2: expected perf script text, plain or "
	    "zstd" },
	{ "\x89" "amaptr\n", 8, "this is a trace already: expected perf "
	    "script text; run it with --replay" },
};

static struct source *
source_new(int fd)
{
	struct source *s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->fd = fd;
	return (s);
}

struct source *
source_file(int fd)
{
	struct source *s = source_new(fd);

	if (s == NULL)
		return (NULL);
	s->in = malloc(SOURCE_IN);
	if (s->in == NULL) {
		source_free(s);
		return (NULL);
	}
	s->raw.src = s->in;
	return (s);
}

struct source *
source_mem(const void *p, size_t len)
{
	struct source *s = source_new(-1);

	if (s == NULL)
		return (NULL);
	s->raw.src = p;
	s->raw.size = len;
	return (s);
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	ZSTD_freeDStream(s->zstd);
	free(s->in);
	free(s->out);
	free(s->part);
	free(s);
}

/* All of raw is used: fill it with at least `least` bytes, or the rest. */
static int
source_read(struct source *s, size_t least)
{
	ssize_t n;

	if (s->fd < 0 || s->eof)
		return (0);
	s->raw.pos = s->raw.size = 0;
	while (s->raw.size < least && !s->eof) {
		n = read(s->fd, s->in + s->raw.size, SOURCE_IN - s->raw.size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return (errno);
		s->raw.size += (size_t)n;
		s->eof = n == 0;
	}
	return (0);
}

/* Look at the first bytes: plain, zstd, or something we can name? */
static int
source_begin(struct source *s, const char **why)
{
	static const uint8_t zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	size_t i;
	int error;

	s->begun = true;
	error = source_read(s, 16);
	if (error != 0)
		return (error);
	if (s->raw.size == 0) {
		*why = "the file is empty: expected perf script text, plain "
		    "or zstd";
		return (EINVAL);
	}
	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (s->raw.size >= magics[i].len && memcmp(s->raw.src,
		    magics[i].bytes, magics[i].len) == 0) {
			*why = magics[i].why;
			return (EINVAL);
		}
	if (s->raw.size < sizeof(zstd) ||
	    memcmp(s->raw.src, zstd, sizeof(zstd)) != 0)
		return (0);
	s->zstd = ZSTD_createDStream();
	s->nout = ZSTD_DStreamOutSize();
	s->out = malloc(s->nout);
	if (s->zstd == NULL || s->out == NULL)
		return (ENOMEM);
	return (0);
}

static int
unpack(struct source *s, const char **why)
{
	ZSTD_outBuffer out = { s->out, s->nout, 0 };
	int error;

	while (out.pos == 0) {
		if (s->raw.pos == s->raw.size) {
			error = source_read(s, 1);
			if (error != 0)
				return (error);
		}
		if (s->raw.pos == s->raw.size && s->in_frame == 0)
			break;
		s->in_frame = ZSTD_decompressStream(s->zstd, &out, &s->raw);
		if (ZSTD_isError(s->in_frame)) {
			*why = "the zstd data are damaged: expected perf "
			    "script text packed by zstd";
			return (EINVAL);
		}
		if (s->raw.pos == s->raw.size && out.pos == 0 &&
		    s->in_frame != 0 && (s->fd < 0 || s->eof)) {
			*why = "the zstd data are cut short: expected the "
			    "rest of the file";
			return (EINVAL);
		}
	}
	s->at = (const char *)s->out;
	s->end = s->at + out.pos;
	return (0);
}

/* The next chunk; an empty one is the end. */
static int
source_chunk(struct source *s, const char **why)
{
	int error = 0;

	if (!s->begun)
		error = source_begin(s, why);
	if (error != 0)
		return (error);
	if (s->zstd != NULL)
		return (unpack(s, why));
	if (s->raw.pos == s->raw.size)
		error = source_read(s, 1);
	s->at = (const char *)s->raw.src + s->raw.pos;
	s->end = (const char *)s->raw.src + s->raw.size;
	s->raw.pos = s->raw.size;
	return (error);
}

/* Gather n bytes at `at`, the middle of a line that crosses chunks. */
static int
source_keep(struct source *s, size_t n)
{
	if (s->part == NULL) {
		s->part = malloc(SOURCE_LINE_MAX);
		if (s->part == NULL)
			return (ENOMEM);
	}
	s->open = true;
	if (n > SOURCE_LINE_MAX - s->npart)
		s->too_long = true;
	if (!s->too_long) {
		memcpy(s->part + s->npart, s->at, n);
		s->npart += n;
	}
	s->at += n;
	return (0);
}

/* What is gathered is the line. */
static void
source_gathered(struct source *s, const char **line, size_t *len)
{
	*line = s->part;
	*len = s->too_long ? SOURCE_LINE_MAX + 1 : s->npart;
	s->npart = 0;
	s->open = s->too_long = false;
}

/*
 * Find the next line's bytes, wherever they lie.
 *
 * => 0; *line is NULL at the end
 */
static int
source_find(struct source *s, const char **line, size_t *len,
    const char **why)
{
	const char *nl;
	int error;

	*line = NULL;
	for (;;) {
		if (s->at == s->end) {
			error = source_chunk(s, why);
			if (error != 0)
				return (error);
		}
		if (s->at == s->end) {
			if (s->open)
				source_gathered(s, line, len);
			return (0);
		}
		nl = memchr(s->at, '\n', (size_t)(s->end - s->at));
		if (nl != NULL && !s->open) {
			*line = s->at;
			*len = (size_t)(nl - s->at);
			s->at = nl + 1;
			return (0);
		}
		error = source_keep(s,
		    (size_t)((nl != NULL ? nl : s->end) - s->at));
		if (error != 0)
			return (error);
		if (nl != NULL) {
			s->at = nl + 1;
			source_gathered(s, line, len);
			return (0);
		}
	}
}

enum source_got
source_next(struct source *s, const char **line, size_t *len,
    const char **why, int *error)
{
	*why = NULL;
	*error = source_find(s, line, len, why);
	if (*error != 0)
		return (SOURCE_WRONG);
	if (*line == NULL)
		return (SOURCE_END);
	if (*len > SOURCE_LINE_MAX)
		return (SOURCE_LONG);
	if (memchr(*line, 0, *len) != NULL) {
		*why = "binary data: expected perf script text, plain or zstd";
		*error = EINVAL;
		return (SOURCE_WRONG);
	}
	if (*len > 0 && (*line)[*len - 1] == '\r')
		--*len;
	return (SOURCE_LINE);
}
