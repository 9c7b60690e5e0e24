/*
 * info.c: compiled with each subject, by the same flags.
 */
#include <amapstorm/info.h>
#include <amapstorm/kernel.h>

extern const struct subject_info amapstorm_subject;

/* The linker makes these two; hidden: each subject has its own. */
extern char __start_lk_sites[] __attribute__((weak, visibility("hidden")));
extern char __stop_lk_sites[] __attribute__((weak, visibility("hidden")));

static const char text[] __attribute__((used, section(SUBJECT_SECTION))) =
    SUBJECT_TEXT(AMAPSTORM_FLAVOUR, AMAPSTORM_REV_NAME, AMAPSTORM_SOURCE);

static const long abi[] = {
#define SIZE(t)		(long)sizeof(t),
#define FIELD(t, f)	(long)offsetof(t, f),
#define VALUE(c)	(long)(c),
#include <amapstorm/abi.def>
#undef SIZE
#undef FIELD
#undef VALUE
};

const struct subject_info amapstorm_subject = {
	.size = sizeof(struct subject_info),
	.nabi = nitems(abi),
	.abi = abi,
	.sites = __start_lk_sites,
	.sites_end = __stop_lk_sites,
};
