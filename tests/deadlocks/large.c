/*
 * large.c: a long trace: time and memory grow with its length, no faster.
 *
 * usage: large EVENTS [time]
 *
 * Strands take up to three of many locks, in one order, in turn.  Late in the
 * trace two of them do so in two orders, once: that is found, and alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "analysis/predict_int.h"

#define NSTRANDS	8
#define NLOCKS		5000
#define STEPS_EACH	40	/* of the predictor, for each event */

static struct lk_trace_strip strip[NSTRANDS];
static struct lk_trace_event *event[NSTRANDS];
static uint32_t held_so_far[NLOCKS];	/* exclusive holds of each */
static uint64_t x = 88172645463325252ULL;
static unsigned found;

static uint64_t
below(uint64_t n)
{
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % n;
}

static void
add(unsigned s, enum lk_traced what, unsigned lock, enum lk_mode mode)
{
	struct lk_trace_event *e = &event[s][strip[s].n++];

	if (what == LKT_HAVE && mode == LKM_WRITE)
		held_so_far[lock]++;
	*e = (struct lk_trace_event){
		.ident = 64 + 64 * (uint64_t)lock, .gen = 1,
		.seq = held_so_far[lock], .site = s + 1, .class =
		    (uint16_t)(lock % 1000 + 1), .what = (uint8_t)what,
		.kind = LKN_LOCK, .mode = (uint8_t)mode,
	};
}

static void
nest(unsigned s, const unsigned *lock, unsigned n, const enum lk_mode *mode)
{
	unsigned i;

	for (i = 0; i < n; i++)
		add(s, LKT_HAVE, lock[i], mode[i]);
	while (i-- > 0)
		add(s, LKT_DROP, lock[i], mode[i]);
}

static void
make(uint64_t events)
{
	static const enum lk_mode writes[2] = { LKM_WRITE, LKM_WRITE };
	static const unsigned there[2] = { NLOCKS - 2, NLOCKS - 1 };
	static const unsigned back[2] = { NLOCKS - 1, NLOCKS - 2 };
	enum lk_mode mode[3];
	unsigned lock[3], s, i;
	uint64_t n = 0;
	bool planted = false;

	for (s = 0; s < NSTRANDS; s++) {
		event[s] = calloc(events / NSTRANDS + 64, sizeof(**event));
		if (event[s] == NULL)
			exit(2);
		strip[s] = (struct lk_trace_strip){ .life = s + 1,
		    .strand = s, .e = event[s] };
	}
	for (; n < events; n += 6) {
		for (s = 0; strip[s].n > n / NSTRANDS + 6; s++)
			continue;
		lock[0] = (unsigned)below(NLOCKS - 300);
		for (i = 0; i < 3; i++) {
			lock[i] = i == 0 ? lock[0] : lock[i - 1] + 1 +
			    (unsigned)below(90);
			mode[i] = below(3) == 0 ? LKM_WRITE : LKM_READ;
		}
		nest(s, lock, 3, mode);
		if (!planted && n > events / 10 * 9) {
			planted = true;
			nest(1, there, 2, writes);
			nest(2, back, 2, writes);
		}
	}
}

static void
on_pattern(const struct prd_pattern *pt, void *arg)
{
	found += pt->verdict == PRD_SOUND;
	if (pt->verdict == PRD_SOUND && (pt->n != 2 || pt->nturns == 0)) {
		printf("FAILED: another ring\n");
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 400000;
	const struct prd_opts o = { 0 };
	struct prd_stats st;
	struct rusage u;
	struct prd *p;
	uint64_t since;
	unsigned s;

	make(events);
	since = lk_now();
	if (prd_create(strip, NSTRANDS, &o, &p) != 0 ||
	    prd_run(p, on_pattern, NULL, &st) != 0) {
		printf("FAILED: no memory\n");
		return 1;
	}
	since = lk_now() - since;
	prd_destroy(p);
	getrusage(RUSAGE_SELF, &u);
	printf("%" PRIu64 " events, %" PRIu64 " arcs, %" PRIu64 " abstract "
	    "requests, %" PRIu64 " patterns, %" PRIu64 " steps\n", st.events,
	    st.arcs, st.abstract, st.patterns, st.steps);
	if (argc > 2)
		printf("%.2f s, %ld MB at most, of them %" PRIu64 " MB the "
		    "trace\n", (double)since / 1e9, u.ru_maxrss / 1024,
		    st.events * sizeof(**event) >> 20);
	for (s = 0; s < NSTRANDS; s++)
		free(event[s]);
	if (found != 1 || st.gaveup != 0 || st.steps > STEPS_EACH *
	    st.events) {
		printf("FAILED: %u found, %" PRIu64 " given up\n", found,
		    st.gaveup);
		return 1;
	}
	return 0;
}
