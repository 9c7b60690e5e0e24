/*
 * order: which locks nest in which, outermost first.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/text_int.h"

#define NLAYERS	12	/* in brief: layers, classes of one, and edges */
#define NNAMES	24

static void
layers(const struct rp_page *p, const struct ana_order *o)
{
	size_t i, shown = 0, at = 0;
	char label[24];
	unsigned last = UINT32_MAX;

	for (i = 0; i < o->nclasses; i++) {
		const struct ana_order_class *c = &o->classes[i];

		if (!p->style->full && c->layer >= NLAYERS) {
			fprintf(p->out, "\n%-9s%zu more in deeper layers",
			    "", o->nclasses - i);
			break;
		}
		if (c->layer != last) {
			if (at != 0)
				fputc('\n', p->out);
			last = c->layer;
			at = shown = 0;
		}
		snprintf(label, sizeof(label), "layer %u", c->layer);
		if (!p->style->full && ++shown > NNAMES)
			continue;
		rp_item(p, &at, label, c->name, "");
	}
	if (i != 0)
		fputc('\n', p->out);
}

static void
edge(const struct rp_page *p, const struct ana_order_edge *e)
{
	char n[ANA_NUM];

	fprintf(p->out, "%s %-22.22s > %-22.22s %-19.19s %6s\n",
	    e->cycle ? "!" : " ", e->from, e->to, e->modes,
	    ana_count(e->deps, n));
	if (p->style->full)
		fprintf(p->out, "      %.35s > %.35s\n", e->from_site,
		    e->to_site);
}

void
rp_text_order(const struct rp_page *p, const struct ana_result *r)
{
	const struct ana_order *o = &r->order;
	char a[ANA_NUM], b[ANA_NUM];
	size_t i;

	if (o->deps == 0)
		return;
	rp_heading(p, "LOCK ORDER", ": what is taken while something else is "
	    "held");
	fprintf(p->out, "seen     %s kinds of takes of %s locks; %zu classes "
	    "nest, in %zu ways\n", ana_count(o->deps, a),
	    ana_count(o->instances, b), o->nclasses, o->nedges);
	fprintf(p->out, "rings    %u error%s, %u warning%s, %u harmless\n",
	    o->cycles[ANA_ERROR], o->cycles[ANA_ERROR] == 1 ? "" : "s",
	    o->cycles[ANA_WARN], o->cycles[ANA_WARN] == 1 ? "" : "s",
	    o->cycles[ANA_INFO]);
	if (o->gaveup != 0)
		fprintf(p->out, "         %zu searches for worse ones were "
		    "cut short\n", o->gaveup);
	layers(p, o);
	if (!p->style->full)
		return;
	rp_heading(p, "HELD > TAKEN", "                                "
	    "      modes               kinds");
	for (i = 0; i < o->nedges; i++)
		edge(p, &o->edges[i]);
}
