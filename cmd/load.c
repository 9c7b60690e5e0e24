/* load.c: what a run left in a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/* => 0 or errno, with why */
static int
load(const char *file, struct ana_snapshot **snap, char why[ANA_WHY])
{
	int error;

	error = from_record(file, snap);
	if (error == EBADMSG || error == ENOMEM)
		snprintf(why, ANA_WHY, "%.250s: %s", file,
		    error == ENOMEM ? "no memory to read it" :
		    "a damaged record");
	else if (error != 0)
		error = ana_snapshot_load(file, snap, why);
	return error;
}

static int
told(const char *why, int error)
{
	cmd_complain("%s", why);
	return error == ENOMEM ? ANA_EXIT_CANNOT : ANA_EXIT_USAGE;
}

int
cmd_load(const char *file, struct ana_snapshot **snap)
{
	char why[ANA_WHY], ran[ANA_NUM], *left = cmd_partial_name(file);
	int error = load(file, snap, why);

	if (error == ENOENT && left != NULL && access(left, R_OK) == 0)
		error = cmd_bad("%s: No such file, but what is left of a run "
		    "that was killed: amapstorm report --partial %s", file,
		    file);
	else if (error != 0)
		error = told(why, error);
	else if ((*snap)->partial) {
		error = cmd_bad("%s: left by a run that was cut off after %s; "
		    "amapstorm report --partial tells it", file,
		    ana_time((*snap)->outcome.elapsed_ns, ran));
		ana_snapshot_free(*snap);
	}
	free(left);
	return error;
}

/* The whole of it is better, if it is there. */
int
cmd_load_partial(const char *file, struct ana_snapshot **snap)
{
	char why[ANA_WHY], other[ANA_WHY], *left = cmd_partial_name(file);
	int error = load(file, snap, why);

	if (error != 0 && left != NULL && access(left, R_OK) == 0) {
		error = load(left, snap, other);
		if (error != 0)
			memcpy(why, other, sizeof(why));
	}
	free(left);
	return error == 0 ? 0 : told(why, error);
}

int
cmd_ran(const char *file, int error)
{
	if (error == 0)
		return 0;
	cmd_complain("%s: %s", file, strerror(error));
	return ANA_EXIT_CANNOT;
}
