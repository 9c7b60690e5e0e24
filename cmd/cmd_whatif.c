/*
 * whatif: ready-made comparisons of one operation stream: another lock, another
 * scheme, a longer critical section.
 */
#include <string.h>

#include "cmd/ab_int.h"

static const struct cmd_take options[] = {
	{ "lock", NULL, "NAME", "B with this lock; amapstorm list locks",
	    offsetof(struct cmd_ab, lock), CMD_TAKE_ONE },
	{ "scheme", NULL, "NAME", "B with this swap-off scheme; amapstorm "
	    "list schemes", offsetof(struct cmd_ab, scheme), CMD_TAKE_ONE },
	{ "what-if", NULL, "CLASS=NS", "B with so many ns more inside each "
	    "critical section of the class",
	    offsetof(struct cmd_ab, what_if), CMD_TAKE_ONE },
	CMD_AB_OPTIONS,
	CMD_TABLE_OPTIONS(cmd_ab),
	CMD_SHOW_OPTIONS(cmd_ab),
	CMD_TAKE_END
};

static int
add(struct cmd_ab *w, int which, const char *option, const char *value)
{
	int code = cmd_words_add(&w->of[which], option);

	return code == 0 ? cmd_words_add(&w->of[which], value) : code;
}

/* What is longer is compared with a plain one that takes the same way. */
static int
longer(struct cmd_ab *w)
{
	const char *eq = strrchr(w->what_if, '=');
	char plain[128];
	int code;

	if (eq == NULL || strchr(eq, ',') != NULL)
		return cmd_bad("whatif --what-if: \"%s\": expected CLASS=NS, "
		    "as amaplk=500", w->what_if);
	snprintf(plain, sizeof(plain), "%.*s=0", (int)(eq - w->what_if),
	    w->what_if);
	code = add(w, 0, "--inside", plain);
	return code == 0 ? add(w, 1, "--inside", w->what_if) : code;
}

static int
prepare(struct cmd_ab *w)
{
	int code = 0;

	if (w->lock == NULL && w->scheme == NULL && w->what_if == NULL)
		return cmd_bad("whatif: expected --lock NAME, --scheme NAME or "
		    "--what-if CLASS=NS, as in amapstorm whatif --lock "
		    "pthread cow");
	if (w->lock != NULL)
		code = add(w, 1, "--lock", w->lock);
	if (code == 0 && w->scheme != NULL)
		code = add(w, 1, "--scheme", w->scheme);
	if (code == 0 && w->what_if != NULL)
		code = longer(w);
	return code;
}

static int
whatif(int argc, char **argv)
{
	return cmd_ab_command(&cmd_whatif, options, prepare, argc, argv);
}

static void
more(FILE *out)
{
	cmd_take_help(out, options);
	cmd_metrics_help(out);
}

static const char teach[] =
    "A is the job as it is, B the same with what you ask for; both get "
    "the same\n"
    "operation streams, pair by pair, as with amapstorm ab. Below the "
    "metrics it\n"
    "shows how the blame moved: who waits for whom, in ns for each "
    "operation.\n"
    "\n"
    "  amapstorm whatif --lock pthread cow --duration 5s\n"
    "  amapstorm whatif --scheme trylock swapoff --pairs 6\n"
    "  amapstorm whatif --what-if amaplk=500 storm --threads 4\n"
    "\n"
    "amapstorm run --what-if, within one run, finds smaller effects on "
    "throughput;\n"
    "this one shows where they are.\n";

const struct cmd_command cmd_whatif = {
	.name = "whatif",
	.args = "--lock NAME | --scheme NAME | --what-if CLASS=NS ...",
	.help = "the same operations with another lock or scheme: what "
	    "changes, and who waits then",
	.teach = teach,
	.more = more,
	.run = whatif,
};
