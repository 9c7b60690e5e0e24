/*
 * strands: how evenly they got on; operations: what they did.
 */
function share_bars(rows)
{
	return (svg, width) => {
		const high = 20, left = 84, top = 4;
		const x = d3.scaleLinear([0, Math.max(1.2, d3.max(rows,
		    r => r.share))], [left, width - 50]);

		svg.selectAll("g").data(rows).join("g").each(function(r, i) {
			const g = d3.select(this), y = top + i * high;

			g.append("text").attr("x", left - 6).attr("y", y + 14)
			    .attr("text-anchor", "end").text(r.name);
			g.append("rect").attr("class", "mark fill")
			    .attr("x", left).attr("y", y + 2)
			    .attr("width", Math.max(1, x(r.share) - left))
			    .attr("height", high - 4);
			g.append("text").attr("class", "soft").attr("x",
			    x(r.share) + 5).attr("y", y + 14)
			    .text(percent(r.share));
		});
		svg.append("line").attr("class", "even").attr("x1", x(1))
		    .attr("x2", x(1)).attr("y1", top).attr("y2", top + high *
		    rows.length);
		return top + high * rows.length + 4;
	};
}

function strands()
{
	const f = data.fairness;

	if (f.strands.length === 0)
		return;
	part("strands", "Strands", "What each did of its peers' mean; the line " +
	    "is an even share. Jain's index is 1 if all did the same, and 1/" +
	    f.peers + " if one did all.",
	    el("ul", { class: "facts" }, el("li", {}, el("span",
	    { class: "soft" }, "Jain's index "), el("b", {},
	    f.index.toFixed(3))), el("li", {}, el("span", { class: "soft" },
	    "least "), el("b", {}, percent(f.least))), el("li", {},
	    el("span", { class: "soft" }, "most "), el("b", {},
	    percent(f.most)))),
	    chart(null, "operations of each strand as a share of the mean, " +
	    percent(f.least) + " to " + percent(f.most),
	    share_bars(f.strands)),
	    table("Strands", [{ name: "strand", text: true,
	    value: r => r.name },
	    { name: "done", value: r => r.done, show: count },
	    { name: "refused", value: r => r.refused, show: count },
	    { name: "nothing to do", value: r => r.skipped, show: count },
	    { name: "mean", value: r => r.mean_ns, show: time },
	    { name: "share", value: r => r.share, show: percent }],
	    f.strands, { sort: 1 }));
}

function operations()
{
	const rows = Object.entries(data.operations).map(o => ({ name: o[0],
	    ...o[1] }));

	if (rows.length === 0)
		return;
	part("operations", "Operations", null, table("Operations",
	    [{ name: "operation", text: true, value: r => r.name },
	    { name: "done", value: r => r.done, show: count },
	    { name: "refused", help: "a legal error: no memory, no room",
	    value: r => r.refused, show: count },
	    { name: "nothing to do", value: r => r.skipped, show: count },
	    { name: "mean", value: r => r.mean_ns, show: time }], rows,
	    { sort: 1 }));
}
