/*
 * blame: who had the lock while others waited; by operation or by site, and of
 * each cell all that is known.  A flow is a row of html_data.c:
 */
const flows = data.blame.flows.map(f => {
	const name = i => i < 0 ? null : data.blame.names[i];

	return { lock: name(f[0]), op: name(f[1]), site: name(f[2]),
	    mode: name(f[3]), by_op: name(f[4]), by_site: name(f[5]),
	    by_mode: name(f[6]), root_lock: name(f[7]), root_op: name(f[8]),
	    root_site: name(f[9]), n: f[10], ns: f[11] };
});
const NOBODY = "nobody";

/* The most of each, and the rest as one. */
function axis_of(key, most)
{
	const sums = d3.nest().key(key).rollup(g => d3.sum(g, f => f.ns))
	    .entries(flows).map(e => [e.key, e.value]);

	sums.sort((a, b) => b[1] - a[1]);
	return { names: sums.slice(0, most).map(s => s[0])
	    .concat(sums.length > most ? ["others"] : []),
	    sum: new Map(sums) };
}

function matrix(rows, columns, row_of, column_of)
{
	const cells = new Map();

	for (const f of flows) {
		const r = rows.names.includes(row_of(f)) ? row_of(f) :
		    "others";
		const c = columns.names.includes(column_of(f)) ?
		    column_of(f) : "others";
		const key = r + "\n" + c;

		if (!cells.has(key))
			cells.set(key, { row: r, column: c, ns: 0, n: 0,
			    flows: [] });
		const cell = cells.get(key);

		cell.ns += f.ns;
		cell.n += f.n;
		cell.flows.push(f);
	}
	return cells;
}

/*
 * Arrows move from cell to cell, Enter or Space opens one.
 * shown: { says: words for a cell, class: its own }
 */
function heat(rows, columns, cells, label, picked, shown)
{
	return (svg, width) => {
		const left = Math.min(width * 0.34, 250), top = 104;
		const size = Math.max(14, Math.min(56, (width - left - 4) /
		    columns.names.length));
		const high = Math.max(18, Math.min(30, size));
		const most = d3.max([...cells.values()], c => c.ns) || 1;
		const grid = svg.append("g").attr("role", "grid");

		svg.attr("role", "group");
		svg.append("g").selectAll("text").data(rows.names).join("text")
		    .attr("x", left - 6).attr("y", (d, i) => top + i * high +
		    high / 2 + 4).attr("text-anchor", "end")
		    .text(d => fitting(label(d), left - 8))
		    .append("title").text(d => d);
		svg.append("g").selectAll("text").data(columns.names)
		    .join("text").attr("transform", (d, i) => "translate(" +
		    (left + i * size + size / 2 + 3) + "," + (top - 6) +
		    ") rotate(-50)").text(d => fitting(label(d), 118))
		    .append("title").text(d => d);
		rows.names.forEach((r, i) => {
			const line = grid.append("g").attr("role", "row");

			columns.names.forEach((c, k) => line.append("rect")
			    .datum(cells.get(r + "\n" + c) || { row: r,
			    column: c, ns: 0, n: 0, flows: [] })
			    .attr("role", "gridcell").attr("class",
			    d => "cell mark" + shown.class(d)).attr("data-at", i + "," + k)
			    .attr("tabindex", i + k === 0 ? 0 : -1)
			    .attr("x", left + k * size)
			    .attr("y", top + i * high)
			    .attr("width", size).attr("height", high)
			    .attr("fill-opacity", d => d.ns === 0 ? 0 :
			    0.08 + 0.92 * Math.sqrt(d.ns / most))
			    .attr("aria-label", shown.says));
		});
		const all = grid.selectAll("rect");

		all.append("title").text(shown.says);
		function open(node, d)
		{
			all.classed("on", false);
			d3.select(node).classed("on", true);
			picked(d);
		}
		all.on("click", function(d) { open(this, d); });
		all.on("keydown", function(d) {
			const key = d3.event.key;
			const [i, k] = this.dataset.at.split(",").map(Number);
			const to = { ArrowUp: [i - 1, k], ArrowDown:
			    [i + 1, k], ArrowLeft: [i, k - 1],
			    ArrowRight: [i, k + 1] }[key];

			if (key === "Enter" || key === " ")
				open(this, d);
			else if (to === undefined)
				return;
			else {
				const next = grid.select("[data-at=\"" +
				    to.join() + "\"]").node();

				if (next !== null) {
					this.tabIndex = -1;
					next.tabIndex = 0;
					next.focus();
				}
			}
			d3.event.preventDefault();
		});
		return top + rows.names.length * high + 4;
	};
}

function flow_table(caption, rows)
{
	return table(caption, [
	    { name: "waited", value: f => f.ns, show: time },
	    { name: "times", value: f => f.n, show: count },
	    { name: "for", text: true, value: f => f.lock },
	    { name: "waiter", text: true, value: f => f.op + ", " +
	    short_site(f.site) + ", " + f.mode },
	    { name: "had it", text: true, value: f => f.by_site === null ?
	    NOBODY : f.by_op + ", " + short_site(f.by_site) + ", " +
	    f.by_mode },
	    { name: "who waited itself, in the end for", text: true,
	    value: f => f.root_lock === null ? "" : f.root_lock + ", held by " +
	    f.root_op + ", " + short_site(f.root_site) }], rows, { sort: 0 });
}

function heat_map(title, what, most, row_of, column_of, label)
{
	const rows = axis_of(row_of, most), columns = axis_of(column_of, most);
	const cells = matrix(rows, columns, row_of, column_of);
	const box = el("div", { "aria-live": "polite" });
	const show = c => {
		const top = c.flows.slice().sort((a, b) => b.ns - a.ns)
		    .slice(0, 200);

		box.replaceChildren(c.flows.length === 0 ? el("p",
		    { class: "soft" }, label(c.row) + " never waited for " +
		    label(c.column) + ".") : flow_table(label(c.row) +
		    " waited " + time(c.ns) + " while " + label(c.column) +
		    " had it" + (top.length < c.flows.length ? ": the first " +
		    top.length + " of " + c.flows.length : ""), top));
	};

	return el("div", {}, chart(title, what, heat(rows, columns, cells,
	    label, show, { class: () => "", says: d => label(d.row) +
	    " waited " + time(d.ns) + " (" + count(d.n) + " times) while " +
	    label(d.column) + " had it" })), box);
}

function blame()
{
	const b = data.blame;
	const splits = { reader_for_writer_ns: "readers for a writer",
	    reader_behind_waiting_writer_ns: "readers behind a waiting writer",
	    writer_for_readers_ns: "writers for readers",
	    writer_for_writer_ns: "writers for a writer",
	    nobody_known_ns: "for nobody in particular" };

	if (flows.length === 0)
		return;
	part("blame", "Blame", "Rows waited, columns had the lock meanwhile; " +
	    "darker is more. Pick a cell for its sites. Arrow keys move, " +
	    "Enter opens.",
	    el("ul", { class: "facts" }, el("li", {}, "waited in all ",
	    el("b", {}, time(b.total_ns))), ...Object.keys(splits)
	    .filter(k => b.split[k] > 0).map(k => el("li", {},
	    el("span", { class: "soft" }, splits[k] + " "), el("b", {},
	    percent(b.split[k] / b.total_ns)))),
	    b.rest_ns === 0 ? null : el("li", {}, "in flows too small to " +
	    "show ", el("b", {}, percent(b.rest_ns / b.total_ns)))),
	    heat_map("operation by operation", "operations that waited, by " +
	    "operations that had the lock", 24, f => f.op,
	    f => f.by_op === null ? NOBODY : f.by_op, d => d),
	    heat_map("site by site", "sites that waited, by sites that had " +
	    "the lock", 24, f => f.site, f => f.by_site === null ? NOBODY :
	    f.by_site, short_site));
}
