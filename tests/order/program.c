/*
 * program.c: small random programs of lock operations.
 */
#include <stdio.h>
#include <string.h>

#include "tests/order/oracle.h"

static uint64_t rng;

unsigned
orc_below(unsigned n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (unsigned)((rng * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

static const enum orc_do acquires[] = {
	ORC_WRITE, ORC_WRITE, ORC_READ, ORC_READ, ORC_RREAD, ORC_TRYW, ORC_TRYR
};

void
orc_step(struct orc_program *p, int t, enum orc_do what, int on)
{
	p->step[t][p->nsteps[t]++] = (struct orc_step){ what, on };
}

/* One thread: takes and releases at will, in any order, at most depth deep. */
static void
make_thread(struct orc_program *p, int t, int nlocks, unsigned depth)
{
	int holds[8], nheld = 0, i;
	unsigned takes = 1 + orc_below(depth);

	p->nsteps[t] = 0;
	while (takes > 0 || nheld > 0) {
		if (takes > 0 && (nheld == 0 || orc_below(3) != 0)) {
			int x = (int)orc_below((unsigned)nlocks);
			bool again = false;

			for (i = 0; i < nheld; i++)
				again |= holds[i] == x;
			if (again && orc_below(8) != 0)
				continue;
			orc_step(p, t, acquires[orc_below(7)], x);
			holds[nheld++] = x;
			takes--;
		} else {
			i = orc_below(4) == 0 ? (int)orc_below((unsigned)nheld) :
			    nheld - 1;
			orc_step(p, t, ORC_EXIT, holds[i]);
			memmove(&holds[i], &holds[i + 1],
			    (size_t)(nheld - i - 1) * sizeof(holds[0]));
			nheld--;
		}
	}
}

/* Only a plain reader is ever held up by a writer that waits. */
static bool
reads_plainly(const struct orc_program *p, int x)
{
	int t, i;

	for (t = 0; t < p->nthreads; t++)
		for (i = 0; i < p->nsteps[t]; i++)
			if (p->step[t][i].what == ORC_READ &&
			    p->step[t][i].on == x)
				return true;
	return false;
}

void
orc_make(struct orc_program *p, uint64_t seed)
{
	int t, x, nlocks;

	rng = seed * 0x9e3779b97f4a7c15ULL + 1;
	(void)orc_below(2);
	memset(p, 0, sizeof(*p));
	p->nthreads = 1 + (int)orc_below(3);
	nlocks = 2 + (int)orc_below(ORC_NLOCKS - 1);
	for (t = 0; t < p->nthreads; t++)
		make_thread(p, t, nlocks, 4);
	for (x = 0; x < nlocks; x++)
		p->writer[x] = reads_plainly(p, x);
}

void
orc_print(const struct orc_program *p, char text[ORC_TEXT])
{
	static const char *const name[] = {
		[ORC_WRITE] = "W:", [ORC_READ] = "r:", [ORC_RREAD] = "R:",
		[ORC_TRYW] = "tW:", [ORC_TRYR] = "tr:", [ORC_EXIT] = "-",
		[ORC_UPGRADE] = "U:", [ORC_TRYUP] = "tU:", [ORC_DOWN] = "D:",
		[ORC_WAIT] = "wait:", [ORC_POST] = "post:",
		[ORC_JOIN] = "join:",
	};
	size_t n = 0;
	int t, i;

	text[0] = '\0';
	for (t = 0; t < p->nthreads; t++) {
		if (t > 0)
			n += (size_t)sprintf(text + n, " ; ");
		for (i = 0; i < p->nsteps[t]; i++)
			n += (size_t)sprintf(text + n, "%s%s%c",
			    i == 0 ? "" : " ", name[p->step[t][i].what],
			    (p->step[t][i].what == ORC_JOIN ? '1' :
			    p->step[t][i].what >= ORC_WAIT ? 'e' : 'A') +
			    p->step[t][i].on);
	}
}
