/*
 * Numbers as people write them: three figures, the unit close behind, so that
 * columns stay narrow.
 */
#include <stdio.h>

#include "analysis/ana_int.h"

struct unit {
	double		scale;
	const char	*name;
};

/*
 * => a value that three figures would round up to the next unit is written
 *    in that one: 1.00ms, never 1000us
 */
static const char *
in_units(double v, const struct unit *u, size_t n, char buf[ANA_NUM])
{
	double scaled;
	size_t i;

	for (i = n - 1; i > 0 && v < u[i].scale * 0.9995; i--)
		continue;
	scaled = v / u[i].scale;
	snprintf(buf, ANA_NUM, scaled < 9.995 ? "%.2f%s" :
	    scaled < 99.95 ? "%.1f%s" : "%.0f%s", scaled, u[i].name);
	return buf;
}

/* Small ones are written out. */
static const char *
whole(uint64_t v, const char *unit, char buf[ANA_NUM])
{
	snprintf(buf, ANA_NUM, "%u%s", (unsigned)v, unit);
	return buf;
}

const char *
ana_count(uint64_t v, char buf[ANA_NUM])
{
	static const struct unit units[] = {
		{ 1e3, "k" }, { 1e6, "M" }, { 1e9, "G" }, { 1e12, "T" },
		{ 1e15, "P" }, { 1e18, "E" }
	};

	return v < 10000 ? whole(v, "", buf) :
	    in_units((double)v, units, 6, buf);
}

const char *
ana_time(uint64_t ns, char buf[ANA_NUM])
{
	static const struct unit units[] = {
		{ 1e3, "us" }, { 1e6, "ms" }, { 1e9, "s" }
	};

	return ns < 1000 ? whole(ns, "ns", buf) :
	    in_units((double)ns, units, 3, buf);
}

const char *
ana_bytes(uint64_t v, char buf[ANA_NUM])
{
	static const struct unit units[] = {
		{ 1024, "KiB" }, { 1048576, "MiB" }, { 1073741824, "GiB" }
	};

	return v < 1024 ? whole(v, "B", buf) :
	    in_units((double)v, units, 3, buf);
}

const char *
ana_percent(double share, char buf[ANA_NUM])
{
	double p = share * 100;

	if (p > 0 && p < 0.05)
		snprintf(buf, ANA_NUM, "<0.1%%");
	else
		snprintf(buf, ANA_NUM, p < 99.95 ? "%.1f%%" : "%.0f%%", p);
	return buf;
}
