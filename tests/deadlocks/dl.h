/*
 * dl.h: what the programs of this corpus are written in: reader/writer locks,
 * mutexes, events, conditions and threads.  The same file is compiled for
 * the locks library of amapstorm, or for plain pthread (-DDL_PTHREAD), so
 * that any checker can be asked about it.
 *
 *	wr(&l) rd(&l) un(&l)	take for writing, for reading; let go.  A reader
 *				stands behind a writer that waits.
 *	rrd(&l)			recursive reader: waits for a holding writer alone
 *	trywr(&l) tryrd(&l)	true: got it
 *	up(&l) tryup(&l)	a reader becomes the writer; up waits for the others
 *	down(&l)		the writer becomes a reader
 *	lock(&m) unlock(&m) trylock(&m)
 *	post(&e) await(&e)	an event, posted once
 *	nap(&c, &l, mode)	let l go, sleep till wake(&c), take it again
 *	start(fn) join(t)	threads
 *
 * make_rw(&l), make_rrw(&l) (whose readers are recursive), make_mutex(&m) and
 * make_event(&e), make_cond(&c) come first.  Up and down are not there with pthread.
 */
#ifndef TESTS_DEADLOCKS_DL_H
#define TESTS_DEADLOCKS_DL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef DL_PTHREAD
#include "tests/deadlocks/dl_pthread.h"
#else
#include "tests/deadlocks/dl_amapstorm.h"
#endif

#endif /* TESTS_DEADLOCKS_DL_H */
