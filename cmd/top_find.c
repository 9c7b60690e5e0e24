/*
 * top_find.c: runs that go on.  A record is an anonymous file with a name of
 * its own, which /proc shows among what a process has open.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/top_int.h"

#define RECORD	"/memfd:amapstorm-record"

/* => the path of the record that it has open; false: none */
static bool
record_of(pid_t pid, char path[340])
{
	char folder[64], to[64];
	struct dirent *e;
	bool found = false;
	ssize_t n;
	DIR *dir;

	snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
	dir = opendir(folder);
	if (dir == NULL)
		return false;
	while (!found && (e = readdir(dir)) != NULL) {
		snprintf(path, 340, "%s/%s", folder, e->d_name);
		n = readlink(path, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = '\0';
		found = strncmp(to, RECORD, strlen(RECORD)) == 0;
	}
	closedir(dir);
	return found;
}

int
cmd_top_attach(pid_t pid, struct lk_record **rec)
{
	char path[340], proc[64];
	int error, fd;

	snprintf(proc, sizeof(proc), "/proc/%d/fd", (int)pid);
	if (access(proc, R_OK | X_OK) != 0)
		return errno == ENOENT ? ESRCH : errno;
	if (!record_of(pid, path))
		return ENOENT;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return errno;
	error = lk_record_attach(fd, rec);
	close(fd);
	return error;
}

static pid_t
parent_of(pid_t pid)
{
	char path[64], line[256];
	long parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "PPid: %ld", &parent) == 1)
			break;
	}
	if (f != NULL)
		fclose(f);
	return (pid_t)parent;
}

static void
command_of(pid_t pid, char command[256])
{
	char path[64];
	size_t n = 0, i;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "r");
	if (f != NULL) {
		n = fread(command, 1, 255, f);
		fclose(f);
	}
	command[n] = '\0';
	for (i = 0; i + 1 < n; i++) {
		if (command[i] == '\0' || iscntrl((unsigned char)command[i]))
			command[i] = ' ';
	}
}

size_t
cmd_top_find(struct cmd_live_run *run, size_t max)
{
	DIR *dir = opendir("/proc");
	char path[340], *end;
	struct dirent *e;
	size_t n = 0;
	long pid;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		pid = strtol(e->d_name, &end, 10);
		if (*end != '\0' || pid <= 0 || pid == getpid() ||
		    !record_of((pid_t)pid, path) ||
		    record_of(parent_of((pid_t)pid), path))
			continue;
		if (n < max) {
			run[n].pid = (pid_t)pid;
			command_of((pid_t)pid, run[n].command);
		}
		n++;
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}
