/*
 * list: all there is to choose from, each with a line of help.
 */
#include <string.h>

#include "cmd/cmd_int.h"

static void
show_rows(const struct vm_row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		cmd_row(stdout, 16, rows[i].name, rows[i].help);
}

static void
scenarios(void)
{
	const struct vm_row *rows;
	size_t n;

	rows = wl_scenarios(&n);
	show_rows(rows, n);
}

static void
locks(void)
{
	const struct lk_backend *const *all;
	size_t i, n;

	all = lk_backends(&n);
	for (i = 0; i < n; i++)
		cmd_row(stdout, 16, lk_backend_name(all[i]),
		    lk_backend_help(all[i]));
}

static void
schemes(void)
{
	const struct vm_row *rows;
	size_t n;

	rows = vm_schemes(&n);
	show_rows(rows, n);
}

static void
sites(void)
{
	const struct vm_row *rows;
	size_t n;

	rows = vm_inject_sites(&n);
	show_rows(rows, n);
}

static void
operations(void)
{
	const struct vm_row *rows;
	size_t n;

	rows = wl_operations(&n);
	show_rows(rows, n);
}

/* As they stand in a job file: sections, then key = default. */
static void
keys(void)
{
	const char *section = "";
	const struct wl_key *all;
	char head[128];
	size_t i, n;

	all = wl_keys(&n);
	for (i = 0; i < n; i++) {
		if (strcmp(all[i].section, section) != 0) {
			section = all[i].section;
			printf("[%s]\n", section);
		}
		snprintf(head, sizeof(head), "%s = %s", all[i].name,
		    all[i].dflt);
		cmd_row(stdout, 24, head, all[i].help);
	}
}

static void
counters(void)
{
	const struct vm_counter_row *rows;
	char help[200];
	size_t i, n;

	rows = vm_counter_rows(&n);
	for (i = 0; i < n; i++) {
		snprintf(help, sizeof(help), "%s %s", rows[i].unit,
		    rows[i].help);
		cmd_row(stdout, 20, rows[i].name, help);
	}
}

static void
findings(void)
{
	const struct ana_kind *rows;
	size_t i, n;

	rows = ana_kinds(&n);
	for (i = 0; i < n; i++)
		cmd_row(stdout, 20, rows[i].name, rows[i].title);
}

static void
passes(void)
{
	const struct ana_pass *rows;
	size_t i, n;

	rows = ana_passes(&n);
	for (i = 0; i < n; i++)
		cmd_row(stdout, 16, rows[i].name, rows[i].help);
}

static void
formats(void)
{
	const struct rp_format *rows;
	size_t i, n;

	rows = rp_formats(&n);
	for (i = 0; i < n; i++)
		cmd_row(stdout, 16, rows[i].name, rows[i].help);
}

static const struct list {
	const char	*name, *help;
	bool		brief;		/* shown when nothing is asked for */
	void		(*show)(void);
} lists[] = {
	{ "scenarios", "what to run", true, scenarios },
	{ "locks", "--lock: algorithms behind the reader/writer locks", true,
	    locks },
	{ "schemes", "--scheme: how swap-off walks all amaps", true, schemes },
	{ "sites", "--inject: where failures can be injected", true, sites },
	{ "operations", "--weight: what a strand does", true, operations },
	{ "keys", "what a job file may say, with defaults", false, keys },
	{ "counters", "what is counted, for coverage", false, counters },
	{ "findings", "what can be found", false, findings },
	{ "passes", "what looks for it", false, passes },
	{ "formats", "how results are shown", false, formats },
};
#define NLISTS	(sizeof(lists) / sizeof(lists[0]))

static int
list(int argc, char **argv)
{
	const char *names[NLISTS];
	char near[256];
	size_t i;
	int k;

	for (i = 0; i < NLISTS; i++)
		names[i] = lists[i].name;
	for (i = 0; i < NLISTS && argc == 1; i++) {
		if (!lists[i].brief)
			continue;
		printf("%s%s: %s\n", i == 0 ? "" : "\n", lists[i].name,
		    lists[i].help);
		lists[i].show();
	}
	if (argc == 1)
		puts("\nalso: amapstorm list keys | counters | findings | "
		    "passes | formats");
	for (k = 1; k < argc; k++) {
		for (i = 0; i < NLISTS; i++) {
			if (strcmp(argv[k], lists[i].name) == 0)
				break;
		}
		if (i == NLISTS) {
			wl_suggest(argv[k], names, NLISTS, near,
			    sizeof(near));
			return cmd_bad("list: nothing is called \"%s\"; "
			    "expected one of %s", argv[k], near);
		}
		lists[i].show();
	}
	return cmd_stdout(0);
}

static void
more(FILE *out)
{
	size_t i;

	fputs("\nWHAT is any of:\n", out);
	for (i = 0; i < NLISTS; i++)
		cmd_row(out, 16, lists[i].name, lists[i].help);
}

const struct cmd_command cmd_list = {
	.name = "list",
	.args = "[WHAT ...]",
	.help = "show scenarios, locks, schemes, injection sites, operations",
	.more = more,
	.run = list,
};
