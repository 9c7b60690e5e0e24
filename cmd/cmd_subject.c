/*
 * subject: somebody's uvm_amap.c.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

const char *
cmd_cc(void)
{
	const char *cc = getenv("CC");

	if (cc != NULL && cc[0] != '\0')
		return cc;
	return access(CMD_CC, X_OK) == 0 ? CMD_CC : "cc";
}

struct options {
	struct cmd_recipe recipe;
	const char	*out;
};

static int
take(struct options *o, int argc, char **argv, int *i)
{
	const struct {
		const char	*name;
		const char	**to;
	} row[] = {
		{ "--rev", &o->recipe.rev }, { "-o", &o->out },
		{ "--flavour", &o->recipe.flavour }, { "--cc", &o->recipe.cc },
	};
	const char *eq = strchr(argv[*i], '=');
	size_t k, len = eq != NULL ? (size_t)(eq - argv[*i]) :
	    strlen(argv[*i]);

	for (k = 0; k < sizeof(row) / sizeof(row[0]); k++) {
		if (strncmp(argv[*i], row[k].name, len) != 0 ||
		    row[k].name[len] != '\0')
			continue;
		*row[k].to = eq != NULL ? eq + 1 : ++*i < argc ? argv[*i] :
		    NULL;
		return *row[k].to != NULL ? 0 : cmd_bad("%s: expected a value "
		    "behind it", row[k].name);
	}
	return cmd_bad("subject: no option %s; expected --rev, --flavour, "
	    "--cc or -o", argv[*i]);
}

static int
options(struct options *o, int argc, char **argv)
{
	int i, code;

	memset(o, 0, sizeof(*o));
	o->recipe.flavour = "plain";
	o->recipe.cc = cmd_cc();
	for (i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			o->recipe.extra = &argv[i + 1];
			break;
		}
		if (argv[i][0] == '-') {
			if ((code = take(o, argc, argv, &i)) != 0)
				return code;
		} else if (o->recipe.source != NULL)
			return cmd_bad("\"%s\" and \"%s\": expected one file",
			    o->recipe.source, argv[i]);
		else
			o->recipe.source = argv[i];
	}
	return o->recipe.source != NULL ? 0 : cmd_bad("subject %s: expected "
	    "a file behind it", argv[1]);
}

static bool
ends_in(const char *name, const char *tail)
{
	size_t n = strlen(name), t = strlen(tail);

	return n > t && strcmp(name + n - t, tail) == 0;
}

static int
build(int argc, char **argv)
{
	struct options o;
	char out[CMD_PATH];
	const char *base;
	int code;

	if ((code = options(&o, argc, argv)) != 0)
		return code;
	if (!ends_in(o.recipe.source, ".c"))
		return cmd_bad("%s: expected a C source file, as uvm_amap.c",
		    o.recipe.source);
	base = strrchr(o.recipe.source, '/');
	base = base != NULL ? base + 1 : o.recipe.source;
	snprintf(out, sizeof(out), "%.*s.so", (int)strlen(base) - 2, base);
	return cmd_stdout(cmd_subject_build(&o.recipe, o.out != NULL ? o.out :
	    out));
}

static void
print_define(const char *name, const char *proto, bool bad, void *arg)
{
	printf("  %-8s %s\n", bad ? "LACKS" : "defines", bad ? proto : name);
}

static void
print_use(const char *name, const char *proto, bool bad, void *arg)
{
	if (bad)
		printf("  UNKNOWN  %s\n", name);
}

static int
check_object(const char *so)
{
	struct vm_subject_facts f;
	struct vm_subject *s;
	char why[512];

	if (vm_subject_look(so, &f, print_define, print_use, NULL, why) != 0)
		return cmd_bad("%s", why);
	printf("%s: revision %s, flavour %s, from %s\n", so, f.rev, f.flavour,
	    f.source);
	if (f.nlacks + f.nunknown > 0) {
		printf("cannot be run: %zu missing, %zu unknown\n", f.nlacks,
		    f.nunknown);
		return ANA_EXIT_USAGE;
	}
	if (strcmp(f.flavour, "plain") != 0)
		return 0;	/* only a program of its flavour can load it */
	if (vm_subject_open(so, &s, why) != 0)
		return cmd_bad("%s", why);
	vm_subject_close(s);
	return 0;
}

static int
check(int argc, char **argv)
{
	struct options o;
	char so[CMD_PATH];
	int code;

	if ((code = options(&o, argc, argv)) != 0)
		return code;
	if (!ends_in(o.recipe.source, ".c"))
		return cmd_stdout(check_object(o.recipe.source));
	o.recipe.quiet = true;
	if ((code = cmd_subject_cached(&o.recipe, so)) != 0)
		return code;
	return cmd_stdout(check_object(so));
}

static int
subject(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "build") == 0)
		return build(argc, argv);
	if (argc >= 2 && strcmp(argv[1], "check") == 0)
		return check(argc, argv);
	if (argc < 2)
		return cmd_bad("subject: expected build or check behind it "
		    "(amapstorm help subject)");
	return cmd_bad("subject: \"%s\" is neither build nor check", argv[1]);
}

static void
more(FILE *out)
{
	const struct cmd_flavour *f;
	size_t i, n;

	fputs("\nOptions of build:\n", out);
	cmd_row(out, 20, "-o FILE", "where to put it; NAME.so in this folder "
	    "if not said");
	cmd_row(out, 20, "--rev REVISION", "the interface that the file is "
	    "written to: 1.89, 1.96, 1.98 or 1.100; what its $OpenBSD$ line "
	    "says, or 1.89");
	cmd_row(out, 20, "--flavour FLAVOUR", "one of those below; plain");
	cmd_row(out, 20, "--cc COMPILER", "with its words; $CC, or what "
	    "amapstorm was built with");
	cmd_row(out, 20, "-- FLAG ...", "more flags for the compiler");
	fputs("\nFlavours:\n", out);
	f = cmd_flavours(&n);
	for (i = 0; i < n; i++)
		cmd_row(out, 10, f[i].name, f[i].help);
}

static const char teach[] =
    "Your own uvm_amap.c, unmodified, in place of the built-in one.  build "
    "makes it\na shared object; check says what it defines and lacks.  Every "
    "scenario, check\nand analysis works on it:\n"
    "\n"
    "  amapstorm subject build sys/uvm/uvm_amap.c\n"
    "  amapstorm run storm --subject uvm_amap.so\n"
    "  amapstorm run swapoff --subject sys/uvm/uvm_amap.c    builds it "
    "first\n"
    "  amapstorm subject build uvm_amap.c --flavour tsan -o t.so\n"
    "  amapstorm run storm --subject t.so                    under TSan\n"
    "\n"
    "docs/SUBJECTS.md has the whole story: what the harness provides and "
    "what not.\n";

const struct cmd_command cmd_subject = {
	.name = "subject",
	.args = "build | check FILE [OPTION ...] [-- FLAG ...]",
	.help = "compile your own uvm_amap.c, to be run with --subject",
	.teach = teach,
	.more = more,
	.run = subject,
};
