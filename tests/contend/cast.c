#include <stdio.h>

#include "tests/contend/cast.h"

#define TRIES	20

void
cast_open(struct scene *s, uint32_t hold_period)
{
	const struct lk_record_conf conf = {
		.level = LK_LEVEL_FULL, .hold_period = hold_period
	};

	memset(s, 0, sizeof(*s));
	assert_int_equal(lk_record_create(&conf, &s->rec), 0);
	s->opened = lk_now();
}

void
cast_spin(uint64_t ns)
{
	uint64_t since = lk_now();

	while (lk_now() - since < ns)
		continue;
}

/* "1234 (name) S ..." */
static bool
asleep(pid_t tid)
{
	char path[64], line[256], *state;
	bool sleeps = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fgets(line, sizeof(line), f) != NULL &&
	    (state = strrchr(line, ')')) != NULL)
		sleeps = state[1] == ' ' && state[2] == 'S';
	fclose(f);
	return sleeps;
}

bool
cast_is_asleep(const struct lk_strand *st, const void *ident)
{
	struct lk_strand_info i;

	return lk_record_strand(lk_record_current(), lk_strand_id(st), &i) &&
	    i.wait.ident == (uint64_t)(uintptr_t)ident && asleep(i.tid);
}

void
cast_until_asleep(const struct lk_strand *st, const void *ident)
{
	while (!cast_is_asleep(st, ident))
		lk_yield();
}

/*
 * Who was woken and has not run yet does not know that the lock has another
 * holder, nor does that one know of it: they must have met.
 */
static void
let_sleep(const struct actor *a)
{
	unsigned i;

	for (i = 0; i < a->nrest; i++)
		if (&a->rest[i] != a && a->rest[i].after == 0)
			cast_until_asleep(a->rest[i].strand, a->lock);
}

static void
act(void *arg)
{
	struct actor *a = arg;

	lk_op_begin(a->op);
	a->before = lk_now();
	rw_enter(a->lock, a->mode);
	a->after = lk_now();
	if (a->in != NULL)
		atomic_fetch_add(a->in, 1);
	if (a->go != NULL)
		t_until(a->go, 1);
	let_sleep(a);
	cast_spin(a->hold_ns);
	a->freed = lk_now();
	rw_exit(a->lock);
	lk_op_end();
}

void
cast_start(struct actor *a)
{
	a->strand = t_start("actor", act, a);
}

void
cast_close(struct scene *s)
{
	const struct wl_outcome outcome = { .end = WLE_DONE };

	assert_int_equal(ana_freeze(s->rec, &outcome, &s->snap), 0);
	assert_int_equal(ana_run(s->snap, &s->result), 0);
}

void
cast_free(struct scene *s)
{
	ana_result_free(s->result);
	ana_snapshot_free(s->snap);
	lk_record_close(s->rec);
}

const struct ana_lock_row *
cast_lock(const struct scene *s, const char *class)
{
	size_t i;

	for (i = 0; i < s->result->nlocks; i++) {
		if (strcmp(s->result->locks[i].class, class) == 0)
			return &s->result->locks[i];
	}
	fail_msg("no lock %s", class);
	return NULL;
}

const struct ana_finding *
cast_found(const struct scene *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->result->nfindings; i++) {
		if (strcmp(s->result->findings[i]->name, name) == 0)
			return s->result->findings[i];
	}
	return NULL;
}

uint64_t
cast_cell(const struct ana_matrix *m, const char *row, const char *col)
{
	size_t i, k;

	for (i = 0; i < m->nrows; i++) {
		for (k = 0; k < m->ncols; k++) {
			if (strcmp(m->rows[i], row) == 0 &&
			    strcmp(m->cols[k], col) == 0)
				return m->ns[i * m->ncols + k];
		}
	}
	return 0;
}

bool
cast_near(uint64_t got, uint64_t seen)
{
	bool near = got >= seen - seen / 50 && got <= seen + seen / 32;

	if (!near)
		print_message("recorded %llu, seen %llu\n",
		    (unsigned long long)got, (unsigned long long)seen);
	return near;
}

void
cast_agree(bool (*once)(void *), void *arg)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		if (once(arg))
			return;
	}
	fail_msg("not near in any of %d times", TRIES);
}
