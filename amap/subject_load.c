/*
 * subject_load.c: a shared object becomes the subject of worlds.
 *
 * It is bound to itself (-Bsymbolic, when it was linked) and seen by nobody
 * else (RTLD_LOCAL), so neither it nor the built-in subject ever calls the
 * other's functions.  Its data are kept as they were after loading, and each
 * new world finds them so:
 *
 *	writable segment
 *	+-------+--------+----------+--------+------+
 *	| relro |  data  | lk_sites |  data  | bss  |
 *	+-------+--------+----------+--------+------+
 *	  never   saved    call       saved    saved
 *	 written           sites
 */
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

#include "amap/subject_ext_int.h"

static int load_bad(char *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
load_bad(char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, 512, fmt, ap);
	va_end(ap);
	return EINVAL;
}

/* ------------------------------------------------------------------------
 * Does it fit?
 */
static const struct {
	const char	*what;
	long		value;
} ours[] = {
#define SIZE(t)		{ "the size of " #t, (long)sizeof(t) },
#define FIELD(t, f)	{ "the place of " #f " in " #t, (long)offsetof(t, f) },
#define VALUE(c)	{ #c, (long)(c) },
#include "amap/compat/amapstorm/abi.def"
#undef SIZE
#undef FIELD
#undef VALUE
};
#define NABI	(sizeof(ours) / sizeof(ours[0]))

static int
check_abi(const char *so, const struct subject_info *info, char *why)
{
	size_t i;

	if (info == NULL || info->size != sizeof(*info) || info->nabi != NABI)
		return load_bad(why, "%.300s: was built for another version "
		    "of amapstorm; build it again", so);
	for (i = 0; i < NABI; i++)
		if (info->abi[i] != ours[i].value)
			return load_bad(why, "%.300s: was built for another "
			    "version of amapstorm (%s is %ld there, %ld "
			    "here); build it again", so, ours[i].what,
			    info->abi[i], ours[i].value);
	return 0;
}

static int
check_facts(const char *so, const struct vm_subject_facts *f, char *why)
{
	const char *base = strrchr(f->source, '/');

	base = base != NULL ? base + 1 : f->source;
	if (f->nlacks > 0)
		return load_bad(why, "%.100s: %.60s defines no `%s'%s; "
		    "amapstorm subject check lists all", so, base, f->lack,
		    f->nlacks > 1 ? ", and more is missing" : "");
	if (f->nunknown > 0)
		return load_bad(why, "%.200s: %.60s uses %s, which the harness "
		    "does not have%s; see docs/SUBJECTS.md", so, base,
		    f->unknown, f->nunknown > 1 ? ", and more" : "");
	return 0;
}

/* ------------------------------------------------------------------------
 * Its data
 */

/* Around what a sanitizer has put between objects, too: plain words. */
__attribute__((no_sanitize_address, no_sanitize_thread))
static void
copy_raw(char *to, const char *from, size_t len)
{
	volatile uint64_t *w = (volatile uint64_t *)(void *)to;
	const volatile uint64_t *f = (const volatile uint64_t *)
	    (const void *)from;
	size_t i;

	for (i = 0; i < len / 8; i++)
		w[i] = f[i];
	for (i = len & ~(size_t)7; i < len; i++)
		((volatile char *)to)[i] = ((const volatile char *)from)[i];
}

char *
sub_keep(const struct vm_subject *s)
{
	size_t len = 0;
	char *kept;
	int i;

	for (i = 0; i < s->ndata; i++)
		len += s->data[i].len;
	if ((kept = malloc(len + 1)) == NULL)
		return NULL;
	for (i = 0, len = 0; i < s->ndata; len += s->data[i++].len)
		copy_raw(kept + len, s->data[i].at, s->data[i].len);
	return kept;
}

void
sub_put(const struct vm_subject *s, const char *kept)
{
	int i;

	for (i = 0; i < s->ndata; kept += s->data[i++].len)
		copy_raw(s->data[i].at, kept, s->data[i].len);
}

/* One more stretch; the last that there is room for. */
static void
data_add(struct vm_subject *s, char *from, char *to)
{
	struct sub_data *d = &s->data[s->ndata];

	if (from >= to || s->ndata == SUB_MAXDATA)
		return;
	d->at = from;
	d->len = (size_t)(to - from);
	s->ndata++;
}

static void
data_cut(struct vm_subject *s, char *cut, char *cutend)
{
	int i, n = s->ndata;
	char *end;

	for (i = 0; i < n && cut < cutend; i++) {
		end = s->data[i].at + s->data[i].len;
		if (cutend <= s->data[i].at || end <= cut)
			continue;
		data_add(s, cutend, end);
		s->data[i].len = cut > s->data[i].at ?
		    (size_t)(cut - s->data[i].at) : 0;
	}
}

struct find {
	struct vm_subject *s;
	uintptr_t	base;
};

static int
find_data(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct find *f = arg;
	const ElfW(Phdr) *ph = info->dlpi_phdr;
	char *at;
	int i;

	if (info->dlpi_addr != f->base)
		return 0;
	for (i = 0; i < info->dlpi_phnum; i++) {
		at = (char *)(info->dlpi_addr + ph[i].p_vaddr);
		if (ph[i].p_type == PT_LOAD && (ph[i].p_flags & PF_W) != 0)
			data_add(f->s, at, at + ph[i].p_memsz);
	}
	for (i = 0; i < info->dlpi_phnum; i++) {
		at = (char *)(info->dlpi_addr + ph[i].p_vaddr);
		if (ph[i].p_type == PT_GNU_RELRO)
			data_cut(f->s, at, at + ph[i].p_memsz);
	}
	return 1;
}

static int
data_save(struct vm_subject *s)
{
	struct find f = { .s = s };
	struct link_map *map;

	if (dlinfo(s->dl, RTLD_DI_LINKMAP, &map) != 0)
		return EINVAL;
	f.base = map->l_addr;
	dl_iterate_phdr(find_data, &f);
	data_cut(s, s->info->sites, s->info->sites_end);
	s->loaded = sub_keep(s);
	return s->loaded != NULL ? 0 : ENOMEM;
}

/* ------------------------------------------------------------------------
 * Loading
 */
static void
bind_all(struct vm_subject *s)
{
#define FUNCTION(member, name, proto)					\
	*(void **)&s->file.member = dlsym(s->dl, #name);
#define OBJECT(member, name, decl)					\
	s->ops.member = dlsym(s->dl, #name);
#include "amap/subject_defines.def"
#undef FUNCTION
#undef OBJECT
	sub_calls(&s->ops);
	s->ops.name = s->name;
	s->ops.subject = s;
}

static int
load(struct vm_subject *s, const char *so, char *why)
{
	const char *base = strrchr(so, '/');
	char path[1100];
	int error;

	/* without a slash it would be looked for among the libraries */
	snprintf(path, sizeof(path), "%s%s", base == NULL ? "./" : "", so);
	s->dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (s->dl == NULL)
		return load_bad(why, "cannot load %.480s", dlerror());
	s->info = dlsym(s->dl, "amapstorm_subject");
	if ((error = check_abi(so, s->info, why)) != 0)
		return error;
	snprintf(s->name, sizeof(s->name), "%s", base == NULL ? so : base + 1);
	bind_all(s);
	if ((error = data_save(s)) != 0)
		load_bad(why, "%.300s: cannot keep its data: %s", so,
		    strerror(error));
	return error;
}

int
vm_subject_open(const char *so, struct vm_subject **sp, char why[512])
{
	struct vm_subject_facts facts;
	struct vm_subject *s;
	int error;

	*sp = NULL;
	error = vm_subject_look(so, &facts, NULL, NULL, NULL, why);
	if (error == 0)
		error = check_facts(so, &facts, why);
	if (error != 0)
		return error;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ENOMEM;
	if ((error = load(s, so, why)) != 0) {
		vm_subject_close(s);
		return error;
	}
	*sp = s;
	return 0;
}

const struct amap_ops *
vm_subject_ops(const struct vm_subject *s)
{
	return &s->ops;
}

void
vm_subject_close(struct vm_subject *s)
{
	if (s == NULL)
		return;
	free(s->loaded);
	if (s->dl != NULL)
		dlclose(s->dl);
	free(s);
}
