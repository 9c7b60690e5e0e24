/*
 * plain.c: the oracle, against one that is too slow to be wrong.
 *
 * usage: plain [PROGRAMS [SEED]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/order/oracle.h"

/* Steps that the rule is not asked about here, put in anywhere. */
static void
season(struct orc_program *p)
{
	static const enum orc_do more[] = {
		ORC_UPGRADE, ORC_TRYUP, ORC_DOWN, ORC_WAIT, ORC_POST, ORC_JOIN
	};
	unsigned n = orc_below(4);
	int t, at, on;

	while (n-- > 0) {
		enum orc_do what = more[orc_below(6)];

		t = (int)orc_below((unsigned)p->nthreads);
		if (p->nsteps[t] >= ORC_MAXSTEPS)
			continue;
		on = what == ORC_JOIN ? (t + 1) % p->nthreads :
		    (int)orc_below(2);
		if (what == ORC_JOIN && on == t)
			continue;
		at = (int)orc_below((unsigned)p->nsteps[t] + 1);
		memmove(&p->step[t][at + 1], &p->step[t][at],
		    (size_t)(p->nsteps[t] - at) * sizeof(p->step[t][0]));
		p->step[t][at] = (struct orc_step){ what, on };
		p->nsteps[t]++;
	}
}

/* A downgrade or upgrade of what is not held so is no program. */
static bool
makes_sense(const struct orc_program *p)
{
	int t, i, x, r, w;

	for (t = 0; t < p->nthreads; t++)
		for (x = 0; x < ORC_NLOCKS; x++) {
			r = w = 0;
			for (i = 0; i < p->nsteps[t]; i++) {
				const struct orc_step *s = &p->step[t][i];

				if (s->on != x || s->what >= ORC_WAIT)
					continue;
				if (s->what == ORC_DOWN && w == 0)
					return false;
				if ((s->what == ORC_UPGRADE ||
				    s->what == ORC_TRYUP) && (r == 0 || w > 0))
					return false;
				r += s->what == ORC_READ ||
				    s->what == ORC_RREAD ||
				    s->what == ORC_TRYR ||
				    s->what == ORC_DOWN;
				w += s->what == ORC_WRITE ||
				    s->what == ORC_TRYW ||
				    s->what == ORC_UPGRADE ||
				    s->what == ORC_TRYUP;
				w -= s->what == ORC_DOWN;
				r -= s->what == ORC_UPGRADE ||
				    s->what == ORC_TRYUP;
				if (s->what == ORC_EXIT && w > 0)
					w--;
				else if (s->what == ORC_EXIT)
					r--;
			}
		}
	return true;
}

static int
oracles(uint64_t n, uint64_t seed)
{
	uint64_t i, big = 0, wrong = 0, tried = 0;
	char text[ORC_TEXT];

	for (i = 0; i < n; i++) {
		struct orc_program p;
		enum orc_truth a, b;

		orc_make(&p, seed + i);
		if (i % 2 != 0)
			season(&p);
		if (!makes_sense(&p))
			continue;
		tried++;
		b = orc_plain_truth(&p);
		big += b == ORC_TOOBIG;
		a = b == ORC_TOOBIG ? b : orc_truth(&p);
		if (a == b)
			continue;
		wrong++;
		orc_print(&p, text);
		printf("seed %llu: %s, plainly %s: %s\n",
		    (unsigned long long)(seed + i), orc_truth_name(a),
		    orc_truth_name(b), text);
	}
	printf("%llu programs, %llu too big: %llu differ\n",
	    (unsigned long long)tried, (unsigned long long)big,
	    (unsigned long long)wrong);
	return wrong != 0 || big * 2 > tried;
}

int
main(int argc, char **argv)
{
	return oracles(argc > 1 ? strtoull(argv[1], NULL, 0) : 100,
	    argc > 2 ? strtoull(argv[2], NULL, 0) : 1);
}
