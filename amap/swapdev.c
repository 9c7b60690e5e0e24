/*
 * swapdev.c: the files and block devices behind swap.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <linux/fs.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "amap/swap_int.h"

static int
swapdev_fail(char why[256], int error, int dev, const char *what,
    const char *path)
{
	char reason[64];

	/* the GNU strerror_r: what it returns need not be the buffer */
	snprintf(why, 256, "swap device %d: %s '%.120s': %s", dev, what, path,
	    strerror_r(error, reason, sizeof(reason)));
	return error;
}

/* An unlinked file: nothing is left behind, whatever becomes of us. */
static int
swapdev_temp(struct vm_swapdev *sd, const char *dir, int dev, char why[256])
{
	snprintf(sd->sd_name, sizeof(sd->sd_name), "%.230s/swap%d.XXXXXX", dir,
	    dev);
	sd->sd_fd = mkostemp(sd->sd_name, O_CLOEXEC);
	if (sd->sd_fd == -1)
		return swapdev_fail(why, errno, dev,
		    "cannot make a file in directory", dir);
	if (unlink(sd->sd_name) == -1)
		return swapdev_fail(why, errno, dev, "cannot unlink",
		    sd->sd_name);
	return 0;
}

static int
swapdev_named(struct vm_swapdev *sd, const char *path, int dev, char why[256])
{
	snprintf(sd->sd_name, sizeof(sd->sd_name), "%s", path);
	sd->sd_fd = open(path, O_RDWR | O_CLOEXEC);
	if (sd->sd_fd == -1)
		return swapdev_fail(why, errno, dev, "cannot open", path);
	return 0;
}

static int
swapdev_block(struct vm_swapdev *sd, off_t want, int dev, char why[256])
{
	uint64_t have;

	if (ioctl(sd->sd_fd, BLKGETSIZE64, &have) == -1)
		return swapdev_fail(why, errno, dev, "cannot get the size of",
		    sd->sd_name);
	if (have >= (uint64_t)want)
		return 0;
	snprintf(why, 256, "swap device %d: '%.120s' has %llu bytes, "
	    "but %lld are needed", dev, sd->sd_name,
	    (unsigned long long)have, (long long)want);
	return ENOSPC;
}

/* Space is taken now: a full file system shows here, not in a storm. */
static int
swapdev_size(struct vm_swapdev *sd, off_t want, int dev, char why[256])
{
	struct stat st;
	char what[64];
	int error;

	if (fstat(sd->sd_fd, &st) == -1)
		return swapdev_fail(why, errno, dev, "cannot look at",
		    sd->sd_name);
	if (S_ISBLK(st.st_mode))
		return swapdev_block(sd, want, dev, why);
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, 256, "swap device %d: '%.120s' is neither a file "
		    "nor a block device", dev, sd->sd_name);
		return EINVAL;
	}
	do
		error = posix_fallocate(sd->sd_fd, 0, want);
	while (error == EINTR);
	if (error == 0)
		return 0;
	snprintf(what, sizeof(what), "no room for %lld bytes in",
	    (long long)want);
	return swapdev_fail(why, error, dev, what, sd->sd_name);
}

/* Two devices on one file would write over each other. */
static int
swapdev_distinct(struct vm_swapdev *sd, int dev, char why[256])
{
	struct vm_swapstate *sw = vmw()->vw_swap;
	struct stat st, other;
	int i;

	if (fstat(sd->sd_fd, &st) == -1)
		return swapdev_fail(why, errno, dev, "cannot look at",
		    sd->sd_name);
	for (i = 0; i < dev; i++) {
		if (sw->sw_dev[i].sd_fd == -1)
			continue;
		if (fstat(sw->sw_dev[i].sd_fd, &other) == -1 ||
		    st.st_dev != other.st_dev || st.st_ino != other.st_ino)
			continue;
		snprintf(why, 256, "swap devices %d and %d are the same file "
		    "'%.120s'", i, dev, sd->sd_name);
		return EINVAL;
	}
	return 0;
}

static int
swapdev_memory(struct vm_swapdev *sd, const struct vm_conf *conf, int dev,
    char why[256])
{
	snprintf(sd->sd_name, sizeof(sd->sd_name), "memory%d", dev);
	sd->sd_mem = vm_arena_alloc(vmw()->vw_arena, conf->swap_slots[dev] *
	    conf->page_size, 64);
	if (sd->sd_mem != NULL)
		return 0;
	return swapdev_fail(why, ENOMEM, dev, "cannot make", sd->sd_name);
}

int
uvm_swapdev_open(struct vm_swapdev *sd, const struct vm_conf *conf, int dev,
    char why[256])
{
	off_t want = (off_t)conf->swap_slots[dev] * (off_t)conf->page_size;
	const char *path = conf->swap_path[dev];
	int error;

	if (conf->swap_memory && path[0] == '\0')
		return swapdev_memory(sd, conf, dev, why);
	error = path[0] != '\0' ? swapdev_named(sd, path, dev, why) :
	    swapdev_temp(sd, conf->swap_dir, dev, why);
	if (error == 0)
		error = swapdev_distinct(sd, dev, why);
	if (error == 0)
		error = swapdev_size(sd, want, dev, why);
	return error;
}

static void *
swap_zalloc(size_t size)
{
	void *p = vm_arena_alloc(vmw()->vw_arena, size, 64);

	if (p != NULL)
		memset(p, 0, size);
	return p;
}

static int
swap_tables(struct vm_swapdev *sd, int first, size_t nslots)
{
	sd->sd_first = first;
	sd->sd_nslots = (int)nslots;
	sd->sd_bits = swap_zalloc((nslots + 63) / 64 * sizeof(uint64_t));
	sd->sd_state = swap_zalloc(nslots);
	sd->sd_seals = swap_zalloc(nslots * sizeof(struct vm_seal));
	return sd->sd_bits != NULL && sd->sd_state != NULL &&
	    sd->sd_seals != NULL ? 0 : ENOMEM;
}

static int
swap_init_dev(struct vm_swapstate *sw, const struct vm_conf *conf, int dev,
    int first, char why[256])
{
	struct vm_swapdev *sd = &sw->sw_dev[dev];
	size_t nslots = conf->swap_slots[dev];
	int error;

	if (nslots == 0 || nslots >= (size_t)(INT_MAX - first)) {
		snprintf(why, 256, "swap device %d: %zu slots; expected 1 .. %d",
		    dev, nslots, INT_MAX - first - 1);
		return EINVAL;
	}
	if (swap_tables(sd, first, nslots) != 0) {
		snprintf(why, 256, "swap device %d: no memory for the tables "
		    "of %zu slots", dev, nslots);
		return ENOMEM;
	}
	sw->sw_ndev = dev + 1;		/* uvm_swap_fini closes this one, too */
	error = uvm_swapdev_open(sd, conf, dev, why);
	sd->sd_on = error == 0;
	return error;
}

int
uvm_swap_init(const struct vm_conf *conf, char why[256])
{
	struct vm_swapstate *sw;
	int dev, error, first = 1;

	if (conf->nswap < 1 || conf->nswap > VM_MAXSWAP) {
		snprintf(why, 256, "%d swap devices; expected 1 .. %d",
		    conf->nswap, VM_MAXSWAP);
		return EINVAL;
	}
	sw = swap_zalloc(sizeof(*sw));
	if (sw == NULL) {
		snprintf(why, 256, "no memory for swap");
		return ENOMEM;
	}
	mtx_init(&sw->sw_lk, "swap data");
	for (dev = 0; dev < VM_MAXSWAP; dev++)
		sw->sw_dev[dev].sd_fd = -1;
	vmw()->vw_swap = sw;
	for (dev = 0; dev < conf->nswap; dev++) {
		error = swap_init_dev(sw, conf, dev, first, why);
		if (error != 0) {
			uvm_swap_fini();
			return error;
		}
		first += (int)conf->swap_slots[dev];
	}
	return 0;
}

bool
uvm_swap_unused(int dev, char **from, char **to)
{
	const struct vm_swapdev *sd = &vmw()->vw_swap->sw_dev[dev];

	if (sd->sd_mem == NULL)
		return false;
	*from = (char *)(sd->sd_mem + (size_t)sd->sd_high * page_ncells());
	*to = (char *)(sd->sd_mem + (size_t)sd->sd_nslots * page_ncells());
	return true;
}

void
uvm_swap_unused_again(int dev, char *unused)
{
	char *now, *end;

	if (uvm_swap_unused(dev, &now, &end) && now > unused)
		memset(unused, 0, (size_t)(now - unused));
}

void
uvm_swap_fini(void)
{
	struct vm_swapstate *sw = vmw()->vw_swap;
	int dev;

	if (sw == NULL)
		return;
	for (dev = 0; dev < sw->sw_ndev; dev++)
		if (sw->sw_dev[dev].sd_fd != -1)
			(void)close(sw->sw_dev[dev].sd_fd);
	mtx_destroy(&sw->sw_lk);
	vmw()->vw_swap = NULL;
}
