#include <stdio.h>

#include "base_test.h"

#define MAXSTRANDS	16

static uint64_t expected;	/* incidents, since the process began */

struct vm_world *
base_boot(void (*tune)(struct vm_conf *))
{
	struct vm_conf conf;
	struct vm_world *w;
	char why[256];

	assert_int_equal(lk_strand_adopt("test", NULL), 0);
	vm_conf_default(&conf);
	conf.frames = 64;
	conf.arena = 64 << 20;
	conf.swap_slots[0] = conf.swap_slots[1] = 256;
	if (tune != NULL)
		tune(&conf);
	if (vm_world_create(&conf, &w, why) != 0)
		fail_msg("no world: %s", why);
	expected = lk_incidents();
	return w;
}

void
base_expect(uint64_t n)
{
	expected += n;
}

static void
show(const struct lk_incident_info *in, void *arg)
{
	print_message("%s (%s, %lu times): %s\n", in->kind, in->strand_name,
	    (unsigned long)in->count, in->text);
}

void
base_down(struct vm_world *w)
{
	vm_world_destroy(w);
	lk_strand_leave();
	if (lk_incidents() != expected) {
		lk_record_incidents(lk_record_current(), show, NULL);
		fail_msg("%ld incidents more than expected",
		    (long)(lk_incidents() - expected));
	}
}

struct tally {
	const char	*kind;
	uint64_t	n;
};

static void
tally_one(const struct lk_incident_info *in, void *arg)
{
	struct tally *t = arg;

	if (strcmp(in->kind, t->kind) == 0)
		t->n += in->count;
}

uint64_t
base_incidents(const char *kind)
{
	struct tally t = { kind, 0 };

	lk_record_incidents(lk_record_current(), tally_one, &t);
	return t.n;
}

bool
base_waits(uint32_t id, const volatile void *ident, uint64_t *ordinal)
{
	struct lk_strand_info *in = malloc(sizeof(*in));
	bool waits;

	assert_non_null(in);
	waits = lk_record_strand(lk_record_current(), id, in) &&
	    in->wait.ident == (uint64_t)(uintptr_t)ident;
	if (ordinal != NULL)
		*ordinal = in->wait_ordinal;
	free(in);
	return waits;
}

bool
base_holds(uint32_t id, const volatile void *ident)
{
	struct lk_strand_info *in = malloc(sizeof(*in));
	bool holds = false;
	uint32_t i;

	assert_non_null(in);
	assert_true(lk_record_strand(lk_record_current(), id, in));
	for (i = 0; i < in->nheld; i++)
		holds |= in->held[i].ident == (uint64_t)(uintptr_t)ident;
	free(in);
	return holds;
}

void
base_strands(int n, void (*fn)(void *), void *arg, size_t argsize)
{
	struct lk_strand *st[MAXSTRANDS];
	char name[24];
	int i;

	assert_true(n <= MAXSTRANDS);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "worker%d", i);
		assert_int_equal(lk_strand_start(&st[i], name, fn,
		    (char *)arg + (size_t)i * argsize, NULL), 0);
	}
	for (i = 0; i < n; i++)
		lk_strand_join(st[i]);
}
