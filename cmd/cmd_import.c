/*
 * import: recorded processes to a trace, and what became of each line.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/cmd_int.h"

static void
show_class(const struct wl_import_report *rep, enum wl_line_class class)
{
	char share[ANA_NUM], head[80], text[200];
	size_t i;

	snprintf(head, sizeof(head), "%10" PRIu64 "  %s",
	    rep->of_class[class], wl_line_classes[class]);
	printf("%-22s %s\n", head, ana_percent(rep->lines == 0 ? 0 :
	    (double)rep->of_class[class] / (double)rep->lines, share));
	for (i = 0; i < WL_LINE_NREASONS; i++) {
		if (wl_lines[i].class != class || rep->of_reason[i] == 0)
			continue;
		snprintf(head, sizeof(head), "%8" PRIu64, rep->of_reason[i]);
		snprintf(text, sizeof(text), "%s (first: line %" PRIu64 ")",
		    wl_lines[i].help, rep->first_line[i]);
		cmd_row(stdout, 12, head, text);
	}
}

static void
show(const char *from, const char *to, const struct wl_import_report *rep)
{
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM];
	int class;

	printf("%s: %" PRIu64 " lines\n", from, rep->lines);
	for (class = 0; class < WL_LINE_NCLASSES; class++)
		show_class(rep, (enum wl_line_class)class);
	printf("%" PRIu64 " of %" PRIu64 " user faults kept (%s), %" PRIu64
	    " mappings put in\n", rep->faults_kept, rep->faults,
	    ana_percent(rep->faults == 0 ? 1 : (double)rep->faults_kept /
	    (double)rep->faults, a), rep->maps_inferred);
	if (rep->lost != 0)
		printf("perf says that it lost %" PRIu64 " events\n",
		    rep->lost);
	printf("%s: %u processes, %u threads, %u spaces, %u objects,\n"
	    "    %s records over %s in %s\n", to, rep->processes,
	    rep->threads, rep->spaces, rep->objects,
	    ana_count(rep->records, a), ana_time(rep->duration, b),
	    ana_bytes(rep->bytes, c));
	printf("replay it: amapstorm run --replay %s\n", to);
}

/* => 0 or an exit code */
static int
arguments(int argc, char **argv, const char **from, const char **to,
    bool *quiet)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-o") == 0 ||
		    strcmp(argv[i], "--output") == 0) {
			if (++i == argc)
				return cmd_bad("-o: expected the name of the "
				    "trace to write");
			*to = argv[i];
		} else if (strcmp(argv[i], "-q") == 0 ||
		    strcmp(argv[i], "--quiet") == 0)
			*quiet = true;
		else if (argv[i][0] == '-' && argv[i][1] != '\0')
			return cmd_bad("no option %s; expected -o FILE or -q",
			    argv[i]);
		else if (*from != NULL)
			return cmd_bad("\"%s\" and \"%s\": expected one "
			    "recording", *from, argv[i]);
		else
			*from = argv[i];
	}
	if (*from == NULL)
		return cmd_bad("import: expected a recording, as in amapstorm "
		    "import x.perf.txt -o x.trace");
	if (*to == NULL)
		return cmd_bad("import: expected -o and the name of the trace "
		    "to write");
	return 0;
}

static int
import(int argc, char **argv)
{
	const char *from = NULL, *to = NULL;
	struct wl_import_report rep;
	struct wl_trace_error err;
	bool quiet = false;
	char text[640];
	int code, error;

	code = arguments(argc, argv, &from, &to, &quiet);
	if (code != 0)
		return code;
	memset(&rep, 0, sizeof(rep));
	memset(&err, 0, sizeof(err));
	error = wl_trace_import(from, to, &rep, &err);
	if (error != 0) {
		wl_trace_error_text(&err, text, sizeof(text));
		cmd_complain("%s", text);
		return error == ENOMEM || error == ENOSPC || error == EIO ?
		    ANA_EXIT_CANNOT : ANA_EXIT_USAGE;
	}
	if (!quiet)
		show(from, to, &rep);
	return cmd_stdout(0);
}

static const char teach[] =
    "RECORDING is text printed by `perf script', plain or compressed with "
    "zstd.\nRecord as root, with tracefs mounted:\n"
    "\n"
    "  perf record -o x.data -e exceptions:page_fault_user,\\\n"
    "  syscalls:sys_enter_mmap,syscalls:sys_exit_mmap,\\\n"
    "  syscalls:sys_enter_munmap,syscalls:sys_enter_mprotect,\\\n"
    "  syscalls:sys_enter_brk,syscalls:sys_exit_brk,\\\n"
    "  syscalls:sys_enter_madvise,syscalls:sys_enter_mremap,\\\n"
    "  syscalls:sys_exit_mremap,syscalls:sys_enter_clone,\\\n"
    "  syscalls:sys_enter_clone3,sched:sched_process_fork,\\\n"
    "  sched:sched_process_exec,sched:sched_process_exit COMMAND\n"
    "  perf script -i x.data -F comm,pid,tid,time,event,trace > x.perf.txt\n"
    "  amapstorm import x.perf.txt -o x.trace\n"
    "  amapstorm run --replay x.trace\n"
    "\n"
    "Each line of the recording is accounted for: kept, kept with something "
    "inferred\n(mappings that exec makes announce themselves nowhere), or "
    "skipped, and why.\n"
    "\n"
    "Options:\n"
    "  -o FILE, --output FILE     the trace to write; whole or not at all\n"
    "  -q, --quiet                print no account\n";

const struct cmd_command cmd_import = {
	.name = "import",
	.args = "RECORDING -o FILE.trace [-q]",
	.help = "make a trace for `run --replay' of recorded real processes",
	.teach = teach,
	.run = import,
};
