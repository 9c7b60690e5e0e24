/* lines_any.h: see lines.h. */
typedef uint64_t line_pair __attribute__((vector_size(16), aligned(1),
    may_alias));

static inline bool
line_differs(const char *p, const char *q)
{
	const line_pair *x = (const line_pair *)(const void *)p;
	const line_pair *y = (const line_pair *)(const void *)q;
	line_pair d;

	d = (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]);
	return (d[0] | d[1]) != 0;
}

static inline uint64_t
lines_differ_any(const char *p, const char *q, size_t n)
{
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (line_differs(p + i * LINE, q + i * LINE))
			bits |= (uint64_t)1 << i;
	return bits;
}
