/*
 * take.c: options of a command that has a table of them.
 */
#include <string.h>

#include "cmd/cmd_int.h"

static const struct cmd_take *
find(const struct cmd_take *all, const char *word, size_t *len)
{
	const struct cmd_take *t;

	*len = strcspn(word, "=");
	for (t = all; t->name != NULL; t++) {
		if (t->brief != NULL && strcmp(word, t->brief) == 0)
			return t;
		if (word[0] == '-' && word[1] == '-' &&
		    strlen(t->name) == *len - 2 &&
		    strncmp(word + 2, t->name, *len - 2) == 0)
			return t;
	}
	return NULL;
}

/* "a,b" is a and b */
static int
take_list(struct cmd_words *w, const char *value)
{
	char one[256];
	size_t len;
	int code;

	do {
		len = strcspn(value, ",");
		snprintf(one, sizeof(one), "%.*s", (int)(len < 255 ? len :
		    255), value);
		code = cmd_words_add(w, one);
		value += len + (value[len] == ',');
	} while (code == 0 && *value != '\0');
	return code;
}

int
cmd_take(const struct cmd_take *all, int argc, char **argv, int *i, void *to,
    bool *taken)
{
	const char *word = argv[*i], *value;
	const struct cmd_take *t;
	size_t len;

	t = find(all, word, &len);
	*taken = t != NULL;
	if (t == NULL)
		return 0;
	if (t->arg == NULL) {
		if (word[len] == '=')
			return cmd_bad("--%s: takes no value", t->name);
		*(bool *)((char *)to + t->offset) = true;
		return 0;
	}
	value = word[len] == '=' ? word + len + 1 :
	    ++*i < argc ? argv[*i] : NULL;
	if (value == NULL)
		return cmd_bad("--%s: expected a value behind it", t->name);
	if (t->kind == CMD_TAKE_LIST)
		return take_list((struct cmd_words *)(void *)((char *)to +
		    t->offset), value);
	if (t->kind == CMD_TAKE_MANY)
		return cmd_words_add((struct cmd_words *)(void *)((char *)to +
		    t->offset), value);
	*(const char **)(void *)((char *)to + t->offset) = value;
	return 0;
}

int
cmd_take_unknown(const struct cmd_take *all, const char *command,
    const char *word)
{
	const char *names[64];
	char near[200];
	size_t n;

	for (n = 0; all[n].name != NULL && n < 64; n++)
		names[n] = all[n].name;
	wl_suggest(word + strspn(word, "-"), names, n, near, sizeof(near));
	return cmd_bad("%s: no option %s; expected one of %s", command, word,
	    near);
}

int
cmd_take_or(const struct cmd_take *all, int argc, char **argv, int *i, void *to,
    struct cmd_words *rest, int (*add)(struct cmd_words *, const char *))
{
	bool taken;
	int code = cmd_take(all, argc, argv, i, to, &taken);

	if (code != 0 || taken)
		return code;
	return argv[*i][0] == '-' && argv[*i][1] != '\0' ?
	    cmd_take_unknown(all, argv[0], argv[*i]) : add(rest, argv[*i]);
}

void
cmd_take_help(FILE *out, const struct cmd_take *all)
{
	const struct cmd_take *t;
	char head[80];

	fputs("\nOptions:\n", out);
	for (t = all; t->name != NULL; t++) {
		snprintf(head, sizeof(head), "--%s %s", t->name,
		    t->arg == NULL ? "" : t->arg);
		cmd_row(out, 22, head, t->help);
	}
}
