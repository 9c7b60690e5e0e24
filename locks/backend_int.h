/*
 * backend_int.h: what a lock algorithm is to the rest of locks/.
 *
 * A backend is a bare algorithm: it records nothing and knows strands only
 * as the number `me` and through lk_park, lk_unpark, lk_relax and lk_yield.
 * A row in backends.def and a file backend_NAME.c make one.
 */
#ifndef LOCKS_BACKEND_INT_H
#define LOCKS_BACKEND_INT_H

#include "locks/strand_int.h"

#define LKB_EXCLUDES	0x1	/* it is a lock (busted is none) */
#define LKB_UPGRADES	0x2	/* a sole reader can become the writer */
#define LKB_WORD	0x4	/* its free fast path is word_int.h's */

struct lk_lockstate {
	uint64_t	writer;		/* me of it; 0: none */
	uint64_t	readers;
	bool		waiters;	/* somebody may be waiting */
};

struct lk_backend {
	const char	*name;
	const char	*help;
	unsigned	flags;
	/* => of zeroed memory and of any; a zeroed lock needs no init */
	void	(*init)(struct rwlock *);
	void	(*fini)(struct rwlock *);
	/*
	 * => false: enter would have to wait
	 * => modes: LKM_WRITE, LKM_READ, LKM_RREAD; the last lets itself be
	 *    kept out by a writer that holds the lock, by none that waits
	 */
	bool	(*try)(struct rwlock *, enum lk_mode, uint64_t me);
	void	(*enter)(struct rwlock *, enum lk_mode, uint64_t me);
	void	(*exit)(struct rwlock *, enum lk_mode, uint64_t me);
	/*
	 * => LKB_WORD: word_exit let it go, somebody may sleep; the word as it
	 *    was
	 * => of what is another's by now nothing is touched: it may be gone
	 */
	void	(*freed)(struct rwlock *, uint64_t was);
	/* => no other writer gets in between */
	void	(*downgrade)(struct rwlock *, uint64_t me);
	bool	(*try_upgrade)(struct rwlock *, uint64_t me);
	/*
	 * => waits until me is the only reader
	 * => nobody writes between the read hold and the write hold
	 */
	void	(*upgrade)(struct rwlock *, uint64_t me);
	/* => wait once, not taking it; NULL: enter and exit will do */
	void	(*sleep_once)(struct rwlock *, enum lk_mode, uint64_t me);
	void	(*state)(const struct rwlock *, struct lk_lockstate *);
};

#define LK_BACKEND(name)	extern const struct lk_backend lk_backend_##name;
#include "locks/backends.def"
#undef LK_BACKEND

extern const struct lk_backend *lk_be;

#endif /* LOCKS_BACKEND_INT_H */
