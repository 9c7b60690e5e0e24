/* lines_x86_64.h: see lines.h. */
#include <immintrin.h>

#define LINES_WIDE	__attribute__((target("avx2")))

LINES_WIDE static inline __m256i
lines_half(const char *p, const char *q)
{
	return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)
	    (const void *)p), _mm256_loadu_si256((const __m256i *)
	    (const void *)q));
}

LINES_WIDE static inline __m256i
lines_one(const char *p, const char *q)
{
	return _mm256_or_si256(lines_half(p, q), lines_half(p + 32, q + 32));
}

LINES_WIDE static inline bool
lines_any_of(__m256i d)
{
	return !_mm256_testz_si256(d, d);
}

/* Four at a time; where there is something, one by one. */
LINES_WIDE static uint64_t
lines_differ_wide(const char *p, const char *q, size_t n)
{
	uint64_t bits = 0;
	__m256i a, b, c, d;
	size_t i = 0;

	for (; i + 4 <= n; i += 4, p += 4 * LINE, q += 4 * LINE) {
		a = lines_one(p, q);
		b = lines_one(p + LINE, q + LINE);
		c = lines_one(p + 2 * LINE, q + 2 * LINE);
		d = lines_one(p + 3 * LINE, q + 3 * LINE);
		if (!lines_any_of(_mm256_or_si256(_mm256_or_si256(a, b),
		    _mm256_or_si256(c, d))))
			continue;
		bits |= (uint64_t)(lines_any_of(a) | lines_any_of(b) << 1 |
		    lines_any_of(c) << 2 | lines_any_of(d) << 3) << i;
	}
	for (; i < n; i++, p += LINE, q += LINE)
		bits |= (uint64_t)lines_any_of(lines_one(p, q)) << i;
	return bits;
}

static inline uint64_t
lines_differ(const char *p, const char *q, size_t n)
{
	return __builtin_cpu_supports("avx2") ? lines_differ_wide(p, q, n) :
	    lines_differ_any(p, q, n);
}
