/*
 * Does docs/FORMATS.md show the schema that saved runs have?
 * usage: store_doc FORMATS.md [write]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/store_int.h"

#define BEGIN	"<!-- schema: begin -->\n"
#define END	"<!-- schema: end -->\n"

static char *
slurp(const char *path)
{
	static char *text;
	static size_t room;
	FILE *f = fopen(path, "re");

	if (f == NULL || getdelim(&text, &room, '\0', f) < 0) {
		perror(path);
		exit(1);
	}
	fclose(f);
	return text;
}

int
main(int argc, char **argv)
{
	char *schema = ana_store_schema(), *doc, *want, *begin, *end;
	FILE *f;

	if (argc < 2 || schema == NULL)
		return 1;
	doc = slurp(argv[1]);
	begin = strstr(doc, BEGIN);
	end = strstr(doc, END);
	if (begin == NULL || end == NULL) {
		fprintf(stderr, "%s: no place for the schema\n", argv[1]);
		return 1;
	}
	*begin = '\0';
	if (asprintf(&want, "%s%s```\n%s```\n%s", doc, BEGIN, schema,
	    end) < 0)
		return 1;
	*begin = BEGIN[0];
	if (argc == 2 && strcmp(doc, want) != 0) {
		fprintf(stderr, "%s has drifted; run: %s %s write\n", argv[1],
		    argv[0], argv[1]);
		return 1;
	}
	if (argc > 2) {
		f = fopen(argv[1], "we");
		if (f == NULL || fputs(want, f) < 0 || fclose(f) != 0)
			return 1;
	}
	free(want);
	free(doc);
	free(schema);
	return 0;
}
