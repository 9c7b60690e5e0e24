/*
 * ab_int.h: what commands share that make runs of two kinds (ab.c).
 */
#ifndef CMD_AB_INT_H
#define CMD_AB_INT_H

#include "cmd/cmd_int.h"

struct cmd_ab {
	struct cmd_compare show;
	const char	*a, *b;		/* options, as typed */
	const char	*pairs, *dir;
	const char	*lock, *scheme, *what_if;	/* of whatif */
	/* made of these */
	const char	*name;		/* of the command */
	struct cmd_words common, of[2];
	struct cmd_words files[2];
	uint64_t	seed;
	unsigned	npairs;
	char		scenario[64], own_dir[128];
};
#define CMD_AB_OPTIONS							\
	{ "pairs", NULL, "N", "so many runs of each [10]",		\
	    offsetof(struct cmd_ab, pairs), CMD_TAKE_ONE },			\
	{ "dir", NULL, "DIR", "a new folder to store the runs in "	\
	    "[COMMAND-SCENARIO-TIME]", offsetof(struct cmd_ab, dir), CMD_TAKE_ONE }

/*
 * The whole command: its options, what prepare() makes of them, the runs and
 * what they show.
 * => prepare: 0, or an exit code, having complained
 * => an exit code
 */
int	cmd_ab_command(const struct cmd_command *, const struct cmd_take *,
	    int (*prepare)(struct cmd_ab *), int argc, char **argv);

#endif /* CMD_AB_INT_H */
