/* write.c: a record to a file. */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "locks/record_int.h"
#include "locks/strand_int.h"

static int
put(int fd, const void *data, uint64_t len, uint64_t at)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = pwrite(fd, p, len < 1 << 20 ? len : 1 << 20, (off_t)at);
		if (n == -1 && errno != EINTR)
			return errno;
		if (n > 0) {
			p += n;
			at += (uint64_t)n;
			len -= (uint64_t)n;
		}
	}
	return 0;
}

/*
 * A record is mostly holes; looking into one would fill it.  One without a
 * file of its own has no holes that could be asked for.
 */
static int
put_data(const struct lk_record *r, int fd)
{
	off_t from = 0, to, size = (off_t)r->size;
	int error = 0;

	while (from < size && error == 0) {
		to = size;
		if (r->fd != -1) {
			from = lseek(r->fd, from, SEEK_DATA);
			if (from == -1)
				return errno == ENXIO ? 0 : errno;
			to = lseek(r->fd, from, SEEK_HOLE);
			if (to == -1)
				return errno;
		}
		error = put(fd, (const char *)r->h + from,
		    (uint64_t)(to - from), (uint64_t)from);
		from = to;
	}
	return error;
}

#define BLOCK	4096

static uint64_t
mix(uint64_t sum, uint64_t v)
{
	return (sum ^ v) * UINT64_C(1099511628211);
}

/* Blocks of zeroes are none: a copy may have filled holes with them. */
static uint64_t
sum_block(uint64_t sum, const struct lk_record *r, uint64_t at)
{
	const uint64_t *w = (const void *)((const char *)r->h + at);
	uint64_t some = 0, mine = mix(sum, at);
	unsigned i;

	for (i = 0; i < BLOCK / sizeof(*w); i++) {
		some |= w[i];
		mine = mix(mine, w[i]);
	}
	return some == 0 ? sum : mine;
}

static uint64_t
sum_header(const struct lk_record *r)
{
	struct lk_header h;
	const unsigned char *p = (const void *)&h;
	uint64_t sum = UINT64_C(14695981039346656037);
	size_t i;

	memcpy(&h, r->h, sizeof(h));
	h.sum = 0;
	for (i = 0; i < sizeof(h); i++)
		sum = mix(sum, p[i]);
	return sum;
}

uint64_t
lk_file_sum(const struct lk_record *r, int fd)
{
	uint64_t sum = sum_header(r), at = r->h->part[0].off, to;
	off_t hole;

	while (at < r->size) {
		off_t data = lseek(fd, (off_t)at, SEEK_DATA);

		if (data == -1 && errno == ENXIO)
			break;
		hole = data == -1 ? -1 : lseek(fd, data, SEEK_HOLE);
		at = data == -1 ? at : (uint64_t)data / BLOCK * BLOCK;
		to = hole == -1 ? r->size : (uint64_t)hole;
		for (; at < to && at + BLOCK <= r->size; at += BLOCK)
			sum = sum_block(sum, r, at);
		if (at + BLOCK > r->size)
			break;
	}
	return sum;
}

static int
put_sum(const struct lk_record *r, int fd)
{
	struct lk_record file = { .size = r->size, .fd = fd };
	uint64_t sum;

	file.h = mmap(NULL, r->size, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd,
	    0);
	if (file.h == MAP_FAILED)
		return errno;
	sum = lk_file_sum(&file, fd);
	munmap(file.h, r->size);
	return put(fd, &sum, sizeof(sum), offsetof(struct lk_header, sum));
}

static int
put_all(const struct lk_record *r, int fd)
{
	uint64_t now = lk_sv->now();
	mode_t mask = umask(0);
	int error;

	umask(mask);
	if (fchmod(fd, 0666 & ~mask) == -1 ||
	    ftruncate(fd, (off_t)r->size) == -1)
		return errno;
	error = put_data(r, fd);
	if (error == 0)
		error = put(fd, &now, sizeof(now),
		    offsetof(struct lk_header, written));
	if (error == 0)
		error = put_sum(r, fd);
	return error != 0 ? error : fsync(fd) == -1 ? errno : 0;
}

int
lk_record_write(const struct lk_record *r, const char *path)
{
	char *temp;
	int error, fd;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return ENOMEM;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd == -1) {
		error = errno;
		free(temp);
		return error;
	}
	error = put_all(r, fd);
	if (close(fd) == -1 && error == 0)
		error = errno;
	if (error == 0 && rename(temp, path) == -1)
		error = errno;
	if (error != 0)
		unlink(temp);
	free(temp);
	return error;
}
