/*
 * Files that appear whole or not at all.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

/* Write where it is: a device, a pipe, or standard output itself. */
static int
open_in_place(struct cmd_output *o)
{
	if (strcmp(o->path, "-") == 0) {
		o->file = stdout;
		return 0;
	}
	o->file = fopen(o->path, "we");
	return o->file == NULL ? errno : 0;
}

/* mkostemp() makes it private; what is published has the usual mode. */
static int
open_beside(struct cmd_output *o)
{
	mode_t mask;
	int error, fd;

	if (asprintf(&o->temp, "%s.XXXXXX", o->path) < 0) {
		o->temp = NULL;
		return ENOMEM;
	}
	fd = mkostemp(o->temp, O_CLOEXEC);
	if (fd < 0) {
		error = errno;
		free(o->temp);
		o->temp = NULL;
		return error;
	}
	mask = umask(0);
	umask(mask);
	if (fchmod(fd, 0666 & ~mask) == 0)
		o->file = fdopen(fd, "w");
	if (o->file != NULL)
		return 0;
	error = errno;
	close(fd);
	cmd_output_drop(o);
	return error;
}

int
cmd_output_open(struct cmd_output *o, const char *path)
{
	struct stat st;

	memset(o, 0, sizeof(*o));
	o->path = path;
	if (path == NULL)
		return 0;
	if (strcmp(path, "-") == 0)
		return open_in_place(o);
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return EISDIR;
		if (!S_ISREG(st.st_mode))
			return open_in_place(o);
		if (access(path, W_OK) != 0)
			return errno;
	}
	return open_beside(o);
}

/* => a file beside it can be made, and it is no device or pipe itself */
int
cmd_output_try(const char *path)
{
	struct cmd_output o;
	struct stat st;
	int error;

	if (path == NULL)
		return 0;
	if (strcmp(path, "-") == 0)
		return EINVAL;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	error = cmd_output_open(&o, path);
	if (error == 0)
		cmd_output_drop(&o);
	return error;
}

bool
cmd_wants_colour(bool never)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !never && (no == NULL || no[0] == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0 &&
	    isatty(STDOUT_FILENO);
}

int
cmd_output_done(struct cmd_output *o)
{
	int error = 0;

	if (o->file == NULL)
		return 0;
	if (o->file == stdout) {
		o->file = NULL;
		return fflush(stdout) != 0 ? errno : 0;
	}
	if (fflush(o->file) != 0 ||
	    (o->temp != NULL && fsync(fileno(o->file)) != 0))
		error = errno;
	if (fclose(o->file) != 0 && error == 0)
		error = errno;
	o->file = NULL;
	if (error == 0 && o->temp != NULL && rename(o->temp, o->path) != 0)
		error = errno;
	if (error == 0) {
		free(o->temp);
		o->temp = NULL;
	}
	cmd_output_drop(o);
	return error;
}

void
cmd_output_drop(struct cmd_output *o)
{
	if (o->file != NULL && o->file != stdout)
		fclose(o->file);
	if (o->temp != NULL) {
		unlink(o->temp);
		free(o->temp);
	}
	o->file = NULL;
	o->temp = NULL;
}
