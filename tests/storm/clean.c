/*
 * A scenario ends clean, and has done what its name says.
 * usage: clean SCENARIO SCHEME ops N | time DURATION [KEY VALUE]...
 */
#include <stdio.h>
#include <string.h>

#include "tests/storm/storm_test.h"

/*
 * What 10 s are expected to reach, a count of operations must reach its share
 * of.  No machine that we know does this many in 10 s.
 */
#define MANY	3000000

int
main(int argc, char **argv)
{
	static struct storm s;
	int i;

	if (argc < 5)
		return 2;
	storm_job(&s, argv[1]);
	storm_set(&s, "scheme", argv[2]);
	if (strcmp(argv[3], "ops") == 0)
		storm_set(&s, "audit", "300ms");
	for (i = 5; i + 1 < argc; i += 2)
		storm_set(&s, argv[i], argv[i + 1]);
	if (strcmp(argv[3], "ops") == 0) {
		storm_set(&s, "duration", "0");
		storm_set(&s, "ops", argv[4]);
		storm_run(&s, NULL);
		storm_must_be_clean(&s);
		storm_must_reach(&s, s.job.ops, MANY);
	} else {
		storm_set(&s, "duration", argv[4]);
		storm_run(&s, NULL);
		storm_must_be_clean(&s);
		storm_must_reach(&s, s.job.duration_ns, 10000000000);
	}
	return 0;
}
