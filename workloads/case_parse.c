/*
 * case_parse.c: the case notation, read from left to right.
 *
 *	script	= { step | ";" | "||" | repeat | use }
 *	step	= word [ "!" ] ":" name | "-" name | "<exit>" | "[handler:" | "]"
 *	repeat	= "repeat" var "=" number ".." number "(" script ")"
 *	use	= "use:" ID [ "(" name { "," name } ")" ]
 *	name	= { letter | digit | "_" | "{" var { ("+"|"-"|"%") term } "}" }
 *
 * A repetition goes back to where its body began, so every error has the
 * column of the text as it was written.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/case_parse_int.h"

const struct wl_case_word wl_case_words[WLC_NDO] = {
#define CASE_STEP(name, word, on, help)	\
	[WLC_##name] = { word, help, WLCO_##on },
#include "workloads/case_steps.def"
#undef CASE_STEP
};

#define NAMELEN		64
#define NVARS		4
#define NALIAS		32

struct var {
	char	name[16];
	long	value;
};

struct alias {
	char	own[NAMELEN], to[NAMELEN];
};

struct parse {
	const char	*text, *s;
	const struct wl_case_table *table;
	struct wl_case	*c;
	struct wl_error	*err;
	struct var	var[NVARS];
	size_t		nvars;
	size_t		cphases, csteps;
	bool		fresh;		/* the next step begins a phase */
	bool		together;	/* ... at once with the one before */
	bool		handler;
	unsigned	used;		/* depth of use: */
	size_t		*turns;		/* of repeats, and uses, in all */
	/* inside use: -- its names, in the order they come, and their new ones */
	struct alias	*alias;
	size_t		nalias, nmet;
};

static int	parse_script(struct parse *, char end);

/* ------------------------------------------------------------------------
 * What is wrong, and where
 */

__attribute__((format(printf, 4, 5)))
static int
wrong(struct parse *p, const char *at, const char *expected, const char *fmt,
    ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(p->err->what, sizeof(p->err->what), "column %zu: %s",
	    (size_t)(at - p->text) + 1, what);
	snprintf(p->err->expected, sizeof(p->err->expected), "%s", expected);
	return EINVAL;
}

static size_t
word_len(const char *s)
{
	size_t n = strcspn(s, " \t;|()],");

	return n == 0 && *s != '\0' ? 1 : n;
}

static int
no_step(struct parse *p, const char *at)
{
	char all[512] = "";
	size_t i, n = 0;

	for (i = 0; i < WLC_NDO && n < sizeof(all); i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s%s",
		    i == 0 ? "" : " ", wl_case_words[i].word,
		    wl_case_words[i].on != WLCO_NONE &&
		    wl_case_words[i].word[0] != '-' ? ":" : "");
	if (n < sizeof(all))
		snprintf(all + n, sizeof(all) - n, " ; || repeat use:");
	return wrong(p, at, all, "\"%.*s\" is no step", (int)word_len(at),
	    at);
}

static void
skip(struct parse *p)
{
	while (isspace((unsigned char)*p->s))
		p->s++;
}

/* ------------------------------------------------------------------------
 * Numbers and names
 */

static int
number(struct parse *p, long *value)
{
	char *end;

	if (!isdigit((unsigned char)*p->s))
		return wrong(p, p->s, "a number", "\"%.*s\" is no number",
		    (int)word_len(p->s), p->s);
	errno = 0;
	*value = strtol(p->s, &end, 10);
	if (errno != 0 || *value > WL_CASE_STEPS)
		return wrong(p, p->s, "at most 4000000", "%.*s is too much",
		    (int)(end - p->s), p->s);
	p->s = end;
	return 0;
}

static int
term(struct parse *p, long *value)
{
	size_t i, n = strspn(p->s, "abcdefghijklmnopqrstuvwxyz");

	if (n == 0)
		return number(p, value);
	for (i = 0; i < p->nvars; i++) {
		if (strlen(p->var[i].name) == n &&
		    memcmp(p->var[i].name, p->s, n) == 0) {
			*value = p->var[i].value;
			p->s += n;
			return 0;
		}
	}
	return wrong(p, p->s, "the variable of a repeat around it",
	    "no variable \"%.*s\"", (int)n, p->s);
}

/* {i+1%30}: from left to right, no ranks among operators */
static int
expression(struct parse *p, long *value)
{
	const char *open = p->s++;
	long next;
	char op;
	int error;

	error = term(p, value);
	while (error == 0 && *p->s != '}') {
		op = *p->s;
		if (op != '+' && op != '-' && op != '%')
			return wrong(p, p->s, "+ - % or }", "\"{\" of column "
			    "%zu goes on with \"%.1s\"",
			    (size_t)(open - p->text) + 1, p->s);
		p->s++;
		error = term(p, &next);
		if (error != 0)
			break;
		if (op == '%' && next == 0)
			return wrong(p, p->s - 1, "another number",
			    "remainder of a division by 0");
		*value = op == '+' ? *value + next : op == '-' ?
		    *value - next : *value % next;
	}
	if (error == 0)
		p->s++;
	return error;
}

static int
name(struct parse *p, char to[NAMELEN])
{
	const char *at = p->s;
	size_t n = 0;
	long value;
	int error;

	for (;;) {
		if (n > NAMELEN - 24)
			return wrong(p, at, "at most 40 characters",
			    "the name is too long");
		if (*p->s == '{') {
			error = expression(p, &value);
			if (error != 0)
				return error;
			n += (size_t)snprintf(to + n, 22, "%ld", value);
		} else if (isalnum((unsigned char)*p->s) || *p->s == '_')
			to[n++] = *p->s++;
		else
			break;
	}
	to[n] = '\0';
	if (n == 0 || p->s[strcspn(p->s, " \t;|()],")] != *p->s)
		return wrong(p, p->s, "a name of letters, digits and _",
		    "\"%.*s\" in a name", *p->s == '\0' ? 3 :
		    (int)word_len(p->s), *p->s == '\0' ? "end" : p->s);
	return 0;
}

/* ------------------------------------------------------------------------
 * Steps
 */

static int
new_phase(struct parse *p)
{
	struct wl_case *c = p->c;
	struct wl_case_phase *ph;

	if (c->nphases == WL_CASE_PHASES)
		return wrong(p, p->s, "at most 240", "too many phases");
	ph = realloc(c->phase, (c->nphases + 1) * sizeof(*ph));
	if (ph == NULL)
		return ENOMEM;
	c->phase = ph;
	ph[c->nphases++] = (struct wl_case_phase){ .together = p->together };
	p->csteps = 0;
	p->fresh = p->together = false;
	return 0;
}

static int
add(struct parse *p, const char *at, enum wl_case_do what, uint32_t on,
    bool dupok)
{
	struct wl_case *c = p->c;
	struct wl_case_phase *ph;
	struct wl_case_step *step;
	uint32_t site;
	int error = 0;

	if (c->nsteps++ == WL_CASE_STEPS)
		return wrong(p, at, "at most 4000000", "too many steps");
	if (p->fresh)
		error = new_phase(p);
	if (error == 0)
		error = wl_case_site(c, at, (size_t)(p->s - at),
		    (uint32_t)(at - p->text) + 1, &site);
	if (error != 0)
		return error;
	ph = &c->phase[c->nphases - 1];
	if (ph->nsteps == p->csteps) {
		p->csteps = p->csteps == 0 ? 16 : 2 * p->csteps;
		step = realloc(ph->step, p->csteps * sizeof(*step));
		if (step == NULL)
			return ENOMEM;
		ph->step = step;
	}
	ph->step[ph->nsteps++] = (struct wl_case_step){
		.what = (uint8_t)what, .on = on, .site = site, .dupok = dupok
	};
	return 0;
}

static const char *const kind_name[] = {
	[WLCO_LOCK] = "a lock", [WLCO_MUTEX] = "a mutex",
	[WLCO_EVENT] = "an event"
};

/* The lock of a row used by another row is called what that one says. */
static void
rename_used(struct parse *p, char to[NAMELEN])
{
	size_t i;

	for (i = 0; i < p->nmet && strcmp(p->alias[i].own, to) != 0; i++)
		;
	if (i == p->nmet && i < p->nalias)
		memcpy(p->alias[p->nmet++].own, to, NAMELEN);
	if (i < p->nalias)
		memcpy(to, p->alias[i].to, NAMELEN);
}

static int
thing(struct parse *p, const char *at, enum wl_case_on kind, uint32_t *on)
{
	struct wl_case_thing *t;
	char to[NAMELEN];
	int error;

	error = name(p, to);
	if (error == 0) {
		rename_used(p, to);
		error = wl_case_name(p->c, to, on);
	}
	if (error != 0)
		return error;
	t = &p->c->thing[*on];
	if (t->kind == WLCO_NONE)
		t->kind = kind == WLCO_EITHER ? WLCO_NONE : kind;
	else if (kind != WLCO_EITHER && t->kind != kind)
		return wrong(p, at, kind_name[t->kind], "%s is %s here and %s "
		    "before", t->name, kind_name[kind], kind_name[t->kind]);
	return 0;
}

static int
phase_number(struct parse *p, uint32_t *on)
{
	const char *at = p->s;
	char to[NAMELEN], *end;
	long value;
	int error = name(p, to);

	if (error != 0)
		return error;
	value = strtol(to, &end, 10);
	if (*end != '\0' || value < 1 || value > WL_CASE_PHASES)
		return wrong(p, at, "the number of a phase, from 1 on",
		    "\"%s\" is no phase", to);
	*on = (uint32_t)value - 1;
	return 0;
}

static int
handler(struct parse *p, const char *at, bool begins)
{
	if (begins == p->handler)
		return wrong(p, at, begins ? "a ] first" :
		    "a [handler: before it", "\"%s\"",
		    begins ? "[handler: in a handler" : "]");
	p->handler = begins;
	return add(p, at, begins ? WLC_signal : WLC_sigend, 0, false);
}

/* A release: -x, or -W:x and -r:x. */
static int
release(struct parse *p)
{
	const char *at = p->s++;
	enum wl_case_do what = WLC_exit;
	uint32_t on;
	int error;

	if ((p->s[0] == 'W' || p->s[0] == 'r') && p->s[1] == ':') {
		what = p->s[0] == 'W' ? WLC_exitw : WLC_exitr;
		p->s += 2;
	}
	error = thing(p, at, what == WLC_exit ? WLCO_EITHER : WLCO_LOCK, &on);
	return error != 0 ? error : add(p, at, what, on, false);
}

static bool
may_be_dupok(enum wl_case_do what)
{
	return what == WLC_write || what == WLC_read || what == WLC_rread;
}

static int
step(struct parse *p)
{
	const char *at = p->s;
	size_t n = strcspn(at, " \t:!;");
	bool dupok = at[n] == '!';
	uint32_t on = 0;
	int what, error;

	for (what = 0; what < WLC_NDO; what++)
		if (strlen(wl_case_words[what].word) == n &&
		    strncmp(wl_case_words[what].word, at, n) == 0)
			break;
	if (what == WLC_NDO || at[n + dupok] != ':' ||
	    wl_case_words[what].on == WLCO_NONE)
		return no_step(p, at);
	if (dupok && !may_be_dupok((enum wl_case_do)what))
		return wrong(p, at, "it with W, r or R", "\"!\" (the order is "
		    "meant) behind \"%.*s\"", (int)n, at);
	p->s = at + n + dupok + 1;
	error = wl_case_words[what].on == WLCO_PHASE ? phase_number(p, &on) :
	    thing(p, at, wl_case_words[what].on, &on);
	return error != 0 ? error :
	    add(p, at, (enum wl_case_do)what, on, dupok);
}

/* ------------------------------------------------------------------------
 * repeat and use
 */

static int
expect(struct parse *p, const char *what)
{
	skip(p);
	if (strncmp(p->s, what, strlen(what)) != 0)
		return wrong(p, p->s, what, "\"%.*s\"", *p->s == '\0' ? 3 :
		    (int)word_len(p->s), *p->s == '\0' ? "end" : p->s);
	p->s += strlen(what);
	skip(p);
	return 0;
}

/* Even what has no steps in it comes to an end. */
static int
turn(struct parse *p)
{
	if (++*p->turns <= WL_CASE_STEPS)
		return 0;
	return wrong(p, p->s, "at most 4000000", "too many turns of repeats");
}

static int
repeat_head(struct parse *p, long *from, long *to)
{
	struct var *v = &p->var[p->nvars];
	size_t n;
	int error;

	if (p->nvars == NVARS)
		return wrong(p, p->s, "at most 4", "repeats inside repeats");
	p->s += strlen("repeat");
	skip(p);
	n = strspn(p->s, "abcdefghijklmnopqrstuvwxyz");
	if (n == 0 || n >= sizeof(v->name))
		return wrong(p, p->s, "a variable, as in repeat i=1..9 ( ... )",
		    "\"%.*s\"", (int)word_len(p->s), p->s);
	snprintf(v->name, sizeof(v->name), "%.*s", (int)n, p->s);
	p->s += n;
	error = expect(p, "=");
	if (error == 0)
		error = number(p, from);
	if (error == 0)
		error = expect(p, "..");
	if (error == 0)
		error = number(p, to);
	if (error == 0)
		error = expect(p, "(");
	if (error == 0 && *to < *from)
		return wrong(p, p->s, "numbers that grow",
		    "repeat from %ld to %ld", *from, *to);
	return error;
}

static int
repeat(struct parse *p)
{
	const char *body;
	long from = 0, to = 0, i;
	int error = repeat_head(p, &from, &to);
	struct var *v = &p->var[p->nvars];

	body = p->s;
	p->nvars++;
	for (i = from; error == 0 && i <= to; i++) {
		v->value = i;
		p->s = body;
		error = turn(p);
		if (error == 0)
			error = parse_script(p, ')');
	}
	p->nvars--;
	return error;
}

/* The names in the parentheses of use:ID(A,B). */
static int
use_names(struct parse *p, struct alias *names, size_t *n)
{
	int error;

	*n = 0;
	if (*p->s != '(')
		return 0;
	do {
		p->s++;
		skip(p);
		if (*n == NALIAS)
			return wrong(p, p->s, "at most 32", "too many names");
		error = name(p, names[(*n)++].to);
		if (error != 0)
			return error;
		skip(p);
	} while (*p->s == ',');
	return expect(p, ")");
}

static const struct wl_case_row *
row_called(const struct wl_case_table *t, const char *id, size_t len)
{
	size_t i;

	for (i = 0; t != NULL && i < t->nrows; i++)
		if (strlen(t->row[i].id) == len &&
		    strncmp(t->row[i].id, id, len) == 0)
			return &t->row[i];
	return NULL;
}

static int
use(struct parse *p)
{
	const char *at = p->s, *id = at + strlen("use:");
	size_t len = strcspn(id, " \t;|()],");
	const struct wl_case_row *row = row_called(p->table, id, len);
	struct alias names[NALIAS];
	char *plain;
	struct parse q;
	int error;

	if (row == NULL)
		return wrong(p, at, "the first column of another row",
		    "no row \"%.*s\"", (int)len, id);
	if (p->used == 4)
		return wrong(p, at, "at most 4 deep", "rows that use rows");
	q = *p;
	q.s = p->s = id + len;
	error = use_names(p, names, &q.nalias);
	if (error == 0)
		error = turn(p);
	if (error != 0)
		return error;
	plain = wl_case_plain(row->script);
	if (plain == NULL)
		return ENOMEM;
	q.text = q.s = plain;
	q.alias = names;
	q.nmet = q.nvars = 0;
	q.used++;
	error = parse_script(&q, '\0');
	p->fresh = q.fresh;
	p->together = q.together;
	p->csteps = q.csteps;
	free(plain);
	return error;
}

/* ------------------------------------------------------------------------
 * The whole
 */

static int
separator(struct parse *p)
{
	const char *at = p->s;
	bool together = *at == '|';

	if (together && at[1] != '|')
		return no_step(p, at);
	if (p->handler)
		return wrong(p, at, "]", "a phase ends inside its handler");
	if (together && (p->c->nphases == 0 || p->fresh))
		return wrong(p, at, "a phase before it", "\"||\"");
	p->s += together ? 2 : 1;
	p->fresh = true;
	p->together = together;
	return 0;
}

static bool
is_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	return strncmp(s, word, n) == 0 && (s[n] == '\0' ||
	    isspace((unsigned char)s[n]) || word[n - 1] == ':');
}

static int
leave(struct parse *p)
{
	const char *at = p->s;

	p->s += strlen("<exit>");
	return add(p, at, WLC_leave, 0, false);
}

static int
item(struct parse *p)
{
	const char *at = p->s;

	if (*at == ';' || *at == '|')
		return separator(p);
	if (*at == ']') {
		p->s++;
		return handler(p, at, false);
	}
	if (is_word(at, "[handler:")) {
		p->s += strlen("[handler:");
		return handler(p, at, true);
	}
	if (strncmp(at, "<exit>", 6) == 0)
		return leave(p);
	if (*at == '-')
		return release(p);
	if (is_word(at, "repeat"))
		return repeat(p);
	if (is_word(at, "use:"))
		return use(p);
	return step(p);
}

static int
parse_script(struct parse *p, char end)
{
	int error;

	for (;;) {
		skip(p);
		if (*p->s == end)
			break;
		if (*p->s == '\0')
			return wrong(p, p->s, ")", "the end, inside a repeat");
		error = item(p);
		if (error != 0)
			return error;
	}
	if (end != '\0')
		p->s++;
	return 0;
}

static int
check_joins(struct parse *p)
{
	const struct wl_case *c = p->c;
	bool joined[WL_CASE_PHASES] = { false };
	size_t i, k;

	for (i = 0; i < c->nphases; i++) {
		for (k = 0; k < c->phase[i].nsteps; k++) {
			const struct wl_case_step *s = &c->phase[i].step[k];

			if (s->what != WLC_join)
				continue;
			if (s->on >= c->nphases || s->on == i)
				return wrong(p, p->text +
				    c->site[s->site].column - 1,
				    "another phase of this row",
				    "join of phase %u", s->on + 1);
			if (joined[s->on])
				return wrong(p, p->text +
				    c->site[s->site].column - 1,
				    "one join of each phase",
				    "phase %u is joined twice", s->on + 1);
			joined[s->on] = true;
		}
	}
	return 0;
}

static int
parse_whole(struct parse *p)
{
	int error = parse_script(p, '\0');
	size_t i;

	if (error != 0)
		return error;
	if (p->handler)
		return wrong(p, p->s, "]", "the end, inside a handler");
	if (p->c->nphases == 0)
		return wrong(p, p->s, "a step", "the script is empty");
	if (p->together)
		return wrong(p, p->s, "another phase", "\"||\" at the end");
	/* only ever released, or made anew: then it is a lock */
	for (i = 0; i < p->c->nthings; i++)
		if (p->c->thing[i].kind == WLCO_NONE)
			p->c->thing[i].kind = WLCO_LOCK;
	return check_joins(p);
}

int
wl_case_parse(const char *script, size_t n, const struct wl_case_table *table,
    struct wl_case **out, struct wl_error *err)
{
	size_t turns = 0;
	struct parse p = { .table = table, .err = err, .fresh = true,
	    .turns = &turns };
	char *part = wl_case_part(script, n), *plain;
	int error = ENOMEM;

	*out = NULL;
	if (part == NULL)
		return 0;
	plain = wl_case_plain(part);
	free(part);
	if (plain == NULL)
		return ENOMEM;
	p.text = p.s = plain;
	p.c = wl_case_new();
	if (p.c != NULL)
		error = parse_whole(&p);
	free(plain);
	if (error == 0)
		*out = p.c;
	else
		wl_case_free(p.c);
	return error;
}
