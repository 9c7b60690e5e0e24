/*
 * Recordings that lost lines.  Of a real one, named by the command line, some
 * lines are left out, at random or of one kind: what is left must still
 * import with all faults kept, and give a possible trace.
 */

#include <fcntl.h>
#include <unistd.h>

#include "tests/trace/trace_test.h"
#include "workloads/trace_import_int.h"

static const char *path;
static char *text;		/* of the recording */
static uint64_t seed = 7;

static bool
chance(unsigned int percent)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return ((seed >> 33) % 100 < percent);
}

static int
load(void **state)
{
	int fd = open(path, O_RDONLY), error;
	struct source *src = fd < 0 ? NULL : source_file(fd);
	const char *line, *why;
	size_t len, size;
	FILE *f = open_memstream(&text, &size);

	if (src == NULL || f == NULL)
		return (1);
	while (source_next(src, &line, &len, &why, &error) == SOURCE_LINE)
		fprintf(f, "%.*s\n", (int)len, line);
	source_free(src);
	(void)close(fd);
	return (fclose(f));
}

static int
unload(void **state)
{
	free(text);
	return (0);
}

/* The lines that keep() keeps. */
static char *
thinned(bool (*keep)(const char *line, size_t len, const void *),
    const void *arg)
{
	char *out = NULL;
	const char *p, *nl;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	assert_non_null(f);
	for (p = text; *p != '\0'; p = nl + 1) {
		nl = strchr(p, '\n');
		if (keep(p, (size_t)(nl - p), arg))
			fwrite(p, 1, (size_t)(nl - p) + 1, f);
	}
	fclose(f);
	return (out);
}

static void
imports(char *thin)
{
	struct imported im;

	import_text(thin, &im);
	if (im.error != 0)
		fail_msg("%s", im.err.text);
	assert_int_equal(im.rep.faults_kept, im.rep.faults);
	assert_int_equal(im.rep.of_reason[WL_LINE_LIMIT], 0);
	oracle_check(im.trace);
	import_free(&im);
	free(thin);
}

static bool
by_chance(const char *line, size_t len, const void *percent)
{
	return (chance(*(const unsigned int *)percent));
}

static bool
but_for(const char *line, size_t len, const void *name)
{
	return (memmem(line, len, name, strlen(name)) == NULL);
}

static void
at_random(void **state)
{
	static const unsigned int percents[] = { 99, 90, 70, 50, 20, 3 };
	size_t i;

	for (i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		imports(thinned(by_chance, &percents[i]));
}

static void
one_kind(void **state)
{
	static const char *const names[] = {
#define WL_EVENT(group, name, kind)	name ":",
#include "workloads/trace_events.def"
#undef WL_EVENT
		"syscalls:", "sched:", "sys_exit", "sys_enter",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(text, names[i]) != NULL)
			imports(thinned(but_for, names[i]));
}

/* The recording begins or ends in the middle of things. */
static void
in_the_middle(void **state)
{
	size_t n = strlen(text), i;
	char *half;

	for (i = 1; i < 4; i++) {
		imports(strdup(text + n * i / 4));
		half = strdup(text);
		half[n * i / 4] = '\0';
		imports(half);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_random),
		cmocka_unit_test(one_kind),
		cmocka_unit_test(in_the_middle),
	};

	if (argc != 2)
		return (2);
	path = argv[1];
	return (cmocka_run_group_tests(tests, load, unload));
}
