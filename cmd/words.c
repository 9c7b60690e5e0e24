/*
 * words.c: lists of words: arguments, files, what is in a folder.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd_int.h"

/* => 0, or an exit code, having complained */
static int
nomem(void)
{
	cmd_complain("no memory");
	return ANA_EXIT_CANNOT;
}

int
cmd_words_add(struct cmd_words *w, const char *word)
{
	char **bigger, *copy = strdup(word);

	/* one more than needed: what execv() takes ends in NULL */
	bigger = reallocarray(w->word, w->n + 2, sizeof(*w->word));
	if (bigger != NULL)
		w->word = bigger;
	if (bigger == NULL || copy == NULL) {
		free(copy);
		return nomem();
	}
	w->word[w->n++] = copy;
	w->word[w->n] = NULL;
	return 0;
}

int
cmd_words_join(struct cmd_words *w, const struct cmd_words *more)
{
	size_t i;
	int code = 0;

	for (i = 0; i < more->n && code == 0; i++)
		code = cmd_words_add(w, more->word[i]);
	return code;
}

void
cmd_words_free(struct cmd_words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->word[i]);
	free(w->word);
	memset(w, 0, sizeof(*w));
}

/* One character of a word, as a shell reads it.  => false: the word ended */
static bool
one(const char **at, char *quote, char *to)
{
	for (;; (*at)++) {
		if (**at == '\0' || (*quote == '\0' && strchr(" \t\n", **at)))
			return false;
		if (*quote == '\0' && (**at == '\'' || **at == '"'))
			*quote = **at;
		else if (*quote != '\0' && **at == *quote)
			*quote = '\0';
		else
			break;
	}
	if (**at == '\\' && *quote != '\'' && (*at)[1] != '\0')
		(*at)++;
	*to = *(*at)++;
	return true;
}

int
cmd_words_split(struct cmd_words *w, const char *option, const char *text)
{
	char *buf = malloc(strlen(text) + 1), quote;
	const char *at = text;
	size_t len;
	int code = 0;

	if (buf == NULL)
		return nomem();
	while (code == 0 && *(at += strspn(at, " \t\n")) != '\0') {
		quote = '\0';
		for (len = 0; one(&at, &quote, &buf[len]); len++)
			continue;
		buf[len] = '\0';
		code = quote != '\0' ? cmd_bad("%s: a quote that does not end",
		    option) : cmd_words_add(w, buf);
	}
	free(buf);
	return code;
}

static size_t
append(char *buf, size_t len, size_t at, char c)
{
	if (at + 1 < len) {
		buf[at] = c;
		buf[at + 1] = '\0';
	}
	return at + 1;
}

size_t
cmd_quote(char *buf, size_t len, size_t at, const char *word)
{
	bool plain = *word != '\0' && word[strspn(word, "-_./=%:,+@0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
	const char *escape;

	if (at > 0)
		at = append(buf, len, at, ' ');
	if (!plain)
		at = append(buf, len, at, '\'');
	for (; *word != '\0'; word++) {
		at = append(buf, len, at, *word);
		if (*word == '\'')		/* ends; one by itself; begins */
			for (escape = "\\''"; *escape != '\0'; escape++)
				at = append(buf, len, at, *escape);
	}
	return plain ? at : append(buf, len, at, '\'');
}

static int
is_run(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 3 &&
	    strcmp(d->d_name + len - 3, ".db") == 0;
}

int
cmd_words_runs(struct cmd_words *w, const char *path)
{
	struct dirent **all;
	struct stat st;
	char *name;
	int i, n, code = 0;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return cmd_words_add(w, path);
	n = scandir(path, &all, is_run, alphasort);
	if (n < 0)
		return cmd_bad("%s: %s", path, strerror(errno));
	for (i = 0; i < n; i++) {
		if (code == 0 && asprintf(&name, "%s/%s", path,
		    all[i]->d_name) < 0)
			code = nomem();
		else if (code == 0) {
			code = cmd_words_add(w, name);
			free(name);
		}
		free(all[i]);
	}
	free(all);
	return n == 0 ? cmd_bad("%s: no stored run (*.db) is in it", path) :
	    code;
}
