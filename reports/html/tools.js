"use strict";
/*
 * tools: the data, numbers as people write them, elements, and charts that
 * are drawn anew when their width changes.
 */
const data = JSON.parse(document.getElementById("data").textContent);

function scaled(v, steps, digits)
{
	let unit = steps[0];

	for (const step of steps)
		if (Math.abs(v) >= step[0])
			unit = step;
	const x = v / unit[0];
	return (x >= 100 || x === Math.round(x) ? Math.round(x) :
	    x.toFixed(x >= 10 ? 1 : digits)) + unit[1];
}

function time(ns)
{
	return ns === 0 ? "0" : scaled(ns, [[1, "ns"], [1e3, "\u00b5s"],
	    [1e6, "ms"], [1e9, "s"]], 2);
}

function count(n)
{
	return n === 0 ? "0" : scaled(n, [[1, ""], [1e3, "k"], [1e6, "M"],
	    [1e9, "G"], [1e12, "T"]], 2);
}

function percent(share)
{
	return share === 0 ? "0" : share < 0.001 ? "<0.1%" :
	    (share * 100).toFixed(share < 0.1 ? 1 : 0) + "%";
}

/* An element: attributes, then texts and elements inside. */
function el(name, attributes, ...inside)
{
	const e = document.createElement(name);

	for (const [key, value] of Object.entries(attributes || {})) {
		if (key.startsWith("on"))
			e.addEventListener(key.slice(2), value);
		else if (value !== undefined && value !== false)
			e.setAttribute(key, value === true ? "" : value);
	}
	e.append(...inside.filter(x => x !== null && x !== undefined));
	return e;
}

/*
 * A part of the page with a name in the contents; nothing in it: no part.
 */
const parts = [];
function part(id, title, intro, ...inside)
{
	const have = inside.filter(x => x !== null && x !== undefined);

	if (have.length !== 0)
		parts.push({ id, title, node: el("section",
		    { id, "aria-labelledby": id + "-h" },
		    el("h2", { id: id + "-h" }, title),
		    intro ? el("p", { class: "soft" }, intro) : null,
		    ...have) });
}

/*
 * A chart: draw(svg, width) => height.  It says in words what it shows.
 */
const charts = [];
function chart(title, words, draw)
{
	const svg = d3.create("svg").attr("role", "img")
	    .attr("aria-label", words);
	const figure = el("figure", { class: "chart" },
	    title ? el("figcaption", {}, title) : null, svg.node());
	let width = 0;

	charts.push(force => {
		const now = Math.max(240, Math.floor(figure.clientWidth));

		if (!figure.isConnected || figure.clientWidth === 0 ||
		    (now === width && !force))
			return;
		width = now;
		svg.selectAll("*").remove();
		const height = draw(svg, width);

		svg.attr("viewBox", "0 0 " + width + " " + height);
	});
	return figure;
}

function drawn(force)
{
	charts.forEach(f => f(force));
}

/* Axes in the page's own words. */
function axis_left(g, scale, format, ticks)
{
	g.call(d3.axisLeft(scale).ticks(ticks || 4).tickFormat(format)
	    .tickSizeOuter(0));
}

function axis_bottom(g, scale, format, ticks)
{
	g.call(d3.axisBottom(scale).ticks(ticks || 6).tickFormat(format)
	    .tickSizeOuter(0));
}

/* Powers of ten within a logarithmic scale, few enough to be read. */
function decades(scale, width)
{
	const [low, high] = scale.domain().map(v => Math.log10(v));
	const all = d3.range(Math.ceil(low), Math.floor(high) + 1);
	const step = Math.ceil(all.length / Math.max(2, width / 70));

	return all.filter((d, i) => i % step === 0).map(d => Math.pow(10, d));
}

function log_axis(axis, scale, width)
{
	return axis(scale).tickValues(decades(scale, width)).tickFormat(time)
	    .tickSizeOuter(0);
}

/* A text that fits. */
function fitting(text, width)
{
	const most = Math.max(1, Math.floor(width / 7.2));

	return text.length <= most ? text : text.slice(0, most - 1) +
	    "\u2026";
}

/* "file.c:12 function" is long; the function is what people know. */
function short_site(site)
{
	const at = site.indexOf(" ");

	return at < 0 ? site : site.slice(at + 1) + " (" +
	    site.slice(site.lastIndexOf("/", at) + 1, at) + ")";
}
