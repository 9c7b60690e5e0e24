/*
 * Names of return addresses, read from the symbol tables of the files that
 * were mapped.  Done when a snapshot is made: later, and elsewhere, the files
 * may be others.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/ana_int.h"

struct image {
	const uint8_t	*at;
	size_t		len;
};

/* => at stays NULL if there is no such file */
static void
image_open(const char *path, struct image *im)
{
	struct stat st;
	void *at;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	at = MAP_FAILED;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size >= (off_t)sizeof(Elf64_Ehdr))
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
	close(fd);
	if (at == MAP_FAILED)
		return;
	im->at = at;
	im->len = (size_t)st.st_size;
}

/* => a table of n entries of size at off; NULL if it is not all in the file */
static const void *
image_table(const struct image *im, uint64_t off, uint64_t n, size_t size)
{
	if (off % 8 != 0 || off > im->len || n > (im->len - off) / size)
		return NULL;
	return im->at + off;
}

static const Elf64_Ehdr *
image_header(const struct image *im)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)(const void *)im->at;

	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh->e_ident[EI_CLASS] != ELFCLASS64)
		return NULL;
	return eh;
}

/* File offset to the address that the file's symbols use. */
static bool
image_vaddr(const struct image *im, const Elf64_Ehdr *eh, uint64_t off,
    uint64_t *vaddr)
{
	const Elf64_Phdr *ph;
	int i;

	ph = image_table(im, eh->e_phoff, eh->e_phnum, sizeof(*ph));
	for (i = 0; ph != NULL && i < eh->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD && off >= ph[i].p_offset &&
		    off - ph[i].p_offset < ph[i].p_filesz) {
			*vaddr = off - ph[i].p_offset + ph[i].p_vaddr;
			return true;
		}
	}
	return false;
}

/* => the function of the symbol table sh that vaddr lies in */
static bool
table_find(const struct image *im, const Elf64_Shdr *sh,
    const Elf64_Shdr *strings, uint64_t vaddr, char name[64])
{
	const Elf64_Sym *sym;
	const char *text;
	uint64_t i, n;

	n = sh->sh_size / sizeof(*sym);
	sym = image_table(im, sh->sh_offset, n, sizeof(*sym));
	if (sym == NULL || strings->sh_offset > im->len ||
	    strings->sh_size > im->len - strings->sh_offset)
		return false;
	text = (const char *)im->at + strings->sh_offset;
	for (i = 0; i < n; i++) {
		if (ELF64_ST_TYPE(sym[i].st_info) != STT_FUNC ||
		    vaddr < sym[i].st_value ||
		    vaddr - sym[i].st_value >= sym[i].st_size ||
		    sym[i].st_name >= strings->sh_size)
			continue;
		snprintf(name, 64, "%.*s+0x%" PRIx64,
		    (int)strnlen(text + sym[i].st_name,
		    strings->sh_size - sym[i].st_name),
		    text + sym[i].st_name, vaddr - sym[i].st_value);
		return true;
	}
	return false;
}

/* The full table if there is one, else that of exported functions. */
static bool
image_find(const struct image *im, uint64_t off, char name[64])
{
	static const uint32_t types[] = { SHT_SYMTAB, SHT_DYNSYM };
	const Elf64_Ehdr *eh;
	const Elf64_Shdr *sh;
	uint64_t vaddr;
	size_t t;
	int i;

	eh = image_header(im);
	if (eh == NULL || !image_vaddr(im, eh, off, &vaddr))
		return false;
	sh = image_table(im, eh->e_shoff, eh->e_shnum, sizeof(*sh));
	for (t = 0; sh != NULL && t < 2; t++) {
		for (i = 0; i < eh->e_shnum; i++) {
			if (sh[i].sh_type == types[t] &&
			    sh[i].sh_link < eh->e_shnum &&
			    table_find(im, &sh[i], &sh[sh[i].sh_link], vaddr,
			    name))
				return true;
		}
	}
	return false;
}

static int
by_addr(const void *a, const void *b)
{
	const struct ana_symbol *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* All addresses that stacks name, once each. */
static int
collect(struct ana_snapshot *s)
{
	size_t room, i, n = 0;
	uint32_t f;

	room = s->crashed ? s->crash.nframes : 0;
	for (i = 0; i < s->nincidents; i++)
		room += s->incidents[i].nframes + s->incidents[i].nother;
	for (i = 0; i < s->nstacks; i++)
		room += s->stacks[i].n;
	if (room == 0)
		return 0;
	s->symbols = calloc(room, sizeof(*s->symbols));
	if (s->symbols == NULL)
		return ENOMEM;
	for (i = 0; i < s->nincidents; i++) {
		for (f = 0; f < s->incidents[i].nframes; f++)
			s->symbols[n++].addr = s->incidents[i].frame[f];
		for (f = 0; f < s->incidents[i].nother; f++)
			s->symbols[n++].addr = s->incidents[i].other[f];
	}
	for (i = 0; i < s->nstacks; i++) {
		for (f = 0; f < s->stacks[i].n; f++)
			s->symbols[n++].addr = s->stacks[i].frame[f];
	}
	for (f = 0; s->crashed && f < s->crash.nframes; f++)
		s->symbols[n++].addr = s->crash.frame[f];
	qsort(s->symbols, n, sizeof(*s->symbols), by_addr);
	for (i = 0; i < n; i++) {
		if (s->nsymbols == 0 ||
		    s->symbols[s->nsymbols - 1].addr != s->symbols[i].addr)
			s->symbols[s->nsymbols++] = s->symbols[i];
	}
	return 0;
}

/*
 * A return address lies behind its call, which may be a function's last
 * instruction: what is looked up is the byte before.
 */
static void
name_in(struct ana_snapshot *s, const struct lk_map_info *map)
{
	const char *file;
	struct image im = { .at = NULL };
	size_t i;

	image_open(map->path, &im);
	file = strrchr(map->path, '/');
	file = file == NULL ? map->path : file + 1;
	for (i = 0; i < s->nsymbols; i++) {
		struct ana_symbol *sym = &s->symbols[i];
		uint64_t off = sym->addr - 1 - map->start + map->offset;

		if (sym->addr <= map->start || sym->addr > map->end)
			continue;
		if (im.at == NULL || !image_find(&im, off, sym->name))
			snprintf(sym->name, sizeof(sym->name),
			    "%.40s@0x%" PRIx64, file, off + 1);
	}
	if (im.at != NULL)
		munmap((void *)(uintptr_t)im.at, im.len);
}

int
ana_symbols(struct ana_snapshot *s, const struct lk_map_info *maps, size_t n)
{
	size_t i;
	int error;

	error = collect(s);
	if (error != 0)
		return error;
	for (i = 0; i < n; i++)
		name_in(s, &maps[i]);
	return 0;
}
