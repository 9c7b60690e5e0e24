/*
 * Tables that grow while a record is read.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

void
ana_grow_add(struct ana_grow *g, const void *row)
{
	size_t room;
	void *rows;

	if (g->failed)
		return;
	if (g->n == g->room) {
		room = g->room == 0 ? 64 : g->room * 2;
		rows = reallocarray(g->rows, room, g->size);
		if (rows == NULL) {
			g->failed = true;
			return;
		}
		g->rows = rows;
		g->room = room;
	}
	memcpy((char *)g->rows + g->n++ * g->size, row, g->size);
}
