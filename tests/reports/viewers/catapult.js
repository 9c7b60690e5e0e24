/*
 * Has Catapult, the viewer that chrome://tracing was, import a trace; prints
 * what it made of it.  Its parts are HTML files that import each other; only
 * their scripts are run.
 * usage: node catapult.js node_modules/traceviewer TRACE
 */
"use strict";

const fs = require("fs");
const path = require("path");
const vm = require("vm");
const base = path.join(path.resolve(process.argv[2]), "tracing");
const roots = ["", "third_party/components", "third_party/gl-matrix/dist",
    "third_party/jszip"].map(r => path.join(base, r));
const loaded = new Set();
const context = vm.createContext({ console: { log() {}, warn() {},
    error() {} }, performance, process, require, Event: class {},
    HTMLImportsLoader: { hrefToAbsolutePath: href => find(href, base) },
    text: fs.readFileSync(process.argv[3], "utf8") });

function find(href, from)
{
	if (!href.startsWith("/"))
		return path.join(from, href);
	return path.join(roots.find(r => fs.existsSync(path.join(r, href))),
	    href);
}

function load(file)
{
	const part = new RegExp('<link rel="import" href="([^"]+)"|' +
	    '<script src="([^"]+)">|<script>([^]*?)</script>', "g");

	if (loaded.has(file))
		return;
	loaded.add(file);
	const text = fs.readFileSync(file, "utf8");

	if (file.endsWith(".js")) {
		vm.runInContext(text, context, { filename: file });
		return;
	}
	for (const [, html, js, script] of
	    text.replace(/<!--[^]*?-->/g, "").matchAll(part)) {
		if (script === undefined)
			load(find(html || js, path.dirname(file)));
		else
			vm.runInContext(script, context, { filename: file });
	}
}

vm.runInContext("var global = this;", context);
for (const file of ["base/timing", "importer/import",
    "extras/importer/trace_event_importer"])
	load(path.join(base, "tracing", file + ".html"));
const told = vm.runInContext(`
	var model = new tr.Model();
	var options = new tr.importer.ImportOptions();

	options.shiftWorldToZero = false;
	options.pruneEmptyContainers = false;
	new tr.importer.Import(model, options).importTraces([text]);
	JSON.stringify({
		tracks: Object.fromEntries(model.getAllThreads().map(
		    t => [t.name, t.sliceGroup.length])),
		arrows: model.flowEvents.filter(
		    f => f.startSlice && f.endSlice).length,
		/* it asks for a clock of Chrome's own */
		warnings: model.importWarnings.map(w => w.type).filter(
		    w => w !== "low_resolution_timer"),
	})`, context);

process.stdout.write(told + "\n");
