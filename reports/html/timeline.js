/*
 * timeline: throughput and share of time waited; gauges below it.
 */
const gauge_names = [["frames_free", "free frames"],
    ["swap_inuse", "swap slots in use"], ["amaps", "amaps"],
    ["anons", "anons"], ["spaces", "spaces"],
    ["io_inflight", "transfers under way"], ["incidents", "incidents so far"]];

function line_chart(key, format, height, second)
{
	const rows = data.series;

	return (svg, width) => {
		const left = 52, bottom = 20;
		const x = d3.scaleLinear([0, d3.max(rows, r => r.ns)],
		    [left, width - 8]);
		const y = d3.scaleLinear([0, d3.max(rows, r => r[key]) || 1],
		    [height - bottom, 6]).nice(4);
		const kind = second ? " second" : "";

		svg.append("path").datum(rows).attr("class", "area" + kind)
		    .attr("d", d3.area().x(r => x(r.ns)).y0(y(0))
		    .y1(r => y(r[key])));
		svg.append("path").datum(rows).attr("class",
		    "line mark" + kind).attr("d", d3.line().x(r => x(r.ns))
		    .y(r => y(r[key])));
		axis_left(svg.append("g").attr("transform", "translate(" +
		    left + ",0)"), y, format, height > 100 ? 5 : 3);
		axis_bottom(svg.append("g").attr("transform", "translate(0," +
		    (height - bottom) + ")"), x, time, width > 500 ? 8 : 3);
		return height;
	};
}

/* What the moment under the pointer, or chosen by keys, was like. */
function moments(figures)
{
	const rows = data.series;
	const out = el("output", { class: "tip" });
	const slider = el("input", { type: "range", min: 0, max: rows.length -
	    1, value: rows.length - 1, "aria-label": "moment of the run",
	    oninput: () => show() });

	function show()
	{
		const r = rows[slider.value];

		out.textContent = "at " + time(r.ns) + ": " +
		    count(r.ops_per_s) + " operations/s, " +
		    percent(r.wait_share) + " waited, " +
		    gauge_names.filter(g => g[0] !== "incidents")
		    .map(g => count(r[g[0]]) + " " + g[1]).join(", ");
	}

	show();
	for (const f of figures)
		f.addEventListener("pointermove", e => {
			const box = f.querySelector("svg")
			    .getBoundingClientRect();
			const at = (e.clientX - box.left - 52) /
			    (box.width - 60) * rows[rows.length - 1].ns;
			const i = d3.bisector(r => r.ns).left(rows, at);

			slider.value = Math.max(0, Math.min(i,
			    rows.length - 1));
			show();
		});
	return el("div", { class: "bar" }, slider, out);
}

function timeline()
{
	const rows = data.series;

	if (rows.length < 2)
		return;
	const big = [
		chart("operations a second", "throughput over time, " +
		    count(d3.min(rows, r => r.ops_per_s)) + " to " +
		    count(d3.max(rows, r => r.ops_per_s)) +
		    " operations a second",
		    line_chart("ops_per_s", count, 180)),
		chart("share of the strands' time waited for locks, counted " +
		    "when a wait ends",
		    "share of time waited, " +
		    percent(d3.min(rows, r => r.wait_share)) + " to " +
		    percent(d3.max(rows, r => r.wait_share)),
		    line_chart("wait_share", percent, 180, true))
	];
	const small = gauge_names.filter(g => d3.max(rows, r => r[g[0]]) > 0)
	    .map(g => chart(g[1], g[1] + " over time, at most " +
	    count(d3.max(rows, r => r[g[0]])),
	    line_chart(g[0], count, 90)));

	part("timeline", "Timeline", "The measured interval, as the watcher " +
	    "saw it. Point at a chart, or move the slider, for its numbers.",
	    moments([...big, ...small]),
	    el("div", { class: "split" }, ...big),
	    el("h3", {}, "Memory, swap and what lived"),
	    el("div", { class: "small" }, ...small));
}
