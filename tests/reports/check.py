#!/usr/bin/python3
"""Are reports what their formats ask for?

usage: check.py REPORTS FOLDER

FOLDER has reports of one run: json, html, sarif, junit, svg, folded, csv,
trace.  REPORTS is the folder of the sources.  The JSON is validated against the
schema that is shipped with amapstorm; SARIF against the rules of version 2.1.0, each a line below; the others likewise.
"""
import csv
import glob
import json
import os
import re
import sys
import xml.etree.ElementTree as xml

import jsonschema

sources, folder = sys.argv[1:]
failures = []


def want(ok, what):
    if not ok:
        failures.append(what)


def read(name):
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return f.read()


def keys(o, where, required, optional=()):
    """=> the members that an object must and may have, and no others"""
    want(isinstance(o, dict), where + ": no object")
    for key in required:
        want(key in o, where + ": no " + key)
    for key in o:
        want(key in required or key in optional, where + ": " + key)


def check_json():
    with open(os.path.join(sources, "amapstorm-report.schema.json"),
              encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema)
    for error in valid.iter_errors(json.loads(read("json"))):
        want(False, "json: %s: %s" % (list(error.absolute_path),
                                      error.message[:300]))


def check_html():
    """What scripts of the page ask its data for is there."""
    data = json.loads(re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>',
                                read("html"), re.DOTALL).group(1))
    asked = set()
    for name in glob.glob(os.path.join(sources, "html", "*.js")):
        with open(name, encoding="utf-8") as f:
            asked |= set(re.findall(r"(?<![\w.])data\.(\w+)", f.read()))
    want(len(asked) > 10 and asked <= set(data),
         "html: no %s" % sorted(asked - set(data)))


def check_blame():
    """Every nanosecond that was waited is somebody's, in each table."""
    blame = json.loads(read("json")).get("blame")
    if blame is None:
        return
    total = blame["total_ns"]
    want(total == blame["waited_ns"] or "blame and what was waited" in
         read("json"), "blame: not what was waited")
    want(total == sum(blame["split"].values()), "blame: split")
    want(total == sum(p["wait_ns"] for p in blame["pairs"]), "blame: pairs")
    want(total == blame["rest_ns"] + sum(f["wait_ns"] for f in
                                         blame["flows"]), "blame: flows")
    for table in "operations", "sites":
        rows = blame[table].values()
        want(total == sum(r["in_all_ns"] for r in rows), "blame: " + table)
        for row in rows:
            want(row["in_all_ns"] == sum(row["holders_ns"].values()),
                 "blame: a row of " + table)


# ---- SARIF 2.1.0; numbers are sections of the standard ----

def message(o, where):
    keys(o, where, ["text"], ["id", "arguments", "markdown"])    # 3.11
    want(isinstance(o["text"], str) and o["text"], where + ": no text")


def location(o, where, bases):
    keys(o, where, ["physicalLocation"], ["logicalLocations", "id"])
    physical = o["physicalLocation"]                             # 3.29
    keys(physical, where, ["artifactLocation", "region"])
    artifact = physical["artifactLocation"]                      # 3.4
    keys(artifact, where, ["uri"], ["uriBaseId"])
    want(re.fullmatch(r"[A-Za-z0-9\-._~/+%:]+", artifact["uri"]),
         where + ": no URI: " + artifact["uri"])
    if "uriBaseId" in artifact:                                  # 3.4.4
        want(artifact["uriBaseId"] in bases, where + ": no such base")
        want(not artifact["uri"].startswith("/"), where + ": not relative")
    keys(physical["region"], where, ["startLine"])               # 3.30
    want(physical["region"]["startLine"] >= 1, where + ": line below 1")
    for logical in o.get("logicalLocations", []):                # 3.33
        keys(logical, where, ["name", "kind"])


def check_rules(driver):
    keys(driver, "driver", ["name", "semanticVersion", "rules"])  # 3.19
    want(re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"]),
         "semanticVersion")
    ids = [rule["id"] for rule in driver["rules"]]
    want(len(set(ids)) == len(ids), "rules of one id")           # 3.19.23
    for rule in driver["rules"]:                                 # 3.49
        keys(rule, rule["id"], ["id", "shortDescription",
                                "fullDescription", "help",
                                "defaultConfiguration"])
        for key in "shortDescription", "fullDescription", "help":
            message(rule[key], rule["id"])
        want(rule["defaultConfiguration"]["level"] in
             ("none", "note", "warning", "error"), "level of a rule")
    return ids


def check_result(result, ids, bases):
    keys(result, "result", ["ruleId", "ruleIndex", "level", "message",
                            "locations", "partialFingerprints",
                            "properties"])                       # 3.27
    name = result["ruleId"]
    want(ids[result["ruleIndex"]] == name, name + ": index")     # 3.27.6
    want(result["level"] in ("none", "note", "warning", "error"),
         name + ": level")
    message(result["message"], name)
    for place in result["locations"]:
        location(place, name, bases)
    for key, value in result["partialFingerprints"].items():     # 3.27.17
        want(re.fullmatch(r"\S+/v\d+", key) and isinstance(value, str),
             name + ": fingerprint")
    if name in ("deadlock", "order.cycle"):
        want(len(result["locations"]) >= 2, name + ": not both sites")


def check_sarif():
    log = json.loads(read("sarif"))
    keys(log, "log", ["$schema", "version", "runs"])             # 3.13
    want(log["version"] == "2.1.0", "version")
    want(log["$schema"].endswith("sarif-schema-2.1.0.json"), "$schema")
    for run in log["runs"]:                                      # 3.14
        keys(run, "run", ["tool", "results"],
             ["invocations", "originalUriBaseIds", "columnKind"])
        want(run.get("columnKind") in ("utf16CodeUnits",
                                       "unicodeCodePoints"), "columnKind")
        keys(run["tool"], "tool", ["driver"])                    # 3.18
        ids = check_rules(run["tool"]["driver"])
        for call in run["invocations"]:                          # 3.20
            keys(call, "invocation", ["executionSuccessful"],
                 ["commandLine", "exitCode",
                  "toolExecutionNotifications"])
            for note in call["toolExecutionNotifications"]:      # 3.58
                keys(note, "notification", ["message"], ["level"])
        for result in run["results"]:
            check_result(result, ids, run["originalUriBaseIds"])
    found = json.loads(read("json"))["findings"]
    want(len(log["runs"][0]["results"]) == len(found), "not all findings")


# ---- the others ----

def check_junit():
    root = xml.fromstring(read("junit"))
    suite = root.find("testsuite")
    cases = suite.findall("testcase")
    for at in root, suite:
        want(int(at.get("tests")) == len(cases), "junit: tests")
        want(int(at.get("failures")) ==
             sum(c.find("failure") is not None for c in cases),
             "junit: failures")
        want(int(at.get("errors")) ==
             sum(c.find("error") is not None for c in cases),
             "junit: errors")
        float(at.get("time"))
    names = [(c.get("classname"), c.get("name")) for c in cases]
    want(all(a and b for a, b in names), "junit: a case has no name")
    want(len(set(names)) == len(names), "junit: two cases of one name")
    bad = [f for f in json.loads(read("json"))["findings"]
           if f["level"] != "INFO"]
    want(sum(len(c.findall("failure")) for c in cases) == len(bad),
         "junit: not all findings")


def check_svg():
    root = xml.fromstring(read("svg"))
    space = "{http://www.w3.org/2000/svg}"
    want(root.tag == space + "svg", "svg: no svg")
    edges = [g for g in root.iter(space + "g")
             if "edge" in g.get("class", "").split()]
    order = json.loads(read("json"))["order"]
    bad = [e for e in order["edges"] if e["finding"]]
    want(len(edges) == max(min(len(order["edges"]), 64), len(bad)),
         "svg: %d edges" % len(edges))
    want(sum("finding" in g.get("class") for g in edges) == len(bad),
         "svg: edges of findings")
    words = "".join(root.itertext())
    for edge in bad:
        want(edge["modes"] in words, "svg: modes " + edge["modes"])


def check_folded():
    total = 0
    for line in read("folded").splitlines():
        stack = re.fullmatch(r"([^ ;]+(?:;[^ ;]+)+) (\d+)", line)
        want(stack, "folded: " + line)
        total += int(stack.group(2)) if stack else 0
    waited = sum(s["wait_ns"] for s in
                 json.loads(read("json"))["wait_stacks"])
    want(total == waited, "folded: %d ns of %d" % (total, waited))


def check_csv():
    rows = list(csv.reader(read("csv").splitlines(), strict=True))
    want(len(set(rows[0])) == len(rows[0]), "csv: names of columns")
    for row in rows:
        want(len(row) == len(rows[0]), "csv: " + repr(row))
    want(len(rows) == 1 + len(json.loads(read("json"))["locks"]),
         "csv: rows")


def apart_or_inside(track, slices):
    """=> slices of a track lie inside each other or apart"""
    open_ends = []
    for begin, end in sorted(slices, key=lambda s: (s[0], -s[1])):
        while open_ends and open_ends[-1] <= begin:
            open_ends.pop()
        want(not open_ends or end <= open_ends[-1],
             "trace: track %s: %d..%d is cut" % (track, begin, end))
        open_ends.append(end)


# What an event of a phase must and may have (Trace Event Format).
EVENTS = {
    "M": (("ph", "pid", "tid", "ts", "name", "args"), ()),
    "X": (("ph", "pid", "tid", "ts", "dur", "name", "cat"), ("args",)),
    "s": (("ph", "pid", "tid", "ts", "name", "cat", "id"), ()),
    "f": (("ph", "pid", "tid", "ts", "name", "cat", "id", "bp"), ()),
}


def ns(us):
    """=> whole; what a viewer reads is a double, which it rounds or cuts off"""
    whole = int(us * 1000)
    want(us > 0 and whole == round(us * 1000) and
         us * 1000 - whole < 0.02, "trace: time %r" % us)
    return whole


def trace_event(e, named):
    """=> its kind; a shape that no viewer trips over"""
    phase = e.get("ph")
    want(phase in EVENTS, "trace: phase %r" % phase)
    keys(e, "trace: %r" % e, *EVENTS[phase])
    for key in "pid", "tid":
        want(type(e[key]) is int and 0 < e[key] < 2 ** 31, "trace: " + key)
    want(isinstance(e["name"], str) and e["name"] != "", "trace: name")
    if phase == "M":
        want(e["name"] in ("process_name", "thread_name") and
             list(e["args"]) == ["name"] and
             isinstance(e["args"]["name"], str), "trace: metadata")
        where = e["name"], e["pid"], e["tid"]
        want(where not in named, "trace: %s %s is named twice" % where[:2])
        named.add(where)
    elif phase == "X":
        want(isinstance(e.get("args", {}), dict), "trace: args")
    else:
        want(type(e["id"]) is int, "trace: id")
        want(phase == "s" or e["bp"] == "e", "trace: bp")
    return phase


def check_arrow(ends, hands, waits):
    """From the slice that lets go to the last ns of the wait it ended."""
    want(sorted(e["ph"] for e in ends) == ["f", "s"], "trace: half an arrow")
    if len(ends) != 2:
        return
    to, since = sorted(ends, key=lambda e: e["ph"])
    want(since["ts"] <= to["ts"], "trace: an arrow backwards")
    want((since["name"], since["cat"]) == (to["name"], to["cat"]),
         "trace: an arrow of two kinds")
    want((since["tid"], ns(since["ts"])) in hands,
         "trace: an arrow from nowhere: %r" % since)
    want((to["tid"], ns(to["ts"]) + 1) in waits,
         "trace: an arrow to no wait: %r" % to)


def check_trace():
    if not os.path.exists(os.path.join(folder, "trace")):
        return
    trace = json.loads(read("trace"))
    keys(trace, "trace", ("displayTimeUnit", "otherData", "traceEvents"))
    want(trace["displayTimeUnit"] in ("ms", "ns"), "trace: unit")
    want(all(isinstance(v, str) for v in trace["otherData"].values()),
         "trace: otherData")
    want(int(trace["otherData"]["lost_events"]) >= 0, "trace: loss")
    named, tracks, arrows = set(), {}, {}
    for e in trace["traceEvents"]:
        phase = trace_event(e, named)
        if phase == "X":
            begin = ns(e["ts"])
            tracks.setdefault(e["tid"], []).append(
                (begin, begin + ns(e["dur"]), e["cat"]))
        elif phase in "sf":
            arrows.setdefault(e["id"], []).append(e)
    want(len({e["pid"] for e in trace["traceEvents"]}) == 1, "trace: pids")
    want({tid for tid in tracks} <= {tid for what, _, tid in named
                                     if what == "thread_name"},
         "trace: a track without a name")
    kinds = {cat for track in tracks.values() for _, _, cat in track}
    want(kinds == {"operation", "wait", "hold", "hand"},
         "trace: %s" % kinds)
    want(arrows, "trace: no arrows")
    hands = {(tid, begin) for tid, track in tracks.items()
             for begin, _, cat in track if cat == "hand"}
    waits = {(tid, end) for tid, track in tracks.items()
             for _, end, cat in track if cat == "wait"}
    for ends in arrows.values():
        check_arrow(ends, hands, waits)
    for track, slices in tracks.items():
        apart_or_inside(track, [(begin, end) for begin, end, _ in slices])


check_json()
check_html()
check_blame()
check_sarif()
check_junit()
check_svg()
check_folded()
check_csv()
check_trace()
for failure in failures[:20]:
    print("FAILED:", failure)
sys.exit(1 if failures else 0)
