/*
 * runs: the saved runs of a folder, the newest first.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "cmd/cmd_int.h"

#define WIDTH	79
#define HEAD	42		/* columns before the name */

struct run {
	char		*path;
	const char	*name;		/* of the file, in path */
	struct ana_glance g;
	char		why[ANA_WHY];	/* why it cannot be read; "": it can */
};

struct runs {
	struct run	*run;
	size_t		n;
};

static bool
ends_in(const char *name, const char *tail)
{
	size_t len = strlen(name), end = strlen(tail);

	return len > end && strcmp(name + len - end, tail) == 0;
}

/*
 * Other files, other databases too, are none of ours; a run that cannot be
 * read is shown with the reason.
 */
static int
add(struct runs *all, const char *folder, const char *name)
{
	struct run *bigger, *r;
	int error;

	if (!ends_in(name, ".db") && !ends_in(name, ".db.partial"))
		return 0;
	bigger = reallocarray(all->run, all->n + 1, sizeof(*bigger));
	if (bigger == NULL)
		return ENOMEM;
	all->run = bigger;
	r = &all->run[all->n];
	if (asprintf(&r->path, "%s%s%s", folder, ends_in(folder, "/") ||
	    strcmp(folder, "/") == 0 ? "" : "/", name) < 0)
		return ENOMEM;
	r->why[0] = '\0';
	error = ana_snapshot_glance(r->path, &r->g, r->why);
	if (error == ENOMEM || (error == EINVAL &&
	    strstr(r->why + strlen(r->path), "no saved run") != NULL)) {
		free(r->path);
		return error == ENOMEM ? ENOMEM : 0;
	}
	all->n++;
	return 0;
}

static int
newest(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->g.created != y->g.created)
		return x->g.created > y->g.created ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int
collect(struct runs *all, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	size_t i;
	int error = 0;

	if (dir == NULL)
		return errno;
	while (error == 0 && (e = readdir(dir)) != NULL)
		error = add(all, folder, e->d_name);
	closedir(dir);
	if (all->n != 0)
		qsort(all->run, all->n, sizeof(*all->run), newest);
	for (i = 0; i < all->n; i++)
		all->run[i].name = strrchr(all->run[i].path, '/') + 1;
	return error;
}

/* ---- for people ---- */

static void
found(const struct run *r, char buf[16])
{
	static const char letter[] = { 'I', 'W', 'E' };
	size_t at = 0;
	int level;

	snprintf(buf, 16, "%s", r->why[0] != '\0' ? "?" : r->g.partial ?
	    "cut off" : !r->g.judged ? "?" : "nothing");
	for (level = ANA_ERROR; level >= ANA_INFO; level--) {
		if (r->g.of_level[level] != 0 && at < 16)
			at += (size_t)snprintf(buf + at, 16 - at, "%s%u%c",
			    at == 0 ? "" : " ", r->g.of_level[level],
			    letter[level]);
	}
}

static void
show(const struct run *r)
{
	char when[20] = "?", ran[ANA_NUM], ops[ANA_NUM], what[16];
	time_t at = (time_t)(r->g.created / 1000000000);
	struct tm tm;

	if (r->g.created != 0 && localtime_r(&at, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	found(r, what);
	printf("%-16s %6s %6s %-9s ", when, r->why[0] != '\0' ? "?" :
	    ana_time(r->g.elapsed_ns, ran), r->g.run_ns == 0 ? "?" :
	    ana_count((uint64_t)((double)r->g.ops * 1e9 /
	    (double)r->g.run_ns), ops), what);
	if (strlen(r->name) > WIDTH - HEAD)
		printf("\n    ");
	printf("%s\n", r->name);
	if (r->why[0] != '\0')
		printf("    %.*s\n", WIDTH - 4, r->why + strlen(r->path) + 2);
}

static void
for_people(const struct runs *all, const char *folder)
{
	size_t i;

	if (all->n == 0) {
		printf("no saved runs in %s; amapstorm run makes one\n",
		    folder);
		return;
	}
	printf("%-16s %6s %6s %-9s %s\n", "began", "took", "ops/s", "found",
	    "file");
	for (i = 0; i < all->n; i++)
		show(&all->run[i]);
}

/* ---- for programs ---- */

static json_t *
text(const char *s)
{
	json_t *v = json_string(s);

	return v != NULL ? v : json_string("?");
}

static json_t *
one(const struct run *r)
{
	const struct ana_glance *g = &r->g;

	if (r->why[0] != '\0')
		return json_pack("{so,so}", "file", text(r->path), "error",
		    text(r->why));
	return json_pack("{so,so,so,so,sI,sI,sI,sI,sb,s{si,si,si},so}",
	    "file", text(r->path), "scenario", text(g->scenario), "command",
	    text(g->command), "verdict", text(g->verdict), "began_ns",
	    (json_int_t)g->created, "elapsed_ns", (json_int_t)g->elapsed_ns,
	    "run_ns", (json_int_t)g->run_ns, "ops", (json_int_t)g->ops,
	    "partial", g->partial, "findings", "error",
	    (int)g->of_level[ANA_ERROR], "warn", (int)g->of_level[ANA_WARN],
	    "info", (int)g->of_level[ANA_INFO], "exit", g->judged ?
	    json_integer(g->code) : json_null());
}

static int
for_programs(const struct runs *all)
{
	json_t *list = json_array();
	size_t i;
	int bad = list == NULL;

	for (i = 0; i < all->n; i++)
		bad |= json_array_append_new(list, one(&all->run[i]));
	if (bad == 0)
		bad = json_dumpf(list, stdout, JSON_INDENT(2));
	json_decref(list);
	putchar('\n');
	return bad == 0 ? 0 : ENOMEM;
}

static int
arguments(int argc, char **argv, const char **folder, bool *json)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			*json = true;
		else if (argv[i][0] == '-')
			return cmd_bad("no option %s; expected --json",
			    argv[i]);
		else if (*folder != NULL)
			return cmd_bad("\"%s\" and \"%s\": expected one "
			    "folder", *folder, argv[i]);
		else
			*folder = argv[i];
	}
	return 0;
}

static int
runs(int argc, char **argv)
{
	const char *folder = NULL, *usual = getenv("AMAPSTORM_RUNS");
	struct runs all = { NULL, 0 };
	bool json = false;
	size_t i;
	int error, code;

	code = arguments(argc, argv, &folder, &json);
	if (code != 0)
		return code;
	if (folder == NULL)
		folder = usual != NULL && usual[0] != '\0' &&
		    strcmp(usual, "none") != 0 ? usual : ".";
	error = collect(&all, folder);
	if (error == 0 && json)
		error = for_programs(&all);
	else if (error == 0)
		for_people(&all, folder);
	for (i = 0; i < all.n; i++)
		free(all.run[i].path);
	free(all.run);
	if (error != 0) {
		cmd_complain("%s: %s", folder, strerror(error));
		return error == ENOMEM ? ANA_EXIT_CANNOT : ANA_EXIT_USAGE;
	}
	return cmd_stdout(0);
}

static const char teach[] =
    "FOLDER is the one that AMAPSTORM_RUNS names, or else this one, if none "
    "is\ngiven.  What was found is so many errors (E), warnings (W) and remarks "
    "(I); a\nrun that was killed is shown as cut off: amapstorm report "
    "--partial FILE tells\nwhat is left of it.\n"
    "\n"
    "  amapstorm runs\n"
    "  amapstorm runs nightly --json | jq '.[] | select(.exit == 1) | .file'\n"
    "\n"
    "Options:\n"
    "  --json    everything in JSON\n";

const struct cmd_command cmd_runs = {
	.name = "runs",
	.args = "[FOLDER] [--json]",
	.help = "list the saved runs of a folder",
	.teach = teach,
	.run = runs,
};
