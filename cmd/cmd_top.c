/*
 * top: a run on the screen while it goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/top_int.h"

#define MAXRUN	16

struct top {
	unsigned	every, plain;	/* ms; times, 0: a screen */
	const char	*what;		/* NULL: the one there is */
};

static int
number(const char *option, const char *text, unsigned least, unsigned most,
    unsigned *to)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' ||
	    v < least || v > most)
		return cmd_bad("%s: '%s': expected a number from %u to %u",
		    option, text, least, most);
	*to = (unsigned)v;
	return 0;
}

static int
arguments(int argc, char **argv, struct top *t)
{
	static const struct option options[] = {
		{ "every", required_argument, NULL, 'd' },
		{ "plain", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 }
	};
	int c, error = 0;

	*t = (struct top){ .every = 1000 };
	opterr = 0;
	optind = 1;
	while (error == 0 && (c = getopt_long(argc, argv, ":d:p:", options,
	    NULL)) != -1) {
		if (c == 'd')
			error = number("--every", optarg, 100, 60000,
			    &t->every);
		else if (c == 'p')
			error = number("--plain", optarg, 1, 1000000,
			    &t->plain);
		else if (c == ':')
			error = cmd_bad("%s: expected a value behind it",
			    argv[optind - 1]);
		else
			error = cmd_bad("no option %s  (amapstorm help top "
			    "lists all)", argv[optind - 1]);
	}
	if (error == 0 && argc - optind > 1)
		error = cmd_bad("%s: one run at a time", argv[optind + 1]);
	if (error == 0 && optind < argc)
		t->what = argv[optind];
	return error;
}

/* => the one that runs; which there are, if that is not clear */
static int
only_one(pid_t *pid)
{
	struct cmd_live_run run[MAXRUN];
	size_t i, n = cmd_top_find(run, MAXRUN);

	if (n == 1) {
		*pid = run[0].pid;
		return 0;
	}
	if (n == 0)
		return cmd_bad("nothing runs that could be looked at: start "
		    "amapstorm run in another terminal");
	cmd_complain("which one?");
	for (i = 0; i < n && i < MAXRUN; i++)
		fprintf(stderr, "  amapstorm top %-8d %.60s\n",
		    (int)run[i].pid, run[i].command);
	return ANA_EXIT_USAGE;
}

static int
attach_pid(const char *text, pid_t pid, struct lk_record **rec)
{
	int error = cmd_top_attach(pid, rec);

	if (error == ESRCH)
		return cmd_bad("%s: no such process", text);
	if (error == ENOENT)
		return cmd_bad("%s: that process keeps no record; expected "
		    "amapstorm run or a program with its locks", text);
	if (error == EPROTO)
		return cmd_bad("%s: written by another version of amapstorm",
		    text);
	return error == 0 ? 0 : cmd_bad("%s: %s", text, strerror(error));
}

static int
attach_file(const char *path, struct lk_record **rec)
{
	int error, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return cmd_bad("%s: %s; expected the number of a process, or "
		    "a file of lk_record_write()", path, strerror(errno));
	error = lk_record_attach(fd, rec);
	close(fd);
	if (error != 0)
		return cmd_bad("%s: no record; a saved run is told by "
		    "amapstorm report", path);
	return 0;
}

static int
run(int argc, char **argv)
{
	struct lk_record *rec;
	pid_t pid = 0;
	struct top t;
	char *end, text[32];
	int error;

	error = arguments(argc, argv, &t);
	if (error != 0)
		return error;
	if (t.what == NULL) {
		error = only_one(&pid);
		if (error != 0)
			return error;
		snprintf(text, sizeof(text), "%d", (int)pid);
		t.what = text;
	} else {
		pid = (pid_t)strtol(t.what, &end, 10);
		if (*end != '\0' || pid <= 0)
			pid = 0;
	}
	error = pid != 0 ? attach_pid(t.what, pid, &rec) :
	    attach_file(t.what, &rec);
	if (error != 0)
		return error;
	if (t.plain == 0 && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		error = cmd_bad("top needs a terminal; --plain 1 is for files");
	else
		error = t.plain != 0 ?
		    cmd_top_plain(rec, pid, t.every, t.plain) :
		    cmd_top_screen(rec, pid, t.every);
	lk_record_close(rec);
	return error;
}

const struct cmd_command cmd_top = {
	"top", "[PID|FILE] [OPTION ...]", "a run on the screen while it goes on",
	"Shows where a run waits at this moment: its locks, who waits for whom,\n"
	"who had the lock, memory and swap.  It reads what the run writes anyway,\n"
	"so the run is not slowed down.  Without PID it is the one run there is.\n"
	"Keys are told by h; q leaves.\n\n"
	"  amapstorm run storm --duration 5m &\n"
	"  amapstorm top\n\n"
	"FILE is what a program with locks of its own left by lk_record_write().\n\n"
	"Options:\n"
	"  --every MS                 look so often [1000]\n"
	"  --plain N                  no screen: look N times, as text\n",
	NULL, run
};
