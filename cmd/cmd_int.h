/*
 * cmd_int.h: what the commands share.  A command is one file that ends in its
 * row; commands.def lists them.
 */
#ifndef CMD_CMD_INT_H
#define CMD_CMD_INT_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

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
extern char	**cmd_argv;

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
bool	cmd_wants_colour(bool never);

/*
 * Formats (formats.c): csv, or csv:locks if it has tables.
 * => 0, or an exit code, having complained
 * cmd_format: table, if not NULL, is that of an option of its own
 * cmd_format_write: into a file, without colours
 * cmd_format_show: to standard output
 */
struct cmd_format {
	const struct rp_format *format;
	char		table[32];	/* "": it has none */
};
int	cmd_format(const char *option, const char *text, const char *table,
	    struct cmd_format *);
int	cmd_format_write(struct cmd_output *, const struct cmd_format *,
	    const struct rp_style *, const struct ana_result *);
int	cmd_format_show(const struct cmd_format *, const struct rp_style *,
	    const struct ana_result *);

/*
 * --report FORMAT=FILE; --json FILE is one, too.
 * => 0, or an exit code, having complained
 */
#define CMD_MAXREPORT	32
struct cmd_report {
	struct cmd_format format;
	const char	*path;
};
int	cmd_report_add(struct cmd_report all[CMD_MAXREPORT], unsigned *n,
	    const char *option, const char *text);

/*
 * Options of run: its own and one for each key (options.c).
 */
struct cmd_options {
	struct wl_job	job;
	const char	*output;	/* where the run is kept; see keep.c */
	struct cmd_report reports[CMD_MAXREPORT];
	unsigned	nreports;
	const char	*baseline;	/* a lock-order contract */
	const char	*shard;		/* as typed; in job.seed */
	const char	*locks;		/* as typed; in nlocks when checked */
	unsigned	nlocks;
	bool		full, quiet, no_color, help, stop, timeline;
	bool		trace_order, confirm;
};
/* => 0, or an exit code, having complained */
int	cmd_options(int argc, char **argv, struct cmd_options *);
void	cmd_options_help(FILE *);
/* => the value of --locks; 0, or an exit code, having complained */
int	cmd_locks(const char *text, unsigned *n);

/*
 * The file that a run leaves (keep.c).
 * cmd_keep_open: path as typed behind -o; NULL: a name of its own; "none".
 * cmd_keep_look: a checkpoint, if one is due.
 * cmd_keep_done: the run is over.
 * => 0, or an exit code, having complained
 */
struct cmd_keep {
	char		*path, *partial;	/* NULL: nothing is kept */
	bool		fresh;		/* a name of its own: nobody's file */
	bool		is_partial, told, saved;
	uint64_t	every, next;	/* ns; lk_now() */
	pid_t		writer;		/* of a checkpoint; 0, -1: none */
	const char	*folder, *scenario;
	time_t		begun;
	unsigned	number;
};
int	cmd_keep_open(struct cmd_keep *, const char *path,
	    const struct wl_job *);
void	cmd_keep_look(struct cmd_keep *, struct lk_record *);
int	cmd_keep_done(struct cmd_keep *, const struct ana_snapshot *,
	    const struct ana_result *);
void	cmd_keep_tell(const struct cmd_keep *, bool quiet);
void	cmd_keep_close(struct cmd_keep *);
/* => where the checkpoints of a run are; malloc()ed; NULL: no memory */
char	*cmd_partial_name(const char *path);

/*
 * Flavours of the program and of subjects (flavour.c; flavours.def).
 */
#define CMD_PATH	1024
struct cmd_flavour {
	const char	*name;
	const char	*folder;	/* of its program; "": the plain one */
	const char	*cflags, *ldflags, *help;
};
const struct cmd_flavour *cmd_flavours(size_t *n);
const struct cmd_flavour *cmd_flavour_find(const char *name);	/* or NULL */
const char *cmd_flavour(void);		/* of this program */
/* => the program of another flavour, if it is installed or built beside us */
bool	cmd_flavour_program(const char *flavour, char path[CMD_PATH]);
/* => become it; returns only if that fails: an exit code, having complained */
int	cmd_flavour_exec(const char *flavour, char **argv);
/* => the folder that has compat/ and locks/ */
bool	cmd_include_dir(char path[CMD_PATH]);

/*
 * External subjects (subject_build.c, subject_use.c).  All of these => 0, or
 * an exit code, having complained.
 */
struct cmd_recipe {
	const char	*source;
	const char	*rev;		/* NULL: what the file says */
	const char	*flavour;
	const char	*cc;		/* the compiler, with words */
	char *const	*extra;		/* flags for it; NULL: none */
	bool		quiet;
};
const char *cmd_cc(void);
int	cmd_subject_build(const struct cmd_recipe *, const char *out);
/* => so: in the cache; built only if it is not there */
int	cmd_subject_cached(const struct cmd_recipe *, char so[CMD_PATH]);
/*
 * cmd_subject_use: a job that names a subject gets it.
 * => may become a program of the subject's flavour and not return
 */
int	cmd_subject_use(struct wl_job *);

/* The live line on stderr (live.c). */
struct cmd_live {
	struct lk_record *rec;
	struct cmd_keep	*keep;		/* NULL: nothing is kept */
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
/* ... or what is left of a run that was killed; cmd_load() refuses those */
int	cmd_load_partial(const char *file, struct ana_snapshot **);
int	cmd_ran(const char *file, int error);

/*
 * Lists of words (words.c).  => 0, or an exit code, having complained
 * cmd_words_split: as a shell does, with quotes; option is for complaints
 * cmd_words_runs: a file, or all stored runs of a folder by name
 */
struct cmd_words {
	char	**word;			/* NULL behind the last */
	size_t	n;
};
int	cmd_words_add(struct cmd_words *, const char *);
int	cmd_words_join(struct cmd_words *, const struct cmd_words *more);
int	cmd_words_split(struct cmd_words *, const char *option, const char *);
int	cmd_words_runs(struct cmd_words *, const char *path);
/*
 * cmd_quote: one word more for a shell, behind the `at' letters that are there.
 * => how many letters there are now, or would be if there were room
 */
size_t	cmd_quote(char *buf, size_t len, size_t at, const char *word);
void	cmd_words_free(struct cmd_words *);

/*
 * Options of a command, as a table that ends in a row without a name (take.c).
 * cmd_take: one word, and its value.
 * cmd_take_or: the same; what looks like no option is added to the rest.
 * => 0, or an exit code, having complained
 */
struct cmd_take {
	const char	*name, *brief;	/* "--name"; "-n" or NULL */
	const char	*arg;		/* NULL: a bool */
	const char	*help;
	size_t		offset;		/* of a bool, a const char *, or ... */
	enum { CMD_TAKE_ONE, CMD_TAKE_MANY, CMD_TAKE_LIST } kind;
					/* ... a struct cmd_words */
};
int	cmd_take(const struct cmd_take *, int argc, char **argv, int *i,
	    void *to, bool *taken);
int	cmd_take_unknown(const struct cmd_take *, const char *command,
	    const char *word);
int	cmd_take_or(const struct cmd_take *, int argc, char **argv, int *i,
	    void *to, struct cmd_words *rest,
	    int (*add)(struct cmd_words *, const char *));
void	cmd_take_help(FILE *, const struct cmd_take *);

/*
 * Comparing stored runs (compare.c).
 */
struct cmd_compare {
	const char	*output, *format, *locks, *level, *findings;
	struct cmd_words only, allow, reports;
	bool		full, quiet, no_color, help, paired, gate;
};
#define CMD_SHOW_OPTIONS(type)						\
	{ "format", NULL, "FORMAT", "instead of text; amapstorm list "	\
	    "formats", offsetof(struct type, show.format), CMD_TAKE_ONE },\
	{ "output", "-o", "FILE", "write it to FILE (-o FILE)",		\
	    offsetof(struct type, show.output), CMD_TAKE_ONE },		\
	{ "report", NULL, "FORMAT=FILE", "write a report, too; may be given "\
	    "more than once", offsetof(struct type, show.reports),	\
	    CMD_TAKE_MANY },						\
	{ "level", NULL, "PERCENT", "how often two equal sets may show "\
	    "a difference [5%]", offsetof(struct type, show.level),	\
	    CMD_TAKE_ONE },						\
	{ "full", NULL, NULL, "every row of every table",		\
	    offsetof(struct type, show.full), CMD_TAKE_ONE },		\
	{ "quiet", "-q", NULL, "what changed, alone (-q)",		\
	    offsetof(struct type, show.quiet), CMD_TAKE_ONE },		\
	{ "no-color", NULL, NULL, "no colours, as with NO_COLOR set",	\
	    offsetof(struct type, show.no_color), CMD_TAKE_ONE },	\
	{ "help", "-h", NULL, "this text (-h)",				\
	    offsetof(struct type, show.help), CMD_TAKE_ONE }
#define CMD_TABLE_OPTIONS(type)						\
	{ "only", NULL, "METRIC[,...]", "these alone, as throughput or "\
	    "hold_p50:amaplk; fewer rows show smaller differences",	\
	    offsetof(struct type, show.only), CMD_TAKE_LIST },		\
	{ "locks", NULL, "N", "so many classes of locks [5]",		\
	    offsetof(struct type, show.locks), CMD_TAKE_ONE }
#define CMD_TAKE_END	{ NULL, NULL, NULL, NULL, 0, CMD_TAKE_ONE }
/* => 0: what can be wrong with the values is not; or an exit code */
int	cmd_compare_check(const struct cmd_compare *);
/* => an exit code */
int	cmd_compare_runs(const struct cmd_compare *,
	    const struct cmd_words *a, const struct cmd_words *b);
void	cmd_compare_free(struct cmd_compare *);
void	cmd_metrics_help(FILE *);

/*
 * --confirm: findings that can happen are made to, on fibers (confirm.c).
 * => explored: the job itself can be, with this seed, and comes first; so the
 *    command begins that replays it.  NULL: of a stress run
 * => their statuses and evidence are changed
 * => 0, or what kept it from being done
 */
struct cmd_explored {
	const char	*command;
	uint64_t	seed;
};
int	cmd_confirm(struct ana_result *, const struct wl_job *run,
	    const struct cmd_explored *);

/* A lock-order contract; NULL path: none.  => 0, or an exit code */
int	cmd_contract(const char *path, struct ana_contract **);

#endif /* CMD_CMD_INT_H */
