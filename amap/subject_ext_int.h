/*
 * subject_ext_int.h: what the files of external subjects share:
 *
 *	subject_kernel.c	the kernel that the file calls
 *	subject_call.c		what the neighbours call: the file's functions,
 *				counted
 *	subject_load.c		a shared object becomes a struct amap_ops
 *	subject_elf.c		what it defines and lacks, without running it
 */
#ifndef AMAP_SUBJECT_EXT_INT_H
#define AMAP_SUBJECT_EXT_INT_H

#include "amap/compat/amapstorm/info.h"
#include "amap/uvm_int.h"

/* subject_kernel.c; the names that compat/amapstorm/kernel.h knows */
extern struct vm_map *const sub_kernel_map;
int	sub_page_shift(void);
int	sub_printf(const char *, ...) __attribute__((format(printf, 1, 2)));
void	sub_setbits(volatile unsigned int *, unsigned int);
void	sub_clearbits(volatile unsigned int *, unsigned int);
void	*sub_mallocarray(size_t n, size_t size, int type, int flags);
void	sub_free(void *, int type, size_t size);
void	sub_pool_init(struct pool *, size_t size, u_int align, int ipl,
	    int flags, const char *name, void *allocator);
void	*sub_pool_get(struct pool *, int flags);
void	sub_pool_put(struct pool *, void *);
struct vm_anon *sub_analloc(void);
void	sub_anfree_list(struct vm_anon *, struct pglist *);
boolean_t sub_anon_pagein(struct vm_amap *, struct vm_anon *);
struct vm_page *sub_pagealloc(struct uvm_object *, voff_t, struct vm_anon *,
	    int flags);
void	sub_pagecopy(struct vm_page *src, struct vm_page *dst);
void	sub_pageactivate(struct vm_page *);
void	sub_pagedeactivate(struct vm_page *);
void	sub_pagefree(struct vm_page *);
void	sub_pglistfree(struct pglist *);
void	sub_page_protect(struct vm_page *, vm_prot_t);
void	sub_lock_pageq(struct lk_site *);
void	sub_unlock_pageq(struct lk_site *);
void	sub_wait(const char *wmesg);
void	sub_pagewait(struct vm_page *, struct rwlock *, const char *);
int	sub_rwsleep(const volatile void *, struct rwlock *, int prio,
	    const char *wmesg, uint64_t nsecs, struct lk_site *);
void	sub_clip_start(struct vm_map *, struct vm_map_entry *, vaddr_t);
void	sub_clip_end(struct vm_map *, struct vm_map_entry *, vaddr_t);

struct sub_need {
	const char	*name;
	const void	*at;
};
const struct sub_need *sub_needs(size_t *n);

/* A stretch of the subject's memory that each world finds as it was. */
struct sub_data {
	char	*at;
	size_t	len;
};
#define SUB_MAXDATA	8

/*
 * An external subject.  The neighbours see ops, whose functions are those of
 * subject_call.c; they find the file's own in file.
 */
struct vm_subject {
	struct amap_ops	ops, file;
	const struct subject_info *info;
	void		*dl;
	int		ndata;
	struct sub_data	data[SUB_MAXDATA];
	char		*loaded;	/* the data after loading */
	char		name[64];
};
/* => the functions of ops are set */
void	sub_calls(struct amap_ops *);
/*
 * sub_keep: the subject's data as they are now; malloc()ed; NULL: no memory
 * sub_put: they are so again.
 */
char	*sub_keep(const struct vm_subject *);
void	sub_put(const struct vm_subject *, const char *kept);

#endif /* AMAP_SUBJECT_EXT_INT_H */
