/*
 * tsan_options.c: what ThreadSanitizer should do by default with our locks,
 * and which of them a report means.
 *
 * Its deadlock detector knows no modes and gives up above 64 held locks; order
 * is this library's own business.  Everything else stays as it is.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "locks/annotate_int.h"
#include "locks/note_int.h"

const char *__tsan_default_options(void);
void	__tsan_on_report(void *);
int	__tsan_get_report_data(void *, const char **, int *count, int *stacks,
	    int *mops, int *locs, int *mutexes, int *threads, int *tids,
	    void **sleep, unsigned long size);
int	__tsan_get_report_mutex(void *, unsigned long, unsigned long *id,
	    void **addr, int *destroyed, void **trace, unsigned long size);

#define NOT_WATCHED	__attribute__((no_sanitize("thread")))

void
lk_tsan_setup(void)
{
}

const char *
__tsan_default_options(void)
{
	return "detect_deadlocks=0";
}

/* => a lock or a mutex of ours is there, of that class */
NOT_WATCHED static bool
class_at(const void *p, struct lk_class_info *info)
{
	const struct rwlock *rw = p;
	const struct mutex *mtx = p;
	uint32_t class = lk_get(&rw->rwl_class);

	if (LK_CLASSED(class) &&
	    lk_record_class(lk_record_current(), class, info) &&
	    info->kind == LKN_LOCK)
		return true;
	class = lk_get(&mtx->mtx_class);
	return LK_CLASSED(class) &&
	    lk_record_class(lk_record_current(), class, info) &&
	    info->kind == LKN_MUTEX;
}

/*
 * A report was written: a line for each lock in it whose class we know,
 *
 *	ADDRESS CLASS
 *
 * into the file named by AMAPSTORM_TSAN_LOCKS and this process.  The file is
 * the kernel's business alone: what the runtime puts around open() and close()
 * waits for strands that wait for this report.
 */
NOT_WATCHED static void
name_locks(void *report)
{
	const char *to = getenv("AMAPSTORM_TSAN_LOCKS"), *what;
	int n = 0, count, stacks, mops, locs, threads, tids, fd, gone, i;
	void *none[1], *addr;
	struct lk_class_info info;
	unsigned long id;
	char text[512];

	if (to == NULL || lk_record_current() == NULL ||
	    !__tsan_get_report_data(report, &what, &count, &stacks, &mops,
	    &locs, &n, &threads, &tids, none, 1))
		return;
	snprintf(text, sizeof(text), "%s.%d", to, (int)getpid());
	fd = (int)syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_APPEND |
	    O_CREAT | O_CLOEXEC, 0600);
	for (i = 0; fd != -1 && i < n; i++) {
		__tsan_get_report_mutex(report, (unsigned long)i, &id, &addr,
		    &gone, none, 1);
		if (gone || addr == NULL || !class_at(addr, &info))
			continue;
		snprintf(text, sizeof(text), "%#lx %.*s\n",
		    (unsigned long)addr, LK_NAMELEN - 1, info.name);
		if (syscall(SYS_write, fd, text, strlen(text)) < 0)
			break;
	}
	if (fd != -1)
		syscall(SYS_close, fd);
}

void	(*lk_tsan_report)(void *) = name_locks;

/* No weak one: clang's runtime has a weak one, too, and is linked first. */
NOT_WATCHED void
__tsan_on_report(void *report)
{
	lk_tsan_report(report);
}
