/*
 * job_int.h: keys and values of job files, as the parts of the reader share
 * them.
 */
#ifndef WORKLOADS_JOB_INT_H
#define WORKLOADS_JOB_INT_H

#include "workloads/workloads.h"

enum wl_kind {
#define KIND(name, expected)	WLK_##name,
#include "workloads/key_kinds.def"
#undef KIND
	WLK_NKINDS
};

/* Where a key's value goes: the other half of a row. */
struct wl_target {
	enum wl_kind	kind;
	size_t		offset, size;	/* in struct wl_job */
};
/* => the same index as wl_keys() */
const struct wl_target *wl_targets(size_t *n);

#define WL_NOKEY	SIZE_MAX
/* => section NULL: any; WL_NOKEY: there is none */
size_t	wl_key_find(const char *section, const char *name);
/* => is this the name of a section? */
bool	wl_section_known(const char *section);
/* => names of the keys of a section (or the sections), the nearest first */
void	wl_key_suggest(const char *section, const char *name, char *buf,
	    size_t len);
void	wl_section_suggest(const char *name, char *buf, size_t len);

/*
 * wl_value_set: put the text's value where the key says.
 * => false: what and expected of err are filled, the job is as before
 */
bool	wl_value_set(struct wl_job *, size_t key, const char *text,
	    struct wl_error *);
/* => a text that wl_value_set reads back to the same value */
void	wl_value_text(const struct wl_job *, size_t key, char *buf, size_t len);

/* The scenarios compiled in: one row a file, made by CMake. */
struct wl_scenario {
	const char	*name;
	const unsigned char *text;
	size_t		len;
};
extern const struct wl_scenario wl_scenario_files[];
extern const struct vm_row wl_scenario_rows[];
extern const size_t wl_nscenario_files;

#endif /* WORKLOADS_JOB_INT_H */
