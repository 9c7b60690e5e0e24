/*
 * order: classes in layers, outermost on top; an edge goes from what is held
 * to what is taken then.  Rings of findings stand out.
 */
const EDGE = { from: 0, to: 1, modes: 2, from_site: 3, to_site: 4, kinds: 5,
    ring: 6 };
const DRAWN = 60;	/* nodes: more are no picture */

/* => those of findings, then those with the most edges */
function drawn_nodes(edges)
{
	const weight = new Map();

	for (const e of edges)
		for (const n of [e[EDGE.from], e[EDGE.to]])
			weight.set(n, (weight.get(n) || 0) + 1 +
			    (e[EDGE.ring] ? 1e6 : 0));
	return [...weight.entries()].sort((a, b) => b[1] - a[1] ||
	    a[0].localeCompare(b[0])).slice(0, DRAWN).map(w => w[0]);
}

/* Layers get wide; in each, who has like neighbours stands near them. */
function layered(names, edges)
{
	const layer = n => data.order.layers[n] || 0;
	const values = [...new Set(names.map(layer))].sort(d3.ascending);
	const rows = values.map(v => names.filter(n => layer(n) === v)
	    .sort(d3.ascending));
	const at = new Map();
	const place = row => row.forEach((n, i) => at.set(n, (i + 0.5) /
	    row.length));

	rows.forEach(place);
	for (let sweep = 0; sweep < 8; sweep++)
		for (const row of rows) {
			const pull = n => d3.mean(edges.filter(e =>
			    e[EDGE.from] === n || e[EDGE.to] === n)
			    .map(e => at.get(e[EDGE.from] === n ?
			    e[EDGE.to] : e[EDGE.from]))
			    .filter(v => v !== undefined)) || at.get(n);
			const wish = new Map(row.map(n => [n, pull(n)]));

			row.sort((a, b) => wish.get(a) - wish.get(b) ||
			    a.localeCompare(b));
			place(row);
		}
	return rows;
}

/* A layer that is too wide is broken into lines. */
function broken(rows, most)
{
	return [].concat(...rows.map(row => {
		const lines = Math.ceil(row.length / most);
		const each = Math.ceil(row.length / lines);

		return d3.range(lines).map(i => row.slice(i * each,
		    (i + 1) * each));
	}));
}

function order_graph(edges, picked)
{
	const names = drawn_nodes(edges);
	const shown = edges.filter(e => names.includes(e[EDGE.from]) &&
	    names.includes(e[EDGE.to]) && e[EDGE.from] !== e[EDGE.to]);
	const rings = new Set([].concat(...shown.filter(e => e[EDGE.ring])
	    .map(e => [e[EDGE.from], e[EDGE.to]])));
	let chosen = null;

	return (svg, width) => {
		const rows = broken(layered(names, shown),
		    Math.max(2, Math.floor(width / 118)));
		const high = 74, box = 24;
		const at = new Map();

		rows.forEach((row, i) => row.forEach((n, k) => at.set(n,
		    [(k + 0.5 + (i % 2) * 0.12 - 0.06) * width / row.length,
		    i * high + 20])));
		svg.attr("role", "group");
		for (const kind of ["", "ring"])
			svg.append("marker").attr("id", "head" + kind)
			    .attr("viewBox", "0 0 8 8").attr("refX", 7)
			    .attr("refY", 4).attr("markerWidth", 7)
			    .attr("markerHeight", 7).attr("markerUnits",
			    "userSpaceOnUse").attr("orient", "auto")
			    .append("path").attr("d", "M0 0L8 4L0 8z")
			    .attr("class", "head " + kind);
		const line = svg.append("g").selectAll("path").data(shown)
		    .join("path").attr("class", e => "edge mark" +
		    (e[EDGE.ring] ? " ring" : ""))
		    .attr("marker-end", e => "url(#head" + (e[EDGE.ring] ?
		    "ring" : "") + ")").attr("d", e => {
			const a = at.get(e[EDGE.from]), b = at.get(e[EDGE.to]);
			const down = b[1] >= a[1] ? 1 : -1;
			const y0 = a[1] + down * box / 2;
			const y1 = b[1] - down * box / 2;
			const bend = a[1] === b[1] ? 26 : (y1 - y0) / 2;
			const side = b[1] < a[1] ? 22 : 0;

			return "M" + a[0] + " " + y0 + "C" + (a[0] + side) +
			    " " + (y0 + bend) + " " + (b[0] + side) + " " +
			    (y1 - bend) + " " + b[0] + " " + y1;
		    });

		line.append("title").text(e => e[EDGE.from] + " held, " +
		    e[EDGE.to] + " taken (" + e[EDGE.modes] + ")");
		svg.append("g").selectAll("text").data(shown.filter(e =>
		    e[EDGE.ring])).join("text").attr("class", "ERROR")
		    .attr("text-anchor", "middle").attr("x", e =>
		    (at.get(e[EDGE.from])[0] + at.get(e[EDGE.to])[0]) / 2 +
		    (at.get(e[EDGE.from])[1] > at.get(e[EDGE.to])[1] ? 34 :
		    -34)).attr("y", e => (at.get(e[EDGE.from])[1] +
		    at.get(e[EDGE.to])[1]) / 2 + 4).text(e => e[EDGE.modes]);
		const node = svg.append("g").selectAll("g").data(names)
		    .join("g").attr("class", n => "node mark" +
		    (rings.has(n) ? " ring" : "")).attr("tabindex", 0)
		    .attr("role", "button").attr("aria-label", n => "edges " +
		    "of " + n).attr("transform", n => "translate(" +
		    at.get(n) + ")");

		node.append("rect").attr("x", -52).attr("y", -box / 2)
		    .attr("width", 104).attr("height", box).attr("rx", 5);
		node.append("text").attr("text-anchor", "middle").attr("y", 4)
		    .text(n => n.length > 15 ? n.slice(0, 14) + "\u2026" : n);
		node.append("title").text(n => n);
		function pick(n)
		{
			chosen = chosen === n ? null : n;
			const of = e => chosen === null ||
			    e[EDGE.from] === chosen || e[EDGE.to] === chosen;

			line.classed("off", e => !of(e));
			node.classed("off", m => chosen !== null &&
			    m !== chosen && !shown.some(e => of(e) &&
			    (e[EDGE.from] === m || e[EDGE.to] === m)));
			picked(chosen);
		}
		node.on("click", pick).on("keydown", n => {
			if (d3.event.key === "Enter" || d3.event.key === " ") {
				d3.event.preventDefault();
				pick(n);
			}
		});
		return rows.length * high - high + 44;
	};
}

function order()
{
	const o = data.order, edges = o.edges;

	if (edges.length === 0)
		return;
	const box = el("div");
	const show = name => box.replaceChildren(table((name === null ?
	    "All edges" : "Edges of " + name) + (o.nedges > edges.length ?
	    ", the first " + edges.length + " of " + o.nedges : ""),
	    [{ name: "held", text: true, value: e => e[EDGE.from] },
	    { name: "taken then", text: true, value: e => e[EDGE.to] },
	    { name: "modes", text: true, value: e => e[EDGE.modes] },
	    { name: "held since", text: true, value: e =>
	    short_site(e[EDGE.from_site]) },
	    { name: "taken at", text: true, value: e =>
	    short_site(e[EDGE.to_site]) },
	    { name: "kinds of takes", value: e => e[EDGE.kinds], show: count },
	    { name: "finding", text: true, value: e => e[EDGE.ring] ? "yes" :
	    "" }], edges.filter(e => name === null || e[EDGE.from] === name ||
	    e[EDGE.to] === name), { sort: 5 }));

	show(null);
	part("order", "Lock order", "An arrow goes from what is held to what " +
	    "is taken then; arrows that point down are the rule. Modes are " +
	    "held>taken: W write, r read, R recursive read. Pick a class to " +
	    "see its own." + (o.nclasses > DRAWN ? " Of " + o.nclasses +
	    " classes the " + DRAWN + " that matter most are drawn." : ""),
	    chart(null, "graph of lock order, " + o.nclasses + " classes and " +
	    o.nedges + " edges", order_graph(edges, show)), box);
}
