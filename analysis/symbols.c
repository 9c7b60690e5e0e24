/*
 * Names and lines of return addresses, read by libdw from the files that were
 * mapped.  Done when a snapshot is made: later, and elsewhere, the files may
 * be others.
 */
#include <elfutils/libdwfl.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/ana_int.h"

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

/* => where the file's own addresses begin, if that part of it is at start */
static bool
bias_of(int fd, const struct lk_map_info *map, uint64_t *bias)
{
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bool found = false;
	GElf_Phdr ph;
	size_t i, n;

	if (elf == NULL || elf_getphdrnum(elf, &n) != 0)
		n = 0;
	for (i = 0; i < n && !found; i++) {
		if (gelf_getphdr(elf, (int)i, &ph) == NULL ||
		    ph.p_type != PT_LOAD || (ph.p_flags & PF_X) == 0 ||
		    map->offset + map->end - map->start <= ph.p_offset ||
		    map->offset > ph.p_offset + ph.p_filesz)
			continue;
		*bias = map->start - map->offset + ph.p_offset - ph.p_vaddr;
		found = true;
	}
	elf_end(elf);
	return found;
}

/* => without debug information of its own a file has names alone */
static void
report(Dwfl *dwfl, const struct lk_map_info *map)
{
	uint64_t bias;
	int fd;

	fd = open(map->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* dwfl has the descriptor once it has the module */
	if (!bias_of(fd, map, &bias) || dwfl_report_elf(dwfl, map->path,
	    map->path, fd, bias, true) == NULL)
		close(fd);
}

/* => the last two parts of a path */
static const char *
tail(const char *path)
{
	const char *at = strrchr(path, '/');

	while (at != NULL && at > path && at[-1] != '/')
		at--;
	return at == NULL ? path : at;
}

/* A file without a table of which unit has which addresses, as clang's. */
static const char *
searched(Dwfl_Module *module, uint64_t addr, int *n)
{
	Dwarf_Die *unit = NULL;
	Dwarf_Line *line;
	Dwarf_Addr bias;

	while ((unit = dwfl_module_nextcu(module, unit, &bias)) != NULL) {
		if (dwarf_haspc(unit, addr - bias) <= 0)
			continue;
		line = dwarf_getsrc_die(unit, addr - bias);
		if (line != NULL && dwarf_lineno(line, n) == 0)
			return dwarf_linesrc(line, NULL, NULL);
	}
	return NULL;
}

static void
line_of(Dwfl_Module *module, uint64_t addr, char line[64])
{
	Dwfl_Line *at = dwfl_module_getsrc(module, addr);
	const char *path;
	int n;

	path = at != NULL ? dwfl_lineinfo(at, NULL, &n, NULL, NULL, NULL) :
	    searched(module, addr, &n);
	if (path != NULL)
		snprintf(line, 64, "%.50s:%d", tail(path), n);
}

/*
 * A return address lies behind its call, which may be a function's last
 * instruction: what is looked up is the byte before.
 */
static void
name_of(Dwfl *dwfl, struct ana_symbol *sym)
{
	Dwfl_Module *module = dwfl_addrmodule(dwfl, sym->addr - 1);
	const char *name;
	GElf_Off off;
	GElf_Sym as;

	if (module == NULL)
		return;
	name = dwfl_module_addrinfo(module, sym->addr - 1, &off, &as, NULL,
	    NULL, NULL);
	if (name != NULL)
		snprintf(sym->name, sizeof(sym->name), "%.50s+0x%" PRIx64,
		    name, (uint64_t)off + 1);
	line_of(module, sym->addr - 1, sym->line);
}

/* What has no name is told by its file. */
static void
place_of(const struct lk_map_info *map, struct ana_symbol *sym)
{
	const char *file = strrchr(map->path, '/');

	if (sym->name[0] != '\0' || sym->addr <= map->start ||
	    sym->addr > map->end)
		return;
	snprintf(sym->name, sizeof(sym->name), "%.40s@0x%" PRIx64,
	    file == NULL ? map->path : file + 1,
	    sym->addr - map->start + map->offset);
}

int
ana_symbols(struct ana_snapshot *s, const struct lk_map_info *maps, size_t n)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_build_id_find_debuginfo
	};
	Dwfl *dwfl;
	size_t i, k;
	int error;

	error = collect(s);
	if (error != 0 || s->nsymbols == 0)
		return error;
	elf_version(EV_CURRENT);
	dwfl = dwfl_begin(&callbacks);
	if (dwfl == NULL)
		return ENOMEM;
	for (i = 0; i < n; i++)
		report(dwfl, &maps[i]);
	dwfl_report_end(dwfl, NULL, NULL);
	for (k = 0; k < s->nsymbols; k++) {
		name_of(dwfl, &s->symbols[k]);
		for (i = 0; i < n; i++)
			place_of(&maps[i], &s->symbols[k]);
	}
	dwfl_end(dwfl);
	return 0;
}
