/* content_plain.h: see content.h */
#include "amap/uvm_int.h"

static inline void
content_copy(uint64_t *dst, const uint64_t *src, size_t n)
{
	memcpy(dst, src, n * sizeof(*dst));
}

static inline void
content_zero(uint64_t *p, size_t n)
{
	memset(p, 0, n * sizeof(*p));
}

static inline void
content_spoil(uint64_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += CONTENT_STRIDE)
		VM_RELAXED_STORE(&p[i], CONTENT_FREE);
}
