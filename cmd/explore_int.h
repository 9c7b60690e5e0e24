/*
 * explore_int.h: what the files of the command explore share.
 */
#ifndef CMD_EXPLORE_INT_H
#define CMD_EXPLORE_INT_H

#include "cmd/cmd_int.h"

struct cmd_explore {
	struct wl_job	job;
	char		base[2048];	/* the command, without what may differ */
	const struct wl_chooser *chooser;
	uint64_t	seed, executions, limit_ns, minimise;
	unsigned	depth, bound;
	enum lk_memory	memory;
	const char	*save, *export;
	struct cmd_report reports[CMD_MAXREPORT];
	unsigned	nreports;
	bool		named;		/* base has the job */
	bool		trace_order, confirm;
	bool		no_controls, go_on, full, quiet, no_color, help;
	/* a replay */
	bool		replaying, expected;
	struct wl_schedule schedule;
	uint64_t	hash;		/* of who did what, if expected */
};

/* One campaign or execution, in a child with a record of its own. */
struct cmd_step {
	struct lk_record *rec;
	struct wl_outcome outcome;
	const struct wl_explore_run *run;
	uint64_t	seed;		/* of one execution */
};
void	cmd_explore_conf(const struct cmd_explore *, struct wl_exploration *);
/* => 0, or an exit code, having complained; rec is to be closed */
int	cmd_explore_step(const struct cmd_explore *, struct wl_exploration *,
	    enum lk_level, struct cmd_step *);
bool	cmd_explore_fails(const struct cmd_step *);
/*
 * explore_controls.c: would it have failed if there were something?
 * => 0, or an exit code, having complained; c has what came of it
 */
int	cmd_controls(const struct cmd_explore *, const struct cmd_step *,
	    struct ana_campaign *c);

/* explore_options.c => 0, or an exit code, having complained */
int	cmd_explore_options(int argc, char **argv, struct cmd_explore *);
void	cmd_explore_help(FILE *);
/* what --points says */
int	cmd_points_set(struct cmd_explore *, const char *what);
const char *cmd_points_name(const struct cmd_explore *);

/*
 * explore_file.c: a schedule with all that it needs.
 * => 0, or an exit code, having complained
 */
int	cmd_schedule_save(const struct cmd_explore *,
	    const struct wl_explore_run *);
int	cmd_schedule_load(const char *path, struct cmd_explore *);
/* explore_export.c: the locks of a deadlock as a program of its own; idem */
int	cmd_export(const struct cmd_explore *, const struct wl_explore_run *);

#endif /* CMD_EXPLORE_INT_H */
