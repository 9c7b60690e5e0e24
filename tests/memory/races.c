/*
 * races.c: every racy program of programs.h is told on, no clean one is; by
 * whichever detector this is linked to.
 * usage: races [PROGRAM ...]
 */
#include <stdio.h>
#include <string.h>

#include "tests/memory/detector.h"

#define SEEDS	200

static bool
asked_for(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc == 1;
}

int
main(int argc, char **argv)
{
	unsigned i, racy = 0, clean = 0, wrong = 0;

	for (i = 0; i < memory_nprograms; i++) {
		const struct memory_program *p = &memory_programs[i];

		if (!asked_for(p->name, argc, argv))
			continue;
		racy += p->racy;
		clean += !p->racy;
		if (detector_races(p, SEEDS) == p->racy)
			continue;
		printf("%s: %s\n", p->name, p->racy ? "its race was not found" :
		    "there is no race, but one was told");
		wrong++;
	}
	printf("%u racy, %u clean: %u verdicts wrong\n", racy, clean, wrong);
	return wrong != 0 || racy + clean == 0;
}
