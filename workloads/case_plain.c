/*
 * case_plain.c: words of tables written for people, as notation.
 *
 * In a pattern # is a number, @ a name or names, and everything else stands
 * for itself; in what replaces it $1, $2 are what they matched.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/case_parse_int.h"

static const struct plain {
	const char	*words, *notation;
} plains[] = {
	{ "# locks, i then i+1 mod #",
	    "repeat i=1..$1 ( W:N{i}n W:N{i%$2+1}n -N{i%$2+1}n -N{i}n ; )" },
	{ "# other nested locks",
	    "repeat i=1..$1 ( W:N{i}n W:N{i+1}n -N{i+1}n -N{i}n )" },
	{ "@ on @,@ then @ on @,@", "use:$1($2,$3) ; use:$4($5,$6)" },
	{ ":@ then read-release", ":$1 -r:$1" },
	{ ":@ then write-release", ":$1 -W:$1" },
	{ ", barrier after the 1st lock", "" },
	{ ", signal not blocked", "" },
};
#define NPLAINS	(sizeof(plains) / sizeof(plains[0]))
#define NMATCH	8

struct match {
	size_t	n, len;			/* of the whole */
	const char *at[NMATCH];
	size_t	width[NMATCH];
};

static size_t
span(char what, const char *s)
{
	size_t n = 0;

	while (what == '#' ? isdigit((unsigned char)s[n]) :
	    isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

static bool
matches(const char *pattern, const char *s, struct match *m)
{
	const char *from = s;

	memset(m, 0, sizeof(*m));
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '#' && *pattern != '@') {
			if (*s++ != *pattern)
				return false;
			continue;
		}
		m->at[m->n] = s;
		m->width[m->n] = span(*pattern, s);
		s += m->width[m->n];
		if (m->width[m->n++] == 0)
			return false;
	}
	m->len = (size_t)(s - from);
	return true;
}

struct text {
	char	*s;
	size_t	n, cap;
};

static bool
put(struct text *t, const char *s, size_t n)
{
	char *p;

	if (t->n + n + 1 > t->cap) {
		t->cap = 2 * (t->n + n + 1);
		p = realloc(t->s, t->cap);
		if (p == NULL)
			return false;
		t->s = p;
	}
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
	return true;
}

static bool
put_notation(struct text *t, const char *to, const struct match *m)
{
	bool good = true;

	for (; *to != '\0' && good; to++) {
		if (*to == '$') {
			size_t i = (size_t)(*++to - '1');

			good = put(t, m->at[i], m->width[i]);
		} else
			good = put(t, to, 1);
	}
	return good;
}

/* A pattern that begins with a number or name must not begin inside one. */
static bool
begins_here(const char *script, const char *s, char first)
{
	return (first != '#' && first != '@') || s == script ||
	    !(isalnum((unsigned char)s[-1]) || s[-1] == '_');
}

static bool
step(struct text *t, const char *script, const char **s)
{
	struct match m;
	size_t i;

	for (i = 0; i < NPLAINS; i++) {
		if (!begins_here(script, *s, plains[i].words[0]) ||
		    !matches(plains[i].words, *s, &m))
			continue;
		*s += m.len;
		return put_notation(t, plains[i].notation, &m);
	}
	return put(t, (*s)++, 1);
}

char *
wl_case_plain(const char *script)
{
	struct text t = { NULL, 0, 0 };
	const char *s = script;
	bool good = put(&t, "", 0);

	while (good && *s != '\0')
		good = step(&t, script, &s);
	if (good)
		return t.s;
	free(t.s);
	return NULL;
}

static bool
parts_here(const char *script, const char *s)
{
	return s[0] == '/' && s > script && isspace((unsigned char)s[-1]) &&
	    (isspace((unsigned char)s[1]) || s[1] == '\0');
}

char *
wl_case_part(const char *script, size_t n)
{
	const char *from = script, *s;

	for (s = script; ; s++) {
		if (*s != '\0' && !parts_here(script, s))
			continue;
		if (n-- == 0)
			return strndup(from, (size_t)(s - from));
		if (*s == '\0')
			return NULL;
		from = s + 1;
	}
}
