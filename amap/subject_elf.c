/*
 * subject_elf.c: what is in a subject's file, read as data: a file that lacks
 * something, or is for another flavour of the program, cannot be loaded.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "amap/subject_ext_int.h"

struct object {
	const char	*path;
	const uint8_t	*at;
	size_t		len;
	const Elf64_Shdr *section;
	size_t		nsection;
	const Elf64_Sym	*sym;
	size_t		nsym;
	const char	*names;		/* of the symbols */
	size_t		nameslen;
	const char	*text;		/* SUBJECT_SECTION */
	size_t		textlen;
};

static int look_bad(char *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
look_bad(char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, 512, fmt, ap);
	va_end(ap);
	return EINVAL;
}

static int
object_map(struct object *o, char *why)
{
	struct stat sb;
	void *at;
	int fd, error = 0;

	fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &sb) == -1) {
		error = errno;
		(void)look_bad(why, "%.300s: %s", o->path, strerror(error));
	} else if (!S_ISREG(sb.st_mode) ||
	    (size_t)sb.st_size < sizeof(Elf64_Ehdr)) {
		error = look_bad(why, "%.300s: is no shared object", o->path);
	} else {
		o->len = (size_t)sb.st_size;
		at = mmap(NULL, o->len, PROT_READ, MAP_PRIVATE, fd, 0);
		if (at == MAP_FAILED)
			error = errno;
		else
			o->at = at;
	}
	if (fd != -1)
		close(fd);
	return error;
}

static const void *
object_part(const struct object *o, uint64_t off, uint64_t n, size_t size)
{
	if (off % 8 != 0 || off > o->len || n > (o->len - off) / size)
		return NULL;
	return o->at + off;
}

static const char *
object_bytes(const struct object *o, const Elf64_Shdr *sh)
{
	if (sh->sh_type == SHT_NOBITS || sh->sh_offset > o->len ||
	    sh->sh_size > o->len - sh->sh_offset)
		return NULL;
	return (const char *)o->at + sh->sh_offset;
}

/* => the name of section i, if there is one that ends */
static const char *
section_name(const struct object *o, const Elf64_Ehdr *eh, size_t i)
{
	const Elf64_Shdr *names;
	const char *text;

	if (eh->e_shstrndx >= o->nsection)
		return "";
	names = &o->section[eh->e_shstrndx];
	text = object_bytes(o, names);
	if (text == NULL || o->section[i].sh_name >= names->sh_size ||
	    names->sh_size == 0 || text[names->sh_size - 1] != '\0')
		return "";
	return text + o->section[i].sh_name;
}

static void
object_sections(struct object *o, const Elf64_Ehdr *eh)
{
	const Elf64_Shdr *sh;
	size_t i;

	for (i = 0; i < o->nsection; i++) {
		sh = &o->section[i];
		if (strcmp(section_name(o, eh, i), SUBJECT_SECTION) == 0) {
			o->text = object_bytes(o, sh);
			o->textlen = sh->sh_size;
		}
		if (sh->sh_type != SHT_DYNSYM || sh->sh_link >= o->nsection)
			continue;
		o->nsym = sh->sh_size / sizeof(*o->sym);
		o->sym = object_part(o, sh->sh_offset, o->nsym,
		    sizeof(*o->sym));
		o->names = object_bytes(o, &o->section[sh->sh_link]);
		o->nameslen = o->section[sh->sh_link].sh_size;
	}
}

/* => 0: it is an ELF file, and a subject */
static int
object_open(struct object *o, char *why)
{
	const Elf64_Ehdr *eh;
	int error;

	if ((error = object_map(o, why)) != 0)
		return error;
	eh = (const Elf64_Ehdr *)(const void *)o->at;
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_type != ET_DYN)
		return look_bad(why, "%.300s: is no shared object", o->path);
	o->nsection = eh->e_shnum;
	o->section = object_part(o, eh->e_shoff, o->nsection,
	    sizeof(*o->section));
	if (o->section != NULL)
		object_sections(o, eh);
	if (o->text == NULL || o->sym == NULL || o->names == NULL ||
	    o->nameslen == 0 || o->names[o->nameslen - 1] != '\0')
		return look_bad(why, "%.300s: is no subject; expected what "
		    "amapstorm subject build makes", o->path);
	return 0;
}

static void
object_close(struct object *o)
{
	if (o->at != NULL)
		munmap((void *)(uintptr_t)o->at, o->len);
}

static bool
text_value(const struct object *o, const char *key, char *to, size_t len)
{
	const char *p = o->text, *end = p + o->textlen, *eol;
	size_t n = strlen(key);

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			return false;
		if ((size_t)(eol - p) > n && memcmp(p, key, n) == 0 &&
		    p[n] == ' ') {
			snprintf(to, len, "%.*s", (int)(eol - p - (ptrdiff_t)n
			    - 1), p + n + 1);
			return true;
		}
	}
	return false;
}

static const char *
symbol_name(const struct object *o, const Elf64_Sym *sym)
{
	return sym->st_name < o->nameslen ? o->names + sym->st_name : "";
}

static bool
object_defines(const struct object *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->nsym; i++)
		if (o->sym[i].st_shndx != SHN_UNDEF &&
		    strcmp(symbol_name(o, &o->sym[i]), name) == 0)
			return true;
	return false;
}

static void
look_defines(const struct object *o, struct vm_subject_facts *f,
    vm_subject_row *row, void *arg)
{
	static const struct {
		const char	*name, *proto;
	} wanted[] = {
#define FUNCTION(member, name, proto)	{ #name, proto },
#define OBJECT(member, name, decl)	{ #name, decl },
#include "amap/subject_defines.def"
#undef FUNCTION
#undef OBJECT
	};
	size_t i;
	bool there;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		there = object_defines(o, wanted[i].name);
		if (there)
			f->ndefines++;
		else if (f->nlacks++ == 0)
			f->lack = wanted[i].proto;
		if (row != NULL)
			row(wanted[i].name, wanted[i].proto, !there, arg);
	}
}

/* A sanitizer's functions, and hooks, come with the flavour of the program. */
static bool
is_known(const char *name)
{
	const struct sub_need *need;
	size_t i, n;

	need = sub_needs(&n);
	for (i = 0; i < n; i++)
		if (strcmp(need[i].name, name) == 0)
			return true;
	return strncmp(name, "__tsan_", 7) == 0 ||
	    strncmp(name, "__wrap_mem", 10) == 0 ||
	    strncmp(name, "__asan_", 7) == 0 ||
	    strncmp(name, "__ubsan_", 8) == 0 ||
	    strncmp(name, "__sanitizer_", 12) == 0 ||
	    dlsym(RTLD_DEFAULT, name) != NULL;
}

static void
look_uses(const struct object *o, struct vm_subject_facts *f,
    vm_subject_row *row, void *arg)
{
	const char *name;
	size_t i;
	bool known;

	for (i = 0; i < o->nsym; i++) {
		name = symbol_name(o, &o->sym[i]);
		if (o->sym[i].st_shndx != SHN_UNDEF || *name == '\0' ||
		    ELF64_ST_BIND(o->sym[i].st_info) == STB_WEAK)
			continue;
		known = is_known(name);
		f->nneeds++;
		if (!known && f->nunknown++ == 0)
			snprintf(f->unknown, sizeof(f->unknown), "%s", name);
		if (row != NULL)
			row(name, NULL, !known, arg);
	}
}

int
vm_subject_look(const char *so, struct vm_subject_facts *f,
    vm_subject_row *defines, vm_subject_row *uses, void *arg, char why[512])
{
	struct object o = { .path = so };
	int error;

	memset(f, 0, sizeof(*f));
	error = object_open(&o, why);
	if (error == 0 &&
	    (!text_value(&o, "flavour", f->flavour, sizeof(f->flavour)) ||
	    !text_value(&o, "rev", f->rev, sizeof(f->rev)) ||
	    !text_value(&o, "source", f->source, sizeof(f->source))))
		error = look_bad(why, "%.300s: says nothing of its flavour; "
		    "build it again", so);
	if (error == 0) {
		look_defines(&o, f, defines, arg);
		look_uses(&o, f, uses, arg);
	}
	object_close(&o);
	return error;
}
