/*
 * With a lock that excludes nobody every scenario must fail, and soon.
 * usage: busted SCENARIO
 */
#include "tests/storm/storm_test.h"

int
main(int argc, char **argv)
{
	static struct storm s;

	if (argc != 2)
		return 2;
	storm_job(&s, argv[1]);
	storm_set(&s, "lock", "busted");
	storm_set(&s, "duration", "0");
	storm_set(&s, "ops", "20000");
	storm_set(&s, "hang", "2s");
	storm_run(&s, NULL);
	if (s.out.end == WLE_FAILED || s.out.end == WLE_INTERRUPTED)
		storm_fail(&s, "it did not even run");
	if (s.out.end == WLE_DONE && storm_incidents(&s, NULL) == 0)
		storm_fail(&s, "nothing was found");
	storm_show(&s);
	return 0;
}
