/* record.c: making, opening and closing the shared mapping; its regions. */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "locks/order_trace_int.h"
#include "locks/raw_int.h"
#include "locks/record_int.h"
#include "locks/timeline_int.h"

struct lk_record *lk_rec;
static struct lk_raw record_raw;
static struct lk_raw region_raw;

static const struct {
	uint32_t n, size;
} parts[LKP_NPART] = {
	[LKP_CLASS] =	{ LK_MAXCLASS, sizeof(struct lk_class_row) },
	[LKP_CLASSIX] =	{ LK_NCLASSIX, sizeof(uint32_t) },
	[LKP_SITE] =	{ LK_MAXSITE, sizeof(struct lk_site_row) },
	[LKP_SITEIX] =	{ LK_NSITEIX, sizeof(uint32_t) },
	[LKP_STRAND] =	{ LK_MAXSTRAND, LK_SLOT_SIZE },
	[LKP_SPILL] =	{ LK_NSPILL, sizeof(struct lk_row) },
	[LKP_SPILLIX] =	{ LK_NSPILLIX, sizeof(uint32_t) },
	[LKP_TAKE] =	{ LK_MAXTAKE, sizeof(struct lk_take_row) },
	[LKP_TAKEIX] =	{ LK_NTAKEIX, sizeof(uint32_t) },
	[LKP_STACK] =	{ LK_MAXSTACK, sizeof(uint32_t) },
	[LKP_STACKIX] =	{ LK_NSTACKIX, sizeof(uint32_t) },
	[LKP_DEP] =	{ LK_MAXDEP, sizeof(uint32_t) },
	[LKP_DEPIX] =	{ LK_NDEPIX, sizeof(uint32_t) },
	[LKP_LIFE] =	{ LK_MAXLIFE, sizeof(struct lk_life_row) },
	[LKP_POST] =	{ LK_MAXPOST, sizeof(struct lk_post_row) },
	[LKP_POSTIX] =	{ LK_NPOSTIX, sizeof(uint32_t) },
	[LKP_HIST] =	{ LK_NHIST, sizeof(struct lk_hist_row) },
	[LKP_HISTIX] =	{ LK_NHISTIX, sizeof(uint32_t) },
	[LKP_INCIDENT] = { LK_MAXINCIDENT, sizeof(struct lk_incident_row) },
	[LKP_INFLIGHT] = { LK_MAXINFLIGHT, sizeof(struct lk_inflight_row) },
	[LKP_BLAME] =	{ LK_NBLAME, sizeof(struct lk_blame_row) },
	[LKP_HEAVY] =	{ 1, sizeof(struct lk_heavy) },
	[LKP_WSTACK] =	{ LK_NWSTACK, sizeof(struct lk_wstack_row) },
	[LKP_MAP] =	{ LK_MAXMAP, sizeof(struct lk_map_info) },
	[LKP_REGION] =	{ LK_MAXREGION, sizeof(struct lk_region_row) },
	[LKP_ARENA] =	{ 0, 1 },	/* its n is the configuration's */
	[LKP_HEAP] =	{ LK_NHEAP, sizeof(uint64_t) },
};

static uint64_t
round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* Lay the parts out behind one another; the total is the result. */
static uint64_t
lay_out(struct lk_part_row *row, uint64_t arena)
{
	uint64_t off = round_up(sizeof(struct lk_header), 4096);
	int p;

	for (p = 0; p < LKP_NPART; p++) {
		row[p].off = off;
		row[p].n = p == LKP_ARENA ? (uint32_t)arena : parts[p].n;
		row[p].size = parts[p].size;
		off = round_up(off + (uint64_t)row[p].n * row[p].size, 4096);
	}
	return off;
}

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* A shared file of no name; -1 without one: then only fork() shares it. */
static int
open_memory(uint64_t size)
{
	int fd = memfd_create("amapstorm-record", MFD_CLOEXEC);

	if (fd != -1 && ftruncate(fd, (off_t)size) == -1) {
		close(fd);
		fd = -1;
	}
	return fd;
}

#define LARGE		((uintptr_t)2 << 20)	/* bytes of a large page */

/* Where a mapping of so many bytes may begin a large page; NULL: anywhere */
static void *
place_for(uint64_t size)
{
	uintptr_t low, at;
	void *p = mmap(NULL, size + LARGE, PROT_NONE, MAP_PRIVATE |
	    MAP_NORESERVE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	low = (uintptr_t)p;
	at = (low + LARGE - 1) & ~(LARGE - 1);
	if (at != low)
		munmap(p, at - low);
	if (at != low + LARGE)
		munmap((void *)(at + size), low + LARGE - at);
	return (void *)at;
}

static int
map_new(struct lk_record *r, uint64_t arena)
{
	struct lk_part_row row[LKP_NPART];
	void *p, *place;

	r->size = lay_out(row, arena);
	r->fd = open_memory(r->size);
	place = place_for(r->size);
	p = mmap(place, r->size, PROT_READ | PROT_WRITE, MAP_SHARED |
	    MAP_NORESERVE | (place != NULL ? MAP_FIXED : 0) |
	    (r->fd == -1 ? MAP_ANONYMOUS : 0), r->fd, 0);
	if (p == MAP_FAILED) {
		int error = errno;

		if (place != NULL)
			munmap(place, r->size);
		if (r->fd != -1)
			close(r->fd);
		return error;
	}
	/* a core file of a crash should hold the code's data, not this */
	madvise(p, r->size, MADV_DONTDUMP);
	r->h = p;
	r->writer = true;
	memcpy(r->h->part, row, sizeof(row));
	return 0;
}

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25	/* in the kernel since 6.1, in glibc later */
#endif

/* A part is written to all over: its first bytes on large pages, if may be. */
static void
large(struct lk_record *r, enum lk_part part, uint64_t bytes)
{
	uintptr_t at = (uintptr_t)lk_part(r, part), end = at + bytes;

	for (at &= ~(LARGE - 1); at < end &&
	    at + LARGE <= (uintptr_t)r->h + r->size; at += LARGE) {
		/* where there is no page yet, there is nothing to collapse */
		(void)lk_get((const _Atomic uint32_t *)at);
		if (madvise((void *)at, LARGE, MADV_COLLAPSE) == -1)
			return;
	}
}

static void
large_for(struct lk_record *r, uint32_t nstrand)
{
	static const enum lk_part hot[] = {
		LKP_BLAME, LKP_HEAVY, LKP_WSTACK
	};
	unsigned i;

	if (nstrand > LK_MAXSTRAND)
		nstrand = LK_MAXSTRAND;
	large(r, LKP_STRAND, (uint64_t)nstrand * LK_SLOT_SIZE);
	for (i = 0; i < sizeof(hot) / sizeof(hot[0]); i++)
		large(r, hot[i], (uint64_t)parts[hot[i]].n *
		    parts[hot[i]].size);
	large(r, LKP_HIST, 2 * LARGE);
	large(r, LKP_HEAP, 2 * LARGE);
}

static void
fill_header(struct lk_record *r, const struct lk_record_conf *conf)
{
	struct lk_header *h = r->h;

	h->version = LK_RECORD_VERSION;
	h->size = sizeof(*h);
	h->total = r->size;
	h->creator = (uint32_t)getpid();
	lk_put(&h->pid, h->creator);
	lk_put(&h->seed, conf->seed);
	lk_put(&h->level, conf->level);
	h->hold_period = conf->hold_period != 0 ? conf->hold_period :
	    LK_HOLD_PERIOD;
	h->hold_scale = lk_hold_scale(h->hold_period);
	h->created = clock_ns(CLOCK_MONOTONIC);
	h->created_real = clock_ns(CLOCK_REALTIME);
	if (conf->title != NULL)
		snprintf(h->title, sizeof(h->title), "%s", conf->title);
	lk_names_start(r);
	if (conf->nstrand != 0)
		large_for(r, conf->nstrand);
	h->magic = LK_MAGIC;
}

static int
record_new(const struct lk_record_conf *conf, struct lk_record **out)
{
	static const struct lk_record_conf def = { .level = LK_LEVEL_FULL };
	struct lk_record *r;
	int error;

	lk_strands_setup();
	if (conf == NULL)
		conf = &def;
	if (conf->arena > UINT32_MAX)
		return EINVAL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ENOMEM;
	error = map_new(r, conf->arena != 0 ? conf->arena : LK_ARENA);
	if (error != 0) {
		free(r);
		return error;
	}
	fill_header(r, conf);
	*out = r;
	return 0;
}

void
lk_record_default(void)
{
	struct lk_record *r;

	lk_raw_lock(&record_raw);
	if (lk_rec == NULL) {
		if (record_new(NULL, &r) != 0)
			lk_bug(__FILE__, __LINE__, "no memory for a record");
		lk_rec = r;
	}
	lk_raw_unlock(&record_raw);
	lk_backend_noted();
}

static void
record_free(struct lk_record *r)
{
	munmap(r->h, r->size);
	if (r->fd != -1)
		close(r->fd);
	free(r);
}

int
lk_record_create(const struct lk_record_conf *conf, struct lk_record **out)
{
	struct lk_record *r, *old;
	int error;

	error = lk_strands_quiet();
	if (error != 0)
		return error;
	lk_trace_forget();
	lk_timeline_forget();
	error = record_new(conf, &r);
	if (error != 0)
		return error;
	r->owned = true;
	lk_raw_lock(&record_raw);
	old = lk_rec;
	if (old != NULL)
		lk_names_copy(r, old);
	lk_rec = r;
	lk_raw_unlock(&record_raw);
	/* a caller's handle to the old one stays good until it is closed */
	if (old != NULL && !old->owned)
		record_free(old);
	lk_record_level((enum lk_level)lk_get(&r->h->level));
	lk_backend_noted();
	lk_record_maps_refresh();
	*out = r;
	return 0;
}

/* Another process's mapping is believed only if its shape is ours. */
static bool
header_good(const struct lk_header *h, uint64_t size)
{
	struct lk_part_row row[LKP_NPART];
	uint64_t total;

	if (h->magic != LK_MAGIC || h->version != LK_RECORD_VERSION ||
	    h->size != sizeof(*h) || h->total != size)
		return false;
	total = lay_out(row, h->part[LKP_ARENA].n);
	return total == size && memcmp(row, h->part, sizeof(row)) == 0;
}

int
lk_record_attach(int fd, struct lk_record **out)
{
	struct lk_record *r;
	struct stat st;
	void *p;

	if (fstat(fd, &st) == -1)
		return errno;
	if (st.st_size < (off_t)sizeof(struct lk_header))
		return EPROTO;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ENOMEM;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ,
	    MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (p == MAP_FAILED) {
		int error = errno;

		free(r);
		return error;
	}
	r->h = p;
	r->size = (uint64_t)st.st_size;
	r->fd = -1;
	if (!header_good(r->h, r->size)) {
		record_free(r);
		return EPROTO;
	}
	if (r->h->written != 0 && r->h->sum != lk_file_sum(r, fd)) {
		record_free(r);
		return EBADMSG;
	}
	*out = r;
	return 0;
}

void
lk_record_close(struct lk_record *r)
{
	if (r == lk_rec)
		r->owned = false;	/* the next create frees it */
	else
		record_free(r);
}

struct lk_record *
lk_record_current(void)
{
	return lk_record();
}

int
lk_record_fd(const struct lk_record *r)
{
	return r->fd;
}

void
lk_lose(enum lk_loss what)
{
	lk_add(&lk_record()->h->loss[what], 1);
}

uint32_t
lk_hash_str(const char *s, uint32_t h)
{
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

static struct lk_region_row *
region_find(const struct lk_record *r, const char *name)
{
	struct lk_region_row *row = lk_part(r, LKP_REGION);
	uint32_t i, n = lk_acq(&r->h->nregion);

	for (i = 0; i < n && i < LK_MAXREGION; i++)
		if (strncmp(row[i].name, name, sizeof(row[i].name)) == 0)
			return &row[i];
	return NULL;
}

static struct lk_region_row *
region_make(struct lk_record *r, const char *name, size_t size)
{
	struct lk_region_row *row = lk_part(r, LKP_REGION);
	uint32_t n = lk_get(&r->h->nregion);
	uint64_t used = lk_get(&r->h->arena_used);

	if (n == LK_MAXREGION || strlen(name) >= sizeof(row->name) ||
	    size > r->h->part[LKP_ARENA].n - used) {
		lk_lose(LKL_regions);
		return NULL;
	}
	row += n;
	strncpy(row->name, name, sizeof(row->name) - 1);
	row->off = r->h->part[LKP_ARENA].off + used;
	row->size = size;
	used = round_up(used + size, 128);
	lk_put(&r->h->arena_used, used < r->h->part[LKP_ARENA].n ? used :
	    r->h->part[LKP_ARENA].n);
	lk_rel(&r->h->nregion, n + 1);
	return row;
}

void *
lk_record_region(const char *name, size_t size)
{
	struct lk_record *r = lk_record();
	struct lk_region_row *row;

	lk_raw_lock(&region_raw);
	row = region_find(r, name);
	if (row == NULL)
		row = region_make(r, name, size);
	lk_raw_unlock(&region_raw);
	if (row == NULL || row->size < size)
		return NULL;
	return (char *)r->h + row->off;
}

const void *
lk_record_region_find(const struct lk_record *r, const char *name, size_t *size)
{
	const struct lk_region_row *row = region_find(r, name);

	if (row == NULL || row->off > r->size || row->size > r->size - row->off)
		return NULL;
	if (size != NULL)
		*size = row->size;
	return (const char *)r->h + row->off;
}

/* One line of /proc/self/maps: "start-end perms offset dev inode path". */
static bool
map_parse(const char *line, struct lk_map_info *m)
{
	unsigned long start, end, off;
	char perms[5];
	int path = 0;

	if (sscanf(line, "%lx-%lx %4s %lx %*s %*s %n", &start, &end, perms,
	    &off, &path) < 4 || strchr(perms, 'x') == NULL || path == 0)
		return false;
	m->start = start;
	m->end = end;
	m->offset = off;
	snprintf(m->path, sizeof(m->path), "%s", line + path);
	m->path[strcspn(m->path, "\n")] = '\0';
	return true;
}

void
lk_record_maps_refresh(void)
{
	struct lk_record *r = lk_record();
	struct lk_map_info *row = lk_part(r, LKP_MAP);
	char line[512];
	uint32_t n = 0;
	FILE *f;

	f = fopen("/proc/self/maps", "re");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		struct lk_map_info m;

		if (!map_parse(line, &m))
			continue;
		if (n == LK_MAXMAP) {
			lk_lose(LKL_maps);
			break;
		}
		row[n++] = m;
	}
	fclose(f);
	lk_rel(&r->h->nmap, n);
}

void
lk_record_mark_crash(int signo, const void *addr, const void *context)
{
	struct lk_record *r = lk_rec;
	struct lk_slot *s = lk_me;
	uint32_t none = 0;

	if (r == NULL || !atomic_compare_exchange_strong(&r->h->crashed, &none,
	    1))
		return;
	r->h->crash.signo = signo;
	r->h->crash.addr = (uint64_t)(uintptr_t)addr;
	r->h->crash.strand = UINT32_MAX;
	if (s != NULL) {
		r->h->crash.strand = s->id;
		lk_name_get(r->h->crash.strand_name, s->name);
	}
	r->h->crash.nframes = lk_stack_of(context, r->h->crash.frame,
	    LK_MAXFRAMES);
	lk_rel(&r->h->crashed, 2);
}
