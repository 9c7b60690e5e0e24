/*
 * head: the verdict, what ran, how fast; how to repeat it.
 */
function copier(text)
{
	const b = el("button", { type: "button", onclick: () =>
	    navigator.clipboard.writeText(text).then(
	    () => { b.textContent = "Copied"; },
	    () => { b.textContent = "Select it, please"; }) }, "Copy");

	return b;
}

function theme_button()
{
	const root = document.documentElement;
	const dark = matchMedia("(prefers-color-scheme: dark)");
	let chosen = new URLSearchParams(location.search).get("theme");
	const b = el("button", { type: "button", onclick: () => {
		chosen = root.dataset.theme === "dark" ? "light" : "dark";
		apply();
	} });

	function apply()
	{
		root.dataset.theme = chosen || (dark.matches ? "dark" :
		    "light");
		b.textContent = root.dataset.theme === "dark" ?
		    "Light theme" : "Dark theme";
	}

	dark.addEventListener("change", apply);
	apply();
	return b;
}

/* A search: how much of what can happen it has seen. */
function facts_of_search(x)
{
	const least = lost => lost ? "at least " : "";

	return [
		["strategy", x.strategy],
		["executions", count(x.executions)],
		["orders", least(x.orders_lost) + count(x.orders)],
		["hand-overs", least(x.pairs_lost) + count(x.handovers)],
		["conflicts", least(x.pairs_lost) + count(x.conflicts)]
	];
}

/* => what it is about: [name, value] */
function facts_of_run(run)
{
	return [
		["scenario", run.scenario || "none"],
		["merged", run.merged],
		["ran for", time(run.run_ns || run.elapsed_ns)],
		["operations", run.ops ? count(run.ops) + " (" +
		    count(run.ops_per_s) + "/s)" : !run.threads ||
		    data.explored !== null ? 0 : run.run_ns ?
		    "none after the warm-up" :
		    "none: it ended before its warm-up was over"],
		["strands", run.threads],
		["waiting for locks", percent(run.wait_share)],
		["locks by", run.lock],
		["swap-off", run.scheme],
		["seed", run.seed]
	].concat(data.explored === null ? [] : facts_of_search(data.explored));
}

function facts_of_sets(c)
{
	return [
		["runs of " + c.a, String(c.runs_a)],
		["runs of " + c.b, String(c.runs_b)],
		["compared", c.paired ? "in pairs" : "as sets"],
		["metrics", c.metrics.length],
		["worse", c.metrics.length && String(c.worse)],
		["better", c.metrics.length && String(c.better)]
	];
}

function head()
{
	const level = data.errors ? "ERROR" : data.warnings ? "WARN" : "good";
	const facts = (data.compare === null ? facts_of_run(data.run) :
	    facts_of_sets(data.compare)).filter(f => f[1] !== "" && f[1] !== null && f[1] !== 0);

	return el("header", {},
	    el("h1", {}, el("span", { class: level }, "amapstorm: " +
	    data.verdict)),
	    el("ul", { class: "facts" }, ...facts.map(f => el("li", {},
	    el("span", { class: "soft" }, f[0] + " "), el("b", {},
	    String(f[1]))))),
	    data.trust.untrusted ? el("p", { class: "WARN" },
	    "Do not trust the numbers: " + data.trust.why) : null,
	    el("div", { class: "bar" }, theme_button()));
}
