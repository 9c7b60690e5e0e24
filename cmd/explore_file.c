/*
 * A schedule in a file, with the job that it is of:
 *
 *	amapstorm schedule 1
 *	program fork - | swapcycle
 *	schedule 58: 3*58 0 4*10
 *	points locks			may be missing: locks
 *	hash 0123456789abcdef
 *	end deadlock
 *	[job]
 *	...			a job file, to the end
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/explore_int.h"

#define MAGIC	"amapstorm schedule 1"
#define MOST	(WL_SCHEDULE_TEXT + 65536)

int
cmd_schedule_save(const struct cmd_explore *o,
    const struct wl_explore_run *run)
{
	struct wl_job job = o->job;
	struct cmd_output to;
	char text[16384];
	int error;

	if (o->save == NULL || run->schedule[0] == '\0')
		return 0;
	job.program[0] = '\0';	/* it may be longer than a line of a job */
	wl_job_print(&job, text, sizeof(text));
	error = cmd_output_open(&to, o->save);
	if (error == 0) {
		fprintf(to.file, MAGIC "\nprogram %s\nschedule %s\npoints %s\n"
		    "hash %016" PRIx64 "\nend %s%s%s\n[job]\n%s",
		    run->program, run->schedule, cmd_points_name(o), run->hash, lk_fibers_end_name(run->end),
		    run->incident[0] != '\0' ? " " : "", run->incident, text);
		error = cmd_output_done(&to);
		cmd_output_drop(&to);
	}
	if (error == 0)
		return 0;
	cmd_complain("%s: not written: %s", o->save, strerror(error));
	return ANA_EXIT_CANNOT;
}

static int
read_all(const char *path, char **text, size_t *len)
{
	FILE *f = fopen(path, "re");

	*text = NULL;
	if (f == NULL)
		return cmd_bad("%s: %s", path, strerror(errno));
	*text = malloc(MOST + 1);
	if (*text == NULL) {
		fclose(f);
		return ANA_EXIT_CANNOT;
	}
	*len = fread(*text, 1, MOST, f);
	(*text)[*len] = '\0';
	fclose(f);
	if (strlen(*text) != *len || *len == MOST)
		return cmd_bad("%s: no schedule of --save", path);
	return 0;
}

/* => what stands behind the word in its line, or NULL; the line is cut off */
static const char *
line_of(char *text, const char *word)
{
	size_t len = strlen(word);
	char *at, *end;

	for (at = text; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, word, len) == 0 && at[len] == ' ')
			break;
	}
	if (at == NULL || (end = strchr(at, '\n')) == NULL)
		return NULL;
	*end = '\0';
	return at + len + 1;
}

static int
take(struct cmd_explore *o, const char *path, char *head, const char *job,
    size_t joblen)
{
	char *copy = strdup(head), *end;
	const char *text;
	struct wl_error err;
	size_t at;
	int error;

	if (copy == NULL)
		return ANA_EXIT_CANNOT;
	memset(&err, 0, sizeof(err));
	if (wl_job_text(&o->job, job, joblen, path, &err) != 0) {
		free(copy);
		return cmd_bad_input(&err);
	}
	if ((text = line_of(copy, "hash")) != NULL) {
		o->hash = strtoull(text, &end, 16);
		o->expected = *end == '\0';
	}
	strcpy(copy, head);
	text = line_of(copy, "points");
	if (text != NULL && cmd_points_set(o, text) != 0) {
		free(copy);
		return ANA_EXIT_USAGE;
	}
	strcpy(copy, head);
	text = line_of(copy, "program");
	error = text == NULL ? EINVAL : wl_job_set(&o->job, "explore.program",
	    text, &err);
	strcpy(copy, head);
	text = line_of(copy, "schedule");
	if (error == 0)
		error = text == NULL ? EINVAL : wl_schedule_read(text,
		    &o->schedule, &at);
	free(copy);
	return error == 0 ? 0 : cmd_bad("%s: its line of program or schedule "
	    "is missing or no good", path);
}

int
cmd_schedule_load(const char *path, struct cmd_explore *o)
{
	char *text, *job = NULL;
	size_t len;
	int code = read_all(path, &text, &len);

	if (code == 0 && strncmp(text, MAGIC "\n", strlen(MAGIC) + 1) != 0)
		code = cmd_bad("%s: no schedule of --save (it would begin with "
		    "\"" MAGIC "\")", path);
	if (code == 0 && (job = strstr(text, "\n[job]\n")) == NULL)
		code = cmd_bad("%s: its job is missing", path);
	if (code == 0) {
		job[1] = '\0';
		job += 7;
		code = take(o, path, text, job, strlen(job));
	}
	free(text);
	return code;
}
