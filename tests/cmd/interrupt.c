/*
 * SIGINT ends a run early, with its summary.  The signal is sent when the run
 * has said that it is running, never after some time.
 * usage: interrupt AMAPSTORM
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pid_t
start(const char *program, int *err, const char *out)
{
	int fds[2], fd;
	pid_t pid;

	if (pipe(fds) != 0)
		abort();
	pid = fork();
	if (pid == 0) {
		fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		execl(program, program, "run", "cow", "--threads", "2",
		    "--duration", "1h", "--warmup", "0", NULL);
		_exit(127);
	}
	close(fds[1]);
	*err = fds[0];
	return pid;
}

/* => does a line of the file begin so? */
static int
has_line(const char *path, const char *begin)
{
	char line[512];
	int found = 0;
	FILE *f = fopen(path, "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		found |= strncmp(line, begin, strlen(begin)) == 0;
	if (f != NULL)
		fclose(f);
	return found;
}

int
main(int argc, char **argv)
{
	char line[512], out[] = "/tmp/interrupt.XXXXXX";
	int err, status, sent = 0, bad = 0;
	pid_t pid;
	FILE *f;

	if (argc != 2)
		return 2;
	close(mkstemp(out));
	pid = start(argv[1], &err, out);
	f = fdopen(err, "r");
	while (fgets(line, sizeof(line), f) != NULL) {
		if (!sent && strncmp(line, "running", 7) == 0) {
			kill(pid, SIGINT);
			sent = 1;
		}
	}
	fclose(f);
	waitpid(pid, &status, 0);
	if (!sent) {
		puts("it never said that it is running");
		bad = 1;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		printf("wait status 0x%x, expected exit code 0\n", status);
		bad = 1;
	}
	if (!has_line(out, "amapstorm: nothing found before it was inter") ||
	    !has_line(out, "COVERAGE") || !has_line(out, "seed ")) {
		printf("no whole summary in %s\n", out);
		return 1;
	}
	unlink(out);
	return bad;
}
