/*
 * Complaints: one line each.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cmd/cmd_int.h"

static void
vcomplain(const char *fmt, va_list ap)
{
	fputs("amapstorm: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void
cmd_complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(fmt, ap);
	va_end(ap);
}

int
cmd_bad(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(fmt, ap);
	va_end(ap);
	return ANA_EXIT_USAGE;
}

int
cmd_bad_input(const struct wl_error *e)
{
	const char *expected = e->expected[0] != '\0' ? "; expected " : "";

	if (e->line != 0)
		return cmd_bad("%s:%u: %s%s%s", e->where, e->line, e->what,
		    expected, e->expected);
	return cmd_bad("%s: %s%s%s", e->where, e->what, expected, e->expected);
}

int
cmd_stdout(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	cmd_complain("standard output: %s", strerror(errno));
	return code == ANA_EXIT_CLEAN ? ANA_EXIT_CANNOT : code;
}
