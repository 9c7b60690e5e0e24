/*
 * oracle.h: what a small program of lock operations can do, by trying all
 * interleavings with real blocking.  Nothing here knows how the tool judges;
 * that is why it may judge the tool.
 *
 * The notation is that of the case tables: phases (threads) of steps.
 */
#ifndef TESTS_ORDER_ORACLE_H
#define TESTS_ORDER_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORC_MAXTHREADS	10
#define ORC_MAXLOCKS	16
#define ORC_MAXSTEPS	24
#define ORC_MAXEVENTS	4

enum orc_do {
	ORC_WRITE,	/* W:x */
	ORC_READ,	/* r:x  waits behind a waiting writer */
	ORC_RREAD,	/* R:x  recursive: waits for a holding writer alone */
	ORC_TRYW,	/* tW:x  a failing try ends the thread, its locks freed */
	ORC_TRYR,	/* tr:x, tR:x */
	ORC_EXIT,	/* -x */
	ORC_UPGRADE,	/* U:x */
	ORC_TRYUP,	/* tU:x */
	ORC_DOWN,	/* D:x */
	ORC_WAIT,	/* wait:e */
	ORC_POST,	/* post:e */
	ORC_JOIN,	/* join:n, of the thread of phase n, from 0 */
};

struct orc_step {
	enum orc_do	what;
	int		on;	/* lock, event or thread */
};

struct orc_program {
	int		nthreads;
	int		nsteps[ORC_MAXTHREADS];
	struct orc_step	step[ORC_MAXTHREADS][ORC_MAXSTEPS];
	int		twin[ORC_MAXTHREADS];	/* copy of this thread, + 1 */
	bool		writer[ORC_MAXLOCKS];	/* somebody, at any time, may
						   ask for write and let go */
};

enum orc_truth {
	ORC_SAFE,
	ORC_DL,		/* one thread per phase can deadlock */
	ORC_DL_W,	/* when another thread asks for write meanwhile */
	ORC_DL_X2,	/* with two threads in each phase */
	ORC_TOOBIG	/* more states than the limit */
};

/*
 * orc_truth: tries the program as it is, then with writers, then with doubles.
 * => ORC_TOOBIG: nothing was found in so many states as it looks at
 * orc_plain_truth: the same, slowly: see oracle_plain.c
 */
enum orc_truth orc_truth(const struct orc_program *);
enum orc_truth orc_plain_truth(const struct orc_program *);
const char *orc_truth_name(enum orc_truth);
uint64_t orc_states(void);	/* looked at so far, by orc_truth */

/*
 * Random programs (program.c): up to three threads, four locks, four takes a
 * thread; all modes, tries, release in any order, re-entry.
 */
#define ORC_NLOCKS	4		/* locks of a random program */
#define ORC_TEXT	(ORC_MAXTHREADS * (8 * ORC_MAXSTEPS + 3) + 1)
void	orc_make(struct orc_program *, uint64_t seed);
unsigned orc_below(unsigned n);		/* goes on from there */
void	orc_step(struct orc_program *, int thread, enum orc_do, int on);
/* => in the case notation */
void	orc_print(const struct orc_program *, char [ORC_TEXT]);

#endif /* TESTS_ORDER_ORACLE_H */
