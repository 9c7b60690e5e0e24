/*
 * cmd_int.h: what the commands share.  A command is one file that ends in its
 * row; commands.def lists them.
 */
#ifndef CMD_CMD_INT_H
#define CMD_CMD_INT_H

#include <stdbool.h>
#include <stdio.h>

#include "reports/reports.h"
#include "workloads/workloads.h"

struct cmd_command {
	const char	*name;
	const char	*args;		/* behind the name in the usage line */
	const char	*help;		/* one line */
	const char	*teach;		/* the whole help text; may be NULL */
	void		(*more)(FILE *);	/* printed behind it; or NULL */
	int		(*run)(int argc, char **argv);	/* argv[0]: its name */
};
#define COMMAND(name)	extern const struct cmd_command cmd_##name;
#include "cmd/commands.def"
#undef COMMAND
const struct cmd_command *const *cmd_commands(size_t *n);

/* From here on a failed LK_ASSERT ends in ANA_EXIT_BUG (bug.c). */
void	cmd_bug_install(void);

/* How the program was called, quoted so that a shell takes it again. */
extern char	cmd_line[1024];

/*
 * cmd_complain: "amapstorm: ..." on stderr, one line.
 * cmd_bad: the same, and the exit code of bad input.
 * cmd_bad_input: an input's error, in the form of the line above.
 */
void	cmd_complain(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));
int	cmd_bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int	cmd_bad_input(const struct wl_error *);
/* => an error of stdout is the last thing that can go wrong: exit code */
int	cmd_stdout(int code);

/*
 * A table for people: a name and its help, broken to 79 columns.
 */
void	cmd_row(FILE *, int width, const char *name, const char *help);
void	cmd_usage(FILE *, const struct cmd_command *);

/*
 * A file that appears whole or not at all: written beside, then renamed.
 * => "-" is stdout; a device or pipe is written to as it is
 * => opening tells at once whether it can be written: 0 or errno
 */
struct cmd_output {
	const char	*path;		/* NULL: not wanted */
	char		*temp;		/* NULL: written in place */
	FILE		*file;
};
int	cmd_output_open(struct cmd_output *, const char *path);
int	cmd_output_done(struct cmd_output *);	/* 0 or errno */
void	cmd_output_drop(struct cmd_output *);
/* => could a file be written there, whole or not at all?  0 or errno */
int	cmd_output_try(const char *path);
/*
 * => a report into it, without colours; 0, or an exit code, having complained
 */
int	cmd_output_report(struct cmd_output *, const char *format,
	    const struct rp_style *, const struct ana_result *);
bool	cmd_wants_colour(bool never);

/*
 * Options of run: its own and one for each key (options.c).
 */
struct cmd_options {
	struct wl_job	job;
	const char	*json, *output, *save;
	const char	*baseline;	/* a lock-order contract */
	const char	*locks;		/* as typed; in nlocks when checked */
	unsigned	nlocks;
	bool		full, quiet, no_color, help, stop;
};
/* => 0, or an exit code, having complained */
int	cmd_options(int argc, char **argv, struct cmd_options *);
void	cmd_options_help(FILE *);
/* => the value of --locks; 0, or an exit code, having complained */
int	cmd_locks(const char *text, unsigned *n);

/* The live line on stderr (live.c). */
struct cmd_live {
	bool		terminal, quiet;
	uint64_t	next_ns, incidents;
	struct ana_watch *watch;	/* of lock order; NULL: none */
	bool		stop;		/* when it finds something */
	bool		found;
};
void	cmd_live_status(const struct wl_status *, void *live);
/* => true: something was found, and that is to end the run */
bool	cmd_live_look(void *live);
void	cmd_live_end(struct cmd_live *);

/*
 * A saved run, or a record that a program wrote itself (load.c).
 * => 0, or an exit code, having complained
 * cmd_ran: of what a pass over it said, 0 or errno
 */
int	cmd_load(const char *file, struct ana_snapshot **);
int	cmd_ran(const char *file, int error);

/* A lock-order contract; NULL path: none.  => 0, or an exit code */
int	cmd_contract(const char *path, struct ana_contract **);

#endif /* CMD_CMD_INT_H */
