/*
 * locks: a table of classes; of the one that is picked, its distributions,
 * sites and busiest instances.  A use is a row of html_data.c:
 */
const USE = { site: 0, mode: 1, acquired: 2, contended: 3, failed: 4,
    wait: 5, p50: 6, p99: 7, max: 8, hold: 9, hold99: 10 };

function use_columns(of)
{
	const number = (name, i, show, help) => ({ name, help, show,
	    value: r => of(r)[i] });

	return [number("taken", USE.acquired, count, "times it was taken"),
	    { name: "contended", help: "of those, times it was not free",
		value: r => of(r)[USE.acquired] === 0 ? 0 :
		of(r)[USE.contended] / of(r)[USE.acquired], show: percent },
	    number("tries failed", USE.failed, count),
	    number("waited", USE.wait, time, "all waits together"),
	    number("wait p50", USE.p50, time), number("p99", USE.p99, time),
	    number("max", USE.max, time),
	    number("hold mean", USE.hold, time, "of a sample of all holds"),
	    number("hold p99", USE.hold99, time)];
}

/* How many took how long: bars over a logarithmic axis. */
function histogram(bars, kind)
{
	return (svg, width) => {
		const left = 46, bottom = 20, height = 160;
		const x = d3.scaleLog([Math.max(1, bars[0][0]),
		    Math.max(2, bars[bars.length - 1][1])],
		    [left, width - 8]);
		const density = b => b[2] / Math.max(1e-9,
		    Math.log((b[1] + 1) / Math.max(1, b[0])));
		const y = d3.scaleLinear([0, d3.max(bars, density)],
		    [height - bottom, 6]);

		svg.selectAll(".mark").data(bars).join("rect")
		    .attr("class", "mark fill " + kind)
		    .attr("x", b => x(Math.max(1, b[0])))
		    .attr("width", b => Math.max(1, x(b[1] + 1) -
		    x(Math.max(1, b[0])) - 0.5))
		    .attr("y", b => y(density(b)))
		    .attr("height", b => y(0) - y(density(b)))
		    .append("title").text(b => time(b[0]) + " to " +
		    time(b[1]) + ": " + count(b[2]) + ", " +
		    percent(b[3]) + " of all up to there");
		/* as many for each factor of time: heights compare, no more */
		svg.append("g").attr("transform", "translate(" + left + ",0)")
		    .call(d3.axisLeft(y).tickValues([]).tickSizeOuter(0));
		svg.append("g").attr("transform", "translate(0," + (height -
		    bottom) + ")").call(log_axis(d3.axisBottom, x, width));
		return height;
	};
}

/*
 * How long at which percentile: nines are evenly spaced, so the tail is as
 * wide as the rest.
 */
function percentiles(lines)
{
	return (svg, width) => {
		const left = 56, bottom = 20, height = 200;
		const total = d3.max(lines, l => d3.sum(l.bars, b => b[2]));
		const most = Math.max(10, total);
		const x = d3.scaleLog([1, most], [left, width - 14]);
		const longest = d3.max(lines, l => l.bars[l.bars.length -
		    1][1]);
		const least = d3.min(lines, l => Math.max(1, l.bars[0][0]));
		const y = d3.scaleLog([least, Math.max(longest, least * 2)],
		    [height - bottom, 8]);
		const nines = d3.range(0, Math.floor(Math.log10(most)) + 1)
		    .map(n => Math.pow(10, n));

		for (const l of lines) {
			const n = d3.sum(l.bars, b => b[2]);
			const at = b => x(Math.min(n, most, 1 /
			    Math.max(1 / n, 1 - b[3])));

			svg.append("path").attr("class", "line mark " +
			    l.kind).attr("d", d3.line().curve(
			    d3.curveStepBefore)([[left, y(Math.max(1,
			    l.bars[0][0]))], ...l.bars.map(b =>
			    [at(b), y(Math.max(1, b[1]))])]));
		}
		svg.append("g").attr("transform", "translate(" + left +
		    ",0)").call(log_axis(d3.axisLeft, y, height * 2));
		svg.append("g").attr("transform", "translate(0," +
		    (height - bottom) + ")").call(d3.axisBottom(x)
		    .tickValues(nines).tickFormat(v => v === 1 ? "0%" :
		    (100 - 100 / v).toFixed(Math.max(0,
		    Math.round(Math.log10(v)) - 2)) + "%").tickSizeOuter(0));
		return height;
	};
}

function lock_details(l)
{
	const box = [el("h3", {}, l.class + " (" + l.kind + ")")];

	if (l.sites === undefined)
		return el("div", {}, ...box, el("p", { class: "soft" },
		    "Its sites are in the JSON report."));
	box.push(el("p", { class: "soft" }, count(l.sleeps) + " sleeps, " +
	    count(l.vain) + " woken in vain, longest queue " + l.queue_max +
	    "; " + time(l.behind_ns) + " waited elsewhere for strands that " +
	    "waited for it; without any of its waits the run would be at " +
	    "most " + l.gain.toFixed(2) + " times as fast."));
	const lines = [["wait", "waits", ""], ["hold", "holds (a sample)",
	    "second"]].filter(k => l[k[0]].length !== 0);

	if (lines.length !== 0)
		box.push(el("div", { class: "legend" }, ...lines.map(k =>
		    el("span", {}, el("i", { class: k[2] }), k[1]))),
		    el("div", { class: "split" }, ...lines.map(k =>
		    chart("how many " + k[1] + " took how long", k[1] +
		    " of " + l.class + ", from " + time(l[k[0]][0][0]) +
		    " to " + time(l[k[0]][l[k[0]].length - 1][1]),
		    histogram(l[k[0]], k[2]))),
		    chart("how long, at which percentile", "percentiles of " +
		    l.class, percentiles(lines.map(k => ({ bars: l[k[0]],
		    kind: k[2] }))))));
	box.push(table("Sites of " + l.class + (l.nsites > l.sites.length ?
	    ", the first " + l.sites.length + " of " + l.nsites : ""),
	    [{ name: "site", text: true, value: r => r[USE.site] },
	    { name: "mode", text: true, value: r => r[USE.mode] },
	    ...use_columns(r => r)], l.sites, { sort: 5 }));
	if (l.instances.length !== 0)
		box.push(table("Its locks waited for most",
		    [{ name: "address", text: true, value: r => r[0] },
		    { name: "contended", value: r => r[1], show: count },
		    { name: "waited", value: r => r[2], show: time },
		    { name: "too large by at most", value: r => r[3],
		    show: time },
		    { name: "mean queue", value: r => r[4],
		    show: v => v.toFixed(3) }], l.instances, { sort: 2 }));
	return el("div", {}, ...box);
}

function locks()
{
	const rows = data.locks;

	if (rows.length === 0)
		return;
	const box = el("div", { id: "lock-details", "aria-live": "polite" });
	const show = l => {
		box.replaceChildren(lock_details(l));
		drawn();
	};

	show(rows[0]);
	part("locks", "Locks", "Where strands waited, by lock class: the name " +
	    "given when a lock is made. Pick a row for its distributions, " +
	    "sites and instances.",
	    table("Lock classes" + (data.nlocks > rows.length ?
	    ", the first " + rows.length + " of " + data.nlocks : ""),
	    [{ name: "class", text: true, value: r => r.class },
	    { name: "kind", text: true, value: r => r.kind },
	    { name: "of all time", help: "share of the strands' time waited",
	    value: r => r.wait_share, show: percent },
	    ...use_columns(r => r.all),
	    { name: "gain at most", help: "times as fast if nobody had ever " +
	    "waited for it", value: r => r.gain, show: v => v.toFixed(2) +
	    "\u00d7" }], rows, { sort: 2, pick: show, picked: rows[0] }), box);
}
