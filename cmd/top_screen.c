/*
 * top_screen.c: a run on a terminal of 80 columns and 24 lines, or more.
 *
 *	what runs, how fast		always
 *	memory and swap			if there are
 *	locks | strands | blame		one of them, or all if there is room
 *	keys				last line
 */
#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <string.h>

#include "cmd/top_int.h"

enum panel { LOCKS, STRANDS, BLAME, NPANEL };

struct screen {
	struct lk_record *rec;
	pid_t		pid;		/* 0: nothing changes any more */
	int		every;		/* ms */
	enum ana_live_key key;
	enum panel	panel;
	bool		frozen, help, quit, gone;
	struct ana_live	live;
	int		line;		/* the next one */
};

static bool
room(const struct screen *s)
{
	return s->line < LINES - 1;
}

/* => one line, cut at the edge */
static void say(struct screen *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct screen *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (!room(s))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mvaddnstr(s->line++, 0, text, COLS);
}

static void
title(struct screen *s, const char *text, bool here)
{
	if (!room(s))
		return;
	attron(here ? A_REVERSE : A_BOLD);
	mvprintw(s->line++, 0, "%-*.*s", here ? COLS : 1, COLS, text);
	attroff(here ? A_REVERSE : A_BOLD);
}

static const char *
state(const struct screen *s)
{
	static const char *const names[] = {
		[WLP_SETUP] = "setting up", [WLP_WARMUP] = "warming up",
		[WLP_RUN] = "running", [WLP_DRAIN] = "ending",
		[WLP_AUDIT] = "auditing", [WLP_DONE] = "done"
	};

	return s->gone ? "ended" : s->frozen ? "frozen" : s->pid == 0 ?
	    "as it was left" : names[s->live.phase];
}

static void
head(struct screen *s)
{
	const struct ana_live *l = &s->live;
	const struct ana_gauges *g = &l->gauges;
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM], d[ANA_NUM], e[ANA_NUM];

	attron(A_BOLD);
	say(s, "%s", l->command);
	attroff(A_BOLD);
	if (l->incidents != 0)
		attron(A_BOLD | (has_colors() ? COLOR_PAIR(1) : 0));
	say(s, "%s %s  %s ops  %s/s  wait %s of %u strands  found %s",
	    state(s), ana_time(l->elapsed_ns, a), ana_count(l->ops, b),
	    ana_count((uint64_t)l->ops_per_s, c),
	    ana_percent(l->wait_share, d), l->strands,
	    ana_count(l->incidents, e));
	attrset(A_NORMAL);
	if (g->frames == 0)
		return;
	say(s, "frames free %s of %s  swap in use %s of %s  transfers %s",
	    ana_count(g->frames_free, a), ana_count(g->frames, b),
	    ana_count(g->swap_inuse, c), ana_count(g->swap_slots, d),
	    ana_count(g->io_inflight, e));
	say(s, "spaces %s  amaps %s  anons %s  walkers %s",
	    ana_count(g->spaces, a), ana_count(g->amaps, b),
	    ana_count(g->anons, c), ana_count(g->walkers, d));
}

static void
locks(struct screen *s, int most)
{
	const struct ana_live_lock *l;
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM], d[ANA_NUM], e[ANA_NUM];
	char name[96];
	size_t i;

	ana_live_sort(&s->live, s->key);
	snprintf(name, sizeof(name), "%-20s kind    taken/s contend/s   wait "
	    "mean wait   longest   now", "LOCKS");
	title(s, name, s->panel == LOCKS);
	for (i = 0; i < s->live.nlocks && most-- > 0; i++) {
		l = &s->live.locks[i];
		say(s, "%-20.20s %-6.6s %8s %9s %6s %9s %9s %5u", l->name,
		    lk_kind_name(l->kind), ana_count((uint64_t)l->taken, a),
		    ana_count((uint64_t)l->contended, b),
		    ana_percent(l->wait_share, c), l->mean_wait == 0 ? "-" :
		    ana_time(l->mean_wait, d), l->longest == 0 ? "-" :
		    ana_time(l->longest, e), l->waiting);
	}
}

static void
strands(struct screen *s, int most)
{
	const struct ana_live_wait *w;
	char a[ANA_NUM], by[48], name[96];
	size_t i;

	snprintf(name, sizeof(name), "%-12s %-13s %8s  %-20s %s", "WAITING",
	    "in", "so long", "for", "which has");
	title(s, name, s->panel == STRANDS);
	if (s->live.nwaits == 0)
		say(s, "nobody");
	for (i = 0; i < s->live.nwaits && most-- > 0; i++) {
		w = &s->live.waits[i];
		if (w->holder[0] == '\0')
			strcpy(by, "nobody seen");
		else
			snprintf(by, sizeof(by), "%s (%s)", w->holder,
			    w->holder_op);
		say(s, "%-12s %-13.13s %8s  %-20.20s %s", w->strand, w->op,
		    ana_time(w->ns, a), w->what[0] != '\0' ? w->what :
		    lk_kind_name(w->kind), by);
	}
}

static void
blame(struct screen *s, int most)
{
	const struct ana_live_blame *b;
	char a[ANA_NUM], c[ANA_NUM], name[96];
	size_t i;

	snprintf(name, sizeof(name), "%-16s %-16s %8s %7s", "BLAME: waited",
	    "had the lock", "time", "share");
	title(s, name, s->panel == BLAME);
	if (s->live.nblames == 0)
		say(s, "no wait ended since the last look");
	for (i = 0; i < s->live.nblames && most-- > 0; i++) {
		b = &s->live.blames[i];
		say(s, "%-16.16s %-16.16s %8s %7s", b->op, b->holder == NULL ?
		    "nobody" : b->holder, ana_time(b->ns, a),
		    ana_percent(b->share, c));
	}
}

static void
help(struct screen *s)
{
	static const char *const lines[] = {
		"Where a run waits, looked at while it goes on.  It is not "
		"slowed down by that.",
		"",
		"q        leave            f, space  freeze, go on",
		"tab      next panel       s         sort locks by the next "
		"column",
		"+ -      look more often, less often",
		"w t c n  sort by time waited, taken, contended, name",
		"h ?      this",
		"",
		"wait     share of the strands' time; a wait counts when it "
		"has ended",
		"now      strands that wait for it at this moment",
		"blame    of the waits that ended since the last look, who had "
		"the lock"
	};
	size_t i;

	s->line++;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		say(s, "%s", lines[i]);
}

/* Each gets a few lines, the chosen one what it can use, others the rest. */
static void
panels(struct screen *s)
{
	static void (*const show[NPANEL])(struct screen *, int) = {
		locks, strands, blame
	};
	const size_t rows[NPANEL] = { s->live.nlocks, s->live.nwaits,
	    s->live.nblames };
	int left = LINES - 1 - s->line - NPANEL, most[NPANEL], i, turn;

	for (i = 0; i < NPANEL; i++) {
		most[i] = rows[i] < 3 ? 1 + (rows[i] > 1) : 3;
		left -= most[i];
	}
	for (turn = 0; turn < NPANEL; turn++) {
		i = ((int)s->panel + turn) % NPANEL;
		while (left > 0 && (size_t)most[i] < rows[i]) {
			most[i]++;
			left--;
		}
	}
	for (i = 0; i < NPANEL; i++)
		show[i](s, most[i]);
}

static void
draw(struct screen *s)
{
	erase();
	s->line = 0;
	head(s);
	if (s->help)
		help(s);
	else
		panels(s);
	attron(A_REVERSE);
	mvprintw(LINES - 1, 0, "%-*.*s", COLS, COLS, "q leave  f freeze  tab "
	    "panel  s sort  +/- pace  h help");
	if (COLS > 70)
		mvprintw(LINES - 1, COLS - 24, "by %s, %d.%ds",
		    ana_live_key_name(s->key), s->every / 1000,
		    s->every / 100 % 10);
	attroff(A_REVERSE);
	refresh();
}

static void
typed(struct screen *s, int c)
{
	switch (c) {
	case 'q': case 'Q': case 3: case 27:
		s->quit = true;
		break;
	case 'f': case ' ':
		s->frozen = !s->frozen;
		break;
	case '\t':
		s->panel = (enum panel)((s->panel + 1) % NPANEL);
		break;
	case 's':
		s->key = (enum ana_live_key)((s->key + 1) % ANA_LIVE_NKEY);
		break;
	case 'w':
		s->key = ANA_LIVE_WAIT;
		break;
	case 't':
		s->key = ANA_LIVE_TAKEN;
		break;
	case 'c':
		s->key = ANA_LIVE_CONTENDED;
		break;
	case 'n':
		s->key = ANA_LIVE_NAME;
		break;
	case '+':
		s->every = s->every > 200 ? s->every / 2 : 100;
		break;
	case '-':
		s->every = s->every < 8000 ? s->every * 2 : 10000;
		break;
	case 'h': case '?':
		s->help = !s->help;
		break;
	case 'L' & 0x1f: case KEY_RESIZE:
		clear();	/* somebody else wrote on it */
		break;
	}
}

static int
look(struct screen *s)
{
	if (s->frozen || s->gone)
		return 0;
	if (s->pid != 0 && kill(s->pid, 0) != 0 && errno == ESRCH) {
		s->gone = true;
		return 0;
	}
	return ana_live_look(s->rec, &s->live);
}

int
cmd_top_screen(struct lk_record *rec, pid_t pid, unsigned every_ms)
{
	struct screen s = { .rec = rec, .pid = pid, .every = (int)every_ms };
	uint64_t next = 0;
	int c, error = 0;

	setlocale(LC_ALL, "");
	if (newterm(NULL, stdout, stdin) == NULL) {
		cmd_complain("this terminal can show no screen; try --plain");
		return ANA_EXIT_CANNOT;
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	if (has_colors()) {
		start_color();
		use_default_colors();
		init_pair(1, COLOR_RED, -1);
	}
	while (!s.quit && error == 0) {
		if (lk_now() >= next) {
			error = look(&s);
			next = lk_now() + (uint64_t)s.every * 1000000;
		}
		draw(&s);
		timeout(s.every < 250 ? s.every : 250);
		c = getch();
		if (c != ERR)
			typed(&s, c);
	}
	endwin();
	ana_live_free(&s.live);
	if (error != 0) {
		cmd_complain("no memory to look at it");
		return ANA_EXIT_CANNOT;
	}
	return ANA_EXIT_CLEAN;
}
