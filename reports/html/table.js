/*
 * table: sorts by any column.  A column: { name, text: left aligned, value of
 * a row, show: value => text, help }.
 */
function table(caption, columns, rows, options)
{
	const o = options || {};
	const body = el("tbody");
	let sorted = o.sort === undefined ? -1 : o.sort, down = true;

	function fill()
	{
		const order = rows.slice();

		if (sorted >= 0) {
			const value = columns[sorted].value;

			order.sort((a, b) => {
				const x = value(a), y = value(b);
				const c = typeof x === "string" ?
				    x.localeCompare(y) : x - y;

				return down ? -c : c;
			});
		}
		body.replaceChildren(...order.map(row => {
			const tr = el("tr", {}, ...columns.map(c => {
				const v = c.value(row);

				return el("td", { class: c.text && "text" },
				    c.show ? c.show(v, row) : String(v));
			}));

			if (o.pick)
				pickable(tr, row);
			return tr;
		}));
		heads.forEach((th, i) => th.setAttribute("aria-sort",
		    i !== sorted ? "none" : down ? "descending" :
		    "ascending"));
	}

	function pickable(tr, row)
	{
		const pick = () => {
			for (const other of body.rows)
				other.setAttribute("aria-selected",
				    other === tr);
			o.pick(row);
		};

		tr.classList.add("pick");
		tr.tabIndex = 0;
		tr.setAttribute("aria-selected", row === o.picked);
		tr.addEventListener("click", () => { o.picked = row; pick(); });
		tr.addEventListener("keydown", e => {
			if (e.key !== "Enter" && e.key !== " ")
				return;
			e.preventDefault();
			o.picked = row;
			pick();
		});
	}

	const heads = columns.map((c, i) => el("th", { scope: "col",
	    class: c.text && "text", title: c.help },
	    el("button", { type: "button", onclick: () => {
		if (sorted === i)
			down = !down;
		else {
			sorted = i;
			down = !c.text;
		}
		fill();
	    } }, c.name)));

	fill();
	return el("div", { class: "scroll", tabindex: 0, role: "region",
	    "aria-label": caption },
	    el("table", {}, el("caption", {}, caption),
	    el("thead", {}, el("tr", {}, ...heads)), body));
}
