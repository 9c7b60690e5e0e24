/*
 * findings: what happened, why it matters, what to do, how to see it again.
 */
/*
 * A stack is lines "  #n ..." with what it is of before them: a line that ends
 * with a colon, or one and where that was.
 */
function evidence(f, id)
{
	const blocks = [{ stack: false, lines: [] }];
	let first = null;

	for (const line of f.evidence) {
		const stack = /^\s+#\d+/.test(line);
		const last = blocks[blocks.length - 1];

		if (last.stack === stack) {
			last.lines.push(line);
			continue;
		}
		const n = !stack ? 0 : /:$/.test(last.lines[last.lines.length -
		    1] || "") ? 1 : /^ +at /.test(last.lines[last.lines.length -
		    1] || "") ? 2 : 0;

		blocks.push({ stack, lines: [...last.lines.splice(
		    last.lines.length - n, n), line] });
	}
	const nodes = blocks.filter(b => b.lines.length !== 0).map(b => {
		const pre = el("pre", { tabindex: 0,
		    class: b.stack ? "stack" : "said" }, b.lines.join("\n"));

		if (b.stack && first === null) {
			first = pre;
			pre.id = id + "-stacks";
		}
		return pre;
	});
	return { nodes, stacks: first };
}

function finding(f, i)
{
	const id = "finding-" + (i + 1);
	const shown = evidence(f, id);
	const body = el("div", {},
	    el("dl", {}, el("dt", {}, "Why it matters"), el("dd", {}, f.why),
	    el("dt", {}, "What to do"), el("dd", {}, f.remedy),
	    el("dt", {}, "Status"), el("dd", {}, f.status +
	    (f.count > 1 ? ", seen " + count(f.count) + " times" : "")),
	    el("dt", {}, "See it again"), el("dd", {},
	    el("code", {}, f.replay || data.run.command))),
	    ...shown.nodes);
	const details = el("details", { class: "finding", id,
	    open: i === 0 }, el("summary", {}, el("span",
	    { class: "level " + f.level }, f.level + " "),
	    f.title + ": " + f.what), body);
	const link = shown.stacks === null ? null : el("a",
	    { href: "#" + id + "-stacks", class: "to-stacks", onclick: e => {
		e.preventDefault();
		details.open = true;
		shown.stacks.scrollIntoView({ block: "center" });
		shown.stacks.focus();
		history.replaceState(null, "", "#" + id + "-stacks");
	    } }, "stacks");

	return { details, row: el("li", {}, el("a", { href: "#" + id,
	    onclick: () => { details.open = true; } },
	    el("span", { class: "level " + f.level }, f.level), " " +
	    f.what), link === null ? null : " \u2014 ", link) };
}

function findings()
{
	const all = data.findings.map(finding);

	part("findings", "Findings", all.length === 0 ? "Nothing was found." +
	    (data.compare === null ? " What was exercised is told below " +
	    "under coverage." : "") :
	    "Worst first. Each opens to its evidence.",
	    all.length === 0 ? el("p", { class: "good" },
	    "No error, no warning.") :
	    el("ol", {}, ...all.map(f => f.row)),
	    ...all.map(f => f.details),
	    data.strands.length === 0 ? null : el("details", {},
	    el("summary", {}, "Every strand at the end"),
	    el("pre", { tabindex: 0 }, data.strands.join("\n"))));
}
