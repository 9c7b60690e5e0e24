/*
 * case_parse_int.h: what the files of the case notation share.
 */
#ifndef WORKLOADS_CASE_PARSE_INT_H
#define WORKLOADS_CASE_PARSE_INT_H

#include "workloads/workloads.h"

/*
 * wl_case_plain: some tables say in words what the notation can say; put the
 * notation in place of the words.
 * => malloc()ed; NULL: no memory
 */
char	*wl_case_plain(const char *script);
/* => the n-th script of those that " / " parts; NULL: there is none */
char	*wl_case_part(const char *script, size_t n);

/* case_names.c */
struct wl_case *wl_case_new(void);	/* empty; NULL: no memory */
int	wl_case_name(struct wl_case *, const char *name, uint32_t *id);
/* => 0, ENOMEM; *site is the one of this text and column */
int	wl_case_site(struct wl_case *, const char *text, size_t len,
	    uint32_t column, uint32_t *site);

#endif /* WORKLOADS_CASE_PARSE_INT_H */
