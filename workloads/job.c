/*
 * job.c: job files: lines from inih, keys from keys.def.
 */
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workloads/job_int.h"

#define MAXKEYS		512
#define MAXLINE		196		/* of inih: 200 less ends of line */
#define MAXFILE		(1 << 20)

/* A text on its way through inih. */
struct reader {
	const char	*text;
	size_t		len, at;
	unsigned	line;
	bool		any;		/* a key was seen */
	bool		failed;
	struct wl_job	*job;
	struct wl_error	*err;
	unsigned	seen[MAXKEYS];	/* line of each key, 0: not yet */
};

static bool
refuse(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->err->what, sizeof(r->err->what), fmt, ap);
	va_end(ap);
	r->err->line = r->line;
	r->failed = true;
	return false;
}

/*
 * What inih calls for a line.  Leading blanks go, since inih would take an
 * indented line for more of the value above it.
 */
static char *
next_line(char *buf, int size, void *arg)
{
	struct reader *r = arg;
	const char *from, *end;
	size_t n;

	if (r->failed || r->at >= r->len)
		return NULL;
	r->line++;
	from = r->text + r->at;
	end = memchr(from, '\n', r->len - r->at);
	n = end != NULL ? (size_t)(end - from) : r->len - r->at;
	r->at += n + (end != NULL);
	while (n > 0 && (*from == ' ' || *from == '\t')) {
		from++;
		n--;
	}
	if (memchr(from, '\0', n) != NULL) {
		snprintf(r->err->expected, sizeof(r->err->expected),
		    "a text file of lines 'key = value' and '[section]'");
		refuse(r, "a zero byte: this is no text");
		return NULL;
	}
	if (n > MAXLINE || n + 2 > (size_t)size) {
		snprintf(r->err->expected, sizeof(r->err->expected),
		    "lines of at most %d letters", MAXLINE);
		refuse(r, "a line of %zu letters", n);
		return NULL;
	}
	memcpy(buf, from, n);
	buf[n] = '\n';
	buf[n + 1] = '\0';
	return buf;
}

static bool
like(struct reader *r, const char *name)
{
	struct wl_error inner;

	if (r->any) {
		snprintf(r->err->expected, sizeof(r->err->expected),
		    "'like' above all other keys, since it sets them all");
		return refuse(r, "'like' after other keys");
	}
	if (wl_job_scenario(r->job, name, &inner) == 0) {
		/* alike, but not the same */
		memset(r->job->name, 0, sizeof(r->job->name));
		memset(r->job->help, 0, sizeof(r->job->help));
		return true;
	}
	memcpy(r->err->expected, inner.expected, sizeof(inner.expected));
	return refuse(r, "%s", inner.what);
}

static int
on_key(void *arg, const char *section, const char *name, const char *value)
{
	struct reader *r = arg;
	struct wl_error *err = r->err;
	size_t key;

	if (r->failed)
		return 1;
	if (section[0] == '\0' && strcmp(name, "like") == 0) {
		like(r, value);
		r->any = true;
		return 1;
	}
	r->any = true;
	if (!wl_section_known(section)) {
		wl_section_suggest(section, err->expected,
		    sizeof(err->expected));
		return refuse(r, "unknown section [%s]", section), 1;
	}
	key = wl_key_find(section, name);
	if (key == WL_NOKEY) {
		wl_key_suggest(section, name, err->expected,
		    sizeof(err->expected));
		return refuse(r, "unknown key '%s' in [%s]", name, section), 1;
	}
	if (r->seen[key] != 0) {
		snprintf(err->expected, sizeof(err->expected),
		    "each key once");
		return refuse(r, "'%s' again; it stands in line %u", name,
		    r->seen[key]), 1;
	}
	r->seen[key] = r->line;
	if (!wl_value_set(r->job, key, value, err)) {
		err->line = r->line;
		r->failed = true;
	}
	return 1;
}

static void
where_set(struct wl_error *err, const char *where)
{
	memset(err, 0, sizeof(*err));
	snprintf(err->where, sizeof(err->where), "%s", where);
}

int
wl_job_text(struct wl_job *job, const char *text, size_t len,
    const char *where, struct wl_error *err)
{
	struct reader r = { .text = text, .len = len, .job = job, .err = err };
	int line;

	where_set(err, where);
	wl_job_default(job);
	line = ini_parse_stream(next_line, &r, on_key, &r);
	if (r.failed && (line <= 0 || err->line <= (unsigned)line))
		return EINVAL;
	if (line == 0)
		return 0;
	/* inih goes on after a line that it does not understand */
	err->line = line > 0 ? (unsigned)line : 0;
	snprintf(err->what, sizeof(err->what), "neither a key nor a section");
	snprintf(err->expected, sizeof(err->expected),
	    "'key = value', '[section]', or '#' and a remark");
	return EINVAL;
}

void
wl_job_default(struct wl_job *job)
{
	const struct wl_key *keys;
	struct wl_error err;
	size_t i, n;

	memset(job, 0, sizeof(*job));
	keys = wl_keys(&n);
	LK_ASSERT(n <= MAXKEYS);
	for (i = 0; i < n; i++) {
		if (strcmp(keys[i].dflt, "0") == 0)
			continue;	/* it is, already */
		if (!wl_value_set(job, i, keys[i].dflt, &err))
			lk_bug(__FILE__, __LINE__, keys[i].name);
	}
}

static int
machine_error(struct wl_error *err, int error, const char *what)
{
	char reason[64];

	snprintf(err->what, sizeof(err->what), "%s: %s", what,
	    strerror_r(error, reason, sizeof(reason)));
	snprintf(err->expected, sizeof(err->expected),
	    "a readable job file, or the name of a scenario");
	return error;
}

static int
slurp(int fd, char *buf, size_t size, size_t *len)
{
	ssize_t n;

	for (*len = 0; *len < size; *len += (size_t)n) {
		n = read(fd, buf + *len, size - *len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n == -1)
			return errno;
		else if (n == 0)
			break;
	}
	return 0;
}

int
wl_job_file(struct wl_job *job, const char *path, struct wl_error *err)
{
	const char *base = strrchr(path, '/');
	char *text;
	size_t len;
	int fd, error;

	where_set(err, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return machine_error(err, errno, "cannot open it");
	if ((text = malloc(MAXFILE)) == NULL) {
		close(fd);
		return machine_error(err, ENOMEM, "cannot read it");
	}
	error = slurp(fd, text, MAXFILE, &len);
	close(fd);
	if (error != 0)
		error = machine_error(err, error, "cannot read it");
	else if (len == MAXFILE) {
		snprintf(err->what, sizeof(err->what), "too long");
		snprintf(err->expected, sizeof(err->expected),
		    "a job file of less than %d bytes", MAXFILE);
		error = EINVAL;
	} else
		error = wl_job_text(job, text, len, path, err);
	free(text);
	if (error == 0 && job->name[0] == '\0') {
		base = base != NULL ? base + 1 : path;
		snprintf(job->name, sizeof(job->name), "%.*s",
		    (int)strcspn(base, "."), base);
	}
	return error;
}

int
wl_job_set(struct wl_job *job, const char *key, const char *value,
    struct wl_error *err)
{
	const char *dot = strchr(key, '.');
	char section[64] = "";
	size_t i;

	where_set(err, "command line");
	if (dot != NULL)
		snprintf(section, sizeof(section), "%.*s", (int)(dot - key),
		    key);
	i = wl_key_find(dot != NULL ? section : NULL,
	    dot != NULL ? dot + 1 : key);
	if (i != WL_NOKEY)
		return wl_value_set(job, i, value, err) ? 0 : EINVAL;
	snprintf(err->what, sizeof(err->what), "unknown key '%.100s'", key);
	if (dot != NULL && !wl_section_known(section))
		wl_section_suggest(section, err->expected,
		    sizeof(err->expected));
	else
		wl_key_suggest(dot != NULL ? section : NULL,
		    dot != NULL ? dot + 1 : key, err->expected,
		    sizeof(err->expected));
	return EINVAL;
}

/* What is not asked for needs no line. */
bool
wl_job_get(const struct wl_job *job, size_t i, char *key, size_t keylen,
    char *value, size_t len)
{
	const struct wl_key *keys;
	size_t n;

	keys = wl_keys(&n);
	wl_value_text(job, i, value, len);
	snprintf(key, keylen, "%s%s%s", keys[i].section,
	    keys[i].section[0] == '\0' ? "" : ".", keys[i].name);
	return strcmp(value, keys[i].dflt) != 0 ||
	    (strcmp(value, "0") != 0 && value[0] != '\0');
}

size_t
wl_job_print(const struct wl_job *job, char *buf, size_t size)
{
	const struct wl_key *keys;
	const char *section = "";
	char key[96], value[1024];
	size_t i, n, at = 0;

	keys = wl_keys(&n);
	for (i = 0; i < n; i++) {
		char *to = at < size ? buf + at : NULL;
		size_t room = at < size ? size - at : 0;
		bool fresh = strcmp(section, keys[i].section) != 0;

		if (!wl_job_get(job, i, key, sizeof(key), value,
		    sizeof(value)))
			continue;
		section = keys[i].section;
		/* a ';' after a blank would begin a remark */
		at += (size_t)snprintf(to, room, "%s%s%s%s =%s%s\n",
		    fresh ? "[" : "", fresh ? section : "",
		    fresh ? "]\n" : "", keys[i].name,
		    value[0] == ';' ? "" : " ", value);
	}
	return at;
}
