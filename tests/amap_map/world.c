#include "tests/amap_map/world.h"

static struct vm_world *tw_world;
static uint64_t tw_forgiven;

void
tw_conf(struct vm_conf *c, const char *scheme, size_t frames, size_t slots)
{
	vm_conf_default(c);
	c->page_size = 64;
	c->frames = frames;
	c->nswap = 2;
	c->swap_slots[0] = c->swap_slots[1] = slots;
	c->scheme = scheme;
	c->arena = (size_t)256 << 20;
	c->io_strands = 1;
}

void
tw_start(const struct vm_conf *c)
{
	char why[256];
	int error;

	assert_int_equal(lk_strand_adopt("test", NULL), 0);
	lk_seed(1);
	tw_forgiven = lk_incidents();
	error = vm_world_create(c, &tw_world, why);
	if (error != 0)
		fail_msg("no world: %s", why);
}

/*
 * cmocka's way out of a failed test leads back to where the test began, which
 * only the strand that began it can go.
 */
void
tw_fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "strand %s: ", lk_strand_name(strand_self()));
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	tw_show_incidents();
	abort();
}

static void
show(const struct lk_incident_info *i, void *arg)
{
	print_error("%s (%llu times): %s\n", i->kind,
	    (unsigned long long)i->count, i->text);
}

void
tw_show_incidents(void)
{
	lk_record_incidents(lk_record_current(), show, NULL);
}

void
tw_forgive(void)
{
	tw_forgiven = lk_incidents();
}

struct counting {
	const char	*kind;
	uint64_t	n;
};

static void
count_kind(const struct lk_incident_info *i, void *arg)
{
	struct counting *c = arg;

	if (strcmp(i->kind, c->kind) == 0)
		c->n += i->count;
}

uint64_t
tw_incidents(const char *kind)
{
	struct counting c = { kind, 0 };

	lk_record_incidents(lk_record_current(), count_kind, &c);
	return c.n;
}

static void
no_incidents(void)
{
	if (lk_incidents() == tw_forgiven)
		return;
	tw_show_incidents();
	fail_msg("incidents");
}

void
tw_audit(void)
{
	vm_quiesce();
	(void)vm_audit();
	no_incidents();
	vm_resume();
}

void
tw_end(void)
{
	vm_quiesce();
	(void)vm_audit();
	(void)vm_audit_leaks();
	no_incidents();
	vm_resume();
	vm_world_destroy(tw_world);
	no_incidents();
	lk_strand_leave();
}

uint64_t
tw_count(enum vm_counter c)
{
	uint64_t sum[VMC_NCOUNTERS];

	vm_counters_sum(lk_record_current(), sum);
	return sum[c];
}

void
tw_mmap(struct vm_space *s, unsigned page, unsigned npages, int flags)
{
	uintptr_t va = tw_page(page);

	assert_int_equal(vm_mmap(s, &va, ptoa(npages), TW_RW,
	    flags | VM_MAP_FIXED, NULL, 0), 0);
	assert_int_equal(va, tw_page(page));
}

void
tw_store(struct vm_space *s, unsigned page, uint64_t value)
{
	assert_int_equal(vm_store(s, tw_page(page), &value, 1), 0);
}

uint64_t
tw_load(struct vm_space *s, unsigned page)
{
	uint64_t value;

	assert_int_equal(vm_load(s, tw_page(page), &value, 1), 0);
	return value;
}
