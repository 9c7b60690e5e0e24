/*
 * compare: two sets of runs; ratios with their intervals, what differs, and
 * how the blame moved.
 */
const rising = { "1/s": count, share: percent, ns: time };

function ratio(v)
{
	return v === null ? "-" : v > 9999 ? ">9999" : v >= 100 ? v.toFixed(0) : v.toFixed(v >= 10 ?
	    2 : 3);
}

function with_interval(r)
{
	return r.low !== null;
}

/* What was told first, then what is surest. */
function by_verdict(rows)
{
	const rank = r => r.verdict === "worse" ? 0 : r.verdict === "better" ?
	    1 : with_interval(r) ? 2 : 3;

	return rows.slice().sort((a, b) => rank(a) - rank(b) || a.p - b.p);
}

function verdict_class(r)
{
	return r.verdict === "worse" ? "worse" : r.verdict === "better" ?
	    "better" : "even-row";
}

/*
 *	name  |----o----|      ratio
 *	           :  1
 */
function forest(rows)
{
	return (svg, width) => {
		const left = Math.min(width * 0.44, 210), right = 52;
		const high = 24, top = 22;
		const seen = rows.filter(r => r.ratio > 0);
		const reach = r => d3.max(with_interval(r) && r.low > 0 ?
		    [r.high, 1 / r.low] : [r.ratio, 1 / r.ratio]);
		/* all that was told fits in; a wild interval leaves the picture */
		const far = 1.02 * d3.max([1.05, Math.min(32, d3.quantile(seen
		    .map(reach).sort(d3.ascending), 0.8) || 1), ...seen
		    .filter(r => verdict_class(r) !== "even-row").map(r =>
		    Math.min(1000, reach(r)))]);
		const x = d3.scaleLog().domain([1 / far, far])
		    .range([left, width - right]).clamp(true);
		const lines = svg.append("g").selectAll("g").data(rows)
		    .join("g").attr("class", r => "row " + verdict_class(r))
		    .attr("transform", (r, i) => "translate(0," +
		    (top + i * high + high / 2) + ")");
		const steps = [1000, 100, 32, 16, 8, 4, 2, 1.5, 1.2, 1.1, 1.05, 1.02]
		    .filter(v => v < far);
		const tick = steps[0] || 1.01;
		const bottom = top + rows.length * high;

		svg.append("line").attr("class", "even").attr("x1", x(1))
		    .attr("x2", x(1)).attr("y1", top - 4).attr("y2", bottom);
		svg.append("g").selectAll("text").data([1 / tick, 1, tick])
		    .join("text").attr("class", "soft").attr("x", v => x(v))
		    .attr("y", 12).attr("text-anchor", "middle")
		    .text(v => v === 1 ? "same" : "\u00d7" +
		    (v < 0.1 ? v.toFixed(3) : v.toFixed(2)));
		lines.append("text").attr("x", left - 10).attr("y", 4)
		    .attr("text-anchor", "end")
		    .text(r => fitting(r.name, left - 10));
		lines.filter(r => with_interval(r) && r.ratio > 0).append("line")
		    .attr("class", "interval").attr("x1", r => x(r.low))
		    .attr("x2", r => x(r.high));
		lines.filter(r => r.ratio > 0).append("circle")
		    .attr("class", "mark point").attr("r", 4.5)
		    .attr("cx", r => x(r.ratio));
		lines.append("text").attr("x", width - right + 6).attr("y", 4)
		    .attr("class", "number").text(r => ratio(r.ratio));
		lines.append("title").text(r => r.name + ": " +
		    ratio(r.ratio) + (with_interval(r) ? ", between " +
		    ratio(r.low) + " and " + ratio(r.high) : "") + "; " +
		    r.verdict);
		return bottom + 4;
	};
}

function metrics_table(c, rows)
{
	const shown = r => rising[r.unit];

	return table("Metrics: typical values, B/A, and its interval", [
	    { name: "metric", text: true, value: r => r.name },
	    { name: c.a, value: r => r.a === null ? -1 : r.a,
	    show: (v, r) => r.a === null ? "-" : shown(r)(v) },
	    { name: c.b, value: r => r.b === null ? -1 : r.b,
	    show: (v, r) => r.b === null ? "-" : shown(r)(v) },
	    { name: c.b + "/" + c.a, value: r => r.ratio === null ? -1 :
	    r.ratio, show: (v, r) => ratio(r.ratio) },
	    { name: "from", value: r => with_interval(r) ? r.low : -1,
	    show: (v, r) => ratio(r.low) },
	    { name: "to", value: r => with_interval(r) ? r.high : -1,
	    show: (v, r) => ratio(r.high) },
	    { name: "p in the table", value: r => r.p_table,
	    show: v => v.toFixed(4), help: "how often two sets that do not " +
	    "differ show as much, anywhere in the table" },
	    { name: "difference", text: true, value: r =>
	    r.verdict === "no difference shown" ? "none shown" : r.verdict }],
	    rows);
}

function metrics()
{
	const c = data.compare, rows = by_verdict(c.metrics);

	if (c.metrics.length === 0)
		return;
	part("metrics", "Metrics", "A dot is the ratio " + c.b + "/" + c.a +
	    ", the line the interval that holds the true one with " +
	    percent(1 - c.level) + ". Only coloured rows are told apart, " +
	    "with all rows of the table accounted for.",
	    rows.some(r => r.ratio > 0) ? chart(null, "ratios of " +
	    rows.length + " metrics with their intervals; " + c.worse +
	    " worse, " + c.better + " better", forest(rows)) : null,
	    el("p", { class: "legend" }, el("span", {}, el("i",
	    { class: "worse" }), "worse"), el("span", {}, el("i",
	    { class: "better" }), "better"), el("span", {}, el("i",
	    { class: "even-row" }), "no difference shown")),
	    metrics_table(c, rows), el("p", { class: "soft" }, c.says));
}

function bounds()
{
	const all = data.compare.bounds;

	part("bounds", "Bounds", null, all.length === 0 ? null : table(
	    "What was allowed", [
	    { name: "bound", text: true, value: b => b.bound },
	    { name: "state", text: true, value: b => b.state },
	    { name: "worse by", value: b => b.worse, show: v =>
	    (v * 100).toFixed(1) + "%" },
	    { name: "p", value: b => b.p, show: v => v.toFixed(4) },
	    { name: "in words", text: true, value: b => b.says }], all));
}

function sets()
{
	const c = data.compare;

	part("sets", "The sets", null,
	    c.parameters.length === 0 ? el("p", {}, "They do not differ in " +
	    "any parameter but the seed.") : table("What they differ in", [
	    { name: "parameter", text: true, value: d => d.key },
	    { name: c.a, text: true, value: d => d.a || "-" },
	    { name: c.b, text: true, value: d => d.b || "-" }], c.parameters),
	    c.left_out.length === 0 ? null : el("h3", {}, "Left out"),
	    c.left_out.length === 0 ? null : el("ul", {}, ...c.left_out.map(o =>
	    el("li", {}, o))));
}

/* ---- how the blame moved ---- */

function signed(ns)
{
	return ns === 0 ? "0" : (ns > 0 ? "+" : "\u2212") + time(Math.abs(ns));
}

function moved_says(d)
{
	const c = data.compare;

	return d.row + " waited while " + d.column + " had it: " + c.a + " " +
	    time(d.a) + ", " + c.b + " " + time(d.b) + " for each operation " +
	    "(" + signed(d.diff) + (d.low === null ? "" : ", between " +
	    signed(d.low) + " and " + signed(d.high)) + ")";
}

function names_of(cells, key)
{
	const sums = new Map();

	for (const c of cells)
		sums.set(c[key], (sums.get(c[key]) || 0) + Math.abs(c.diff));
	return { names: [...sums].sort((a, b) => b[1] - a[1]).slice(0, 24)
	    .map(s => s[0]) };
}

function moved()
{
	const c = data.compare;
	const rows = names_of(c.blame, "waiter");
	const columns = names_of(c.blame, "holder");
	const cells = new Map();
	const box = el("p", { "aria-live": "polite" });

	if (c.blame.length === 0)
		return;
	for (const r of rows.names)
		for (const k of columns.names)
			cells.set(r + "\n" + k, { row: r, column: k, a: 0,
			    b: 0, diff: 0, low: null, ns: 0 });
	for (const b of c.blame)
		if (cells.has(b.waiter + "\n" + b.holder))
			cells.set(b.waiter + "\n" + b.holder, { row: b.waiter,
			    column: b.holder, a: b.a_ns_per_op,
			    b: b.b_ns_per_op, diff: b.diff, low: b.low,
			    high: b.high, ns: Math.abs(b.diff) });
	part("moved", "Blame: " + c.b + " less " + c.a, "Rows waited, " +
	    "columns had the lock meanwhile; ns for each operation of the " +
	    "run. Arrow keys move, Enter tells.",
	    chart("operation by operation", "how waiting of operations for " +
	    "operations changed", heat(rows, columns, cells, d => d,
	    d => box.replaceChildren(moved_says(d)), { says: moved_says,
	    class: d => d.diff < 0 ? " better" : "" })),
	    el("p", { class: "legend" }, el("span", {}, el("i",
	    { class: "worse" }), "waits longer in " + c.b),
	    el("span", {}, el("i", { class: "better" }), "waits less")), box,
	    table("How the blame moved, ns for each operation", [
	    { name: "waited", text: true, value: b => b.waiter },
	    { name: "had it", text: true, value: b => b.holder },
	    { name: c.a, value: b => b.a_ns_per_op, show: time },
	    { name: c.b, value: b => b.b_ns_per_op, show: time },
	    { name: c.b + " less " + c.a, value: b => b.diff, show: signed },
	    { name: "from", value: b => b.low === null ? -1e300 : b.low,
	    show: (v, b) => b.low === null ? "-" : signed(v) },
	    { name: "to", value: b => b.low === null ? -1e300 : b.high,
	    show: (v, b) => b.low === null ? "-" : signed(v) }],
	    c.blame.slice(0, 300)));
}

function comparison()
{
	findings();
	bounds();
	metrics();
	moved();
	sets();
	trust();
	repeat();
}
