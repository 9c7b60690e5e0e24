/*
 * Give each seed of a corpus to a fuzz target, once and whole, then cut after
 * each byte: what a compiler without libFuzzer can do.
 *
 *	seeds DIRECTORY
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
give(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len + 1);	/* so that ends are watched */

	if (copy == NULL)
		abort();
	memcpy(copy, p, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static int
seed(const char *dir, const char *name)
{
	static uint8_t buf[65536];
	char path[4096];
	size_t len, cut;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (f == NULL)
		return (0);
	len = fread(buf, 1, sizeof(buf), f);
	(void)fclose(f);
	give(buf, len);
	for (cut = 0; cut < len; cut++)
		give(buf, cut);
	return (1);
}

int
main(int argc, char **argv)
{
	struct dirent *e;
	int n = 0;
	DIR *dir;

	dir = argc == 2 ? opendir(argv[1]) : NULL;
	if (dir == NULL)
		return (2);
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			n += seed(argv[1], e->d_name);
	(void)closedir(dir);
	printf("%d seeds\n", n);
	return (n == 0);
}
