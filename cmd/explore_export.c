/*
 * A deadlock as a C program on the locks library: what each strand did with
 * locks and mutexes, and in which order.
 *
 * An acquisition that had to wait passes its point again each time it tries:
 * that is an event of the schedule, but no operation of the strand.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/explore_int.h"

static const char head[] =
    "/*\n"
    " * A deadlock found by amapstorm explore: the same lock operations of the "
    "same\n"
    " * strands, in the same order.  Exits with 0 if it happens again.\n"
    " *\n"
    " *\tcc this.c $(pkg-config --cflags --libs amapstorm-locks)\n"
    " */\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "\n"
    "#include \"locks/locks.h\"\n"
    "\n";

static const char tail[] =
    "static size_t at;\n"
    "\n"
    "/* Who came next; strand i is the (i + 1)th fiber. */\n"
    "static struct lk_fiber_view *\n"
    "choose(void *arg, struct lk_fiber_view *const *v, unsigned n,\n"
    "    const struct lk_fiber_view *last)\n"
    "{\n"
    "\tunsigned i;\n"
    "\n"
    "\tfor (i = 0; at < sizeof(order) && i < n; i++)\n"
    "\t\tif (v[i]->ordinal == (uint32_t)order[at] + 1) {\n"
    "\t\t\tat++;\n"
    "\t\t\treturn v[i];\n"
    "\t\t}\n"
    "\treturn v[0];\n"
    "}\n"
    "\n"
    "static void\n"
    "root(void *arg)\n"
    "{\n"
    "\tstruct lk_strand *s[NSTRANDS];\n"
    "\tunsigned i;\n"
    "\n"
    "\tfor (i = 0; i < NSTRANDS; i++)\n"
    "\t\tif (lk_strand_start(&s[i], name[i], fn[i], NULL, NULL) != 0)\n"
    "\t\t\texit(2);\n"
    "\tlk_fibers_quiet(false);\n"
    "\tfor (i = 0; i < NSTRANDS; i++)\n"
    "\t\tlk_strand_join(s[i]);\n"
    "}\n"
    "\n"
    "int\n"
    "main(void)\n"
    "{\n"
    "\tconst struct lk_fibers_conf conf = { .choose = choose,\n"
    "\t    .always = true, .quiet = true };\n"
    "\tstruct lk_fibers_result r;\n"
    "\n"
    "\tif (lk_strand_adopt(\"main\", NULL) != 0 ||\n"
    "\t    lk_fibers_run(&conf, root, NULL, NULL, &r) != 0)\n"
    "\t\treturn 2;\n"
    "\tprintf(\"%s after %llu points\\n\", lk_fibers_end_name(r.end),\n"
    "\t    (unsigned long long)r.steps);\n"
    "\treturn r.end == LKF_DEADLOCK ? 0 : 1;\n"
    "}\n";

struct out {
	FILE		*f;
	const struct wl_explore_run *run;
	uint32_t	n;
	int		strand[LK_MAXFIBER];	/* by ordinal; -1: none */
	unsigned	nstrands;
	bool		rw[65536], mtx[65536];	/* by id: there is such a one */
};

static bool
is_lock(const struct wl_event *e)
{
	return e->id != 0 && e->strand < LK_MAXFIBER &&
	    e->kind <= LKN_MUTEX && (e->act == LKA_WRITE ||
	    e->act == LKA_READ || e->act == LKA_TRY || e->act == LKA_EXIT);
}

/* It tries again what it asked for before. */
static bool
tries_again(const struct out *x, uint32_t i)
{
	const struct wl_event *e = &x->run->event[i], *p;

	if (e->act != LKA_WRITE && e->act != LKA_READ)
		return false;
	while (i-- > 0) {
		p = &x->run->event[i];
		if (p->strand != e->strand)
			continue;
		return is_lock(p) && p->id == e->id && p->line == e->line &&
		    (p->act == LKA_WRITE || p->act == LKA_READ) &&
		    strcmp(p->file, e->file) == 0;
	}
	return false;
}

static void
survey(struct out *x)
{
	const struct wl_event *e;
	uint32_t i;

	x->n = x->run->nevents < WL_MAXEVENT ? x->run->nevents : WL_MAXEVENT;
	memset(x->strand, -1, sizeof(x->strand));
	for (i = 0; i < x->n; i++) {
		e = &x->run->event[i];
		if (!is_lock(e))
			continue;
		if (x->strand[e->strand] == -1)
			x->strand[e->strand] = (int)x->nstrands++;
		*(e->kind == LKN_MUTEX ? &x->mtx[e->id] : &x->rw[e->id]) =
		    true;
	}
}

/* The last thing that a strand did is that it asked for a lock. */
static bool
waits(const struct out *x, unsigned ordinal)
{
	const struct wl_event *e;
	uint32_t i = x->n;

	while (i-- > 0) {
		e = &x->run->event[i];
		if (e->strand == ordinal)
			return is_lock(e) && (e->act == LKA_WRITE ||
			    e->act == LKA_READ);
	}
	return false;
}

/* A ring of locks has two who wait for one; else somebody sleeps. */
static bool
of_locks(const struct out *x)
{
	unsigned o, n = 0;

	for (o = 0; o < LK_MAXFIBER; o++)
		n += waits(x, o);
	return n >= 2;
}

static void
write_call(const struct out *x, const struct wl_event *e)
{
	static const char *const rw[] = {
		[LKA_WRITE] = "rw_enter_write(&l%u);",
		[LKA_READ] = "rw_enter_read(&l%u);",
		[LKA_TRY] = "(void)rw_enter(&l%u, RW_WRITE | RW_NOSLEEP);",
		[LKA_EXIT] = "rw_exit(&l%u);",
	};
	static const char *const mtx[] = {
		[LKA_WRITE] = "mtx_enter(&m%u);", [LKA_READ] = "",
		[LKA_TRY] = "(void)mtx_enter_try(&m%u);",
		[LKA_EXIT] = "mtx_leave(&m%u);",
	};
	char call[80];

	snprintf(call, sizeof(call), e->kind == LKN_MUTEX ? mtx[e->act] :
	    rw[e->act], (unsigned)e->id);
	fprintf(x->f, "\t%-48s/* %.19s %.31s:%u */\n", call, e->object,
	    e->file, e->line);
}

static void
write_strands(const struct out *x)
{
	const struct wl_event *e;
	unsigned o;
	uint32_t i;

	for (o = 0; o < LK_MAXFIBER; o++) {
		if (x->strand[o] == -1)
			continue;
		fprintf(x->f, "static void\nstrand%d(void *arg)\n{\n",
		    x->strand[o]);
		for (i = 0; i < x->n; i++) {
			e = &x->run->event[i];
			if (e->strand == o && is_lock(e) && !tries_again(x, i))
				write_call(x, e);
		}
		fputs("}\n\n", x->f);
	}
}

static void
write_tables(const struct out *x)
{
	unsigned i, o, at = 0;

	fprintf(x->f, "#define NSTRANDS\t%u\nstatic void (*const fn[])(void *) "
	    "= {\n", x->nstrands);
	for (i = 0; i < x->nstrands; i++)
		fprintf(x->f, "\tstrand%u,\n", i);
	fputs("};\nstatic const char *const name[] = {\n", x->f);
	for (i = 0; i < x->nstrands; i++)
		for (o = 0; o < LK_MAXFIBER; o++)
			if (x->strand[o] == (int)i)
				fprintf(x->f, "\t\"%.15s\",\n",
				    x->run->strand[o]);
	fputs("};\nstatic const unsigned char order[] = {", x->f);
	for (i = 0; i < x->nstrands; i++)	/* each begins */
		fprintf(x->f, "%s%u,", at++ % 16 == 0 ? "\n\t" : " ", i);
	for (i = 0; i < x->n; i++)
		if (is_lock(&x->run->event[i]))
			fprintf(x->f, "%s%d,", at++ % 16 == 0 ? "\n\t" : " ",
			    x->strand[x->run->event[i].strand]);
	fputs("\n};\n", x->f);
}

static void
write_all(const struct out *x)
{
	unsigned i;

	fputs(head, x->f);
	for (i = 0; i < 65536; i++) {
		if (x->rw[i])
			fprintf(x->f, "static struct rwlock l%u;\n", i);
		if (x->mtx[i])
			fprintf(x->f, "static struct mutex m%u;\n", i);
	}
	fputc('\n', x->f);
	write_strands(x);
	write_tables(x);
	fputs(tail, x->f);
}

int
cmd_export(const struct cmd_explore *o, const struct wl_explore_run *run)
{
	struct cmd_output to;
	struct out *x;
	int error;

	if (o->export == NULL)
		return 0;
	x = calloc(1, sizeof(*x));
	if (x != NULL) {
		x->run = run;
		survey(x);
	}
	if (x != NULL && (run->end != LKF_DEADLOCK || run->events_lost > 0 ||
	    !of_locks(x))) {
		free(x);
		cmd_complain("%s: not written: only a deadlock of locks can be "
		    "told by its locks alone", o->export);
		return 0;
	}
	error = x == NULL ? ENOMEM : cmd_output_open(&to, o->export);
	if (error == 0) {
		x->f = to.file;
		write_all(x);
		error = cmd_output_done(&to);
		cmd_output_drop(&to);
	}
	free(x);
	if (error == 0)
		return 0;
	cmd_complain("%s: not written: %s", o->export, strerror(error));
	return ANA_EXIT_CANNOT;
}
