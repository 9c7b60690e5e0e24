/*
 * Snapshots of lock order, typed by hand.
 *
 * Classes 1 .. 26 are "A" .. "Z"; lock "A1" is instance 1 of class A, "A" is
 * "A0".  Each take has a site and a stack of its own.
 */
#ifndef TESTS_ANALYSIS_ORDER_MADE_H
#define TESTS_ANALYSIS_ORDER_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/analysis.h"

#define OM_DEPS		64
#define OM_HELD		8

struct om {
	struct ana_snapshot	s;
	struct lk_class_info	class[30];
	struct lk_site_info	site[99];
	struct lk_dep_info	dep[OM_DEPS];
	struct lk_node_info	held[OM_DEPS][OM_HELD];
	struct ana_stack	stack[99];
	struct ana_symbol	symbol[99];
	struct lk_life_info	life[16];
	struct lk_post_info	post[8];
	uint64_t		now;
};

struct om	*om_new(void);
/*
 * om_take: life holds what held says and then waits for want.
 * => both as "W:A r:B1 R:C"; also wait:e for an event, S: a sleep, P: a page,
 *    sig: a signal scope, U: an upgrade, t before a mode: by a try
 */
struct lk_dep_info *om_take(struct om *, uint32_t life, const char *held,
	    const char *want);
/* => the same by another life, too */
void	om_also(struct om *, struct lk_dep_info *, uint32_t life);
void	om_post(struct om *, uint32_t life, const char *event);
void	om_end(struct om *, uint32_t life, uint32_t joiner);
/* => a run of all passes; the snapshot stays */
struct ana_result *om_run(struct om *);
/* => how many findings of the name */
unsigned om_count(const struct ana_result *, const char *name);
const struct ana_finding *om_found(const struct ana_result *,
	    const char *name);
bool	om_says(const struct ana_finding *, const char *part);

#endif /* TESTS_ANALYSIS_ORDER_MADE_H */
