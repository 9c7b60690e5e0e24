/* load.c: what a run left in a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

/* A record that a program of its own wrote; EPROTO: it is none. */
static int
from_record(const char *file, struct ana_snapshot **snap)
{
	const struct wl_outcome outcome = { .end = WLE_DONE };
	struct lk_record *rec;
	int error, fd;

	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return errno;
	error = lk_record_attach(fd, &rec);
	close(fd);
	if (error != 0)
		return error;
	error = ana_freeze(rec, &outcome, snap);
	lk_record_close(rec);
	return error;
}

int
cmd_load(const char *file, struct ana_snapshot **snap)
{
	char why[ANA_WHY];
	int error;

	error = from_record(file, snap);
	if (error == EBADMSG || error == ENOMEM)
		snprintf(why, sizeof(why), "%.250s: %s", file,
		    error == ENOMEM ? "no memory to read it" :
		    "a damaged record");
	else if (error != 0)
		error = ana_snapshot_load(file, snap, why);
	if (error == 0)
		return 0;
	cmd_complain("%s", why);
	return error == ENOMEM ? ANA_EXIT_CANNOT : ANA_EXIT_USAGE;
}

int
cmd_ran(const char *file, int error)
{
	if (error == 0)
		return 0;
	cmd_complain("%s: %s", file, strerror(error));
	return ANA_EXIT_CANNOT;
}
