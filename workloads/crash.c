/*
 * crash.c: signals that kill.
 */
#include <signal.h>
#include <string.h>

#include "workloads/runner_int.h"

static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
#define NSIGNALS	(sizeof(signals) / sizeof(signals[0]))

/* What a sanitizer had there before us shall have its say, too. */
static struct sigaction before[NSIGNALS];

static void
on_crash(int signo, siginfo_t *info, void *context)
{
	size_t i;

	lk_record_mark_crash(signo, info->si_addr, context);
	for (i = 0; i < NSIGNALS; i++)
		if (signals[i] == signo)
			sigaction(signo, &before[i], NULL);
	/* a fault repeats itself on return; what was sent must be sent again */
	if (info->si_code <= 0)
		raise(signo);
}

void
wl_crash_install(void)
{
	static char stack[64 * 1024];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa;
	size_t i;

	sigaltstack(&alt, NULL);
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_crash;
	sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	for (i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &sa, &before[i]);
}
