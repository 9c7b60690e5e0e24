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
	let focus = root;

	function say(d)
	{
		out.textContent = d.data.name + ": " + time(d.value) + ", " +
		    percent(d.value / root.value);
	}

	function zoom(d)
	{
		focus = d;
		back.disabled = d === root;
		say(d);
		drawn(true);
	}

	function draw(svg, width)
	{
		const high = 24, depth = root.height + 1;
		const x = d3.scaleLinear([focus.x0, focus.x1], [0, width]);
		const seen = root.descendants().filter(d => d.x1 > focus.x0 &&
		    d.x0 < focus.x1 && x(d.x1) - x(d.x0) > 1);
		const left = d => Math.max(0, x(d.x0));
		const wide = d => Math.min(width, x(d.x1)) - left(d);
		const g = svg.selectAll("g").data(seen).join("g")
		    .attr("class", "frame mark").attr("tabindex", 0)
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
		g.on("click", zoom).on("focus", say).on("pointerenter", say);
		g.on("keydown", d => {
			if (d3.event.key === "Enter" || d3.event.key === " ") {
				d3.event.preventDefault();
				zoom(d);
			}
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
