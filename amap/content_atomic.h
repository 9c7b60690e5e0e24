/* content_atomic.h: see content.h */
#include "amap/uvm_int.h"

static inline void
content_copy(uint64_t *dst, const uint64_t *src, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		VM_RELAXED_STORE(&dst[i], VM_RELAXED_LOAD(&src[i]));
}

static inline void
content_zero(uint64_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		VM_RELAXED_STORE(&p[i], 0);
}

static inline void
content_spoil(uint64_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		VM_RELAXED_STORE(&p[i], CONTENT_FREE);
}
