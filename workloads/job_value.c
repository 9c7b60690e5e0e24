/*
 * job_value.c: values of keys, from text and to text.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/job_int.h"
#include "workloads/runner_int.h"

struct unit {
	const char	*name;
	uint64_t	size;
};

/* Largest first: the writer takes the first that divides.  m is for reading. */
static const struct unit durations[] = {
	{ "h", 3600000000000 }, { "min", 60000000000 }, { "m", 60000000000 },
	{ "s", 1000000000 },
	{ "ms", 1000000 }, { "us", 1000 }, { "ns", 1 }, { NULL, 0 }
};
static const struct unit sizes[] = {
	{ "G", 1 << 30 }, { "M", 1 << 20 }, { "k", 1 << 10 }, { "", 1 },
	{ NULL, 0 }
};
static const struct unit counts[] = {
	{ "G", 1000000000 }, { "M", 1000000 }, { "k", 1000 }, { "", 1 },
	{ NULL, 0 }
};
static const struct unit shares[] = { { "%", 10 }, { NULL, 0 } };
static const struct unit percents[] = { { "%", 1 }, { NULL, 0 } };
static const struct unit ppms[] = {
	{ "%", 10000 }, { "ppm", 1 }, { NULL, 0 }
};

static const char *const expected[] = {
#define KIND(name, text)	text,
#include "workloads/key_kinds.def"
#undef KIND
};

static const struct wl_key *
key_row(size_t key)
{
	size_t n;

	return wl_keys(&n) + key;
}

static void *
field(const struct wl_job *job, size_t key)
{
	size_t n;

	return (char *)(uintptr_t)job + wl_targets(&n)[key].offset;
}

static enum wl_kind
kind_of(size_t key)
{
	size_t n;

	return wl_targets(&n)[key].kind;
}

static size_t
size_of(size_t key)
{
	size_t n;

	return wl_targets(&n)[key].size;
}

static bool
refuse(struct wl_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
	va_end(ap);
	return false;
}

/*
 * A decimal number with a unit: digits, perhaps a point and digits, a unit.
 * A fraction must come out whole in the smallest unit.
 */
static bool
number(const char *s, const struct unit *u, uint64_t *out)
{
	uint64_t whole = 0, frac = 0, scale = 1;
	const char *p;

	for (p = s; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*p - '0'),
		    &whole))
			return false;
	if (p == s)
		return false;
	if (*p == '.') {
		const char *point = ++p;

		for (; *p >= '0' && *p <= '9' && scale < 1000000000; p++) {
			frac = frac * 10 + (uint64_t)(*p - '0');
			scale *= 10;
		}
		if (p == point)
			return false;
	}
	if (*p == '\0' && whole == 0 && frac == 0) {
		*out = 0;
		return true;
	}
	for (; u->name != NULL; u++)
		if (strcmp(u->name, p) == 0)
			break;
	if (u->name == NULL || (frac != 0 && (u->size > UINT64_MAX / frac ||
	    frac * u->size % scale != 0)))
		return false;
	return !__builtin_mul_overflow(whole, u->size, out) &&
	    !__builtin_add_overflow(*out, frac * u->size / scale, out);
}

static void
number_text(uint64_t v, const struct unit *u, char *buf, size_t len)
{
	while (u[1].name != NULL && (v == 0 || v % u->size != 0))
		u++;
	snprintf(buf, len, "%" PRIu64 "%s", v / u->size, u->name);
}

static bool
in_range(size_t key, uint64_t v, const char *text, struct wl_error *err)
{
	const struct wl_key *k = key_row(key);

	if (v >= k->min && v <= k->max)
		return true;
	return refuse(err, "%s = %.100s is out of range", k->name, text);
}

static const struct unit *units_of(enum wl_kind);

static bool
set_number(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	uint64_t v;
	int small;

	if (!number(text, units_of(kind_of(key)), &v))
		return refuse(err, "'%.100s' is no value for %s", text,
		    key_row(key)->name);
	if (!in_range(key, v, text, err))
		return false;
	small = (int)v;
	if (size_of(key) == sizeof(v))
		memcpy(field(job, key), &v, sizeof(v));
	else
		memcpy(field(job, key), &small, sizeof(small));
	return true;
}

/* "1%", "500ppm", "nth:7", or a share and an nth */
static bool
set_inject(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	struct vm_inject inj = { 0, 0 };
	char copy[256], *save, *tok;
	uint64_t v;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return refuse(err, "a value of more than 255 letters");
	tok = strtok_r(copy, " \t,+", &save);
	if (tok == NULL)
		return refuse(err, "%s has no value", key_row(key)->name);
	for (; tok != NULL; tok = strtok_r(NULL, " \t,+", &save)) {
		if (strncmp(tok, "nth:", 4) == 0 &&
		    number(tok + 4, counts, &v) && v > 0) {
			inj.nth = v;
			continue;
		}
		if (!number(tok, ppms, &v))
			return refuse(err, "'%.100s' is no value for %s", tok,
			    key_row(key)->name);
		if (!in_range(key, v, tok, err))
			return false;
		inj.ppm = (uint32_t)v;
	}
	memcpy(field(job, key), &inj, sizeof(inj));
	return true;
}

/* What no line of a job file can say is refused from elsewhere, too. */
static bool
sayable(const char *text)
{
	size_t n = strlen(text);

	return strpbrk(text, "\r\n") == NULL && strstr(text, " ;") == NULL &&
	    strstr(text, "\t;") == NULL &&
	    (n == 0 || (strchr(" \t\v\f", text[0]) == NULL &&
	    strchr(" \t\v\f", text[n - 1]) == NULL));
}

static bool
set_text(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	if (!sayable(text)) {
		snprintf(err->expected, sizeof(err->expected), "one line, "
		    "without blanks around it, nor a ';' after a blank");
		return refuse(err, "%s is no text that a job file can hold",
		    key_row(key)->name);
	}
	if (strlen(text) >= size_of(key))
		return refuse(err, "%s is longer than %zu letters",
		    key_row(key)->name, size_of(key) - 1);
	memset(field(job, key), 0, size_of(key));
	memcpy(field(job, key), text, strlen(text));
	return true;
}

static size_t
device_of(const struct wl_job *job, size_t key)
{
	return (size_t)((size_t *)field(job, key) - job->vm.swap_slots);
}

/* "4096", "/dev/x", "/dev/x 4096" */
static bool
set_device(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	size_t dev = device_of(job, key);
	const char *last = strrchr(text, ' ');
	char path[sizeof(job->vm.swap_path[0])] = "";
	uint64_t v = 0;
	size_t len;

	if (text[0] == '/' && sayable(text)) {
		len = strlen(text);
		if (last != NULL && number(last + 1, counts, &v)) {
			len = (size_t)(last - text);
			if (v == 0)
				return refuse(err, "'%.100s' of no pages",
				    text);
		}
		while (len > 0 && text[len - 1] == ' ')
			len--;
		if (len >= sizeof(path))
			return refuse(err, "a path of more than %zu letters",
			    sizeof(path) - 1);
		memcpy(path, text, len);
	} else if (!number(text, counts, &v))
		return refuse(err, "'%.100s' is no swap device", text);
	if (!in_range(key, v, text, err))
		return false;
	job->vm.swap_slots[dev] = v;
	memcpy(job->vm.swap_path[dev], path, sizeof(path));
	return true;
}

static bool
set_lock(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	const struct lk_backend *const *row;
	const char *names[64];
	size_t i, n;

	if (lk_backend_find(text) != NULL)
		return set_text(job, key, text, err);
	row = lk_backends(&n);
	for (i = 0; i < n && i < 64; i++)
		names[i] = lk_backend_name(row[i]);
	wl_suggest(text, names, i, err->expected, sizeof(err->expected));
	return refuse(err, "there is no lock backend '%.100s'", text);
}

static bool
set_scheme(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	const struct vm_row *row;
	const char *names[64];
	size_t i, n;

	row = vm_schemes(&n);
	for (i = 0; i < n && i < 64; i++) {
		if (strcmp(row[i].name, text) == 0)
			return set_text(job, key, text, err);
		names[i] = row[i].name;
	}
	wl_suggest(text, names, i, err->expected, sizeof(err->expected));
	return refuse(err, "there is no swap-off scheme '%.100s'", text);
}

static bool
set_record(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	const char *names[LK_LEVEL_FULL + 1];
	unsigned i;

	for (i = 0; i <= LK_LEVEL_FULL; i++) {
		names[i] = lk_level_name((enum lk_level)i);
		if (strcmp(names[i], text) == 0)
			return set_text(job, key, text, err);
	}
	wl_suggest(text, names, i, err->expected, sizeof(err->expected));
	return refuse(err, "there is no recording level '%.100s'", text);
}

static bool
set_what_if(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	struct wl_asked a;

	if (text[0] == '\0' || wl_what_if_parse(text, &a))
		return set_text(job, key, text, err);
	return refuse(err, "what_if = '%.100s' is no value", text);
}

static bool
set_inside(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	struct wl_asked a;

	if (text[0] == '\0' || wl_inside_parse(text, &a))
		return set_text(job, key, text, err);
	return refuse(err, "inside = '%.100s' is no value", text);
}

enum lk_level
wl_job_level(const char *name)
{
	unsigned i;

	for (i = 0; i < LK_LEVEL_FULL; i++)
		if (strcmp(lk_level_name((enum lk_level)i), name) == 0)
			break;
	return (enum lk_level)i;
}

static void
inject_text(const struct wl_job *job, size_t key, char *buf, size_t len)
{
	struct vm_inject inj;
	char share[32];

	memcpy(&inj, field(job, key), sizeof(inj));
	number_text(inj.ppm, ppms, share, sizeof(share));
	if (inj.nth == 0)
		snprintf(buf, len, "%s", inj.ppm == 0 ? "0" : share);
	else if (inj.ppm == 0)
		snprintf(buf, len, "nth:%" PRIu64, inj.nth);
	else
		snprintf(buf, len, "%s nth:%" PRIu64, share, inj.nth);
}

static void
device_text(const struct wl_job *job, size_t key, char *buf, size_t len)
{
	size_t dev = device_of(job, key), slots = job->vm.swap_slots[dev];
	const char *path = job->vm.swap_path[dev];

	if (path[0] == '\0')
		snprintf(buf, len, "%zu", slots);
	else if (slots == 0)
		snprintf(buf, len, "%s", path);
	else
		snprintf(buf, len, "%s %zu", path, slots);
}

static void
text_text(const struct wl_job *job, size_t key, char *buf, size_t len)
{
	snprintf(buf, len, "%s", (const char *)field(job, key));
}

static uint64_t
number_of(const struct wl_job *job, size_t key)
{
	uint64_t v;
	int small;

	if (size_of(key) == sizeof(v)) {
		memcpy(&v, field(job, key), sizeof(v));
		return v;
	}
	memcpy(&small, field(job, key), sizeof(small));
	return (uint64_t)small;
}

static void
plain_text(const struct wl_job *job, size_t key, char *buf, size_t len)
{
	number_text(number_of(job, key), units_of(kind_of(key)), buf, len);
}

/* Permille do not always make whole percents. */
static void
share_text(const struct wl_job *job, size_t key, char *buf, size_t len)
{
	uint64_t v = number_of(job, key);

	if (v % 10 == 0)
		snprintf(buf, len, "%" PRIu64 "%%", v / 10);
	else
		snprintf(buf, len, "%" PRIu64 ".%" PRIu64 "%%", v / 10,
		    v % 10);
}

static const struct kind {
	bool	(*set)(struct wl_job *, size_t, const char *,
		    struct wl_error *);
	void	(*text)(const struct wl_job *, size_t, char *, size_t);
	const struct unit *units;
} kinds[WLK_NKINDS] = {
	[WLK_COUNT] =	 { set_number, plain_text, counts },
	[WLK_INT] =	 { set_number, plain_text, counts },
	[WLK_DURATION] = { set_number, plain_text, durations },
	[WLK_BYTES] =	 { set_number, plain_text, sizes },
	[WLK_SHARE] =	 { set_number, share_text, shares },
	[WLK_PERCENT] =	 { set_number, plain_text, percents },
	[WLK_INJECT] =	 { set_inject, inject_text, NULL },
	[WLK_DEVICE] =	 { set_device, device_text, NULL },
	[WLK_TEXT] =	 { set_text, text_text, NULL },
	[WLK_LOCK] =	 { set_lock, text_text, NULL },
	[WLK_SCHEME] =	 { set_scheme, text_text, NULL },
	[WLK_RECORD] =	 { set_record, text_text, NULL },
	[WLK_INSIDE] =	 { set_inside, text_text, NULL },
	[WLK_WHAT_IF] =	 { set_what_if, text_text, NULL },
};

static const struct unit *
units_of(enum wl_kind kind)
{
	return kinds[kind].units;
}

static void
expect_text(size_t key, char *buf, size_t len)
{
	const struct wl_key *k = key_row(key);
	const struct unit *u = units_of(kind_of(key));
	char lo[32], hi[32];

	if (k->max == 0 || k->max == UINT64_MAX || u == NULL) {
		snprintf(buf, len, "%s", expected[kind_of(key)]);
		return;
	}
	number_text(k->min, u, lo, sizeof(lo));
	number_text(k->max, u, hi, sizeof(hi));
	snprintf(buf, len, "%s, from %s to %s", expected[kind_of(key)], lo, hi);
}

bool
wl_value_set(struct wl_job *job, size_t key, const char *text,
    struct wl_error *err)
{
	err->what[0] = err->expected[0] = '\0';
	if (kinds[kind_of(key)].set(job, key, text, err))
		return true;
	if (err->expected[0] == '\0')
		expect_text(key, err->expected, sizeof(err->expected));
	return false;
}

void
wl_value_text(const struct wl_job *job, size_t key, char *buf, size_t len)
{
	kinds[kind_of(key)].text(job, key, buf, len);
}
