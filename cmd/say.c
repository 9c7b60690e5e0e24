/*
 * Help and tables, within 79 columns.
 */
#include <string.h>

#include "cmd/cmd_int.h"

#define WIDTH	79

/* => words broken to WIDTH, the first line beginning in column at */
static void
words(FILE *out, int at, int indent, const char *text)
{
	int len, from = at;

	while (*text != '\0') {
		len = (int)strcspn(text, " ");
		if (at > from && at + 1 + len > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			at = from = indent;
		}
		at += fprintf(out, "%s%.*s", at > from ? " " : "", len, text);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void
cmd_row(FILE *out, int width, const char *name, const char *help)
{
	int at;

	at = fprintf(out, "  %-*s ", width, name);
	if (at > width + 3) {
		fputc('\n', out);
		at = fprintf(out, "%*s", width + 3, "");
	}
	words(out, at, width + 3, help);
}

static void
overview(FILE *out)
{
	const struct cmd_command *const *all;
	size_t i, n;

	fputs("amapstorm: hammer a pool of anonymous-memory maps with many "
	    "threads, check\nevery byte, and explain every wait.\n\n"
	    "usage: amapstorm COMMAND [ARGUMENT ...]\n\n", out);
	all = cmd_commands(&n);
	for (i = 0; i < n; i++)
		cmd_row(out, 8, all[i]->name, all[i]->help);
	fputs("\nTo begin with:\n"
	    "  amapstorm run                          everything at once, 10 s\n"
	    "  amapstorm run swapoff --threads 4      one scenario\n"
	    "  amapstorm run storm --lock busted      what a broken lock does\n"
	    "  amapstorm list                         all there is to choose\n"
	    "  amapstorm help run                     its options\n"
	    "\nExit codes:\n"
	    "  0 nothing found      1 findings            2 bad input\n"
	    "  3 cannot run here    4 amapstorm's bug     5 numbers not to be "
	    "trusted\n", out);
}

void
cmd_usage(FILE *out, const struct cmd_command *c)
{
	if (c == NULL) {
		overview(out);
		return;
	}
	fprintf(out, "usage: amapstorm %s%s%s\n\n", c->name,
	    c->args[0] == '\0' ? "" : " ", c->args);
	words(out, 0, 0, c->help);
	if (c->teach != NULL)
		fprintf(out, "\n%s", c->teach);
	if (c->more != NULL)
		c->more(out);
}
