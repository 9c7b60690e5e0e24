#include <errno.h>
#include <stdio.h>

#include "workloads/runner_int.h"

int
wl_replay_open(struct wl_harness *h, struct wl_replay **rp, char why[256])
{
	snprintf(why, 256, "no replay yet");
	return ENOSYS;
}

unsigned wl_replay_workers(const struct wl_replay *rp) { return 1; }
void wl_replay_worker(void *strand) { }
void wl_replay_drain(struct wl_strand *st) { }
void wl_replay_close(struct wl_replay *rp) { }
