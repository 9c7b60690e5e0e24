/*
 * compare_int.h: what the files of a comparison share.
 */
#ifndef ANALYSIS_COMPARE_INT_H
#define ANALYSIS_COMPARE_INT_H

#include "analysis/ana_int.h"

/*
 * compare_stat.c: the statistics, of plain numbers.
 *
 *	x	row 0: a0 a1 .. a(na-1) b0 b1 .. b(nb-1)
 *		row 1: ...
 */
struct ana_stat_data {
	const double	*x;		/* logarithms */
	size_t		nrows, na, nb;
	bool		paired;		/* a0 with b0, ...: na == nb */
};
struct ana_stat {
	double		a, b;		/* trimmed means of each */
	double		diff, low, high;
	double		p, p_table;
};
#define ANA_STAT_FEWEST	3	/* of each: fewer have no interval */
/* => 0, ENOMEM */
int	ana_stat(const struct ana_stat_data *, double level,
	    struct ana_stat *rows);
/*
 * One row: is B larger than A by more than shift?
 * => 0, ENOMEM; *p is the probability that it seems so by chance
 */
int	ana_stat_beyond(const struct ana_stat_data *, double shift,
	    double *p);
/* => the smallest p that so many runs can give */
double	ana_stat_least(size_t na, size_t nb, bool paired, bool one_sided);
/* => how many of each set it takes for a verdict at this level */
size_t	ana_stat_needed(double level, bool paired, bool one_sided);

/*
 * compare_sample.c: what is kept of a run.
 */
struct ana_value {
	const struct ana_metric	*metric;
	const char	*of;		/* NULL: of the run */
	double		v;
};
struct ana_told {		/* a finding */
	const char	*name, *what;
	enum ana_level	level;
	uint64_t	print;
	size_t		nplaces;
	struct ana_place *places;
};
struct ana_cell {		/* of the blame matrix, ns for each operation */
	const char	*waiter, *holder;
	double		v;
};
struct ana_weight {		/* of a class: which are shown */
	const char	*class;
	double		waited, taken;
};
struct ana_sample {
	const char	*name;
	struct wl_job	job;
	char		backend[32];
	enum lk_level	level;
	bool		has_job;
	const char	*out;		/* why it does not count; NULL: it does */
	size_t		nvalues, ntold, ncells, nweights;
	struct ana_value *values;
	struct ana_told	*told;
	struct ana_cell	*cells;
	struct ana_weight *weights;
	struct ana_result *mem;		/* all of it lives here */
};
/* => is it there? */
bool	ana_sample_value(const struct ana_sample *, const struct ana_metric *,
	    const char *of, double *);

/*
 * compare_params.c: parameters that differ; the seed does not count.
 * => fn for each, until it says false; "" stands for what is not set
 * => 0, ENOMEM
 */
int	ana_params_differ(const struct wl_job *, const struct wl_job *,
	    bool (*fn)(void *, const char *key, const char *a, const char *b),
	    void *);

/* compare_gate.c: bounds, once the table is there */
void	ana_gate(struct ana_result *, const struct ana_compare_conf *,
	    struct ana_compare *, struct ana_sample *const *a,
	    struct ana_sample *const *b);

#endif /* ANALYSIS_COMPARE_INT_H */
