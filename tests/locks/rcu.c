/* rcu.c: grace periods, deferred calls and publication, as sanitizers see. */
#include "locks/strand_int.h"
#include "tests/locks/t.h"

#define ALIVE	0x600dULL
#define DEAD	0xdeadULL

struct node {
	struct lk_rcu_head head;
	struct lk_rcu_link link;
	uint64_t	value, twice;	/* plain: published, then only read */
};

static _Atomic(struct node *) shared;
static _Atomic int stop;
static _Atomic int freed;
static _Atomic uint64_t reads;

static struct node *
node_make(uint64_t v)
{
	struct node *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	n->value = v;
	n->twice = 2 * v;
	return n;
}

static void
node_free(struct lk_rcu_head *h)
{
	struct node *n = (struct node *)h;

	n->value = DEAD;
	n->twice = DEAD;
	free(n);
	atomic_fetch_add(&freed, 1);
}

static void
reader(void *arg)
{
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		struct node *n;

		lk_rcu_read_lock();
		n = atomic_load_explicit(&shared, memory_order_acquire);
		assert_int_equal(n->twice, 2 * n->value);
		lk_rcu_read_lock();	/* sections nest */
		lk_rcu_read_unlock();
		assert_int_equal(n->twice, 2 * n->value);
		lk_rcu_read_unlock();
		atomic_fetch_add_explicit(&reads, 1, memory_order_relaxed);
	}
}

static void
replace(unsigned turns, bool defer)
{
	unsigned i;

	for (i = 1; i <= turns; i++) {
		struct node *n = node_make(ALIVE + i), *old;

		old = atomic_exchange_explicit(&shared, n,
		    memory_order_acq_rel);
		if (defer) {
			lk_rcu_call(&old->head, node_free);
			continue;
		}
		lk_rcu_synchronize();
		old->value = DEAD;
		free(old);
	}
}

static void
with_readers(unsigned turns, bool defer)
{
	struct lk_strand *st[2];
	unsigned i;

	atomic_store(&stop, 0);
	atomic_store(&shared, node_make(ALIVE));
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("reader", reader, NULL);
	while (atomic_load(&reads) < 100)
		lk_yield();
	replace(turns, defer);
	atomic_store(&stop, 1);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	free(atomic_load(&shared));
}

static void
synchronize(void **state)
{
	with_readers(300, false);
}

static void
deferred(void **state)
{
	with_readers(1000, true);
	lk_rcu_os_barrier();
	assert_int_equal(atomic_load(&freed), 1000);
}

/* A list that changes while it is walked: no torn, no freed element. */
static struct lk_rcu_list list;

static void
walker(void *arg)
{
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		struct lk_rcu_link *k;

		lk_rcu_read_lock();
		for (k = lk_rcu_list_first(&list); k != NULL;
		    k = lk_rcu_list_next(k)) {
			struct node *n = (struct node *)((char *)k -
			    offsetof(struct node, link));

			assert_int_equal(n->twice, 2 * n->value);
		}
		lk_rcu_read_unlock();
	}
}

static void
publish(void **state)
{
	struct lk_strand *st[2];
	struct node *ring[8] = { NULL };
	unsigned i;

	atomic_store(&stop, 0);
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("walker", walker, NULL);
	for (i = 0; i < 800; i++) {
		struct node **at = &ring[i % LEN(ring)];

		if (*at != NULL) {
			lk_rcu_list_del(&list, &(*at)->link);
			lk_rcu_synchronize();
			node_free(&(*at)->head);
		}
		*at = node_make(i);
		lk_rcu_list_add(&list, &(*at)->link);
	}
	atomic_store(&stop, 1);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	for (i = 0; i < LEN(ring); i++) {
		lk_rcu_list_del(&list, &ring[i]->link);
		free(ring[i]);
	}
	assert_null(lk_rcu_list_first(&list));
}

/* A deferred call may itself use locks and defer again. */
static struct rwlock rw;
static _Atomic int second;

static void
second_call(struct lk_rcu_head *h)
{
	free(h);
	atomic_fetch_add(&second, 1);
}

static void
first_call(struct lk_rcu_head *h)
{
	rw_enter(&rw, RW_WRITE);
	rw_exit(&rw);
	lk_rcu_call(h, second_call);
}

static void
call_in_call(void **state)
{
	struct node *n = node_make(1);

	lk_rcu_call(&n->head, first_call);
	t_until(&second, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(synchronize), cmocka_unit_test(deferred),
		cmocka_unit_test(publish), cmocka_unit_test(call_in_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
