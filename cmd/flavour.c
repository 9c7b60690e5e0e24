/*
 * Flavours: the program is built with a sanitizer or without, and a subject
 * has to be of the same kind.  The plain program is what people call; its
 * siblings are installed where it finds them:
 *
 *	PREFIX/bin/amapstorm
 *	PREFIX/libexec/amapstorm/tsan/amapstorm
 *	PREFIX/libexec/amapstorm/memory/amapstorm	with hooks, to explore
 *
 * and in a build tree next to it: build/dev/cmd, build/dev/memory and
 * build/tsan/cmd.
 */
#include <sys/personality.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

static const struct cmd_flavour flavours[] = {
#define FLAVOUR(name, folder, cflags, ldflags, help)			\
	{ #name, folder, cflags, ldflags, help },
#include "cmd/flavours.def"
#undef FLAVOUR
};
#define NFLAVOURS	(sizeof(flavours) / sizeof(flavours[0]))

const struct cmd_flavour *
cmd_flavours(size_t *n)
{
	*n = NFLAVOURS;
	return flavours;
}

const struct cmd_flavour *
cmd_flavour_find(const char *name)
{
	size_t i;

	for (i = 0; i < NFLAVOURS; i++)
		if (strcmp(flavours[i].name, name) == 0)
			return &flavours[i];
	return NULL;
}

const char *
cmd_flavour(void)
{
	if (AMAPSTORM_SANITIZE[0] != '\0')
		return AMAPSTORM_SANITIZE;
	return lk_memory_can() ? "explore" : "plain";
}

/* => the folder that this program lies in */
static bool
own_folder(char dir[CMD_PATH])
{
	ssize_t n = readlink("/proc/self/exe", dir, CMD_PATH - 1);
	char *slash;

	if (n <= 0)
		return false;
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

/* Where things lie, seen from the program: in the order they are tried. */
static bool
find(const char *const *places, size_t n, const char *word, int mode,
    char path[CMD_PATH])
{
	char dir[CMD_PATH], tail[256];
	size_t i;

	if (!own_folder(dir))
		return false;
	for (i = 0; i < n; i++) {
		char *at = strstr(places[i], "%s");

		if (at == NULL)
			snprintf(tail, sizeof(tail), "%s", places[i]);
		else
			snprintf(tail, sizeof(tail), "%.*s%s%s",
			    (int)(at - places[i]), places[i], word, at + 2);
		if (snprintf(path, CMD_PATH, "%s/%s", dir, tail) < CMD_PATH &&
		    access(path, mode) == 0)
			return true;
	}
	return false;
}

bool
cmd_include_dir(char path[CMD_PATH])
{
	static const char *const places[] = {
		"../include/amapstorm",
		CMD_TO_INCLUDE "/amapstorm",
		"../../" CMD_TO_INCLUDE "/amapstorm",
	};

	return find(places, sizeof(places) / sizeof(places[0]), "", R_OK,
	    path);
}

bool
cmd_flavour_program(const char *flavour, char path[CMD_PATH])
{
	static const char *const siblings[] = {
		CMD_TO_LIBEXEC "/amapstorm/%s/amapstorm",
		"../%s/amapstorm",
		"../../%s/cmd/amapstorm",
	};
	static const char *const plain[] = {
		"../" CMD_FROM_LIBEXEC "/amapstorm",
		"../cmd/amapstorm",
		"../../release/cmd/amapstorm",
		"../../dev/cmd/amapstorm",
	};
	const struct cmd_flavour *f = cmd_flavour_find(flavour);

	if (f == NULL)
		return false;
	if (f->folder[0] == '\0')
		return find(plain, sizeof(plain) / sizeof(plain[0]), "", X_OK,
		    path);
	return find(siblings, sizeof(siblings) / sizeof(siblings[0]),
	    f->folder, X_OK, path);
}

/* The memory flavour comes with any build without a sanitizer. */
static void
say_missing(const char *flavour)
{
	const struct cmd_flavour *f = cmd_flavour_find(flavour);
	const char *preset = f != NULL && AMAPSTORM_SANITIZE[0] == '\0' &&
	    f->folder[0] != '\0' && strcmp(flavour, "explore") != 0 ? flavour :
	    "release";

	cmd_complain("this needs the %s flavour of amapstorm, which is not "
	    "installed beside this one; to get it: cmake --preset %s && cmake "
	    "--build build/%s && cmake --install build/%s", flavour, preset,
	    preset, preset);
}

int
cmd_flavour_exec(const char *flavour, char **argv)
{
	char path[CMD_PATH];
	int was;

	if (!cmd_flavour_program(flavour, path)) {
		say_missing(flavour);
		return ANA_EXIT_CANNOT;
	}
	/* Its shadow memory has fixed places, which some kernels give away. */
	was = personality(0xffffffff);
	if (strcmp(flavour, "tsan") == 0 && was != -1)
		(void)personality((unsigned long)was | ADDR_NO_RANDOMIZE);
	fflush(NULL);
	execv(path, argv);
	cmd_complain("%s: cannot be run: %s", path, strerror(errno));
	return ANA_EXIT_CANNOT;
}
