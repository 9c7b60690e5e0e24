/*
 * The scheme of 2021 may deadlock.  Then it is told as a hang, with strands
 * that wait for each other; it never is a hang of the tool, nor a mere crash.
 */
#include <stdio.h>
#include <string.h>

#include "tests/storm/storm_test.h"

struct ring {
	bool	list, amap;	/* somebody waits for one, holding the other */
	struct lk_record *rec;
};

static void
look(const struct lk_strand_info *i, void *arg)
{
	struct ring *r = arg;
	struct lk_class_info want, have;
	uint32_t k;

	if (i->wait.ident == 0)
		return;
	(void)lk_record_class(r->rec, i->wait.class, &want);
	for (k = 0; k < i->nheld && k < LK_MAXHELD; k++) {
		(void)lk_record_class(r->rec, i->held[k].class, &have);
		if (strcmp(want.name, "amaplstlk") == 0 &&
		    strcmp(have.name, "amaplk") == 0)
			r->list = true;
		if (strcmp(want.name, "amaplk") == 0 &&
		    strcmp(have.name, "amaplstlk") == 0)
			r->amap = true;
	}
}

int
main(int argc, char **argv)
{
	static struct storm s;
	struct ring ring = { .list = false };

	storm_job(&s, "swapoff");
	storm_set(&s, "scheme", "blocking");
	storm_set(&s, "duration", "0");
	storm_set(&s, "ops", argc > 1 ? argv[1] : "20000");
	storm_set(&s, "hang", "6s");
	storm_run(&s, NULL);
	if (s.out.end == WLE_DONE) {
		storm_must_be_clean(&s);
		return 0;
	}
	if (s.out.end != WLE_HANG)
		storm_fail(&s, "neither clean nor a hang");
	ring.rec = s.rec;
	lk_record_strands(s.rec, look, &ring);
	if (!ring.list || !ring.amap)
		storm_fail(&s, "a hang, but not the one that was expected");
	storm_show(&s);
	return 0;
}
