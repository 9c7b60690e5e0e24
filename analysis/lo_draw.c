/*
 * The strands of a cycle, drawn: two of them side by side, more of them one
 * below the other.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/lockorder_int.h"

#define COLUMN	34

/* An address is told from others by its end. */
static void
cell(const struct ana_snapshot *s, char buf[COLUMN + 1], const char *verb,
    const struct lk_node_info *n)
{
	char text[2 * LK_NAMELEN];
	size_t len;

	snprintf(text, sizeof(text), "%s  %s %.*s ..%05" PRIx64, verb,
	    lo_is_lock(n) ? lk_mode_name(n->mode) : lk_kind_name(n->kind),
	    n->kind == LKN_PAGE ? 0 : LK_NAMELEN,
	    ana_class_name(s, n->class), n->ident & 0xfffff);
	len = strnlen(text, COLUMN);
	memcpy(buf, text, len);
	buf[len] = '\0';
}

static void
draw_two(struct lo *lo, struct ana_finding *f, const struct lo_side *side)
{
	char a[COLUMN + 1], b[COLUMN + 1];

	snprintf(a, sizeof(a), "strand %s", side[0].who);
	snprintf(b, sizeof(b), "strand %s", side[1].who);
	ana_text(lo->r, f, "%-*s        %s", COLUMN, a, b);
	cell(lo->s, a, "holds", side[0].holds);
	cell(lo->s, b, "holds", side[1].holds);
	ana_text(lo->r, f, "%-*s <-\\/-> %s", COLUMN, a, b);
	cell(lo->s, a, "wants", side[0].wants);
	cell(lo->s, b, "wants", side[1].wants);
	ana_text(lo->r, f, "%-*s --/\\-- %s", COLUMN, a, b);
}

static void
draw_ring(struct lo *lo, struct ana_finding *f, const struct lo_side *side,
    unsigned n)
{
	char a[COLUMN + 1];
	unsigned i;

	for (i = 0; i < n; i++) {
		ana_text(lo->r, f, "strand %s", side[i].who);
		cell(lo->s, a, "holds", side[i].holds);
		ana_text(lo->r, f, "%s  %s", i == 0 ? ",->" : "|  ", a);
		cell(lo->s, a, "wants", side[i].wants);
		ana_text(lo->r, f, "%s  %s", i + 1 == n ? "`--" : "|  ", a);
	}
}

void
lo_draw(struct lo *lo, struct ana_finding *f, const struct lo_side *side,
    unsigned n)
{
	if (n == 2)
		draw_two(lo, f, side);
	else
		draw_ring(lo, f, side, n);
}
