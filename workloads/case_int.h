/*
 * Cases: a few lines of locking in a small notation, read from a table and
 * run with real locks.  Included by workloads.h; docs/ORDER-CASES.md teaches
 * the notation.
 *
 *	W:A W:B -B -A ; W:B W:A -A -B		two phases, one after the other
 *	W:A W:B -B -A || W:B W:A -A -B		two phases at once
 *	repeat i=0..29 ( W:L{i}x -L{i}x ; )	thirty phases
 *
 * A phase is one strand.  A name that ends in digits is an instance of the
 * class before them: X1 and X2 are two locks of class X.
 */
#ifndef WORKLOADS_CASE_INT_H
#define WORKLOADS_CASE_INT_H

enum wl_case_do {
#define CASE_STEP(name, word, on, help)	WLC_##name,
#include "workloads/case_steps.def"
#undef CASE_STEP
	WLC_NDO
};

enum wl_case_on {
	WLCO_NONE, WLCO_LOCK, WLCO_MUTEX, WLCO_EITHER, WLCO_EVENT, WLCO_PHASE
};

struct wl_case_word {
	const char	*word, *help;
	enum wl_case_on	on;
};
extern const struct wl_case_word wl_case_words[WLC_NDO];

struct wl_case_step {
	uint8_t		what;		/* enum wl_case_do */
	bool		dupok;		/* W!:x */
	uint32_t	on;		/* thing, or phase from 0; else 0 */
	uint32_t	site;
};

struct wl_case_phase {
	size_t		nsteps;
	struct wl_case_step *step;
	bool		together;	/* at once with the phase before it */
};

struct wl_case_thing {
	const char	*name, *class;
	enum wl_case_on	kind;		/* LOCK, MUTEX or EVENT */
};

struct wl_case_site {		/* where a step stands */
	char		text[32];
	uint32_t	column;		/* from 1 on */
};

#define WL_CASE_PHASES	240		/* each is a strand */
#define WL_CASE_STEPS	4000000

struct wl_case {
	size_t		nphases, nthings, nsites, nsteps;
	struct wl_case_phase *phase;
	struct wl_case_thing *thing;
	struct wl_case_site *site;
};

/*
 * A row of a table.  A script may be several, with " / " between them: each
 * is a case of its own, and all must be judged alike.
 */
struct wl_case_row {
	unsigned	line;
	const char	*id;		/* E01, or group.name.variant */
	const char	*script;
	const char	*expect;	/* REPORT, OK, ERROR, WARN, INFO, silent */
	const char	*kind;		/* what is expected, in words */
	/* "" if there is no such column */
	const char	*truth, *note;
	const char	*declared;	/* a lock-order contract, ";" for lines */
};
struct wl_case_table {
	const char	*path;
	size_t		nrows;
	struct wl_case_row *row;
};
/*
 * wl_case_table: read a file whose first line names its columns, with tabs
 * between them: script and expect (or proposed) there must be.
 * => 0, ENOMEM, what open or read said, or EINVAL: *err says what and where
 */
int	wl_case_table(const char *path, struct wl_case_table **,
	    struct wl_error *err);
void	wl_case_table_free(struct wl_case_table *);

/*
 * wl_case_parse: one script; the n-th of those that " / " parts, from 0 on.
 * => the table is for `use:ID(A,B)', may be NULL
 * => *out NULL and 0: there are no more than n
 * => 0, ENOMEM or EINVAL; err->where and ->line are the caller's to fill in
 */
int	wl_case_parse(const char *script, size_t n,
	    const struct wl_case_table *, struct wl_case **out,
	    struct wl_error *err);
void	wl_case_free(struct wl_case *);

/*
 * wl_case_run: run it in a child that shares rec; return when it ended.
 * => file, line: what its call sites are called
 * => rec is current (lk_record_create); the caller is single-threaded
 * => outcome DONE, HANG (its strands are left in rec as they stood), CRASH
 * => 0 or errno (no child could be made)
 */
int	wl_case_run(const struct wl_case *, const char *file, unsigned line,
	    struct lk_record *, struct wl_outcome *);

#endif /* WORKLOADS_CASE_INT_H */
