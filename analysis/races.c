/*
 * races.c: what ThreadSanitizer wrote, read, and folded: reports that differ
 * in addresses, lines or what else was held are one race.  Those known before
 * are in a file, one a line:
 *
 *	PRINT TEXT [# REASON]		with a reason it is documented
 *
 * The text of a report, as gcc's and clang's runtimes have it:
 *
 *	WARNING: ThreadSanitizer: data race (pid=5493)
 *	  Write of size 8 at 0x7f.. by thread T5 (mutexes: write M12):
 *	    #0 function file.c:12 (program+0x4c33)
 *	  Previous read of size 8 at 0x7f.. by main thread:
 *	  Location is global 'lookups' of size 8 at 0x7f.. (program+0x8780)
 *	  Mutex M12 (0x7f..) created at:
 *	SUMMARY: ThreadSanitizer: ...
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

#define NMUTEX		64
#define NDOCUMENTED	(sizeof(documented) / sizeof(documented[0]))

static const struct documented {
	const char	*field, *why;
} documented[] = {
#define RACE(field, why)	{ field, why },
#include "analysis/races.def"
#undef RACE
};

/* A mutex of a report: who has made it, and by our class. */
struct mutex_seen {
	char		id[16];
	uintptr_t	addr;
	char		class[LK_NAMELEN], maker[48];
	bool		ours, gone;
};

struct known {
	uint64_t	print;
	char		*text, *why;
};

struct ana_races {
	struct ana_race	*race;
	size_t		n;
	struct known	*known;
	size_t		nknown;
	bool		nomem;
};

/* One report while it is read. */
struct report {
	struct ana_race	r;
	char		held[2][160];	/* "read M5, write M7" */
	struct mutex_seen mutex[NMUTEX];
	size_t		nmutex;
	int		side;		/* of the stack being read; or -1 */
	bool		of_mutex;
	bool		begun;
};

/* ------------------------------------------------------------------------
 * Words
 */

static void
copy(char *to, size_t size, const char *from, size_t len)
{
	snprintf(to, size, "%.*s", (int)(len < size ? len : size - 1), from);
}

static uint64_t
hash(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3ULL;
	return (h ^ '|') * 0x100000001b3ULL;
}

static const char *
base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Of the runtime, not of the program. */
static bool
is_runtime(const char *func, const char *file)
{
	return begins(func, "__tsan") || begins(func, "__interceptor") ||
	    begins(func, "mem") || strstr(file, "sanitizer") != NULL ||
	    begins(file, "<null>");
}

/* ------------------------------------------------------------------------
 * A line of a report
 */

/* "    #3 wl_op_read ../../workloads/op_access.c:60:4 (amapstorm+0xa13d3)" */
static bool
frame_of(const char *line, struct ana_frame_line *f)
{
	const char *func = strchr(line, '#'), *file, *end;

	if (func == NULL || strspn(line, " ") < 4 || line[4] != '#')
		return false;
	func += strcspn(func, " ");
	func += strspn(func, " ");
	file = func + strcspn(func, " ");
	copy(f->func, sizeof(f->func), func, (size_t)(file - func));
	file += strspn(file, " ");
	while (begins(file, "../"))
		file += 3;
	end = file + strcspn(file, ": ");
	copy(f->file, sizeof(f->file), file, (size_t)(end - file));
	f->line = *end == ':' ? atoi(end + 1) : 0;
	return f->func[0] != '\0';
}

static void
access_of(struct report *p, const char *line)
{
	const char *m = strstr(line, "(mutexes: "), *what = line + 2;
	struct ana_race_side *s;

	if (p->r.nsides == 2)
		return;
	p->side = (int)p->r.nsides++;
	s = &p->r.side[p->side];
	if (begins(what, "Previous "))
		what += strlen("Previous ");
	if ((s->atomic = begins(what, "atomic ") || begins(what, "Atomic ")))
		what += strlen("atomic ");
	s->write = begins(what, "Write") || begins(what, "write");
	s->size = (unsigned)atoi(strstr(line, " of size ") + 9);
	if (m != NULL)
		copy(p->held[p->side], sizeof(p->held[0]), m + 10,
		    strcspn(m + 10, ")"));
}

/* => without what differs from run to run */
static void
location_of(struct report *p, const char *line)
{
	const char *from = line + strlen("  Location is ");
	const char *at = strstr(from, " at 0x"), *by = strstr(from, " by ");

	if (at == NULL || (by != NULL && by < at))
		at = by;
	copy(p->r.location, sizeof(p->r.location), from,
	    at == NULL ? strcspn(from, "\n") : (size_t)(at - from));
}

static void
mutex_of(struct report *p, const char *line)
{
	struct mutex_seen *m;
	const char *id = line + strlen("  Mutex ");
	const char *addr = strstr(line, "(0x");

	if (p->nmutex == NMUTEX)
		return;
	m = &p->mutex[p->nmutex++];
	memset(m, 0, sizeof(*m));
	copy(m->id, sizeof(m->id), id, strcspn(id, " "));
	m->addr = addr == NULL ? 0 : (uintptr_t)strtoull(addr + 1, NULL, 16);
	m->gone = strstr(line, "destroyed") != NULL;
	p->of_mutex = true;
}

/* Who made a mutex is the first that is neither runtime nor library. */
static void
mutex_frame(struct report *p, const struct ana_frame_line *f)
{
	struct mutex_seen *m = &p->mutex[p->nmutex - 1];

	if (begins(f->func, "lk_tsan_") || begins(f->func, "lk_rw_") ||
	    begins(f->func, "lk_mtx_"))
		m->ours = true;
	else if (m->maker[0] == '\0' && !is_runtime(f->func, f->file) &&
	    !begins(f->func, "lk_") && !begins(f->func, "pthread_") &&
	    !begins(f->func, "obj_begin"))
		copy(m->maker, sizeof(m->maker), f->func, strlen(f->func));
}

static void
side_frame(struct report *p, const struct ana_frame_line *f)
{
	struct ana_race_side *s = &p->r.side[p->side];

	if (s->nframes == 0 && is_runtime(f->func, f->file))
		return;
	if (begins(f->func, "wl_op_"))
		copy(s->op, sizeof(s->op), f->func + 6, strlen(f->func + 6));
	if (begins(f->func, "lk_strand_main")) {
		/* no operation: the strand is what it began with */
		if (s->op[0] == '\0')
			memcpy(s->op, s->last, sizeof(s->op) - 1);
		return;
	}
	copy(s->last, sizeof(s->last), f->func, strlen(f->func));
	if (s->nframes < ANA_RACE_FRAMES)
		s->frame[s->nframes++] = *f;
}

/* ------------------------------------------------------------------------
 * A report is whole
 */

/* "1298 0x7f..": the classes that the program itself wrote down */
static void
name_locks(struct report *p, const char *locks)
{
	char line[256], class[LK_NAMELEN];
	uint64_t addr;
	FILE *f = fopen(locks, "r");
	size_t i;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%" SCNx64 " %47[^\n]", &addr, class) != 2)
			continue;
		for (i = 0; i < p->nmutex; i++)
			if (p->mutex[i].addr == addr && p->mutex[i].ours)
				copy(p->mutex[i].class,
				    sizeof(p->mutex[i].class), class,
				    strlen(class));
	}
	if (f != NULL)
		fclose(f);
}

static void
lock_words(const struct report *p, const char *id, size_t len, char *to,
    size_t size)
{
	size_t i;

	snprintf(to, size, "a lock");
	for (i = 0; i < p->nmutex; i++) {
		const struct mutex_seen *m = &p->mutex[i];

		if (strlen(m->id) != len || strncmp(m->id, id, len) != 0)
			continue;
		if (m->class[0] != '\0')
			snprintf(to, size, "%s", m->class);
		else if (m->gone)
			snprintf(to, size, "a lock that is gone");
		else if (m->maker[0] != '\0')
			snprintf(to, size, "a lock made in %s", m->maker);
	}
}

/* "read M5, write M7" => "vmmaplk R, amaplk W" */
static void
held_words(struct report *p, int side)
{
	struct ana_race_side *s = &p->r.side[side];
	const char *h = p->held[side];
	char name[80];
	size_t n = 0, len;

	while (*h != '\0' && n < sizeof(s->held) - 1) {
		bool write = begins(h, "write");

		h += strcspn(h, " ");
		h += strspn(h, " ");
		len = strcspn(h, ", ");
		lock_words(p, h, len, name, sizeof(name));
		n += (size_t)snprintf(s->held + n, sizeof(s->held) - n,
		    "%s%s %c", n == 0 ? "" : ", ", name, write ? 'W' : 'R');
		h += len;
		h += strspn(h, ", ");
	}
}

static void
source_line(struct ana_race_side *s)
{
	char line[256];
	FILE *f;
	int i;

	if (s->nframes == 0 || s->frame[0].line <= 0 ||
	    (f = fopen(s->frame[0].file, "r")) == NULL)
		return;
	for (i = 0; i < s->frame[0].line; i++)
		if (fgets(line, sizeof(line), f) == NULL)
			break;
	if (i == s->frame[0].line)
		copy(s->source, sizeof(s->source),
		    line + strspn(line, " \t"),
		    strcspn(line + strspn(line, " \t"), "\n"));
	fclose(f);
}

static int
side_cmp(const struct ana_race_side *a, const struct ana_race_side *b)
{
	int c = strcmp(a->frame[0].func, b->frame[0].func);

	if (c == 0)
		c = strcmp(base(a->frame[0].file), base(b->frame[0].file));
	return c != 0 ? c : (int)b->write - (int)a->write;
}

static uint64_t
print_of(const struct ana_race *r)
{
	uint64_t h = hash(0xcbf29ce484222325ULL, r->kind);
	size_t i;

	for (i = 0; i < r->nsides; i++) {
		h = hash(h, r->side[i].write ? "write" : "read");
		h = hash(h, r->side[i].frame[0].func);
		h = hash(h, base(r->side[i].frame[0].file));
	}
	/* of a global, its name; of the heap it says what happened to be */
	return begins(r->location, "global") ? hash(h, r->location) : h;
}

/*
 * Known to everybody: a field that kernel code reads without its lock, knowing
 * what it does.  Only the read may be without it.
 */
static void
look_up(struct ana_race *r)
{
	size_t i, k;

	for (i = 0; i < NDOCUMENTED && r->nsides == 2; i++) {
		const char *field = documented[i].field;
		bool reads = false, named = true;

		for (k = 0; k < 2; k++) {
			const struct ana_race_side *s = &r->side[k];

			reads |= !s->write;
			named &= strstr(s->source, field) != NULL &&
			    (!s->write || strstr(s->held, " W") != NULL);
		}
		if (reads && named)
			copy(r->why, sizeof(r->why), documented[i].why,
			    strlen(documented[i].why));
	}
}

static void *
more(struct ana_races *all, void *rows, size_t n, size_t size)
{
	void *p = (n & (n - 1)) != 0 ? rows :
	    realloc(rows, (n == 0 ? 1 : 2 * n) * size);

	all->nomem |= p == NULL;
	return p;
}

static void
fold(struct ana_races *all, const struct ana_race *r)
{
	struct ana_race *rows;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->race[i].print == r->print) {
			all->race[i].count++;
			return;
		}
	rows = more(all, all->race, all->n, sizeof(*rows));
	if (rows == NULL)
		return;
	all->race = rows;
	rows[all->n++] = *r;
}

static void
finish(struct ana_races *all, struct report *p, const char *locks)
{
	struct ana_race_side t;
	size_t i;

	if (!p->begun)
		return;
	name_locks(p, locks);
	for (i = 0; i < p->r.nsides; i++) {
		held_words(p, (int)i);
		source_line(&p->r.side[i]);
	}
	if (p->r.nsides == 2 && side_cmp(&p->r.side[0], &p->r.side[1]) > 0) {
		t = p->r.side[0];
		p->r.side[0] = p->r.side[1];
		p->r.side[1] = t;
	}
	p->r.count = 1;
	p->r.print = print_of(&p->r);
	look_up(&p->r);
	fold(all, &p->r);
	p->begun = false;
}

static void
take_line(struct ana_races *all, struct report *p, const char *line,
    const char *locks)
{
	static const char warning[] = "WARNING: ThreadSanitizer: ";
	struct ana_frame_line f;

	if (begins(line, warning)) {
		finish(all, p, locks);
		memset(p, 0, sizeof(*p));
		p->begun = true;
		p->side = -1;
		copy(p->r.kind, sizeof(p->r.kind), line + strlen(warning),
		    strcspn(line + strlen(warning), "(\n"));
		while (p->r.kind[0] != '\0' &&
		    p->r.kind[strlen(p->r.kind) - 1] == ' ')
			p->r.kind[strlen(p->r.kind) - 1] = '\0';
	} else if (!p->begun) {
		return;
	} else if (begins(line, "SUMMARY: ")) {
		finish(all, p, locks);
	} else if (frame_of(line, &f)) {
		if (p->of_mutex)
			mutex_frame(p, &f);
		else if (p->side >= 0)
			side_frame(p, &f);
	} else if (begins(line, "  ") && isupper((unsigned char)line[2])) {
		p->side = -1;
		p->of_mutex = false;
		if (strstr(line, " of size ") != NULL &&
		    strstr(line, " by ") != NULL && !begins(line, "  Location"))
			access_of(p, line);
		else if (begins(line, "  Location is "))
			location_of(p, line);
		else if (begins(line, "  Mutex M"))
			mutex_of(p, line);
	}
}

/* ------------------------------------------------------------------------
 * All of them
 */

struct ana_races *
ana_races_new(void)
{
	return calloc(1, sizeof(struct ana_races));
}

void
ana_races_free(struct ana_races *all)
{
	size_t i;

	if (all == NULL)
		return;
	for (i = 0; i < all->nknown; i++) {
		free(all->known[i].text);
		free(all->known[i].why);
	}
	free(all->known);
	free(all->race);
	free(all);
}

int
ana_races_read(struct ana_races *all, const char *log, const char *locks)
{
	static struct report p;
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(log, "r");

	if (f == NULL)
		return errno;
	memset(&p, 0, sizeof(p));
	while (getline(&line, &size, f) > 0)
		take_line(all, &p, line, locks);
	finish(all, &p, locks);
	free(line);
	fclose(f);
	return all->nomem ? ENOMEM : 0;
}

static bool
known_line(struct ana_races *all, char *line)
{
	struct known *rows, *k;
	char *end, *why;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return true;
	rows = more(all, all->known, all->nknown, sizeof(*rows));
	if (rows == NULL)
		return true;
	all->known = rows;
	k = &rows[all->nknown];
	k->print = strtoull(line, &end, 16);
	if (end != line + 16 || (*end != ' ' && *end != '\0'))
		return false;
	end += strspn(end, " ");
	why = strstr(end, " # ");
	if (why != NULL)
		*why = '\0';
	k->text = strdup(end);
	k->why = why == NULL ? NULL : strdup(why + 3);
	all->nknown++;
	return true;
}

int
ana_races_known(struct ana_races *all, const char *path, unsigned *bad)
{
	char *line = NULL;
	size_t size = 0;
	unsigned at = 0;
	FILE *f = fopen(path, "r");

	*bad = 0;
	if (f == NULL)
		return errno;
	while (*bad == 0 && getline(&line, &size, f) > 0) {
		at++;
		if (!known_line(all, line))
			*bad = at;
	}
	free(line);
	fclose(f);
	return *bad != 0 ? EINVAL : all->nomem ? ENOMEM : 0;
}

static void
side_text(const struct ana_race_side *s, char *to, size_t size)
{
	snprintf(to, size, "%s%s %.63s (%.63s)", s->atomic ? "atomic " : "",
	    s->write ? "write" : "read", s->nframes == 0 ? "?" :
	    s->frame[0].func, s->nframes == 0 ? "?" : base(s->frame[0].file));
}

void
ana_race_text(const struct ana_race *r, char text[ANA_RACE_TEXT])
{
	char a[160] = "", b[160] = "";

	if (r->text[0] != '\0') {		/* gone: what the file says */
		snprintf(text, ANA_RACE_TEXT, "%s", r->text);
		return;
	}
	if (r->nsides > 0)
		side_text(&r->side[0], a, sizeof(a));
	if (r->nsides > 1)
		side_text(&r->side[1], b, sizeof(b));
	snprintf(text, ANA_RACE_TEXT, "%s: %s%s%s", r->kind, a,
	    b[0] == '\0' ? "" : " / ", b);
}

/* Told by print: new or known, or documented; and who is known and gone. */
static void
judge(struct ana_race *r, const struct known *k)
{
	r->state = r->why[0] != '\0' ? ANA_RACE_DOCUMENTED :
	    k != NULL ? ANA_RACE_KNOWN : ANA_RACE_NEW;
	if (k != NULL && k->why != NULL) {
		r->state = ANA_RACE_DOCUMENTED;
		copy(r->why, sizeof(r->why), k->why, strlen(k->why));
	}
}

const struct ana_race *
ana_races_judge(struct ana_races *all, size_t *n)
{
	size_t i, k, seen = all->n;
	struct ana_race gone;

	for (i = 0; i < seen; i++)
		judge(&all->race[i], NULL);
	for (k = 0; k < all->nknown; k++) {
		for (i = 0; i < seen; i++)
			if (all->race[i].print == all->known[k].print)
				break;
		if (i < seen) {
			judge(&all->race[i], &all->known[k]);
			continue;
		}
		memset(&gone, 0, sizeof(gone));
		gone.state = ANA_RACE_GONE;
		gone.print = all->known[k].print;
		if (all->known[k].text != NULL)
			copy(gone.text, sizeof(gone.text), all->known[k].text,
			    strlen(all->known[k].text));
		fold(all, &gone);
	}
	for (i = k = 0; i < all->n; i++) {
		struct ana_race *r = &all->race[i];
		size_t j;

		for (j = 0; j < r->nsides; j++)
			if (r->side[j].nframes > 0)
				r->side[j].site = (uint32_t)++k;
	}
	*n = all->n;
	return all->race;
}

struct lk_site_info *
ana_races_sites(const struct ana_races *all, size_t *n)
{
	struct lk_site_info *site = calloc(2 * all->n + 1, sizeof(*site));
	size_t i, k;

	*n = 0;
	for (i = 0; site != NULL && i < 2 * all->n; i++) {
		const struct ana_race_side *s = &all->race[i / 2].side[i % 2];

		if (s->site == 0)
			continue;
		k = (*n)++;
		site[k].id = s->site;
		site[k].line = s->frame[0].line;
		/* the tail tells more */
		copy(site[k].file, sizeof(site[k].file),
		    strlen(s->frame[0].file) < sizeof(site[k].file) ?
		    s->frame[0].file : base(s->frame[0].file),
		    sizeof(site[k].file));
		copy(site[k].func, sizeof(site[k].func), s->frame[0].func,
		    sizeof(site[k].func));
	}
	return site;
}

void
ana_races_write(const struct ana_races *all, FILE *out)
{
	char text[ANA_RACE_TEXT];
	size_t i;

	fputs("# Reports of ThreadSanitizer that are known; one with a reason "
	    "behind \" # \" is\n# documented.  Made by amapstorm tsan "
	    "--update.\n", out);
	for (i = 0; i < all->n; i++) {
		const struct ana_race *r = &all->race[i];

		if (r->state == ANA_RACE_GONE)
			continue;
		ana_race_text(r, text);
		fprintf(out, "%016" PRIx64 " %s%s%s\n", r->print, text,
		    r->why[0] != '\0' ? " # " : "", r->why);
	}
}
