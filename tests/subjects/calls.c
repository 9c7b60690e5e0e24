/*
 * Who calls whom.  The built-in subject's files and the border of external
 * ones are compiled into this program so that each call counts itself, and so
 * is the stand-in; and the program exports all it has, so that a stand-in that
 * was not bound to itself would find the built-in functions here.
 * usage: calls SUBJECT
 */
#include <sys/mman.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amap/subject_ext_int.h"
#include "tests/storm/storm_test.h"

enum entry {
#define FUNCTION(member, name, proto)	E_##member,
#define OBJECT(member, name, decl)
#include "amap/subject_defines.def"
#undef FUNCTION
#undef OBJECT
	NENTRIES
};
static const char *const entry_name[NENTRIES] = {
#define FUNCTION(member, name, proto)	#name,
#define OBJECT(member, name, decl)
#include "amap/subject_defines.def"
#undef FUNCTION
#undef OBJECT
};

/* Shared with the run, which is a child. */
static struct counts {
	_Atomic uint64_t	border[NENTRIES];	/* by neighbours */
	_Atomic uint64_t	file[NENTRIES];		/* the stand-in's */
	_Atomic uint64_t	file_other, builtin;
} *counts;

static const void *border_at[NENTRIES], *file_at[NENTRIES];
static uintptr_t file_base;

void	__cyg_profile_func_enter(void *fn, void *site);
void	__cyg_profile_func_exit(void *fn, void *site);

static bool
in_file(const void *fn)
{
	Dl_info info;

	return file_base != 0 && dladdr(fn, &info) != 0 &&
	    (uintptr_t)info.dli_fbase == file_base;
}

void
__cyg_profile_func_enter(void *fn, void *site)
{
	int e;

	if (counts == NULL)
		return;
	for (e = 0; e < NENTRIES; e++) {
		if (fn == border_at[e])
			break;
		if (fn == file_at[e]) {
			atomic_fetch_add(&counts->file[e], 1);
			return;
		}
	}
	if (e < NENTRIES)
		atomic_fetch_add(&counts->border[e], 1);
	else if (in_file(fn))
		atomic_fetch_add(&counts->file_other, 1);
	else
		atomic_fetch_add(&counts->builtin, 1);
}

void
__cyg_profile_func_exit(void *fn, void *site)
{
}

static void
watch(const struct vm_subject *s)
{
	Dl_info info;

#define FUNCTION(member, name, proto)					\
	border_at[E_##member] = *(void *const *)&s->ops.member;		\
	file_at[E_##member] = *(void *const *)&s->file.member;
#define OBJECT(member, name, decl)
#include "amap/subject_defines.def"
#undef FUNCTION
#undef OBJECT
	if (dladdr(s->info, &info) == 0)
		exit(1);
	file_base = (uintptr_t)info.dli_fbase;
}

/* Something of each entry that neighbours have, in two runs. */
static void
storm(const struct amap_ops *ops, const char *scenario)
{
	static struct storm s;

	storm_job(&s, scenario);
	storm_set(&s, "duration", "0");
	storm_set(&s, "ops", "6000");
	storm_set(&s, "warmup", "0");
	storm_set(&s, "inject.chunk", "20%");
	s.job.vm.subject = ops;
	storm_run(&s, NULL);
	storm_must_be_clean(&s);
}

/* What the file does not call by itself is called exactly as often. */
static int
compare(enum entry e)
{
	uint64_t asked = counts->border[e], done = counts->file[e];
	bool inside = e == E_lookups || e == E_alloc || e == E_free ||
	    e == E_wipeout;
	bool neighbours = e != E_alloc && e != E_free && e != E_wipeout;

	printf("%-14s %8ju asked for %8ju done\n", entry_name[e],
	    (uintmax_t)asked, (uintmax_t)done);
	if (done == 0 && e != E_alloc)
		return 1;
	if (neighbours && asked == 0)
		return 1;
	return inside ? done < asked : done != asked;
}

int
main(int argc, char **argv)
{
	struct vm_subject *s;
	char why[512];
	int e, bad = 0;

	if (argc != 2)
		return 2;
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED || vm_subject_open(argv[1], &s, why) != 0) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	storm(NULL, "storm");
	printf("built-in: %ju calls\n", (uintmax_t)counts->builtin);
	if (counts->builtin < 1000 || counts->file_other != 0)
		bad = 1;
	memset(counts, 0, sizeof(*counts));

	watch(s);
	storm(vm_subject_ops(s), "storm");
	storm(vm_subject_ops(s), "lazy");
	for (e = 0; e < NENTRIES; e++)
		bad |= compare((enum entry)e);
	printf("others in the file: %ju; built-in: %ju calls\n",
	    (uintmax_t)counts->file_other, (uintmax_t)counts->builtin);
	if (counts->builtin != 0 || counts->file_other == 0)
		bad = 1;
	vm_subject_close(s);
	return bad;
}
