/*
 * Options of run: a few of its own, and one for each key of a job, so that a
 * new key is a new option without a line here.
 *
 * Keys of [run], [space] and [vm] are options by their bare names; others
 * bear their section's name, as --swap-dir.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd_int.h"

/* Options that set a key, or a key of a section, under another name. */
static const struct alias {
	const char	*name, *arg;
	const char	*key;		/* "section." : key comes with the value */
	const char	*help;
} aliases[] = {
	{ "set", "KEY=VALUE", "",
	    "set any key of a job, as vm.frames=512" },
	{ "inject", "SITE=HOW", "inject.",
	    "let SITE fail: a share (1%, 500ppm), each Nth time (nth:N), or "
	    "both; amapstorm list sites" },
	{ "weight", "OPERATION=N", "weights.",
	    "how often, compared with the others; amapstorm list operations" },
	{ "replay", "FILE.trace", "replay.trace",
	    "replay recorded processes; amapstorm help import" },
	{ "pace", "PERCENT", "replay.pace",
	    "share of the recorded pace; 0: flat out" },
};
#define NALIASES	(sizeof(aliases) / sizeof(aliases[0]))

#define REPORTS	SIZE_MAX
struct own {
	const char	*name, *arg, *help;
	size_t		offset;		/* in struct cmd_options; REPORTS */
};
static const struct own own[] = {
	{ "output", "FILE", "keep the whole run in FILE, to be told again by "
	    "amapstorm report; none: nowhere (-o FILE) "
	    "[amapstorm-SCENARIO-TIME.db]",
	    offsetof(struct cmd_options, output) },
	{ "report", "FORMAT=FILE", "write a report, too; may be given more "
	    "than once; amapstorm list formats", REPORTS },
	{ "json", "FILE", "the same as --report json=FILE", REPORTS },
	{ "timeline", NULL, "record what strands did last, and when; --report "
	    "trace=FILE asks for it, too", offsetof(struct cmd_options, timeline) },
	{ "trace-order", NULL, "trace what strands take and let go, and "
	    "predict deadlocks that did not happen from it",
	    offsetof(struct cmd_options, trace_order) },
	{ "confirm", NULL, "try to make each finding about lock order happen, "
	    "on fibers; tells the command that does it again",
	    offsetof(struct cmd_options, confirm) },
	{ "full", NULL, "every row of every table",
	    offsetof(struct cmd_options, full) },
	{ "locks", "N", "so many locks in the summary [5]",
	    offsetof(struct cmd_options, locks) },
	{ "order-baseline", "FILE", "a lock-order contract that is to be kept; "
	    "amapstorm help order", offsetof(struct cmd_options, baseline) },
	{ "stop-on-finding", NULL, "end the run at the first finding",
	    offsetof(struct cmd_options, stop) },
	{ "shard", "I/N", "this is part I of N of a campaign, with a seed of "
	    "its own: N times --seed, and I - 1 more; docs/CAMPAIGN.md",
	    offsetof(struct cmd_options, shard) },
	{ "quiet", NULL, "no live line; verdict and findings alone (-q)",
	    offsetof(struct cmd_options, quiet) },
	{ "no-color", NULL, "no colours, as with NO_COLOR set",
	    offsetof(struct cmd_options, no_color) },
	{ "help", NULL, "this text (-h)", offsetof(struct cmd_options, help) },
};
#define NOWN	(sizeof(own) / sizeof(own[0]))

#define NAMELEN	64

static bool
is_one_of(const char *word, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strcmp(word, *list) == 0)
			return true;
	}
	return false;
}

/* => false: the key has no option of its own */
static bool
key_option(const struct wl_key *key, char name[NAMELEN])
{
	static const char *const bare[] = { "run", "space", "vm", NULL };
	static const char *const none[] = { "", "inject", "weights", "expect",
	    NULL };
	size_t i;
	char *c;

	if (is_one_of(key->section, none))
		return false;
	if (is_one_of(key->section, bare))
		snprintf(name, NAMELEN, "%s", key->name);
	else
		snprintf(name, NAMELEN, "%s-%s", key->section, key->name);
	for (i = 0; i < NALIASES; i++) {
		if (strncmp(aliases[i].key, key->section,
		    strlen(key->section)) == 0 &&
		    strcmp(aliases[i].key + strlen(key->section) + 1,
		    key->name) == 0)
			return false;
	}
	for (c = name; *c != '\0'; c++) {
		if (*c == '_')
			*c = '-';
	}
	return true;
}

/* Short forms. */
static const char *
long_name(const char *word)
{
	static const char *const forms[][2] = {
		{ "-o", "--output" }, { "-q", "--quiet" }, { "-h", "--help" },
		{ "--no-colour", "--no-color" }, { "--save", "--output" }
	};
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(word, forms[i][0]) == 0)
			return forms[i][1];
	}
	return word;
}

static int
unknown(const char *name)
{
	const char *near[160];
	char (*names)[NAMELEN], text[200];
	const struct wl_key *keys;
	size_t i, n, nkeys;

	keys = wl_keys(&nkeys);
	names = calloc(nkeys, sizeof(*names));
	for (i = n = 0; i < NOWN; i++)
		near[n++] = own[i].name;
	for (i = 0; i < NALIASES; i++)
		near[n++] = aliases[i].name;
	for (i = 0; names != NULL && i < nkeys && n < 160; i++) {
		if (key_option(&keys[i], names[i]))
			near[n++] = names[i];
	}
	wl_suggest(name, near, n, text, sizeof(text));
	text[strcspn(text, ",")] = '\0';
	free(names);
	return cmd_bad("no option --%s; did you mean --%s?  (amapstorm help "
	    "run lists all)", name, text);
}

static int
set_key(struct wl_job *job, const char *option, const char *key,
    const char *value)
{
	struct wl_error err;

	memset(&err, 0, sizeof(err));
	if (wl_job_set(job, key, value, &err) == 0)
		return 0;
	snprintf(err.where, sizeof(err.where), "--%s", option);
	return cmd_bad_input(&err);
}

/* --set KEY=VALUE and its like */
static int
set_pair(struct wl_job *job, const struct alias *a, const char *value)
{
	const char *eq = strchr(value, '=');
	char key[128];

	if (eq == NULL)
		return cmd_bad("--%s: \"%s\" has no \"=\"; expected %s",
		    a->name, value, a->arg);
	snprintf(key, sizeof(key), "%s%.*s", a->key, (int)(eq - value), value);
	return set_key(job, a->name, key, eq + 1);
}

static int
set_alias(struct wl_job *job, const struct alias *a, const char *value)
{
	size_t len = strlen(a->key);

	if (len == 0 || a->key[len - 1] == '.')
		return set_pair(job, a, value);
	return set_key(job, a->name, a->key, value);
}

static int
set_by_key(struct wl_job *job, const char *name, const char *value)
{
	const struct wl_key *keys;
	char option[NAMELEN], key[128];
	size_t i, n;

	keys = wl_keys(&n);
	for (i = 0; i < n; i++) {
		if (!key_option(&keys[i], option) || strcmp(option, name) != 0)
			continue;
		snprintf(key, sizeof(key), "%s.%s", keys[i].section,
		    keys[i].name);
		return set_key(job, name, key, value);
	}
	return unknown(name);
}

static const struct own *
own_find(const char *name)
{
	size_t i;

	for (i = 0; i < NOWN; i++) {
		if (strcmp(own[i].name, name) == 0)
			return &own[i];
	}
	return NULL;
}

static const struct alias *
alias_find(const char *name)
{
	size_t i;

	for (i = 0; i < NALIASES; i++) {
		if (strcmp(aliases[i].name, name) == 0)
			return &aliases[i];
	}
	return NULL;
}

/* A word of the command line, taken apart. */
struct word {
	char		name[NAMELEN];
	const char	*value;		/* behind "=" or the next word */
	const struct own *own;
	const struct alias *alias;
};

static bool
known_key(const char *name)
{
	const struct wl_key *keys;
	char option[NAMELEN];
	size_t i, n;

	keys = wl_keys(&n);
	for (i = 0; i < n; i++) {
		if (key_option(&keys[i], option) && strcmp(option, name) == 0)
			return true;
	}
	return false;
}

/* => 0, or an exit code; *i moves over a value that is a word of its own */
static int
take_apart(int argc, char **argv, int *i, struct word *w)
{
	const char *text = long_name(argv[*i]), *eq;
	bool flag;

	memset(w, 0, sizeof(*w));
	if (text[0] != '-' || text[1] != '-')
		return cmd_bad("no option %s; expected -o, -q, -h or a long "
		    "option (amapstorm help run)", text);
	text += 2;
	eq = strchr(text, '=');
	snprintf(w->name, sizeof(w->name), "%.*s",
	    eq != NULL ? (int)(eq - text) : (int)strlen(text), text);
	w->own = own_find(w->name);
	w->alias = alias_find(w->name);
	if (w->own == NULL && w->alias == NULL && !known_key(w->name))
		return unknown(w->name);
	flag = w->own != NULL && w->own->arg == NULL;
	if (flag && eq != NULL)
		return cmd_bad("--%s: takes no value", w->name);
	if (flag)
		return 0;
	w->value = eq != NULL ? eq + 1 : ++*i < argc ? argv[*i] : NULL;
	if (w->value == NULL)
		return cmd_bad("--%s: expected a value behind it", w->name);
	return 0;
}

static int
apply(struct cmd_options *o, const struct word *w)
{
	char *at;

	if (w->alias != NULL)
		return set_alias(&o->job, w->alias, w->value);
	if (w->own == NULL)
		return set_by_key(&o->job, w->name, w->value);
	if (w->own->offset == REPORTS) {
		o->timeline |= strncmp(w->value, "trace=", 6) == 0;
		return cmd_report_add(o->reports, &o->nreports, w->name,
		    w->value);
	}
	at = (char *)o + w->own->offset;
	if (w->own->arg == NULL)
		*(bool *)at = true;
	else
		*(const char **)(void *)at = w->value;
	return 0;
}

int
cmd_locks(const char *text, unsigned *to)
{
	unsigned long n;
	char *end;

	if (text == NULL)
		return 0;
	n = strtoul(text, &end, 10);
	if (*end != '\0' || text[0] < '0' || text[0] > '9' ||
	    n < 1 || n > LK_MAXCLASS)
		return cmd_bad("--locks: \"%s\": expected a number from 1 "
		    "to %d", text, LK_MAXCLASS);
	*to = (unsigned)n;
	return 0;
}

/* No seed is that of two parts, nor of two campaigns of as many. */
static int
take_shard(struct cmd_options *o)
{
	unsigned long i, n = 0;
	char *end;

	if (o->shard == NULL)
		return 0;
	i = strtoul(o->shard, &end, 10);
	if (*end == '/' && end[1] >= '0' && end[1] <= '9')
		n = strtoul(end + 1, &end, 10);
	if (*end != '\0' || o->shard[0] < '0' || o->shard[0] > '9' ||
	    i < 1 || i > n || n > 1000000)
		return cmd_bad("--shard: \"%s\": expected I/N, as 3/10: part 3 "
		    "of 10", o->shard);
	o->job.seed = o->job.seed * n + i - 1;
	return 0;
}

static bool
is_file(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') != NULL ||
	    (len > 4 && strcmp(name + len - 4, ".job") == 0);
}

static int
load(struct wl_job *job, const char *name, bool replay)
{
	struct wl_error err;
	int error;

	memset(&err, 0, sizeof(err));
	if (name == NULL && replay) {
		wl_job_default(job);
		snprintf(job->name, sizeof(job->name), "replay");
		return 0;
	}
	if (name == NULL)
		name = "storm";
	error = is_file(name) ? wl_job_file(job, name, &err) :
	    wl_job_scenario(job, name, &err);
	return error == 0 ? 0 : cmd_bad_input(&err);
}

/*
 * Twice over the words: the first time for what to run, which the options
 * then change in their order.
 */
int
cmd_options(int argc, char **argv, struct cmd_options *o)
{
	const char *name = NULL;
	bool replay = false;
	struct word w;
	int i, code;

	memset(o, 0, sizeof(*o));
	for (i = 1; i < argc; i++) {
		if (argv[i][0] != '-') {
			if (name != NULL)
				return cmd_bad("\"%s\" and \"%s\": expected "
				    "one scenario or job file", name, argv[i]);
			name = argv[i];
			continue;
		}
		code = take_apart(argc, argv, &i, &w);
		if (code != 0)
			return code;
		if (strcmp(w.name, "replay") == 0)
			replay = true;
		if (strcmp(w.name, "help") == 0)
			o->help = true;
	}
	if (o->help)
		return 0;
	code = load(&o->job, name, replay);
	for (i = 1; i < argc && code == 0; i++) {
		if (argv[i][0] != '-')
			continue;
		code = take_apart(argc, argv, &i, &w);
		if (code == 0)
			code = apply(o, &w);
	}
	if (code == 0)
		code = cmd_locks(o->locks, &o->nlocks);
	return code == 0 ? take_shard(o) : code;
}

/* A range is told where there is one that people could hit. */
static void
key_help(FILE *out, const struct wl_key *key, const char *option)
{
	char head[NAMELEN + 32], text[512];

	snprintf(head, sizeof(head), "--%s %s", option, key->unit);
	snprintf(text, sizeof(text), "%s%s%s%s", key->help,
	    key->dflt[0] != '\0' ? " [" : "", key->dflt,
	    key->dflt[0] != '\0' ? "]" : "");
	cmd_row(out, 26, head, text);
}

void
cmd_options_help(FILE *out)
{
	const struct wl_key *keys;
	char head[NAMELEN];
	size_t i, n;

	fputs("\nOptions:\n", out);
	for (i = 0; i < NOWN; i++) {
		snprintf(head, sizeof(head), "--%s %s", own[i].name,
		    own[i].arg == NULL ? "" : own[i].arg);
		cmd_row(out, 26, head, own[i].help);
	}
	for (i = 0; i < NALIASES; i++) {
		snprintf(head, sizeof(head), "--%s %s", aliases[i].name,
		    aliases[i].arg);
		cmd_row(out, 26, head, aliases[i].help);
	}
	fputs("\nOptions that are keys of the job, with what they are unless "
	    "the job says\notherwise:\n", out);
	keys = wl_keys(&n);
	for (i = 0; i < n; i++) {
		if (key_option(&keys[i], head))
			key_help(out, &keys[i], head);
	}
}
