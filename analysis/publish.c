/*
 * publish.c: a file that appears whole or not at all.
 *
 * It is written without a name, so that nothing of it is left if the process
 * dies, and gets one when all of it is on the disk.  Where a file system has no
 * files without names, it is written beside and renamed.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/store_int.h"

#define NTRIES	100

static int
put(int fd, const unsigned char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n == -1 && errno != EINTR)
			return errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd) == 0 ? 0 : errno;
}

/* => "folder/" of a path, malloc()ed; NULL: no memory */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? strdup("./") :
	    strndup(path, (size_t)(slash - path) + 1);
}

/* The name itself is to outlive a crash of the machine. */
static void
keep_name(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return;
	(void)fsync(fd);
	close(fd);
}

/* A name cannot be given over another one: by way of one beside it. */
static int
link_over(const char *proc, const char *path)
{
	char *beside;
	int error, i;

	for (i = 0, error = EEXIST; i < NTRIES && error == EEXIST; i++) {
		if (asprintf(&beside, "%s.%d.%d", path, (int)getpid(), i) < 0)
			return ENOMEM;
		error = linkat(AT_FDCWD, proc, AT_FDCWD, beside,
		    AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
		if (error == 0 && rename(beside, path) != 0) {
			error = errno;
			unlink(beside);
			i = NTRIES;
		}
		free(beside);
	}
	return error;
}

/* => 0, EEXIST (fresh alone), or errno */
static int
name(int fd, const char *path, bool fresh)
{
	char proc[64];

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, proc, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	return errno != EEXIST || fresh ? errno : link_over(proc, path);
}

/* mkostemp() makes it private; what is published has the usual mode. */
static int
beside(const char *path, const void *data, size_t len, bool fresh)
{
	mode_t mask = umask(0);
	char *temp;
	int error, fd;

	umask(mask);
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return ENOMEM;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd == -1) {
		error = errno;
		free(temp);
		return error;
	}
	error = fchmod(fd, 0666 & ~mask) == 0 ? put(fd, data, len) : errno;
	close(fd);
	if (error == 0 && (fresh ? link(temp, path) : rename(temp, path)) != 0)
		error = errno;
	if (error != 0 || fresh)
		unlink(temp);
	free(temp);
	return error;
}

int
ana_publish(const char *path, const void *data, size_t len, bool fresh)
{
	char *folder = folder_of(path);
	int error, fd;

	if (folder == NULL)
		return ENOMEM;
	fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	if (fd == -1)
		error = ENOTSUP;
	else if ((error = put(fd, data, len)) == 0 &&
	    (error = name(fd, path, fresh)) != 0 && error != EEXIST)
		error = ENOTSUP;
	if (fd != -1)
		close(fd);
	if (error == ENOTSUP)
		error = beside(path, data, len, fresh);
	if (error == 0)
		keep_name(folder);
	free(folder);
	return error;
}
