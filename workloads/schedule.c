/*
 * schedule.c: what was chosen, in turns: "7: 0*3 2 1*12".
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/workloads.h"

#define TURN_TEXT	24	/* "4294967295*4294967295 " */

void
wl_schedule_clear(struct wl_schedule *s)
{
	s->nturns = 0;
	s->points = 0;
	s->seed = 0;
	s->lost = false;
}

void
wl_schedule_free(struct wl_schedule *s)
{
	free(s->turn);
	memset(s, 0, sizeof(*s));
}

void
wl_schedule_turn(struct wl_schedule *s, uint32_t ordinal, uint32_t n)
{
	size_t room = s->room == 0 ? 64 : s->room * 2;
	struct wl_turn *turn;

	if (s->nturns == s->room) {
		turn = reallocarray(s->turn, room, sizeof(*turn));
		if (turn == NULL) {
			s->lost = true;
			return;
		}
		s->turn = turn;
		s->room = room;
	}
	s->turn[s->nturns++] = (struct wl_turn){ ordinal, n };
	s->points += n;
}

int
wl_schedule_copy(struct wl_schedule *to, const struct wl_schedule *from)
{
	size_t i;

	wl_schedule_clear(to);
	to->seed = from->seed;
	for (i = 0; i < from->nturns; i++)
		wl_schedule_turn(to, from->turn[i].ordinal, from->turn[i].n);
	return to->lost ? ENOMEM : 0;
}

char *
wl_schedule_text(const struct wl_schedule *s)
{
	size_t i, len, room = (s->nturns + 1) * TURN_TEXT + 1;
	char *text = malloc(room);

	if (text == NULL)
		return NULL;
	len = (size_t)snprintf(text, room, "%" PRIu64 ":", s->seed);
	for (i = 0; i < s->nturns; i++) {
		len += (size_t)snprintf(text + len, room - len, " %" PRIu32,
		    s->turn[i].ordinal);
		if (s->turn[i].n != 1)
			len += (size_t)snprintf(text + len, room - len,
			    "*%" PRIu32, s->turn[i].n);
	}
	return text;
}

/* => false: no number up to most; *p goes on behind it */
static bool
number(const char **p, uint64_t most, uint64_t *n)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return false;
	errno = 0;
	*n = strtoull(*p, &end, 10);
	*p = end;
	return errno == 0 && *n <= most;
}

/* "7:", if it is there */
static void
read_seed(const char **p, struct wl_schedule *s)
{
	const char *q = *p + strspn(*p, " \t\r\n");
	uint64_t seed;

	if (!number(&q, UINT64_MAX, &seed) || *q != ':')
		return;
	s->seed = seed;
	*p = q + 1;
}

int
wl_schedule_read(const char *text, struct wl_schedule *s, size_t *at)
{
	const char *p = text;
	uint64_t ordinal, n;

	wl_schedule_clear(s);
	read_seed(&p, s);
	for (;;) {
		p += strspn(p, " \t\r\n");
		*at = (size_t)(p - text);
		if (*p == '\0')
			return s->lost ? ENOMEM : 0;
		n = 1;
		if (!number(&p, UINT32_MAX, &ordinal) || (*p == '*' && (p++,
		    !number(&p, UINT32_MAX, &n) || n == 0)) ||
		    (*p != '\0' && !isspace((unsigned char)*p))) {
			*at = (size_t)(p - text);
			return EINVAL;
		}
		wl_schedule_turn(s, (uint32_t)ordinal, (uint32_t)n);
	}
}
