/*
 * top_plain.c: what the screen shows, as lines: for a file, or a terminal
 * that can do nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>

#include "cmd/top_int.h"

static void
show(const struct ana_live *l)
{
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM], d[ANA_NUM], e[ANA_NUM];
	size_t i;

	printf("after %s: %s operations, %s/s, %s waited, %s found\n",
	    ana_time(l->elapsed_ns, a), ana_count(l->ops, b),
	    ana_count((uint64_t)l->ops_per_s, c),
	    ana_percent(l->wait_share, d), ana_count(l->incidents, e));
	for (i = 0; i < l->nlocks && i < 10; i++)
		printf("lock %-20s taken %7s/s contended %7s/s waited %6s "
		    "waiting %u\n", l->locks[i].name,
		    ana_count((uint64_t)l->locks[i].taken, a),
		    ana_count((uint64_t)l->locks[i].contended, b),
		    ana_percent(l->locks[i].wait_share, c),
		    l->locks[i].waiting);
	for (i = 0; i < l->nwaits && i < 10; i++)
		printf("wait %-12s in %-12s %7s for %s %s\n",
		    l->waits[i].strand, l->waits[i].op,
		    ana_time(l->waits[i].ns, a), l->waits[i].what,
		    l->waits[i].holder[0] == '\0' ? "" : l->waits[i].holder);
	for (i = 0; i < l->nblames && i < 10; i++)
		printf("blame %-12s waited %6s for %s\n", l->blames[i].op,
		    ana_percent(l->blames[i].share, a),
		    l->blames[i].holder == NULL ? "nobody" :
		    l->blames[i].holder);
	fflush(stdout);
}

int
cmd_top_plain(struct lk_record *rec, pid_t pid, unsigned every_ms,
    unsigned times)
{
	const struct timespec pause = { every_ms / 1000,
	    (long)(every_ms % 1000) * 1000000 };
	struct ana_live live = { .nlocks = 0 };
	unsigned i;
	int error = 0;

	for (i = 0; i < times && error == 0; i++) {
		if (i != 0) {
			if (pid != 0 && kill(pid, 0) != 0 && errno == ESRCH)
				break;
			nanosleep(&pause, NULL);
		}
		error = ana_live_look(rec, &live);
		if (error != 0)
			break;
		ana_live_sort(&live, ANA_LIVE_WAIT);
		show(&live);
	}
	ana_live_free(&live);
	if (error != 0) {
		cmd_complain("no memory to look at it");
		return ANA_EXIT_CANNOT;
	}
	return cmd_stdout(ANA_EXIT_CLEAN);
}
