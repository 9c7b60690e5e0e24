/*
 * main: the parts in their order, and charts as wide as the window allows.
 */
function one_run()
{
	findings();
	timeline();
	locks();
	blame();
	flame();
	order();
	strands();
	operations();
	what_if();
	coverage();
	trust();
	repeat();
}

if (data.compare === null)
	one_run();
else
	comparison();

document.body.append(head(),
    el("nav", { "aria-label": "Contents" }, el("ul", {}, ...parts.map(p =>
    el("li", {}, el("a", { href: "#" + p.id }, p.title))))),
    el("main", {}, ...parts.map(p => p.node)),
    el("footer", {}, "amapstorm: " + data.run.command));
drawn();
addEventListener("resize", () => drawn());
if (location.hash.length > 1) {
	const at = document.getElementById(location.hash.slice(1));

	if (at !== null) {
		const around = at.closest("details");

		if (around !== null)
			around.open = true;
		at.scrollIntoView();
	}
}
