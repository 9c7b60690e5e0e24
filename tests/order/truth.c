/*
 * truth.c: the truth that the case tables state, by the oracle.
 *
 * usage: truth TABLE ...
 * Rows with steps that the oracle does not know (init, destroy, signals) and
 * rows of misuse are left out; what is said to be SAFE, DL, DL+w or DLx2 must
 * be that.
 */
#include <stdio.h>
#include <string.h>

#include "tests/order/oracle.h"
#include "workloads/workloads.h"

static const struct {
	bool		known;
	enum orc_do	what;
} steps[WLC_NDO] = {
	[WLC_write] = { true, ORC_WRITE },
	[WLC_read] = { true, ORC_READ },
	[WLC_rread] = { true, ORC_RREAD },
	[WLC_tryw] = { true, ORC_TRYW },
	[WLC_tryr] = { true, ORC_TRYR },
	[WLC_tryrr] = { true, ORC_TRYR },
	[WLC_upgrade] = { true, ORC_UPGRADE },
	[WLC_tryup] = { true, ORC_TRYUP },
	[WLC_down] = { true, ORC_DOWN },
	[WLC_mutex] = { true, ORC_WRITE },
	[WLC_trym] = { true, ORC_TRYW },
	[WLC_exit] = { true, ORC_EXIT },
	[WLC_wait] = { true, ORC_WAIT },
	[WLC_post] = { true, ORC_POST },
	[WLC_join] = { true, ORC_JOIN },
};

/* => false: it does not fit the oracle */
static bool
convert(const struct wl_case *c, struct orc_program *p)
{
	size_t i, k;

	memset(p, 0, sizeof(*p));
	/* doubles need as many again, and events are numbered with the locks */
	if (2 * c->nphases > ORC_MAXTHREADS || c->nthings > ORC_MAXLOCKS)
		return false;
	p->nthreads = (int)c->nphases;
	for (i = 0; i < c->nphases; i++) {
		if (c->phase[i].nsteps > ORC_MAXSTEPS)
			return false;
		for (k = 0; k < c->phase[i].nsteps; k++) {
			const struct wl_case_step *s = &c->phase[i].step[k];

			if (!steps[s->what].known)
				return false;
			orc_step(p, (int)i, steps[s->what].what, (int)s->on);
			if (s->what == WLC_read)
				p->writer[s->on] = true;
		}
	}
	return true;
}

/* A thread joined by two is no program: there are no doubles then. */
static bool
joins(const struct orc_program *p)
{
	int t, i;

	for (t = 0; t < p->nthreads; t++)
		for (i = 0; i < p->nsteps[t]; i++)
			if (p->step[t][i].what == ORC_JOIN)
				return true;
	return false;
}

static bool
is_truth(const char *text)
{
	int t;

	for (t = ORC_SAFE; t < ORC_TOOBIG; t++)
		if (strcmp(text, orc_truth_name((enum orc_truth)t)) == 0)
			return true;
	return false;
}

static int
check_row(const struct wl_case_table *t, const struct wl_case_row *row,
    unsigned *asked)
{
	struct orc_program p;
	struct wl_error err;
	struct wl_case *c;
	enum orc_truth truth;
	bool fits;

	if (!is_truth(row->truth))
		return 0;
	if (wl_case_parse(row->script, 0, t, &c, &err) != 0) {
		printf("%s: %s\n", row->id, err.what);
		return 1;
	}
	fits = convert(c, &p);
	wl_case_free(c);
	if (!fits)
		return 0;
	++*asked;
	truth = orc_truth(&p);
	if (truth == ORC_DL_X2 && joins(&p))
		truth = ORC_SAFE;
	if (strcmp(orc_truth_name(truth), row->truth) == 0)
		return 0;
	printf("%s: %s is said to be %s, and is %s\n", row->id, row->script,
	    row->truth, orc_truth_name(truth));
	return 1;
}

int
main(int argc, char **argv)
{
	struct wl_case_table *t;
	struct wl_error err;
	unsigned asked = 0;
	int i, wrong = 0;
	size_t k;

	for (i = 1; i < argc; i++) {
		if (wl_case_table(argv[i], &t, &err) != 0) {
			printf("%s: cannot be read\n", argv[i]);
			return 1;
		}
		for (k = 0; k < t->nrows; k++)
			wrong += check_row(t, &t->row[k], &asked);
		wl_case_table_free(t);
	}
	printf("%u rows asked about, %d wrong\n", asked, wrong);
	return wrong != 0 || asked < 80;
}
