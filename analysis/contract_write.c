/*
 * Writing a lock-order contract: sorted and without numbers that change from
 * run to run, so that two of them compare line by line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/contract_int.h"

static const char head[] =
    "# Lock order of a run of amapstorm.\n"
    "#\n"
    "# class NAME [rank N] [by address]   ranks rise inwards; by address: "
    "several\n"
    "#                                    locks of the class, lowest first\n"
    "# edge FROM TO MODES                 TO is taken with FROM held; W "
    "write,\n"
    "#                                    r read, R recursive read\n"
    "# forbid FROM TO                     never that\n";

static void
put_name(FILE *out, const char *name)
{
	fputc(' ', out);
	if (name[0] != '\0' && strpbrk(name, " \t\"\\#") == NULL) {
		fputs(name, out);
		return;
	}
	fputc('"', out);
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			fputc('\\', out);
		fputc(*name, out);
	}
	fputc('"', out);
}

static int
name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_class(FILE *out, const char *name, const struct ct_class *c)
{
	fputs("class", out);
	put_name(out, name);
	if (c != NULL && c->ranked)
		fprintf(out, " rank %lld", (long long)c->rank);
	if (c != NULL && c->by_address)
		fputs(" by address", out);
	fputc('\n', out);
}

/* Those of the run, and those that only the old contract knows. */
static int
put_classes(FILE *out, const struct ana_order *o,
    const struct ana_contract *old)
{
	size_t i, n = 0, all = o->nclasses + (old != NULL ? old->nclasses : 0);
	const char **name = calloc(all + 1, sizeof(*name));

	if (name == NULL)
		return ENOMEM;
	for (i = 0; i < o->nclasses; i++)
		name[n++] = o->classes[i].name;
	for (i = 0; old != NULL && i < old->nclasses; i++)
		name[n++] = old->classes[i].name;
	qsort(name, n, sizeof(*name), name_cmp);
	for (i = 0; i < n; i++)
		if (i == 0 || strcmp(name[i - 1], name[i]) != 0)
			put_class(out, name[i], old == NULL ? NULL :
			    ct_class_find(old, name[i]));
	free(name);
	return 0;
}

int
ana_contract_write(const struct ana_result *r, const struct ana_contract *old,
    FILE *out)
{
	const struct ana_order *o = &r->order;
	size_t i;
	int error;

	errno = 0;
	fputs(head, out);
	fputc('\n', out);
	error = put_classes(out, o, old);
	if (error != 0)
		return error;
	fputc('\n', out);
	for (i = 0; i < o->nedges; i++) {
		const struct ana_order_edge *e = &o->edges[i];
		const struct ct_edge *was = old == NULL ? NULL :
		    ct_edge_find(old, e->from, e->to);

		if (was != NULL && was->forbidden)
			continue;
		fputs("edge", out);
		put_name(out, e->from);
		put_name(out, e->to);
		fprintf(out, " %s\t# %s; %s\n", e->modes, e->from_site,
		    e->to_site);
	}
	for (i = 0; old != NULL && i < old->nedges; i++) {
		if (!old->edges[i].forbidden)
			continue;
		fputs("forbid", out);
		put_name(out, old->edges[i].from);
		put_name(out, old->edges[i].to);
		fputc('\n', out);
	}
	return ferror(out) ? errno != 0 ? errno : EIO : 0;
}
