/*
 * The scheme of 2021 may deadlock, and with enough load does.  Then strands
 * wait for each other, and that is seen as what it is, not as a hang after
 * some patience; it never is a hang of the tool, nor a mere crash.
 * usage: blocking [OPS [must]]
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
	/* longer than any run of this: there is no other way to end it */
	storm_set(&s, "hang", "5min");
	if (argc > 2)
		storm_set(&s, "threads", "8");
	storm_run(&s, NULL);
	if (s.out.end == WLE_DONE && argc <= 2) {
		storm_must_be_clean(&s);
		return 0;
	}
	if (s.out.end != WLE_HANG)
		storm_fail(&s, "neither clean nor a hang");
	if (s.out.ring == 0 || strstr(s.out.why, "wait for each other") == NULL)
		storm_fail(&s, "nobody saw the ring");
	ring.rec = s.rec;
	lk_record_strands(s.rec, look, &ring);
	if (!ring.list || !ring.amap)
		storm_fail(&s, "a hang, but not the one that was expected");
	storm_show(&s);
	return 0;
}
