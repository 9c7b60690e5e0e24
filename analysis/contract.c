/*
 * contract.c: lock-order contracts: reading and writing them.
 *
 *	class NAME [rank N] [by address]
 *	edge FROM TO [MODES]			# where it was first seen
 *	forbid FROM TO
 *
 * One a line, '#' begins a comment, a name with blanks in it is in quotes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/contract_int.h"
#include "analysis/order_int.h"

#define MAXLINE		1024
#define MAXFILE		(16 << 20)
#define MAXWORDS	20

static const char letter[LKM_NMODE + 1] = "-WrR";

struct reader {
	struct ana_contract *c;
	struct wl_error	*err;
	uint32_t	cclasses, cedges;
	unsigned	line;
	unsigned	n;
	char		word[MAXWORDS][MAXLINE];
	bool		quoted[MAXWORDS];
};

static int
refuse(struct reader *r, const char *expected, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
refuse(struct reader *r, const char *expected, const char *fmt, ...)
{
	va_list ap;

	r->err->line = r->line;
	snprintf(r->err->where, sizeof(r->err->where), "%s", r->c->where);
	snprintf(r->err->expected, sizeof(r->err->expected), "%s", expected);
	va_start(ap, fmt);
	vsnprintf(r->err->what, sizeof(r->err->what), fmt, ap);
	va_end(ap);
	return EINVAL;
}

/* ---- words ---- */

/* => behind the word; NULL: the quotes do not end */
static const char *
word(const char *at, char *out, bool *quoted)
{
	*quoted = *at == '"';
	if (*quoted)
		at++;
	while (*at != '\0' && (*quoted ? *at != '"' :
	    *at != ' ' && *at != '\t' && *at != '#')) {
		if (*quoted && *at == '\\' && at[1] != '\0')
			at++;
		*out++ = *at++;
	}
	*out = '\0';
	if (!*quoted)
		return at;
	return *at == '"' ? at + 1 : NULL;
}

static int
split(struct reader *r, const char *line)
{
	r->n = 0;
	for (;;) {
		line += strspn(line, " \t\r");
		if (*line == '\0' || *line == '#')
			return 0;
		if (r->n == MAXWORDS)
			return refuse(r, "at most 20 words a line",
			    "\"%.100s\" is too much", line);
		line = word(line, r->word[r->n], &r->quoted[r->n]);
		if (line == NULL)
			return refuse(r, "a closing quote",
			    "\"%.100s does not end", r->word[r->n]);
		r->n++;
	}
}

/* ---- lines ---- */

static int
name(struct reader *r, unsigned i, char out[LK_NAMELEN])
{
	size_t len = strlen(r->word[i]);

	if (len == 0 || len >= LK_NAMELEN)
		return refuse(r, "a class name of 1 to 63 characters",
		    "\"%.100s\" has %zu", r->word[i], len);
	memcpy(out, r->word[i], len + 1);
	return 0;
}

static int
number(struct reader *r, const char *text, int64_t *out)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0)
		return refuse(r, "a whole number", "rank \"%.100s\"", text);
	*out = v;
	return 0;
}

static int
line_class(struct reader *r)
{
	struct ct_class c = { .line = r->line };
	unsigned i = 2;
	int error;

	if (r->n < 2)
		return refuse(r, "class NAME [rank N] [by address]",
		    "a class without a name");
	if ((error = name(r, 1, c.name)) != 0)
		return error;
	while (i < r->n) {
		if (i + 1 == r->n)
			return refuse(r, "rank N, or by address",
			    "\"%.100s\" alone", r->word[i]);
		if (strcmp(r->word[i], "rank") == 0) {
			if ((error = number(r, r->word[i + 1], &c.rank)) != 0)
				return error;
			c.ranked = true;
		} else if (strcmp(r->word[i], "by") == 0 &&
		    strcmp(r->word[i + 1], "address") == 0)
			c.by_address = true;
		else
			return refuse(r, "rank N, or by address",
			    "\"%.100s %.50s\"", r->word[i], r->word[i + 1]);
		i += 2;
	}
	if (ord_grow(&r->c->classes, &r->cclasses,
	    (uint32_t)r->c->nclasses + 1, sizeof(c)) != 0)
		return ENOMEM;
	r->c->classes[r->c->nclasses++] = c;
	return 0;
}

static int
mode(char c)
{
	const char *at = c == '\0' ? NULL : strchr(letter, c);

	return at == NULL ? -1 : (int)(at - letter);
}

static int
modes(struct reader *r, const char *text, uint32_t *out)
{
	int held = mode(text[0]), want = -1;

	if (held >= 0 && text[1] == '>')
		want = mode(text[2]);
	if (want < 0 || text[3] != '\0')
		return refuse(r, "modes as W>r: W write, r read, R recursive "
		    "read, - none", "mode \"%.100s\"", text);
	*out |= CT_MODES((unsigned)held, (unsigned)want);
	return 0;
}

static int
line_edge(struct reader *r, bool forbidden)
{
	struct ct_edge e = { .line = r->line, .forbidden = forbidden };
	unsigned i;
	int error;

	if (r->n < 3 || (forbidden && r->n != 3))
		return refuse(r, forbidden ? "forbid FROM TO" :
		    "edge FROM TO [MODES]", "%u words", r->n);
	if ((error = name(r, 1, e.from)) != 0 ||
	    (error = name(r, 2, e.to)) != 0)
		return error;
	for (i = 3; i < r->n; i++)
		if ((error = modes(r, r->word[i], &e.modes)) != 0)
			return error;
	if (e.modes == 0)
		e.modes = UINT32_MAX;
	if (ord_grow(&r->c->edges, &r->cedges, (uint32_t)r->c->nedges + 1,
	    sizeof(e)) != 0)
		return ENOMEM;
	r->c->edges[r->c->nedges++] = e;
	r->c->lists |= !forbidden;
	return 0;
}

static int
read_line(struct reader *r, const char *line)
{
	int error = split(r, line);

	if (error != 0 || r->n == 0)
		return error;
	if (strcmp(r->word[0], "class") == 0)
		return line_class(r);
	if (strcmp(r->word[0], "edge") == 0)
		return line_edge(r, false);
	if (strcmp(r->word[0], "forbid") == 0)
		return line_edge(r, true);
	return refuse(r, "class, edge or forbid", "\"%.100s\"", r->word[0]);
}

/* ---- the whole ---- */

static int
class_cmp(const void *a, const void *b)
{
	return strcmp(((const struct ct_class *)a)->name,
	    ((const struct ct_class *)b)->name);
}

static int
edge_cmp(const void *a, const void *b)
{
	const struct ct_edge *x = a, *y = b;
	int c = strcmp(x->from, y->from);

	return c != 0 ? c : strcmp(x->to, y->to);
}

/* A line that says something else on the same thing than one before. */
static int
twice(struct reader *r, unsigned a, unsigned b, const char *of)
{
	r->line = a > b ? a : b;
	return refuse(r, "one line for each",
	    "%.64s was given in line %u already", of, a < b ? a : b);
}

static int
finish(struct reader *r)
{
	struct ana_contract *c = r->c;
	size_t i;

	if (c->nclasses > 1)
		qsort(c->classes, c->nclasses, sizeof(*c->classes), class_cmp);
	if (c->nedges > 1)
		qsort(c->edges, c->nedges, sizeof(*c->edges), edge_cmp);
	for (i = 1; i < c->nclasses; i++)
		if (class_cmp(&c->classes[i - 1], &c->classes[i]) == 0)
			return twice(r, c->classes[i - 1].line,
			    c->classes[i].line, c->classes[i].name);
	for (i = 1; i < c->nedges; i++)
		if (edge_cmp(&c->edges[i - 1], &c->edges[i]) == 0)
			return twice(r, c->edges[i - 1].line,
			    c->edges[i].line, c->edges[i].from);
	return 0;
}

static int
read_lines(struct reader *r, const char *text)
{
	char line[MAXLINE];
	size_t len;
	int error = 0;

	while (error == 0 && *text != '\0') {
		r->line++;
		len = strcspn(text, "\n");
		if (len >= sizeof(line))
			return refuse(r, "lines of less than 1024 characters",
			    "%zu of them", len);
		memcpy(line, text, len);
		line[len] = '\0';
		error = read_line(r, line);
		text += len + (text[len] == '\n');
	}
	return error;
}

int
ana_contract_text(const char *text, const char *where,
    struct ana_contract **out, struct wl_error *err)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct ana_contract *c = calloc(1, sizeof(*c));
	int error = ENOMEM;

	*out = NULL;
	if (r != NULL && c != NULL) {
		r->c = c;
		r->err = err;
		snprintf(c->where, sizeof(c->where), "%s", where);
		error = read_lines(r, text);
		if (error == 0)
			error = finish(r);
	}
	free(r);
	if (error == 0)
		*out = c;
	else
		ana_contract_free(c);
	return error;
}

static int
read_all(FILE *f, char **text)
{
	size_t n = 0, cap = 4096;
	char *buf = malloc(cap), *more;

	while (buf != NULL) {
		n += fread(buf + n, 1, cap - n - 1, f);
		if (n < cap - 1)
			break;
		more = cap < MAXFILE ? realloc(buf, cap *= 2) : NULL;
		if (more == NULL) {
			free(buf);
			return cap < MAXFILE ? ENOMEM : EFBIG;
		}
		buf = more;
	}
	if (buf == NULL)
		return ENOMEM;
	buf[n] = '\0';
	*text = buf;
	if (ferror(f) == 0)
		return 0;
	free(buf);
	return EIO;
}

int
ana_contract_read(const char *path, struct ana_contract **out,
    struct wl_error *err)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	int error;

	*out = NULL;
	snprintf(err->where, sizeof(err->where), "%s", path);
	if (f == NULL)
		error = errno;
	else {
		error = read_all(f, &text);
		fclose(f);
	}
	if (error != 0) {
		err->line = 0;
		snprintf(err->what, sizeof(err->what), "%s", strerror(error));
		snprintf(err->expected, sizeof(err->expected),
		    "a lock-order contract that can be read");
		return error;
	}
	error = ana_contract_text(text, path, out, err);
	free(text);
	return error;
}

void
ana_contract_free(struct ana_contract *c)
{
	if (c == NULL)
		return;
	free(c->classes);
	free(c->edges);
	free(c);
}

const struct ct_class *
ct_class_find(const struct ana_contract *c, const char *wanted)
{
	struct ct_class key = { .line = 0 };

	if (c->nclasses == 0)
		return NULL;
	snprintf(key.name, sizeof(key.name), "%s", wanted);
	return bsearch(&key, c->classes, c->nclasses, sizeof(key), class_cmp);
}

const struct ct_edge *
ct_edge_find(const struct ana_contract *c, const char *from, const char *to)
{
	struct ct_edge key = { .line = 0 };

	if (c->nedges == 0)
		return NULL;
	snprintf(key.from, sizeof(key.from), "%s", from);
	snprintf(key.to, sizeof(key.to), "%s", to);
	return bsearch(&key, c->edges, c->nedges, sizeof(key), edge_cmp);
}

const char *
ct_modes_text(uint32_t bits, char buf[CT_MODES_LEN])
{
	unsigned h, n, at = 0;

	for (h = 0; h < LKM_NMODE; h++)
		for (n = 0; n < LKM_NMODE; n++) {
			if (!(bits & CT_MODES(h, n)))
				continue;
			buf[at++] = letter[h];
			buf[at++] = '>';
			buf[at++] = letter[n];
			buf[at++] = ' ';
		}
	buf[at == 0 ? 0 : at - 1] = '\0';
	return buf;
}
