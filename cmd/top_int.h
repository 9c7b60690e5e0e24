/*
 * top_int.h: a running storm on a screen.
 */
#ifndef CMD_TOP_INT_H
#define CMD_TOP_INT_H

#include "cmd/cmd_int.h"

/*
 * top_find.c: records that are being written to, of processes that this user
 * may look into.
 * => the process that watches, not the run's own
 * cmd_top_find: => at most max of them; their number, which may be more
 * cmd_top_attach: => 0 or errno; ENOENT: the process writes no record
 */
struct cmd_live_run {
	pid_t		pid;
	char		command[256];
};
size_t	cmd_top_find(struct cmd_live_run *, size_t max);
int	cmd_top_attach(pid_t, struct lk_record **);

/*
 * top_screen.c: until q is typed.
 * => title: of the run; pid 0: nothing will change any more
 * => exit code
 */
int	cmd_top_screen(struct lk_record *, pid_t, unsigned every_ms);
/* top_plain.c: so many times as text */
int	cmd_top_plain(struct lk_record *, pid_t, unsigned every_ms,
	    unsigned times);

#endif /* CMD_TOP_INT_H */
