/*
 * counts: coverage, memory, checks; whether to believe it all; how to repeat
 * it.
 */
function counts_of(caption, counts)
{
	return Object.keys(counts).length === 0 ? "" : table(caption, [{ name: "what", text: true, value: r => r[0] },
	    { name: "how many", value: r => r[1], show: count }],
	    Object.entries(counts), { sort: 1 });
}

function coverage()
{
	const never = Object.entries(data.coverage).filter(c => c[1] === 0)
	    .map(c => c[0]);

	if (Object.keys(data.coverage).length === 0)
		return;
	part("coverage", "Coverage", "What was done, counted where it is done." +
	    (never.length === 0 ? "" : " Never: " + never.join(", ") + "."),
	    el("div", { class: "split" },
	    counts_of("What was exercised", Object.fromEntries(Object
	    .entries(data.coverage).filter(c => c[1] !== 0))),
	    el("div", {}, counts_of("Memory and swap at the end", data.state),
	    counts_of("What was checked", data.checks))));
}

function what_if()
{
	const w = data.what_if;

	if (w !== null && w.says)
		part("what-if", "What if", null, el("p", {}, w.says));
}

function trust()
{
	const t = data.trust, losses = Object.entries(t.losses);

	part("trust", "Trust", null,
	    el("p", { class: t.untrusted ? "ERROR" : "good" }, t.untrusted ?
	    "Do not trust the numbers: " + t.why : losses.length === 0 ?
	    "Nothing was lost; the numbers hold." :
	    "Little was lost; the numbers hold."),
	    losses.length === 0 ? null : table("What did not fit",
	    [{ name: "what", text: true, value: r => r[0] },
	    { name: "how many", value: r => typeof r[1] === "object" ?
	    r[1].count : r[1], show: count }], losses, { sort: 1 }),
	    el("ul", {}, ...t.remarks.map(r => el("li", {}, r))));
}

function repeat()
{
	const run = data.run;

	part("repeat", "Run it again", null,
	    el("div", { class: "bar" }, el("code", {}, run.command),
	    copier(run.command)),
	    run.job === null ? null : el("details", {}, el("summary", {},
	    "All its parameters, as a job file"), el("pre", { tabindex: 0 },
	    run.job)));
}
