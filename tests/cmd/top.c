/*
 * The live view on a terminal of 80 columns and 24 lines, by its keys.
 * usage: top AMAPSTORM
 */
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE	120000	/* ms: a hang is ended, nothing is measured */

static char seen[1 << 20];
static size_t len;
static pid_t run;

static void
fail(const char *what)
{
	if (run > 0)
		kill(run, SIGTERM);
	fprintf(stderr, "FAILED: %s\n%.*s\n", what, (int)len, seen);
	exit(1);
}

/*
 * ^L has all of the screen drawn: else what is the same as before is not
 * written again.
 * => all that the terminal showed since the last call has what in it
 */
static void
read_until(int fd, const char *what)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while (strstr(seen, what) == NULL) {
		if (poll(&p, 1, PATIENCE) != 1)
			fail(what);
		n = read(fd, seen + len, sizeof(seen) - 1 - len);
		if (n <= 0)
			fail(what);
		len += (size_t)n;
		seen[len] = '\0';
	}
}

static void
forget(void)
{
	len = 0;
	seen[0] = '\0';
}

/* => what was seen begins with what is in it */
static void
forget_until(const char *what)
{
	const char *p = strstr(seen, what);

	len -= (size_t)(p - seen);
	memmove(seen, p, len + 1);
}

static void
wait_for(int fd, const char *what)
{
	read_until(fd, what);
	forget();
}

/* => behind what moves the cursor or colours at p */
static const char *
behind_escape(const char *p)
{
	p += p[1] == '[' ? 2 : 1;
	while (*p != '\0' && !(*p >= '@' && *p <= '~'))
		p++;
	return *p == '\0' ? p : p + 1;
}

/* The first word of a row, and the next row; NULL: there is none. */
static const char *
row(const char *p, const char *end, char name[32])
{
	size_t n = 0;

	while (p < end && (*p == '\033' || *p == '\r' || *p == '\n'))
		p = *p == '\033' ? behind_escape(p) : p + 1;
	while (p < end && *p != ' ' && *p != '\033' && n < 31)
		name[n++] = *p++;
	name[n] = '\0';
	while (p < end && *p != '\r' && *p != '\n')
		p++;
	return n != 0 ? p : NULL;
}

/* The locks that were drawn last are in the order of their names. */
static void
sorted_by_name(int fd)
{
	char name[32], before[32] = "";
	const char *p, *end;
	unsigned n = 0;

	/* the end of what was drawn before may come first */
	read_until(fd, "LOCKS");
	forget_until("LOCKS");
	read_until(fd, "BLAME");
	p = strstr(seen, "LOCKS");
	end = strstr(seen, "WAITING");
	if (p == NULL || end == NULL || p > end)
		fail("locks, then who waits");
	p = strchr(p, '\r');
	while (p != NULL && p < end && (p = row(p, end, name)) != NULL) {
		if (strcmp(before, name) > 0)
			fail("sorted by name");
		strcpy(before, name);
		n++;
	}
	if (n < 3)
		fail("three locks or more");
	forget();
}

static void
type(int fd, const char *keys)
{
	if (write(fd, keys, strlen(keys)) != (ssize_t)strlen(keys))
		fail(keys);
}

static pid_t
start_run(const char *amapstorm)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(amapstorm, amapstorm, "run", "storm", "--duration",
		    "10min", "-o", "none", "--quiet", (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* => the live view of the run; it may be too early for its record */
static pid_t
start_top(const char *amapstorm, int *fd)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	char number[16];
	pid_t pid;

	snprintf(number, sizeof(number), "%d", (int)run);
	pid = forkpty(fd, NULL, NULL, &size);
	if (pid == 0) {
		setenv("TERM", "xterm", 1);
		execl(amapstorm, amapstorm, "top", number, "--every", "100",
		    (char *)NULL);
		_exit(127);
	}
	return pid;
}

static int
status_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The record is there once a look at it as text works. */
static void
until_it_runs(const char *amapstorm)
{
	char command[1200];

	snprintf(command, sizeof(command), "'%s' top %d --plain 1 2> "
	    "/dev/null | grep -q '^lock '", amapstorm, (int)run);
	while (system(command) != 0) {
		if (waitpid(run, NULL, WNOHANG) != 0)
			fail("the run ended");
		usleep(20000);
	}
}

int
main(int argc, char **argv)
{
	pid_t top;
	int fd;

	if (argc != 2)
		return 2;
	alarm(PATIENCE / 1000 * 2);
	run = start_run(argv[1]);
	until_it_runs(argv[1]);
	top = start_top(argv[1], &fd);
	wait_for(fd, "LOCKS");
	type(fd, "\f");
	wait_for(fd, "BLAME");
	type(fd, "h\f");
	wait_for(fd, "Where");
	type(fd, "h\f");
	wait_for(fd, "LOCKS");
	type(fd, "s\f");
	wait_for(fd, "taken,");
	type(fd, "n\f");
	wait_for(fd, "name,");
	type(fd, "\f");
	sorted_by_name(fd);
	type(fd, "\t\t");
	type(fd, "f\f");
	wait_for(fd, "frozen");
	type(fd, "f\f");
	/* the run ends: that is shown, the last look stays */
	kill(run, SIGINT);
	if (status_of(run) != 0)
		fail("the run's exit code");
	type(fd, "\f");
	wait_for(fd, "ended");
	type(fd, "q");
	if (status_of(top) != 0)
		fail("exit code");
	return 0;
}
