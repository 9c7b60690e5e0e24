/*
 * A defect that is planted is found, and told as what it is.
 * usage: planted slot|anon_ref|page_free|lost_wakeup OPS
 */
#include <stdio.h>
#include <string.h>

#include "tests/storm/storm_test.h"

static bool
lost_wakeup(void)
{
	vm_plant_lost_wakeup();
	return true;
}

static const struct defect {
	const char	*name, *scenario;
	bool		(*plant)(void);
	bool		again;		/* at each audit: one may go unseen */
	const char	*kind;		/* NULL: it hangs */
} defects[] = {
	/* the page may be freed before it is read */
	{ "slot", "pressure", vm_plant_slot_corruption, true,
	    "content.slot" },
	{ "anon_ref", "storm", vm_plant_anon_ref, false, "audit.I4" },
	{ "page_free", "storm", vm_plant_page_free, false,
	    "page.freed-mapped" },
	/* the sleeper may be woken by the page's next user */
	{ "lost_wakeup", "pressure", lost_wakeup, true, NULL },
};

/* The child's own, where audits are. */
struct planted {
	const struct defect *d;
	bool		done;
};

static void
at_audit(void *arg)
{
	struct planted *p = arg;

	if (!p->done || p->d->again)
		p->done = p->d->plant();
}

static void
waits_for_page(const struct lk_strand_info *i, void *arg)
{
	bool *found = arg;

	*found = *found || (!i->idle && i->wait.ident != 0 &&
	    i->wait.kind == LKN_PAGE);
}

static void
judge(const struct storm *s, const struct defect *d)
{
	bool found = false;

	if (d->kind == NULL) {
		if (s->out.end != WLE_HANG)
			storm_fail(s, "it did not hang");
		lk_record_strands(s->rec, waits_for_page, &found);
		if (!found)
			storm_fail(s, "nobody waits for a page");
		return;
	}
	if (s->out.end != WLE_DONE && s->out.end != WLE_CRASH)
		storm_fail(s, "it neither ran nor crashed");
	if (storm_incidents(s, d->kind) == 0)
		storm_fail(s, "not told as %s", d->kind);
}

static int
plant(const struct defect *d, const char *ops)
{
	static struct storm s;
	static struct planted p;
	const struct wl_hooks hooks = { .at_audit = at_audit, .arg = &p };

	p.d = d;
	storm_job(&s, d->scenario);
	storm_set(&s, "duration", d->kind == NULL ? "5min" : "0");
	storm_set(&s, "ops", d->kind == NULL ? "0" : ops);
	storm_set(&s, "audit", "100ms");
	storm_set(&s, "hang", "6s");
	storm_run(&s, &hooks);
	judge(&s, d);
	storm_show(&s);
	return 0;
}

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 3 && i < sizeof(defects) / sizeof(defects[0]); i++)
		if (strcmp(defects[i].name, argv[1]) == 0)
			return plant(&defects[i], argv[2]);
	return 2;
}
