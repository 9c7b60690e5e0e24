/*
 * order: lock-order contracts, from saved runs and against them.
 */
#include <errno.h>
#include <string.h>

#include "cmd/cmd_int.h"

struct what {
	const char	*verb, *file, *contract, *output;
	bool		help;
};

int
cmd_contract(const char *path, struct ana_contract **c)
{
	struct wl_error err;
	int error;

	*c = NULL;
	if (path == NULL)
		return 0;
	memset(&err, 0, sizeof(err));
	error = ana_contract_read(path, c, &err);
	if (error == ENOMEM) {
		cmd_complain("%s: %s", path, strerror(error));
		return ANA_EXIT_CANNOT;
	}
	return error == 0 ? 0 : cmd_bad_input(&err);
}

static int
one_word(int argc, char **argv, int *i, struct what *w)
{
	const char *word = argv[*i];

	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
		w->help = true;
	else if (strcmp(word, "-o") == 0 || strcmp(word, "--output") == 0) {
		if (++*i == argc)
			return cmd_bad("-o: expected the name of a file");
		w->output = argv[*i];
	} else if (word[0] == '-' && word[1] != '\0')
		return cmd_bad("no option %s; expected -o", word);
	else if (w->verb == NULL)
		w->verb = word;
	else if (w->file == NULL)
		w->file = word;
	else if (w->contract == NULL)
		w->contract = word;
	else
		return cmd_bad("\"%s\" is one word too many", word);
	return 0;
}

static int
arguments(int argc, char **argv, struct what *w)
{
	bool check;
	int code, i;

	memset(w, 0, sizeof(*w));
	for (i = 1; i < argc; i++) {
		code = one_word(argc, argv, &i, w);
		if (code != 0)
			return code;
	}
	if (w->help)
		return 0;
	check = w->verb != NULL && strcmp(w->verb, "check") == 0;
	if (w->verb == NULL || (!check && strcmp(w->verb, "export") != 0))
		return cmd_bad("order: expected export or check, as in "
		    "amapstorm order export run.db");
	if (w->file == NULL)
		return cmd_bad("order %s: expected a saved run (amapstorm run "
		    "-o run.db)", w->verb);
	if (check && w->contract == NULL)
		return cmd_bad("order check: expected a lock-order contract "
		    "behind the saved run");
	return 0;
}

/* => 0, or an exit code */
static int
result_of(const char *file, const struct ana_contract *contract,
    struct ana_result **r)
{
	struct ana_snapshot *snap;
	int code = cmd_load(file, &snap);

	if (code != 0)
		return code;
	snap->contract = contract;
	code = cmd_ran(file, ana_run_order(snap, r));
	ana_snapshot_free(snap);
	return code;
}

/* A contract given with export is one whose ranks are kept. */
static int
export(const struct what *w, const struct ana_contract *old,
    const struct ana_result *r)
{
	struct cmd_output to;
	int error;

	if (w->output == NULL) {
		(void)ana_contract_write(r, old, stdout);
		return cmd_stdout(0);
	}
	error = cmd_output_open(&to, w->output);
	if (error == 0) {
		error = ana_contract_write(r, old, to.file);
		if (error == 0)
			error = cmd_output_done(&to);
		cmd_output_drop(&to);
	}
	if (error == 0)
		return 0;
	cmd_complain("%s: not written: %s", w->output, strerror(error));
	return ANA_EXIT_CANNOT;
}

static int
check(const struct what *w, const struct ana_result *r)
{
	const struct ana_finding *f;
	size_t i, k;

	for (i = 0; i < r->nfindings; i++) {
		f = r->findings[i];
		printf("%s %s: %s\n", ana_level_name(f->level), f->name,
		    f->what);
		for (k = 0; k < f->ntext; k++)
			printf("    %s\n", f->text[k]);
	}
	if (r->nfindings == 0)
		printf("%s keeps to %s\n", w->file, w->contract);
	else
		printf("%s\n", r->verdict);
	return cmd_stdout((int)ana_exit_code(r));
}

static int
order(int argc, char **argv)
{
	struct ana_contract *contract = NULL;
	struct ana_result *r = NULL;
	struct what w;
	int code;

	code = arguments(argc, argv, &w);
	if (code == 0 && w.help) {
		cmd_usage(stdout, &cmd_order);
		return cmd_stdout(0);
	}
	if (code == 0)
		code = cmd_contract(w.contract, &contract);
	if (code == 0)
		code = result_of(w.file, contract, &r);
	if (code == 0)
		code = strcmp(w.verb, "check") == 0 ? check(&w, r) :
		    export(&w, contract, r);
	ana_result_free(r);
	ana_contract_free(contract);
	return code;
}

static const char teach[] =
    "A lock-order contract is a text: which classes of locks are taken while "
    "which\nothers are held.  It is made from a run, read by people, kept "
    "with the source,\nand checked from then on.  FILE is a saved run, or "
    "the record that a program\nof yours wrote itself (docs/EXAMPLE.md).\n"
    "\n"
    "  amapstorm run --duration 1min -o run.db\n"
    "  amapstorm order export run.db -o order.txt\n"
    "  amapstorm run --order-baseline order.txt\n"
    "  amapstorm order check run.db order.txt        the same, of a saved "
    "run\n"
    "  amapstorm order export run.db order.txt       anew; ranks and "
    "prohibitions\n"
    "                                                of order.txt are kept\n"
    "\n"
    "Its lines, with names that have blanks in quotes and # before "
    "comments:\n"
    "\n"
    "  class NAME [rank N] [by address]\n"
    "  edge FROM TO [MODES]\n"
    "  forbid FROM TO\n"
    "\n"
    "Ranks rise inwards: of two locks with ranks the one of the lower rank is "
    "taken\nfirst.  Several locks of a class by address are taken from the "
    "lowest address\nup.  Modes are what is held > what is taken: W write, r "
    "read, R recursive read;\nan edge without modes is allowed in all of "
    "them.  What is seen and no edge\nallows is a warning; what is forbidden, "
    "or against ranks, is an error.  A\ncontract without any edge says "
    "nothing of new ones.\n";

const struct cmd_command cmd_order = {
	.name = "order",
	.args = "export FILE [CONTRACT] [-o OUT] | check FILE CONTRACT",
	.help = "lock-order contracts: made from a saved run, or checked",
	.teach = teach,
	.run = order,
};
