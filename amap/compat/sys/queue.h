/*
 * queue.h: the lists of kernel code.
 *
 *	SLIST	singly linked, pushed and popped at the head
 *	LIST	doubly linked, removed from anywhere
 *	SIMPLEQ	singly linked, appended to; STAILQ is the same by another name
 *	TAILQ	doubly linked, appended to, walked both ways
 *
 * What points at an element is the address of the pointer to it, so that a
 * removal does not ask whether it is the first:
 *
 *	head.first ---> [ next | prev ] ---> [ next | prev ] ---> NULL
 *	   ^______________________|  ^___________________|
 *
 * FOREACH_SAFE lets the element at hand be freed; its last argument holds the
 * one behind it.
 */
#ifndef AMAPSTORM_SYS_QUEUE_H
#define AMAPSTORM_SYS_QUEUE_H

#include <stddef.h>

/* ---- SLIST ---- */
#define SLIST_HEAD(name, type)		struct name { struct type *slh_first; }
#define SLIST_HEAD_INITIALIZER(head)	{ NULL }
#define SLIST_ENTRY(type)		struct { struct type *sle_next; }
#define SLIST_INIT(head)		((void)((head)->slh_first = NULL))
#define SLIST_FIRST(head)		((head)->slh_first)
#define SLIST_END(head)			NULL
#define SLIST_EMPTY(head)		(SLIST_FIRST(head) == NULL)
#define SLIST_NEXT(elm, field)		((elm)->field.sle_next)
#define SLIST_FOREACH(var, head, field)					\
	for ((var) = SLIST_FIRST(head); (var) != NULL;			\
	    (var) = SLIST_NEXT(var, field))
#define SLIST_FOREACH_SAFE(var, head, field, tvar)			\
	for ((var) = SLIST_FIRST(head);					\
	    (var) != NULL && ((tvar) = SLIST_NEXT(var, field), 1);	\
	    (var) = (tvar))
#define SLIST_INSERT_HEAD(head, elm, field) do {			\
	SLIST_NEXT(elm, field) = SLIST_FIRST(head);			\
	SLIST_FIRST(head) = (elm);					\
} while (0)
#define SLIST_INSERT_AFTER(at, elm, field) do {				\
	SLIST_NEXT(elm, field) = SLIST_NEXT(at, field);			\
	SLIST_NEXT(at, field) = (elm);					\
} while (0)
#define SLIST_REMOVE_AFTER(at, field)					\
	((void)(SLIST_NEXT(at, field) =					\
	    SLIST_NEXT(SLIST_NEXT(at, field), field)))
#define SLIST_REMOVE_HEAD(head, field)					\
	((void)(SLIST_FIRST(head) = SLIST_NEXT(SLIST_FIRST(head), field)))
#define SLIST_REMOVE(head, elm, type, field) do {			\
	struct type **q_at = &SLIST_FIRST(head);			\
									\
	while (*q_at != (elm))						\
		q_at = &SLIST_NEXT(*q_at, field);			\
	*q_at = SLIST_NEXT(*q_at, field);				\
} while (0)

/* ---- LIST ---- */
#define LIST_HEAD(name, type)		struct name { struct type *lh_first; }
#define LIST_HEAD_INITIALIZER(head)	{ NULL }
#define LIST_ENTRY(type)						\
	struct { struct type *le_next, **le_prev; }
#define LIST_INIT(head)			((void)((head)->lh_first = NULL))
#define LIST_FIRST(head)		((head)->lh_first)
#define LIST_END(head)			NULL
#define LIST_EMPTY(head)		(LIST_FIRST(head) == NULL)
#define LIST_NEXT(elm, field)		((elm)->field.le_next)
#define LIST_FOREACH(var, head, field)					\
	for ((var) = LIST_FIRST(head); (var) != NULL;			\
	    (var) = LIST_NEXT(var, field))
#define LIST_FOREACH_SAFE(var, head, field, tvar)			\
	for ((var) = LIST_FIRST(head);					\
	    (var) != NULL && ((tvar) = LIST_NEXT(var, field), 1);	\
	    (var) = (tvar))
/* put elm where *where points, in front of what is there */
#define AMAPSTORM_LIST_PUT(where, elm, field) do {			\
	if ((LIST_NEXT(elm, field) = *(where)) != NULL)			\
		LIST_NEXT(elm, field)->field.le_prev =			\
		    &LIST_NEXT(elm, field);				\
	(elm)->field.le_prev = (where);					\
	*(where) = (elm);						\
} while (0)
#define LIST_INSERT_HEAD(head, elm, field)				\
	AMAPSTORM_LIST_PUT(&(head)->lh_first, elm, field)
#define LIST_INSERT_AFTER(at, elm, field)				\
	AMAPSTORM_LIST_PUT(&(at)->field.le_next, elm, field)
#define LIST_INSERT_BEFORE(at, elm, field) do {				\
	(elm)->field.le_prev = (at)->field.le_prev;			\
	LIST_NEXT(elm, field) = (at);					\
	*(at)->field.le_prev = (elm);					\
	(at)->field.le_prev = &LIST_NEXT(elm, field);			\
} while (0)
#define LIST_REMOVE(elm, field) do {					\
	if (LIST_NEXT(elm, field) != NULL)				\
		LIST_NEXT(elm, field)->field.le_prev =			\
		    (elm)->field.le_prev;				\
	*(elm)->field.le_prev = LIST_NEXT(elm, field);			\
} while (0)
#define LIST_REPLACE(old, elm, field) do {				\
	LIST_INSERT_BEFORE(old, elm, field);				\
	LIST_REMOVE(old, field);					\
} while (0)

/* ---- SIMPLEQ ---- */
#define SIMPLEQ_HEAD(name, type)					\
	struct name { struct type *sqh_first, **sqh_last; }
#define SIMPLEQ_HEAD_INITIALIZER(head)	{ NULL, &(head).sqh_first }
#define SIMPLEQ_ENTRY(type)		struct { struct type *sqe_next; }
#define SIMPLEQ_INIT(head) do {						\
	(head)->sqh_first = NULL;					\
	(head)->sqh_last = &(head)->sqh_first;				\
} while (0)
#define SIMPLEQ_FIRST(head)		((head)->sqh_first)
#define SIMPLEQ_END(head)		NULL
#define SIMPLEQ_EMPTY(head)		(SIMPLEQ_FIRST(head) == NULL)
#define SIMPLEQ_NEXT(elm, field)	((elm)->field.sqe_next)
#define SIMPLEQ_FOREACH(var, head, field)				\
	for ((var) = SIMPLEQ_FIRST(head); (var) != NULL;		\
	    (var) = SIMPLEQ_NEXT(var, field))
#define SIMPLEQ_FOREACH_SAFE(var, head, field, tvar)			\
	for ((var) = SIMPLEQ_FIRST(head);				\
	    (var) != NULL && ((tvar) = SIMPLEQ_NEXT(var, field), 1);	\
	    (var) = (tvar))
/* put elm where *where points; it may be the last one then */
#define AMAPSTORM_SIMPLEQ_PUT(head, where, elm, field) do {		\
	if ((SIMPLEQ_NEXT(elm, field) = *(where)) == NULL)		\
		(head)->sqh_last = &SIMPLEQ_NEXT(elm, field);		\
	*(where) = (elm);						\
} while (0)
#define SIMPLEQ_INSERT_HEAD(head, elm, field)				\
	AMAPSTORM_SIMPLEQ_PUT(head, &(head)->sqh_first, elm, field)
#define SIMPLEQ_INSERT_AFTER(head, at, elm, field)			\
	AMAPSTORM_SIMPLEQ_PUT(head, &(at)->field.sqe_next, elm, field)
#define SIMPLEQ_INSERT_TAIL(head, elm, field) do {			\
	SIMPLEQ_NEXT(elm, field) = NULL;				\
	*(head)->sqh_last = (elm);					\
	(head)->sqh_last = &SIMPLEQ_NEXT(elm, field);			\
} while (0)
/* take out the element that *where points to */
#define AMAPSTORM_SIMPLEQ_CUT(head, where, field) do {			\
	if ((*(where) = SIMPLEQ_NEXT(*(where), field)) == NULL)		\
		(head)->sqh_last = (where);				\
} while (0)
#define SIMPLEQ_REMOVE_HEAD(head, field)				\
	AMAPSTORM_SIMPLEQ_CUT(head, &(head)->sqh_first, field)
#define SIMPLEQ_REMOVE_AFTER(head, at, field)				\
	AMAPSTORM_SIMPLEQ_CUT(head, &(at)->field.sqe_next, field)
#define SIMPLEQ_REMOVE(head, elm, type, field) do {			\
	struct type **q_at = &SIMPLEQ_FIRST(head);			\
									\
	while (*q_at != (elm))						\
		q_at = &SIMPLEQ_NEXT(*q_at, field);			\
	AMAPSTORM_SIMPLEQ_CUT(head, q_at, field);			\
} while (0)
#define SIMPLEQ_CONCAT(to, from) do {					\
	if (!SIMPLEQ_EMPTY(from)) {					\
		*(to)->sqh_last = (from)->sqh_first;			\
		(to)->sqh_last = (from)->sqh_last;			\
		SIMPLEQ_INIT(from);					\
	}								\
} while (0)

/* ---- STAILQ ---- */
#define STAILQ_HEAD			SIMPLEQ_HEAD
#define STAILQ_HEAD_INITIALIZER		SIMPLEQ_HEAD_INITIALIZER
#define STAILQ_ENTRY			SIMPLEQ_ENTRY
#define STAILQ_INIT			SIMPLEQ_INIT
#define STAILQ_FIRST			SIMPLEQ_FIRST
#define STAILQ_END			SIMPLEQ_END
#define STAILQ_EMPTY			SIMPLEQ_EMPTY
#define STAILQ_NEXT			SIMPLEQ_NEXT
#define STAILQ_FOREACH			SIMPLEQ_FOREACH
#define STAILQ_FOREACH_SAFE		SIMPLEQ_FOREACH_SAFE
#define STAILQ_INSERT_HEAD		SIMPLEQ_INSERT_HEAD
#define STAILQ_INSERT_AFTER		SIMPLEQ_INSERT_AFTER
#define STAILQ_INSERT_TAIL		SIMPLEQ_INSERT_TAIL
#define STAILQ_REMOVE_HEAD		SIMPLEQ_REMOVE_HEAD
#define STAILQ_REMOVE_AFTER		SIMPLEQ_REMOVE_AFTER
#define STAILQ_REMOVE			SIMPLEQ_REMOVE
#define STAILQ_CONCAT			SIMPLEQ_CONCAT

/* ---- XSIMPLEQ: its links are hidden from who reads memory, there ---- */
#define XSIMPLEQ_HEAD			SIMPLEQ_HEAD
#define XSIMPLEQ_ENTRY			SIMPLEQ_ENTRY
#define XSIMPLEQ_INIT			SIMPLEQ_INIT
#define XSIMPLEQ_FIRST			SIMPLEQ_FIRST
#define XSIMPLEQ_END			SIMPLEQ_END
#define XSIMPLEQ_EMPTY			SIMPLEQ_EMPTY
#define XSIMPLEQ_NEXT(head, elm, field)	SIMPLEQ_NEXT(elm, field)
#define XSIMPLEQ_FOREACH		SIMPLEQ_FOREACH
#define XSIMPLEQ_FOREACH_SAFE		SIMPLEQ_FOREACH_SAFE
#define XSIMPLEQ_INSERT_HEAD		SIMPLEQ_INSERT_HEAD
#define XSIMPLEQ_INSERT_AFTER		SIMPLEQ_INSERT_AFTER
#define XSIMPLEQ_INSERT_TAIL		SIMPLEQ_INSERT_TAIL
#define XSIMPLEQ_REMOVE_HEAD		SIMPLEQ_REMOVE_HEAD
#define XSIMPLEQ_REMOVE_AFTER		SIMPLEQ_REMOVE_AFTER

/* ---- TAILQ ---- */
#define TAILQ_HEAD(name, type)						\
	struct name { struct type *tqh_first, **tqh_last; }
#define TAILQ_HEAD_INITIALIZER(head)	{ NULL, &(head).tqh_first }
#define TAILQ_ENTRY(type)						\
	struct { struct type *tqe_next, **tqe_prev; }
#define TAILQ_INIT(head) do {						\
	(head)->tqh_first = NULL;					\
	(head)->tqh_last = &(head)->tqh_first;				\
} while (0)
#define TAILQ_FIRST(head)		((head)->tqh_first)
#define TAILQ_END(head)			NULL
#define TAILQ_EMPTY(head)		(TAILQ_FIRST(head) == NULL)
#define TAILQ_NEXT(elm, field)		((elm)->field.tqe_next)
/*
 * An entry and a head look alike: what points at the last element stands in
 * an entry, or in the head, whose own tqh_last lies where tqe_prev would.
 */
#define TAILQ_LAST(head, headname)					\
	(*((struct headname *)(void *)(head)->tqh_last)->tqh_last)
#define TAILQ_PREV(elm, headname, field)				\
	(*((struct headname *)(void *)(elm)->field.tqe_prev)->tqh_last)
#define TAILQ_FOREACH(var, head, field)					\
	for ((var) = TAILQ_FIRST(head); (var) != NULL;			\
	    (var) = TAILQ_NEXT(var, field))
#define TAILQ_FOREACH_SAFE(var, head, field, tvar)			\
	for ((var) = TAILQ_FIRST(head);					\
	    (var) != NULL && ((tvar) = TAILQ_NEXT(var, field), 1);	\
	    (var) = (tvar))
#define TAILQ_FOREACH_REVERSE(var, head, headname, field)		\
	for ((var) = TAILQ_LAST(head, headname); (var) != NULL;		\
	    (var) = TAILQ_PREV(var, headname, field))
#define TAILQ_FOREACH_REVERSE_SAFE(var, head, headname, field, tvar)	\
	for ((var) = TAILQ_LAST(head, headname); (var) != NULL &&	\
	    ((tvar) = TAILQ_PREV(var, headname, field), 1);		\
	    (var) = (tvar))
/* what has to point back at elm's next one, or at the end */
#define AMAPSTORM_TAILQ_BACK(head, elm, field)				\
	(*(TAILQ_NEXT(elm, field) != NULL ?				\
	    &TAILQ_NEXT(elm, field)->field.tqe_prev : &(head)->tqh_last))
#define AMAPSTORM_TAILQ_PUT(head, where, elm, field) do {		\
	TAILQ_NEXT(elm, field) = *(where);				\
	AMAPSTORM_TAILQ_BACK(head, elm, field) = &TAILQ_NEXT(elm, field); \
	(elm)->field.tqe_prev = (where);				\
	*(where) = (elm);						\
} while (0)
#define TAILQ_INSERT_HEAD(head, elm, field)				\
	AMAPSTORM_TAILQ_PUT(head, &(head)->tqh_first, elm, field)
#define TAILQ_INSERT_AFTER(head, at, elm, field)			\
	AMAPSTORM_TAILQ_PUT(head, &(at)->field.tqe_next, elm, field)
#define TAILQ_INSERT_BEFORE(at, elm, field) do {			\
	(elm)->field.tqe_prev = (at)->field.tqe_prev;			\
	TAILQ_NEXT(elm, field) = (at);					\
	*(at)->field.tqe_prev = (elm);					\
	(at)->field.tqe_prev = &TAILQ_NEXT(elm, field);			\
} while (0)
#define TAILQ_INSERT_TAIL(head, elm, field) do {			\
	TAILQ_NEXT(elm, field) = NULL;					\
	(elm)->field.tqe_prev = (head)->tqh_last;			\
	*(head)->tqh_last = (elm);					\
	(head)->tqh_last = &TAILQ_NEXT(elm, field);			\
} while (0)
#define TAILQ_REMOVE(head, elm, field) do {				\
	AMAPSTORM_TAILQ_BACK(head, elm, field) = (elm)->field.tqe_prev;	\
	*(elm)->field.tqe_prev = TAILQ_NEXT(elm, field);		\
} while (0)
#define TAILQ_REPLACE(head, old, elm, field) do {			\
	TAILQ_INSERT_AFTER(head, old, elm, field);			\
	TAILQ_REMOVE(head, old, field);					\
} while (0)
#define TAILQ_CONCAT(to, from, field) do {				\
	if (!TAILQ_EMPTY(from)) {					\
		*(to)->tqh_last = (from)->tqh_first;			\
		(from)->tqh_first->field.tqe_prev = (to)->tqh_last;	\
		(to)->tqh_last = (from)->tqh_last;			\
		TAILQ_INIT(from);					\
	}								\
} while (0)

#endif /* AMAPSTORM_SYS_QUEUE_H */
