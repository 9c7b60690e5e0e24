/*
 * flame: waited time from whole to parts: who waited, for what, who had it,
 * and what that one waited for in the end.  A frame that is picked fills the
 * width.
 */
function flame_tree()
{
	const root = { name: "all that was waited", children: new Map(),
	    ns: 0 };

	for (const f of flows) {
		const path = [f.op + " waits", "for " + f.lock + " at " +
		    short_site(f.site), f.by_site === null ?
		    "nobody was seen to have it" : f.by_op + " had it, " +
		    short_site(f.by_site)];

		if (f.root_lock !== null)
			path.push("which waited, in the end for " +
			    f.root_lock + " of " + f.root_op + ", " +
			    short_site(f.root_site));
		let at = root;

		for (const name of path) {
			if (!at.children.has(name))
				at.children.set(name, { name,
				    children: new Map(), ns: 0 });
			at = at.children.get(name);
		}
		at.ns += f.ns;
	}
	return d3.partition()(d3.hierarchy(root, d => [...d.children
	    .values()]).sum(d => d.ns).sort((a, b) => b.value - a.value));
}

function flame()
{
	if (flows.length === 0)
		return;
	const root = flame_tree();
	const out = el("output", { class: "tip" });
	const back = el("button", { type: "button", onclick: () => zoom(root) },
	    "Show all");
	const hues = d3.scaleOrdinal(["#d9773f", "#c9953a", "#a8803f",
	    "#c2654b", "#b08d57"]);
	let focus = root, at = root;	/* fills the width; is a tab stop */

	function say(d)
	{
		out.textContent = d.data.name + ": " + time(d.value) + ", " +
		    percent(d.value / root.value);
	}

	function zoom(d)
	{
		focus = at = d;
		back.disabled = d === root;
		say(d);
		drawn(true);
	}

	/* From frame to frame: out, in, and beside it at the same depth. */
	function beside(d, key, seen)
	{
		const row = seen.filter(o => o.depth === d.depth);
		const i = row.indexOf(d);

		return { ArrowUp: d.parent, ArrowLeft: row[i - 1],
		    ArrowRight: row[i + 1], Home: root, ArrowDown:
		    seen.find(o => o.parent === d) }[key];
	}

	function draw(svg, width)
	{
		const high = 24, depth = root.height + 1;
		const x = d3.scaleLinear([focus.x0, focus.x1], [0, width]);
		const seen = root.descendants().filter(d => d.x1 > focus.x0 &&
		    d.x0 < focus.x1 && x(d.x1) - x(d.x0) > 1);

		if (!seen.includes(at))
			at = focus;
		const left = d => Math.max(0, x(d.x0));
		const wide = d => Math.min(width, x(d.x1)) - left(d);
		const g = svg.selectAll("g").data(seen).join("g")
		    .attr("class", "frame mark")
		    .attr("tabindex", d => d === at ? 0 : -1)
		    .attr("role", "button").attr("aria-label", d =>
		    d.data.name + ", " + time(d.value))
		    .attr("transform", d => "translate(" + left(d) + "," +
		    d.depth * high + ")");

		svg.attr("role", "group");
		g.append("rect").attr("width", wide).attr("height", high - 1)
		    .attr("fill", d => hues(d.depth)).attr("fill-opacity",
		    d => d.depth <= focus.depth && d !== focus ? 0.3 : 0.55);
		g.append("text").attr("x", 4).attr("y", 16)
		    .text(d => wide(d) < 30 ? "" : d.data.name.slice(0,
		    Math.floor((wide(d) - 8) / 6.4)));
		g.append("title").text(d => d.data.name + ": " +
		    time(d.value));
		g.on("click", zoom).on("pointerenter", say);
		g.on("focus", d => {
			at = d;
			g.attr("tabindex", o => o === at ? 0 : -1);
			say(d);
		});
		g.on("keydown", d => {
			const pick = [" ", "Enter"].includes(d3.event.key);
			const to = pick ? d : beside(d, d3.event.key, seen);

			if (!to)
				return;
			d3.event.preventDefault();
			if (pick)
				zoom(d);	/* frames are drawn anew */
			svg.selectAll("g").filter(o => o === to).node()
			    .focus();
		});
		return depth * high;
	}

	back.disabled = true;
	say(root);
	part("chains", "Waiter chains", "Width is time waited: on top all of " +
	    "it, below who waited, for which lock, who had it, and what that " +
	    "one waited for itself. Pick a frame to look closer.",
	    el("div", { class: "bar" }, back, out),
	    chart(null, "flame graph of waits, " + time(root.value) +
	    " in all", draw));
}
