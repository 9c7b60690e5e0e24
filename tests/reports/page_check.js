/*
 * Runs inside a report, behind its own scripts: is all there, and does it
 * work?  Tells the page around it.
 */
function look(wrong)
{
	const check = (ok, what) => { if (!ok) wrong.push(what); };
	const wants = new URLSearchParams(location.search).get("wants");
	const ids = [...document.querySelectorAll("section")].map(s => s.id);

	for (const id of wants.split(","))
		check(ids.includes(id), "no part " + id);
	check(document.scrollingElement.scrollWidth <= innerWidth,
	    "wider than its window: " +
	    document.scrollingElement.scrollWidth + " of " + innerWidth);
	for (const a of document.querySelectorAll("nav a"))
		check(document.querySelector(a.getAttribute("href")) !== null,
		    "the contents name " + a.textContent);
	for (const figure of document.querySelectorAll("figure.chart")) {
		const svg = figure.querySelector("svg");
		const name = svg.getAttribute("aria-label");

		check(name, "a chart without words");
		check(svg.querySelector(".mark") !== null,
		    "no mark in: " + name);
		check(!/NaN|undefined|Infinity/.test(svg.outerHTML),
		    "no number in: " + name);
	}

	/* every column up and down, of every table */
	for (const t of document.querySelectorAll("table")) {
		const rows = t.tBodies[0].rows, before = rows.length;
		const name = t.caption.textContent;

		for (const b of t.querySelectorAll("th button")) {
			const th = b.closest("th"), k = th.cellIndex;
			const seen = new Set();

			for (let n = 0; n < 2; n++) {
				b.click();
				seen.add(th.getAttribute("aria-sort") +
				    rows[0].cells[k].textContent);
				check(rows.length === before, "rows of " +
				    name);
			}
			const values = new Set([...rows].map(r =>
			    r.cells[k].textContent));

			check(seen.size === 2, name + " does not sort by " +
			    b.textContent);
			check(values.size === 1 || new Set([...seen].map(s =>
			    s.replace(/^(a|de)scending/, ""))).size === 2,
			    name + " sorts nothing by " + b.textContent);
		}
		check(!/NaN|undefined|null/.test(t.textContent), "a hole in " +
		    name);
	}

	/* picking: rows of locks, cells of blame, frames, classes */
	const rows = document.querySelectorAll("#locks tr.pick");

	if (rows.length > 1) {
		const old = document.querySelector("#lock-details h3")
		    .textContent;

		rows[1].dispatchEvent(new KeyboardEvent("keydown",
		    { key: "Enter", bubbles: true }));
		check(document.querySelector("#lock-details h3").textContent
		    !== old, "picking a lock shows another one");
	}
	const cell = document.querySelector("#blame .cell");

	if (cell !== null) {
		cell.focus();
		cell.dispatchEvent(new KeyboardEvent("keydown",
		    { key: "ArrowRight", bubbles: true }));
		check(document.activeElement.dataset.at === "0,1" ||
		    document.querySelector("#blame [data-at='0,1']") === null,
		    "arrows move in blame");
		cell.dispatchEvent(new KeyboardEvent("keydown",
		    { key: "Enter", bubbles: true }));
		check(document.querySelector("#blame table") !== null ||
		    /never waited/.test(document.getElementById("blame")
		    .textContent), "a cell of blame opens");
	}
	/* a comparison: each row in the picture and in the table, told apart
	   by colour; a cell of how the blame moved says what it is */
	const points = document.querySelectorAll("#metrics svg g.row");

	if (document.getElementById("metrics") !== null) {
		const told = [...document.querySelectorAll("#metrics tbody tr")]
		    .map(r => r.cells[r.cells.length - 1].textContent);
		const drawn = c => document.querySelectorAll(
		    "#metrics g.row." + c).length;

		check(points.length === told.length, "a row is not drawn");
		for (const c of ["worse", "better"])
			check(drawn(c) === told.filter(t => t === c).length,
			    "not as many are drawn as told " + c);
		check(/worse in/.test(document.querySelector("h1")
		    .textContent) === drawn("worse") > 0, "the verdict");
	}
	const moved = document.querySelector("#moved .cell");

	if (moved !== null) {
		moved.dispatchEvent(new MouseEvent("click"));
		check(/ waited while .* had it: A .*, B /.test(document
		    .querySelector("#moved [aria-live]").textContent),
		    "a cell tells how the blame moved");
	}
	const frames = [...document.querySelectorAll("#chains .frame")];

	if (frames.length > 1) {
		const press = key => document.activeElement.dispatchEvent(
		    new KeyboardEvent("keydown", { key, bubbles: true }));
		const stops = () => document.querySelectorAll(
		    "#chains .frame[tabindex='0']");

		check(stops().length === 1, "frames are one tab stop");
		stops()[0].focus();
		press("ArrowDown");
		check(document.activeElement.__data__.depth === 1 &&
		    stops().length === 1 && stops()[0] ===
		    document.activeElement, "arrows move among frames");
		press("ArrowRight");
		press("ArrowUp");
		check(document.activeElement.__data__.depth === 0,
		    "an arrow leads back out");
		press("ArrowDown");
		press("Enter");
		check(document.activeElement.matches("#chains .frame") &&
		    !document.querySelector("#chains button").disabled &&
		    stops().length === 1, "a picked frame keeps the focus");
		document.querySelector("#chains button").click();
	}
	const frame = document.querySelectorAll("#chains .frame")[1];

	if (frame !== undefined) {
		frame.dispatchEvent(new MouseEvent("click"));
		check(!document.querySelector("#chains button").disabled,
		    "a frame fills the width");
	}
	const node = document.querySelector("#order .node");

	if (node !== null) {
		node.dispatchEvent(new MouseEvent("click"));
		check(/^Edges of/.test(document.querySelector(
		    "#order caption").textContent), "a class shows its edges");
	}

	/* the link of a finding leads to its stacks */
	const links = document.querySelectorAll("#findings a.to-stacks");

	check(links.length >= Number(new URLSearchParams(location.search)
	    .get("stacks")), "links to stacks");
	for (const a of links) {
		const at = document.querySelector(a.getAttribute("href"));

		a.click();
		check(at !== null && at.closest("details").open &&
		    document.activeElement === at && /#0/.test(
		    at.textContent), "the link leads to stacks");
	}

	const theme = document.documentElement.dataset.theme;

	document.querySelector("header .bar button").click();
	check(document.documentElement.dataset.theme !== theme,
	    "the theme changes");
}

addEventListener("load", () => {
	const wrong = window.page_errors;

	try {
		look(wrong);
	} catch (e) {
		wrong.push(e.message);
	}
	parent.postMessage(location.search + " " + innerWidth + "px: " +
	    (wrong.length === 0 ? "fine" : "WRONG: " + wrong.join("; ")), "*");
});
