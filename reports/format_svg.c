/*
 * svg: the order of locks as a graph, drawn by graphviz.  What is part of a
 * finding is red; of many ways to nest only those that were seen most often
 * are drawn beside it.
 */
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/rp_int.h"

#define NEDGES	64		/* drawn, unless more are part of findings */

extern char **environ;

static int
by_weight(const void *a, const void *b)
{
	const struct ana_order_edge *x = *(const struct ana_order_edge *const *)a;
	const struct ana_order_edge *y = *(const struct ana_order_edge *const *)b;

	if (x->cycle != y->cycle)
		return x->cycle ? -1 : 1;
	if (x->deps != y->deps)
		return x->deps > y->deps ? -1 : 1;
	return x < y ? -1 : 1;
}

static void
edge(FILE *dot, const struct ana_order_edge *e)
{
	fputs("  ", dot);
	rp_quoted(dot, e->from, "\\");
	fputs(" -> ", dot);
	rp_quoted(dot, e->to, "\\");
	fputs(" [label=", dot);
	rp_quoted(dot, e->modes, "\\");
	fputs(", tooltip=", dot);
	rp_quoted(dot, e->to_site, "\\");
	fprintf(dot, "%s];\n", e->cycle ? ", color=\"#c00000\", "
	    "fontcolor=\"#c00000\", penwidth=2.5, class=\"finding\"" : "");
}

/* Is it at one end of the edges that are drawn; of one in a finding? */
static void
node(FILE *dot, const struct ana_order_class *c,
    const struct ana_order_edge *const *e, size_t n)
{
	bool drawn = false, bad = false, touches;
	size_t i;

	for (i = 0; i < n; i++) {
		touches = strcmp(e[i]->from, c->name) == 0 ||
		    strcmp(e[i]->to, c->name) == 0;
		drawn |= touches;
		bad |= touches && e[i]->cycle;
	}
	if (!drawn)
		return;
	fputs("  ", dot);
	rp_quoted(dot, c->name, "\\");
	fprintf(dot, " [shape=%s%s, tooltip=\"%s, layer %u\"];\n",
	    strcmp(c->kind, "lock") == 0 ? "box" : "ellipse", bad ?
	    ", color=\"#c00000\", penwidth=2.5, class=\"finding\"" : "",
	    c->kind, c->layer);
}

static void
title(FILE *dot, const struct ana_result *r, size_t n)
{
	char text[512], more[96] = "";

	if (n < r->order.nedges)
		snprintf(more, sizeof(more), "; %zu other ways, seen less "
		    "often, are not drawn", r->order.nedges - n);
	snprintf(text, sizeof(text), "%.120s: %.120s.  A to B: B was taken "
	    "while A was held, in these modes%s%s", r->facts.scenario[0] !=
	    '\0' ? r->facts.scenario : "amapstorm", r->verdict, more,
	    r->order.nedges == 0 ? "; nothing was" : "");
	fputs("  label=", dot);
	rp_quoted(dot, text, "\\");
	fputs(";\n", dot);
}

static int
graph(const struct ana_result *r, FILE *dot)
{
	const struct ana_order *o = &r->order;
	const struct ana_order_edge **e;
	size_t i, n = 0;

	e = calloc(o->nedges + 1, sizeof(*e));
	if (e == NULL)
		return ENOMEM;
	for (i = 0; i < o->nedges; i++)
		e[i] = &o->edges[i];
	if (o->nedges != 0)
		qsort(e, o->nedges, sizeof(e[0]), by_weight);
	while (n < o->nedges && (n < NEDGES || e[n]->cycle))
		n++;
	fputs("digraph order {\n  labelloc=t; rankdir=TB; nodesep=0.3;\n"
	    "  node [fontname=\"sans-serif\", fontsize=11];\n"
	    "  edge [fontname=\"sans-serif\", fontsize=9, color=\"#606060\"];\n"
	    "  fontname=\"sans-serif\"; fontsize=12;\n", dot);
	title(dot, r, n);
	for (i = 0; i < o->nclasses; i++)
		node(dot, &o->classes[i], e, n);
	for (i = 0; i < n; i++)
		edge(dot, e[i]);
	fputs("}\n", dot);
	free(e);
	return fflush(dot) == 0 && !ferror(dot) ? 0 : EIO;
}

/* => dot's output in drawn; ENODATA: there is no dot here */
static int
draw(FILE *dot, FILE *drawn)
{
	char name[] = "dot", how[] = "-Tsvg";
	char *const argv[] = { name, how, NULL };
	posix_spawn_file_actions_t to;
	int error, status = -1;
	pid_t pid;

	if (lseek(fileno(dot), 0, SEEK_SET) != 0)
		return errno;
	error = posix_spawn_file_actions_init(&to);
	if (error != 0)
		return error;
	error = posix_spawn_file_actions_adddup2(&to, fileno(dot), 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&to, fileno(drawn),
		    1);
	if (error == 0)
		error = posix_spawnp(&pid, name, &to, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&to);
	if (error != 0)
		return error == ENOENT ? ENODATA : error;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 :
	    WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ENODATA : EIO;
}

static int
copy(FILE *drawn, FILE *out)
{
	char buf[8192];
	size_t n;

	rewind(drawn);
	errno = 0;
	while ((n = fread(buf, 1, sizeof(buf), drawn)) != 0 &&
	    fwrite(buf, 1, n, out) == n)
		continue;
	return rp_finish(out);
}

int
rp_format_svg(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	FILE *dot = tmpfile(), *drawn = tmpfile();
	int error = dot == NULL || drawn == NULL ? errno : 0;

	if (error == 0)
		error = graph(r, dot);
	if (error == 0)
		error = draw(dot, drawn);
	if (error == 0)
		error = copy(drawn, out);
	if (dot != NULL)
		fclose(dot);
	if (drawn != NULL)
		fclose(drawn);
	return error;
}
