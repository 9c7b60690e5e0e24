/*
 * Names and lines of return addresses, read by libdw from the files that were
 * mapped.  Done when a snapshot is made: later, and elsewhere, the files may
 * be others.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/ana_int.h"

#define DEEPEST	30	/* functions that are inlined into one another */

/* What names are made from, and what comes of it. */
struct reader {
	Dwfl		*dwfl;
	const struct lk_map_info *maps;
	size_t		nmaps;
	Dwfl_Module	*seen;		/* whose lock layer was asked for */
	char		locks[512];	/* where its source is, or was; "" */
	struct ana_grow	rows;		/* struct ana_symbol */
};

static int
by_addr(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
by_row(const void *a, const void *b)
{
	return by_addr(&((const struct ana_symbol *)a)->addr,
	    &((const struct ana_symbol *)b)->addr);
}

static void
put(uint64_t *all, size_t *n, const uint64_t *frame, size_t nframes)
{
	memcpy(all + *n, frame, nframes * sizeof(*all));
	*n += nframes;
}

/* All addresses that stacks name, once each: 0 is none. */
static uint64_t *
collect(const struct ana_snapshot *s, size_t *n)
{
	size_t room, i, k = 0;
	uint64_t *all;

	room = s->crashed ? s->crash.nframes : 0;
	for (i = 0; i < s->nincidents; i++)
		room += s->incidents[i].nframes + s->incidents[i].nother;
	for (i = 0; i < s->nstacks; i++)
		room += s->stacks[i].n;
	all = calloc(room + 1, sizeof(*all));
	if (all == NULL)
		return NULL;
	for (i = 0; i < s->nincidents; i++) {
		put(all, &k, s->incidents[i].frame, s->incidents[i].nframes);
		put(all, &k, s->incidents[i].other, s->incidents[i].nother);
	}
	for (i = 0; i < s->nstacks; i++)
		put(all, &k, s->stacks[i].frame, s->stacks[i].n);
	if (s->crashed)
		put(all, &k, s->crash.frame, s->crash.nframes);
	qsort(all, k, sizeof(*all), by_addr);
	for (i = *n = 0; i < k; i++) {
		if (all[i] != 0 && (*n == 0 || all[*n - 1] != all[i]))
			all[(*n)++] = all[i];
	}
	return all;
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

/* ---- units and lines ---- */

/* => the unit that has the code; one by one in a file without a table, as
 *    clang's are */
static Dwarf_Die *
unit_of(Dwfl_Module *module, uint64_t addr, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, addr, bias);

	if (unit != NULL)
		return unit;
	do
		unit = dwfl_module_nextcu(module, unit, bias);
	while (unit != NULL && dwarf_haspc(unit, addr - *bias) <= 0);
	return unit;
}

/* => the path, or NULL */
static const char *
line_of(Dwarf_Die *unit, Dwarf_Addr pc, int *n)
{
	Dwarf_Line *line = unit == NULL ? NULL : dwarf_getsrc_die(unit, pc);

	*n = 0;
	if (line == NULL || dwarf_lineno(line, n) != 0)
		return NULL;
	return dwarf_linesrc(line, NULL, NULL);
}

/* => where what is inlined was called, as a path, or NULL */
static const char *
call_of(Dwarf_Die *unit, Dwarf_Die *inlined, int *n)
{
	Dwarf_Attribute attr;
	Dwarf_Word file = 0, line = 0;
	Dwarf_Files *files;

	*n = 0;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attr),
	    &file) != 0 || dwarf_formudata(dwarf_attr(inlined,
	    DW_AT_call_line, &attr), &line) != 0 ||
	    dwarf_getsrcfiles(unit, &files, NULL) != 0)
		return NULL;
	*n = (int)line;
	return dwarf_filesrc(files, file, NULL, NULL);
}

/*
 * => functions that have the code, the real one first, then what was inlined
 *    into it; how many
 */
static size_t
functions(Dwarf_Die *of, Dwarf_Addr pc, Dwarf_Die *out, size_t n)
{
	Dwarf_Die die;
	size_t got;
	int tag;

	if (dwarf_child(of, &die) != 0)
		return n;
	do {
		tag = dwarf_tag(&die);
		got = n;
		if (tag == DW_TAG_namespace)
			got = functions(&die, pc, out, n);
		if (got != n)
			return got;
		if ((tag != DW_TAG_subprogram && tag != DW_TAG_lexical_block &&
		    tag != DW_TAG_inlined_subroutine) ||
		    dwarf_haspc(&die, pc) <= 0)
			continue;
		if (tag != DW_TAG_lexical_block && n == DEEPEST)
			return n;
		if (tag != DW_TAG_lexical_block)
			out[n++] = die;
		return functions(&die, pc, out, n);
	} while (dwarf_siblingof(&die, &die) == 0);
	return n;
}

/* ---- whose code it is ---- */

/* => the file's folder is called locks; *len: of its path */
static bool
in_locks(const char *path, size_t *len)
{
	static const char own[] = "locks";
	const char *end = strrchr(path, '/');
	size_t n = sizeof(own) - 1;

	*len = end == NULL ? 0 : (size_t)(end - path);
	return *len >= n && strncmp(end - n, own, n) == 0 &&
	    (*len == n || end[-(ptrdiff_t)n - 1] == '/');
}

/*
 * The lock layer is what lies in the folder of its own functions, wherever
 * that was when it was compiled; a user's folder may have the same name.
 */
static void
find_locks(struct reader *r, Dwfl_Module *module)
{
	int i, line, n = dwfl_module_getsymtab(module);
	const char *name, *path;
	Dwarf_Addr bias;
	Dwarf_Die *unit;
	GElf_Addr addr;
	GElf_Sym as;
	size_t len;

	if (module == r->seen || r->locks[0] != '\0' ||
	    dwfl_module_getdwarf(module, &bias) == NULL)
		n = 0;
	r->seen = module;
	for (i = 0; i < n && r->locks[0] == '\0'; i++) {
		name = dwfl_module_getsym_info(module, i, &as, &addr, NULL, NULL,
		    NULL);
		if (name == NULL || strncmp(name, "lk_", 3) != 0 ||
		    GELF_ST_TYPE(as.st_info) != STT_FUNC ||
		    as.st_shndx == SHN_UNDEF)
			continue;
		unit = unit_of(module, addr, &bias);
		path = line_of(unit, addr - bias, &line);
		if (path != NULL && in_locks(path, &len) &&
		    len < sizeof(r->locks))
			memcpy(r->locks, path, len);
	}
}

static bool
of_locks(const struct reader *r, const char *path)
{
	size_t len;

	return path != NULL && in_locks(path, &len) &&
	    ((r->locks[len] == '\0' && r->locks[0] != '\0' &&
	    strncmp(path, r->locks, len) == 0) ||
	    strstr(path, "/amapstorm/locks/") != NULL);
}

/* ---- names ---- */

/*
 * What a compiler makes of one function is that function to its reader.
 * => length of its name; piece: it is not where the function begins
 */
static size_t
without_suffix(const char *name, bool *piece)
{
	static const char *const made[] = {
		"part", "cold", "constprop", "isra", "lto_priv", "localalias",
		"llvm", "simdclone"
	};
	const char *dot = name;
	size_t i, n;

	*piece = false;
	while (*name != '\0' && (dot = strchr(dot + 1, '.')) != NULL) {
		n = strcspn(dot + 1, ".");
		for (i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
			if (strlen(made[i]) != n ||
			    strncmp(dot + 1, made[i], n) != 0)
				continue;
			*piece = strstr(dot, ".part") != NULL ||
			    strstr(dot, ".cold") != NULL;
			return (size_t)(dot - name);
		}
	}
	return strlen(name);
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

static void
add(struct reader *r, struct ana_symbol *sym, const char *path, int line)
{
	size_t len = strlen(sym->name);

	if (path != NULL && line > 0)
		snprintf(sym->line, sizeof(sym->line), "%.50s:%d", tail(path),
		    line);
	if (len > 0 && of_locks(r, path))
		snprintf(sym->name + len, sizeof(sym->name) - len, "%s",
		    ANA_OF_LOCKS);
	ana_grow_add(&r->rows, sym);
}

/* What has no name is told by its file. */
static void
place_of(const struct lk_map_info *map, struct ana_symbol *sym, uint64_t addr)
{
	const char *file = strrchr(map->path, '/');

	if (sym->name[0] != '\0' || addr <= map->start || addr > map->end)
		return;
	snprintf(sym->name, sizeof(sym->name), "%.40s@0x%" PRIx64,
	    file == NULL ? map->path : file + 1,
	    addr - map->start + map->offset);
}

/* The real function: what the table of symbols says is there. */
static void
name_of(const struct reader *r, Dwfl_Module *module, uint64_t addr,
    Dwarf_Die *function, struct ana_symbol *sym)
{
	const char *name = NULL;
	bool piece = false;
	GElf_Off off = 0;
	GElf_Sym as;
	size_t i, n;

	if (module != NULL)
		name = dwfl_module_addrinfo(module, addr - 1, &off, &as, NULL,
		    NULL, NULL);
	if (name == NULL && function != NULL) {
		name = dwarf_diename(function);
		piece = true;
	}
	if (name != NULL) {
		n = without_suffix(name, &piece);
		n = n > 40 ? 40 : n;
		if (piece)
			snprintf(sym->name, sizeof(sym->name), "%.*s", (int)n,
			    name);
		else
			snprintf(sym->name, sizeof(sym->name), "%.*s+0x%"
			    PRIx64, (int)n, name, (uint64_t)off + 1);
	}
	for (i = 0; i < r->nmaps; i++)
		place_of(&r->maps[i], sym, addr);
}

/*
 * A return address lies behind its call, which may be a function's last
 * instruction: what is looked up is the byte before.
 */
static void
tell(struct reader *r, uint64_t addr)
{
	Dwfl_Module *module = dwfl_addrmodule(r->dwfl, addr - 1);
	Dwarf_Die function[DEEPEST], *unit = NULL;
	struct ana_symbol sym;
	const char *path = NULL, *name;
	size_t n = 0, depth = 0;
	Dwarf_Addr bias = 0;
	int line = 0;

	if (module != NULL) {
		find_locks(r, module);
		unit = unit_of(module, addr - 1, &bias);
		path = line_of(unit, addr - 1 - bias, &line);
	}
	if (unit != NULL)
		n = functions(unit, addr - 1 - bias, function, 0);
	for (; n > 1; n--, depth++) {
		memset(&sym, 0, sizeof(sym));
		sym.addr = ANA_INLINED_IN(addr, depth);
		name = dwarf_diename(&function[n - 1]);
		snprintf(sym.name, sizeof(sym.name), "%.40s%s",
		    name == NULL ? "?" : name, ANA_INLINED);
		add(r, &sym, path, line);
		path = call_of(unit, &function[n - 1], &line);
	}
	memset(&sym, 0, sizeof(sym));
	sym.addr = ANA_INLINED_IN(addr, depth);
	name_of(r, module, addr, n > 0 ? &function[0] : NULL, &sym);
	add(r, &sym, path, line);
}

int
ana_symbols(struct ana_snapshot *s, const struct lk_map_info *maps, size_t n)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_build_id_find_debuginfo
	};
	struct reader r = { .maps = maps, .nmaps = n,
	    .rows = { .size = sizeof(struct ana_symbol) } };
	size_t i, nall;
	uint64_t *all = collect(s, &nall);

	if (all == NULL)
		return ENOMEM;
	elf_version(EV_CURRENT);
	if (nall != 0 && (r.dwfl = dwfl_begin(&callbacks)) == NULL)
		r.rows.failed = true;
	for (i = 0; r.dwfl != NULL && i < n; i++)
		report(r.dwfl, &maps[i]);
	if (r.dwfl != NULL)
		dwfl_report_end(r.dwfl, NULL, NULL);
	for (i = 0; r.dwfl != NULL && i < nall; i++)
		tell(&r, all[i]);
	if (r.dwfl != NULL)
		dwfl_end(r.dwfl);
	free(all);
	s->symbols = r.rows.rows;
	s->nsymbols = r.rows.n;
	if (s->nsymbols != 0)
		qsort(s->symbols, s->nsymbols, sizeof(*s->symbols), by_row);
	return r.rows.failed ? ENOMEM : 0;
}
