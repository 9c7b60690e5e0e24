/*
 * child.c: what a child of the watcher does first, and how it is told to end.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "workloads/runner_int.h"

/* The region exists by now: it is only looked up. */
void
wl_child_stop(int signo)
{
	struct wl_ctl *ctl = wl_ctl();

	if (ctl == NULL)
		return;
	atomic_store(&ctl->signalled, 1);
	atomic_store(&ctl->stop, 1);
}

void
wl_child_begin(pid_t parent, const sigset_t *mask)
{
	struct sigaction sa;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	wl_crash_install();
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = wl_child_stop;
	sa.sa_flags = SA_RESTART;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
}
