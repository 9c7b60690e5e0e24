/*
 * job_keys.c: the table of keys, how to find one, and what to say to somebody
 * who did not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/job_int.h"

static const struct wl_key keys[] = {
#define KEY(sec, nam, kind, unit, lo, hi, def, field, hlp)		\
	{ #sec, #nam, unit, def, hlp, lo, hi },
#include "workloads/keys_all.def"
#undef KEY
};

static const struct wl_target targets[] = {
#define KEY(sec, nam, kind, unit, lo, hi, def, field, hlp)		\
	{ WLK_##kind, offsetof(struct wl_job, field),			\
	  sizeof(((struct wl_job *)0)->field) },
#include "workloads/keys_all.def"
#undef KEY
};

#define NKEYS	(sizeof(keys) / sizeof(keys[0]))
#define MAXNAMES 256

const struct wl_key *
wl_keys(size_t *n)
{
	*n = NKEYS;
	return keys;
}

const struct wl_target *
wl_targets(size_t *n)
{
	*n = NKEYS;
	return targets;
}

size_t
wl_key_find(const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < NKEYS; i++)
		if (strcmp(keys[i].name, name) == 0 && (section == NULL ||
		    strcmp(keys[i].section, section) == 0))
			return i;
	return WL_NOKEY;
}

bool
wl_section_known(const char *section)
{
	size_t i;

	for (i = 0; i < NKEYS; i++)
		if (strcmp(keys[i].section, section) == 0)
			return true;
	return false;
}

/* How many letters to insert, drop or change to make a of b (Levenshtein). */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[64], left, diag, up;
	size_t i, j, n = strnlen(b, 63);

	for (j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (i = 0; a[i] != '\0' && i < 64; i++) {
		diag = row[0];
		row[0] = (unsigned)i + 1;
		for (j = 0; j < n; j++) {
			up = row[j + 1];
			left = row[j];
			row[j + 1] = diag + (a[i] != b[j]);
			if (left + 1 < row[j + 1])
				row[j + 1] = left + 1;
			if (up + 1 < row[j + 1])
				row[j + 1] = up + 1;
			diag = up;
		}
	}
	return row[n];
}

struct near {
	const char	*name;
	unsigned	dist;
	size_t		order;
};

static int
near_cmp(const void *va, const void *vb)
{
	const struct near *a = va, *b = vb;

	if (a->dist != b->dist)
		return a->dist < b->dist ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void
wl_suggest(const char *name, const char *const *names, size_t n, char *buf,
    size_t len)
{
	struct near near[MAXNAMES];
	size_t i, at = 0, need;

	if (n > MAXNAMES)
		n = MAXNAMES;
	for (i = 0; i < n; i++) {
		near[i].name = names[i];
		near[i].dist = distance(name, names[i]);
		near[i].order = i;
	}
	qsort(near, n, sizeof(near[0]), near_cmp);
	for (i = 0; i < n; i++) {
		need = strlen(near[i].name) + (i > 0 ? 2 : 0);
		if (at + need + 5 >= len) {
			at += (size_t)snprintf(buf + at, len - at, ", ...");
			break;
		}
		at += (size_t)snprintf(buf + at, len - at, "%s%s",
		    i > 0 ? ", " : "", near[i].name);
	}
	if (n == 0)
		buf[0] = '\0';
}

void
wl_key_suggest(const char *section, const char *name, char *buf, size_t len)
{
	const char *names[MAXNAMES];
	size_t i, n = 0;

	for (i = 0; i < NKEYS && n < MAXNAMES; i++)
		if (section == NULL || strcmp(keys[i].section, section) == 0)
			names[n++] = keys[i].name;
	wl_suggest(name, names, n, buf, len);
}

void
wl_section_suggest(const char *name, char *buf, size_t len)
{
	const char *names[MAXNAMES];
	size_t i, n = 0;

	for (i = 0; i < NKEYS && n < MAXNAMES; i++)
		if (keys[i].section[0] != '\0' && (n == 0 ||
		    strcmp(keys[i].section, names[n - 1]) != 0))
			names[n++] = keys[i].section;
	wl_suggest(name, names, n, buf, len);
}
