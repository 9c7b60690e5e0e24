/*
 * A recording is imported and replayed: all of it, and clean.
 * usage: replay FILE.perf.txt.zst [KEY VALUE]...
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/storm/storm_test.h"

static void
import(const char *from, char *to, struct wl_import_report *rep)
{
	struct wl_trace_error err;
	char text[640];
	int fd = mkstemp(to);

	if (fd == -1) {
		perror(to);
		exit(1);
	}
	close(fd);
	if (wl_trace_import(from, to, rep, &err) == 0)
		return;
	wl_trace_error_text(&err, text, sizeof(text));
	fprintf(stderr, "%s\n", text);
	unlink(to);
	exit(1);
}

int
main(int argc, char **argv)
{
	static struct storm s;
	struct wl_import_report rep;
	struct wl_opcount counts[WLO_NOPS];
	const struct wl_run *run;
	char path[] = "/tmp/replay.XXXXXX";
	uint64_t faults;
	int i;

	if (argc < 2)
		return 2;
	import(argv[1], path, &rep);
	wl_job_default(&s.job);
	storm_set(&s, "trace", path);
	storm_set(&s, "check", "10%");
	for (i = 2; i + 1 < argc; i += 2)
		storm_set(&s, argv[i], argv[i + 1]);
	storm_run(&s, NULL);
	unlink(path);
	storm_must_be_clean(&s);
	run = lk_record_region_find(s.rec, WL_RUN_REGION, NULL);
	if (run->replay_done != run->replay_total ||
	    run->replay_total != rep.records)
		storm_fail(&s, "%" PRIu64 " of %" PRIu64 " records replayed",
		    run->replay_done, rep.records);
	wl_opcounts_sum(s.rec, counts);
	faults = counts[WLO_read].done + counts[WLO_write].done;
	printf("%" PRIu64 " of %" PRIu64 " user faults replayed\n", faults,
	    rep.faults);
	if (faults * 100 < rep.faults * 99)
		storm_fail(&s, "less than 99 of 100 user faults replayed");
	if (s.job.vm.frames < 2000 && (s.counts[VMC_pageout] < 100 ||
	    s.counts[VMC_pagein] < 100))
		storm_fail(&s, "so little memory, and no paging");
	return 0;
}
