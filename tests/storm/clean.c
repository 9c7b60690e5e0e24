/*
 * A scenario ends clean, and has done what its name says.
 * usage: clean SCENARIO SCHEME brief|full OPS [KEY VALUE]...
 *
 * Of each event that [expect] names, OPS operations must reach their share.
 * A count of operations, not of seconds: a machine that is slow or loaded
 * takes longer, but reaches the same.
 */
#include <stdio.h>
#include <string.h>

#include "tests/storm/storm_test.h"

/*
 * So many operations must reach all of [expect].  They do so three times over,
 * as far as we know; what is rare needs some thousands to be there at all.
 */
#define FULL	450000
#define BRIEF	3000000

int
main(int argc, char **argv)
{
	static struct storm s;
	bool brief;
	int i;

	if (argc < 5)
		return 2;
	brief = strcmp(argv[3], "brief") == 0;
	storm_job(&s, argv[1]);
	storm_set(&s, "scheme", argv[2]);
	if (brief)
		storm_set(&s, "audit", "300ms");
	for (i = 5; i + 1 < argc; i += 2)
		storm_set(&s, argv[i], argv[i + 1]);
	storm_set(&s, "duration", "0");
	storm_set(&s, "ops", argv[4]);
	storm_run(&s, NULL);
	storm_must_be_clean(&s);
	storm_must_reach(&s, s.job.ops, brief ? BRIEF : FULL);
	return 0;
}
