/*
 * An assertion of ours failed.
 *
 * In the process under test it becomes an incident, so that the watcher can
 * tell it with all that was going on; only once, for telling it may fail in
 * the same way.  Here it ends the program.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

static pid_t	first_process;

static void
bug(const char *file, int line, const char *what)
{
	static _Atomic int told;

	if (getpid() != first_process) {
		if (atomic_exchange(&told, 1) == 0)
			lk_incident("bug.assert", "%s:%d: %s", file, line,
			    what);
		abort();
	}
	cmd_complain("a bug of amapstorm itself: %s:%d: %s", file, line, what);
	_exit(ANA_EXIT_BUG);
}

void
cmd_bug_install(void)
{
	first_process = getpid();
	lk_bug = bug;
}
