/*
 * A job's subject: built if it is a source file, loaded, and run by a program
 * of its flavour.
 */
#include <string.h>

#include "cmd/cmd_int.h"

/* What is loaded stays, to the end of the program. */
static struct vm_subject *in_use;

static bool
is_source(const char *path)
{
	size_t len = strlen(path);

	return len > 2 && strcmp(path + len - 2, ".c") == 0;
}

/* A subject without a sanitizer can be run by any program. */
static bool
can_run(const char *flavour)
{
	return strcmp(flavour, "plain") == 0 ||
	    strcmp(flavour, cmd_flavour()) == 0;
}

static int
find_object(const char *path, char so[CMD_PATH])
{
	const struct cmd_recipe recipe = {
		.source = path, .flavour = cmd_flavour(), .cc = cmd_cc(),
		.quiet = true
	};

	if (is_source(path))
		return cmd_subject_cached(&recipe, so);
	snprintf(so, CMD_PATH, "%s", path);
	return 0;
}

int
cmd_subject_use(struct wl_job *job)
{
	struct vm_subject_facts facts;
	char so[CMD_PATH], why[512];
	int code;

	if (job->subject[0] == '\0')
		return 0;
	if ((code = find_object(job->subject, so)) != 0)
		return code;
	if (vm_subject_look(so, &facts, NULL, NULL, NULL, why) != 0)
		return cmd_bad("%s", why);
	if (!can_run(facts.flavour))
		return cmd_flavour_exec(facts.flavour, cmd_argv);
	if (vm_subject_open(so, &in_use, why) != 0)
		return cmd_bad("%s", why);
	job->vm.subject = vm_subject_ops(in_use);
	return 0;
}
