#include <stdio.h>
#include <stdlib.h>

#include "tests/analysis/order_made.h"

#define MAXPLACE	98

static const struct kind {
	const char	*prefix;
	enum lk_node_kind kind;
	enum lk_mode	mode;
	enum lk_how	how;
} kinds[] = {
	{ "W:", LKN_LOCK, LKM_WRITE, LKH_PLAIN },
	{ "r:", LKN_LOCK, LKM_READ, LKH_PLAIN },
	{ "R:", LKN_LOCK, LKM_RREAD, LKH_PLAIN },
	{ "tW:", LKN_LOCK, LKM_WRITE, LKH_TRIED },
	{ "tr:", LKN_LOCK, LKM_READ, LKH_TRIED },
	{ "U:", LKN_LOCK, LKM_WRITE, LKH_UPGRADED },
	{ "M:", LKN_MUTEX, LKM_WRITE, LKH_PLAIN },
	{ "P:", LKN_PAGE, LKM_WRITE, LKH_WAITED },
	{ "S:", LKN_SLEEP, LKM_NONE, LKH_WAITED },
	{ "mem:", LKN_MEMORY, LKM_WRITE, LKH_WAITED },
	{ "wait:", LKN_EVENT, LKM_NONE, LKH_PLAIN },
	{ "join:", LKN_JOIN, LKM_WRITE, LKH_WAITED },
	{ "sig:", LKN_SIGNAL, LKM_NONE, LKH_TRIED },
};

struct om *
om_new(void)
{
	struct om *m = calloc(1, sizeof(*m));
	uint32_t i;

	assert_non_null(m);
	m->s.classes = m->class;
	m->s.nclasses = 26;
	for (i = 0; i < 26; i++) {
		m->class[i].id = i + 1;
		m->class[i].kind = LKN_LOCK;
		m->class[i].name[0] = (char)('A' + i);
	}
	m->s.sites = m->site;
	m->s.stacks = m->stack;
	m->s.symbols = m->symbol;
	m->s.deps = m->dep;
	m->s.lives = m->life;
	m->s.posts = m->post;
	for (i = 1; i < 16; i++) {
		m->life[i - 1] = (struct lk_life_info){ .id = i, .strand = i };
		snprintf(m->life[i - 1].name, 16, "op%u", i);
	}
	m->s.nlives = 15;
	m->s.outcome.end = WLE_DONE;
	strcpy(m->s.command, "amapstorm run made");
	m->now = 1000;
	return m;
}

/* A site, with a stack of one frame named after it. */
static uint32_t
place(struct om *m, char class)
{
	uint32_t i = (uint32_t)m->s.nsites++;

	assert_true(i < MAXPLACE);
	m->site[i].id = i + 1;
	m->site[i].line = (int)(i + 1) * 10;
	strcpy(m->site[i].file, "vm.c");
	snprintf(m->site[i].func, sizeof(m->site[i].func), "take_%c", class);
	m->stack[i].id = i + 1;
	m->stack[i].n = 1;
	m->stack[i].frame[0] = 0x1000 + i;
	m->symbol[i].addr = 0x1000 + i;
	snprintf(m->symbol[i].name, sizeof(m->symbol[i].name), "stack_%c_%u",
	    class, i + 1);
	m->s.nstacks = m->s.nsymbols = m->s.nsites;
	return i + 1;
}

static struct lk_node_info
node(struct om *m, const char *text)
{
	struct lk_node_info n = { .gen = 1 };
	const char *name = strchr(text, ':');
	size_t i, len;

	assert_non_null(name);
	name++;
	len = (size_t)(name - text);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].prefix) == len &&
		    strncmp(kinds[i].prefix, text, len) == 0)
			break;
	assert_true(i < sizeof(kinds) / sizeof(kinds[0]));
	n.kind = kinds[i].kind;
	n.mode = kinds[i].mode;
	n.how = kinds[i].how;
	n.class = (uint32_t)(name[0] - 'A') + 1;
	n.ident = n.class * 0x1000 + (uint64_t)atoi(name + 1) * 0x10;
	n.site = n.stack = place(m, name[0]);
	return n;
}

struct lk_dep_info *
om_take(struct om *m, uint32_t life, const char *held, const char *want)
{
	struct lk_dep_info *d = &m->dep[m->s.ndeps];
	struct lk_node_info *h = m->held[m->s.ndeps];
	char text[128], *at, *save;

	assert_true(m->s.ndeps < OM_DEPS);
	d->id = (uint32_t)++m->s.ndeps;
	d->held = h;
	snprintf(text, sizeof(text), "%s", held);
	for (at = strtok_r(text, " ", &save); at != NULL;
	    at = strtok_r(NULL, " ", &save)) {
		assert_true(d->nheld < OM_HELD);
		h[d->nheld++] = node(m, at);
	}
	d->want = node(m, want);
	om_also(m, d, life);
	d->seen[0].op = WL_OP_ID(WLO_fork);
	return d;
}

void
om_also(struct om *m, struct lk_dep_info *d, uint32_t life)
{
	struct lk_dep_seen *seen = &d->seen[d->nseen++];

	seen->life = life;
	seen->first = seen->last = m->now++;
}

void
om_post(struct om *m, uint32_t life, const char *event)
{
	struct lk_post_info *p = &m->post[m->s.nposts++];

	p->node = node(m, event);
	p->life = life;
	p->when = m->now++;
}

void
om_end(struct om *m, uint32_t life, uint32_t joiner)
{
	m->life[life - 1].ended = m->now++;
	m->life[life - 1].joiner = joiner;
	m->life[life - 1].joined = m->now++;
}

struct ana_result *
om_run(struct om *m)
{
	struct ana_result *r;

	assert_int_equal(ana_run(&m->s, &r), 0);
	return r;
}

unsigned
om_count(const struct ana_result *r, const char *name)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		n += strcmp(r->findings[i]->name, name) == 0;
	return n;
}

const struct ana_finding *
om_found(const struct ana_result *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		if (strcmp(r->findings[i]->name, name) == 0)
			return r->findings[i];
	return NULL;
}

bool
om_says(const struct ana_finding *f, const char *part)
{
	size_t i;

	for (i = 0; i < f->ntext; i++)
		if (strstr(f->text[i], part) != NULL)
			return true;
	return false;
}
