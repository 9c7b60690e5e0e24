/*
 * A kernel source file becomes a shared object: compiled against the headers
 * that are installed with this program, checked, and put in its place whole.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_int.h"
#include "cmd/subject_int.h"

#define MAXARGS	128

/* A command under construction; the words are copies. */
struct words {
	char	*word[MAXARGS];
	size_t	n;
};

struct build {
	const struct cmd_recipe *r;
	const struct cmd_flavour *flavour;
	const struct subject_rev *rev;
	char	include[CMD_PATH];
	char	dir[CMD_PATH];		/* of temporary files */
	unsigned own;			/* helpers that it declares itself */
	/* what was done on these before; meanwhile they end only the compiler */
	struct sigaction was[3];
};
static const int deaf_to[3] = { SIGINT, SIGTERM, SIGPIPE };

static const struct subject_rev revs[] = {
	{ "1.89", 89 }, { "1.96", 96 }, { "1.98", 98 }, { "1.100", 100 }
};
#define NREVS	(sizeof(revs) / sizeof(revs[0]))

/* kernel.h declares them unless -DAMAPSTORM_OWN_... says not to. */
static const char *const helpers[] = {
	"amap_chunk_get", "amap_chunk_free", "amap_wiperange",
	"amap_wiperange_chunk", "amap_pp_establish", "amap_pp_adjref",
	"amap_adjref_anons"
};
#define NHELPERS	(sizeof(helpers) / sizeof(helpers[0]))
#define ALL_HELPERS	((1u << NHELPERS) - 1)

/* ---- commands ---- */

static void __attribute__((format(printf, 2, 3)))
add(struct words *w, const char *fmt, ...)
{
	char text[2 * CMD_PATH + 64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (w->n < MAXARGS - 1)
		w->word[w->n++] = strdup(text);
	w->word[w->n] = NULL;
}

static void
add_each(struct words *w, const char *text)
{
	char copy[1024], *save, *tok;

	snprintf(copy, sizeof(copy), "%s", text);
	for (tok = strtok_r(copy, " \t", &save); tok != NULL;
	    tok = strtok_r(NULL, " \t", &save))
		add(w, "%s", tok);
}

static void
words_free(struct words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->word[i]);
	w->n = 0;
}

static void
child(char **argv, const char *out, const char *err)
{
	size_t i;

	for (i = 0; i < 3; i++)
		(void)signal(deaf_to[i], SIG_DFL);
	if ((out != NULL && freopen(out, "w", stdout) == NULL) ||
	    (err != NULL && freopen(err, "w", stderr) == NULL))
		_exit(126);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* => its exit status; its words are freed */
static int
run_words(struct words *w, const char *out, const char *err)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(w->word, out, err);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	words_free(w);
	return pid != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void
show_file(const char *path)
{
	char buf[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		fwrite(buf, 1, n, stderr);
	fclose(f);
}

/* ---- the compiler ---- */

/* The file's own name stands in call sites, not where it lies. */
static void
add_prefix(struct words *w, const char *source)
{
	const char *slash = strrchr(source, '/');

	if (slash != NULL)
		add(w, "-fmacro-prefix-map=%.*s/=", (int)(slash - source),
		    source);
}

static void
add_flags(struct words *w, const struct build *b)
{
	char *const *extra = b->r->extra;
	size_t i;

	add_each(w, b->r->cc);
	add_each(w, "-std=gnu11 -fPIC -g -gdwarf-4 -gno-column-info "
	    "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-common "
	    "-fno-strict-aliasing -fno-builtin-log -Wall "
	    "-Werror=implicit-function-declaration -D_GNU_SOURCE -D_KERNEL "
	    "-DDIAGNOSTIC -DMULTIPROCESSOR -DUVM_AMAP_PPREF");
	/* kernel files may have definitions of the old kind, and clang its say */
	add_each(w, "-Wno-unknown-warning-option "
	    "-Wno-deprecated-non-prototype");
	add_each(w, b->flavour->cflags);
	add(w, "-DAMAPSTORM_REV=%d", b->rev->number);
	add(w, "-DAMAPSTORM_REV_NAME=\"%s\"", b->rev->name);
	add(w, "-DAMAPSTORM_FLAVOUR=\"%s\"", b->flavour->name);
	for (i = 0; i < NHELPERS; i++)
		if (b->own & 1u << i)
			add(w, "-DAMAPSTORM_OWN_%s", helpers[i]);
	add(w, "-I%s/compat", b->include);
	add(w, "-I%s", b->include);
	/* some count on more than they include, and libc has cdefs.h, too */
	add_each(w, "-include amapstorm/kernel.h");
	if (isatty(STDERR_FILENO))
		add(w, "-fdiagnostics-color=always");
	for (; extra != NULL && *extra != NULL; extra++)
		add(w, "%s", *extra);
}

static bool
compile_file(const struct build *b)
{
	struct words w = { .n = 0 };
	char err[CMD_PATH + 8];

	add_flags(&w, b);
	add_prefix(&w, b->r->source);
	add(&w, "-c");
	add(&w, "%s", b->r->source);
	add(&w, "-o");
	add(&w, "%s/a.o", b->dir);
	snprintf(err, sizeof(err), "%s/err%d", b->dir, b->own != 0);
	return run_words(&w, NULL, err) == 0;
}

/* As a string of C: names may have anything in them. */
static void
add_source(struct words *w, const char *source)
{
	char text[2 * CMD_PATH];
	size_t n = 0;

	for (; *source != '\0' && n < sizeof(text) - 2; source++) {
		if (*source == '"' || *source == '\\')
			text[n++] = '\\';
		text[n++] = *source == '\n' ? '?' : *source;
	}
	text[n] = '\0';
	add(w, "-DAMAPSTORM_SOURCE=\"%s\"", text);
}

static bool
compile_info(const struct build *b, const char *source)
{
	struct words w = { .n = 0 };

	add_flags(&w, b);
	add_source(&w, source);
	add(&w, "-c");
	add(&w, "%s/compat/amapstorm/info.c", b->include);
	add(&w, "-o");
	add(&w, "%s/b.o", b->dir);
	return run_words(&w, NULL, NULL) == 0;
}

/* ---- what the compiler has to say ---- */

/* One of its errors, without what it guesses might have been meant. */
static bool
next_error(FILE *f, char *line, int len)
{
	char *guess;

	while (fgets(line, len, f) != NULL) {
		if (strstr(line, "error:") == NULL)
			continue;
		if ((guess = strstr(line, "did you mean")) != NULL)
			*guess = '\0';
		return true;
	}
	return false;
}

static bool
names(const char *line, const char *word)
{
	size_t len = strlen(word);
	const char *at = line;

	for (; (at = strstr(at, word)) != NULL; at += len)
		if ((at == line || (at[-1] != '_' && !isalnum(
		    (unsigned char)at[-1]))) && at[len] != '_' &&
		    !isalnum((unsigned char)at[len]))
			return true;
	return false;
}

/* What is in an error file. */
struct errors {
	size_t		n;
	unsigned	helpers;	/* that they name */
	bool		revision;	/* they name what differs in those */
};

static struct errors
read_errors(const char *path)
{
	struct errors e = { .n = 0 };
	char line[1024];
	FILE *f = fopen(path, "re");
	size_t i;

	while (f != NULL && next_error(f, line, sizeof(line))) {
		e.n++;
		e.revision = e.revision || names(line, "amap_lock") ||
		    names(line, "uvm_lock_pageq") ||
		    names(line, "uvm_unlock_pageq");
		for (i = 0; i < NHELPERS; i++)
			if (names(line, helpers[i]))
				e.helpers |= 1u << i;
	}
	if (f != NULL)
		fclose(f);
	return e;
}

static void
say_why(const struct build *b, const struct errors *e)
{
	const char *others = b->rev->number < 96 ? "1.96, 1.98 or 1.100" :
	    b->rev->number < 98 ? "1.89, 1.98 or 1.100" : "1.89 or 1.96";

	if (e->revision)
		cmd_complain("%s: is not written to revision %s of the "
		    "interface; expected --rev %s", b->r->source,
		    b->rev->name, others);
	else
		cmd_complain("%s: does not compile", b->r->source);
}

/* => once more if it declares helpers in its own way; what is wrong is told */
static bool
compile_source(struct build *b)
{
	char err[2][CMD_PATH + 8];
	struct errors e, again;
	bool done;

	snprintf(err[0], sizeof(err[0]), "%s/err0", b->dir);
	snprintf(err[1], sizeof(err[1]), "%s/err1", b->dir);
	b->own = 0;
	done = compile_file(b);
	e = read_errors(err[0]);
	if (!done && e.helpers != 0) {
		b->own = e.helpers;
		done = compile_file(b);
		again = read_errors(err[1]);
		if (!done && again.n >= e.n)
			b->own = 0;
		else
			e = again;
	}
	show_file(err[b->own != 0]);
	if (!done)
		say_why(b, &e);
	return done;
}

static bool
compile(struct build *b)
{
	char source[CMD_PATH];

	if (!compile_source(b))
		return false;
	if (realpath(b->r->source, source) == NULL)
		snprintf(source, sizeof(source), "%s", b->r->source);
	return compile_info(b, source);
}

static bool
link_object(const struct build *b, const char *out)
{
	struct words w = { .n = 0 };

	add_each(&w, b->r->cc);
	add_each(&w, "-shared -Wl,-Bsymbolic -Wl,-z,now -Wl,-z,relro");
	add_each(&w, b->flavour->ldflags);
	add(&w, "%s/a.o", b->dir);
	add(&w, "%s/b.o", b->dir);
	add(&w, "-o");
	add(&w, "%s", out);
	return run_words(&w, NULL, NULL) == 0;
}

/* ---- what came of it ---- */

#define MAXLACK	5		/* told one by one */

struct lacks {
	const char	*source;
	size_t		n;
};

static void
say_lack(const char *name, const char *proto, bool bad, void *arg)
{
	struct lacks *l = arg;

	if (bad && l->n++ < MAXLACK)
		cmd_complain("%s: defines no %s; expected %s", l->source, name,
		    proto);
}

static void
say_unknown(const char *name, const char *proto, bool bad, void *arg)
{
	if (bad)
		cmd_complain("%s: uses %s, which the harness does not have",
		    ((const struct lacks *)arg)->source, name);
}

static int
check_object(const struct build *b, const char *so)
{
	struct lacks l = { .source = b->r->source };
	struct vm_subject_facts f;
	char why[512];

	if (vm_subject_look(so, &f, say_lack, say_unknown, &l, why) != 0)
		return cmd_bad("%s", why);
	if (l.n > MAXLACK)
		cmd_complain("%s: and %zu more of %zu; is it an uvm_amap.c?",
		    l.source, l.n - MAXLACK, f.nlacks + f.ndefines);
	return f.nlacks + f.nunknown > 0 ? ANA_EXIT_USAGE : 0;
}

/* ---- which revision ---- */

static const struct subject_rev *
rev_of_number(int n)
{
	size_t i = NREVS - 1;

	while (i > 0 && revs[i].number > n)
		i--;
	return &revs[i];
}

/* $OpenBSD: uvm_amap.c,v 1.89 2021/03/26 ...$ */
static const struct subject_rev *
rev_of_file(FILE *f)
{
	char line[512], *at;
	int n, i;

	for (i = 0; i < 20 && fgets(line, sizeof(line), f) != NULL; i++) {
		at = strstr(line, ",v 1.");
		if (at != NULL && sscanf(at, ",v 1.%d", &n) == 1)
			return rev_of_number(n);
	}
	return &revs[0];
}

/* => 0, or an exit code */
static int
find_rev(const char *source, const char *rev, const struct subject_rev **out)
{
	struct stat sb;
	size_t i;
	FILE *f;

	if (stat(source, &sb) == 0 && !S_ISREG(sb.st_mode))
		return cmd_bad("%s: is %s; expected a C source file", source,
		    S_ISDIR(sb.st_mode) ? "a directory" : "no regular file");
	if ((f = fopen(source, "re")) == NULL)
		return cmd_bad("%s: %s", source, strerror(errno));
	*out = rev_of_file(f);
	fclose(f);
	for (i = 0; rev != NULL && i < NREVS; i++) {
		if (strcmp(revs[i].name, rev) == 0) {
			*out = &revs[i];
			return 0;
		}
	}
	return rev == NULL ? 0 : cmd_bad("--rev %s: no such revision; "
	    "expected 1.89, 1.96, 1.98 or 1.100", rev);
}

/* ---- all of it ---- */

static int
begin(struct build *b, const struct cmd_recipe *r)
{
	const struct sigaction deaf = { .sa_handler = SIG_IGN };
	const char *tmp = getenv("TMPDIR");
	size_t i;
	int code;

	memset(b, 0, sizeof(*b));
	b->r = r;
	b->flavour = cmd_flavour_find(r->flavour);
	if (b->flavour == NULL)
		return cmd_bad("--flavour %s: no such flavour; expected "
		    "plain, tsan, asan or explore", r->flavour);
	if ((code = find_rev(r->source, r->rev, &b->rev)) != 0)
		return code;
	if (!cmd_include_dir(b->include)) {
		cmd_complain("the headers for subjects are not installed "
		    "(include/amapstorm/compat)");
		return ANA_EXIT_CANNOT;
	}
	snprintf(b->dir, sizeof(b->dir), "%s/amapstorm.XXXXXX",
	    tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	if (mkdtemp(b->dir) == NULL) {
		cmd_complain("%s: %s", b->dir, strerror(errno));
		return ANA_EXIT_CANNOT;
	}
	for (i = 0; i < 3; i++)
		(void)sigaction(deaf_to[i], &deaf, &b->was[i]);
	return 0;
}

static void
end(struct build *b)
{
	static const char *const names[] = { "a.o", "b.o", "err0", "err1",
	    "a.i", "x.so" };
	char path[CMD_PATH + 8];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", b->dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(b->dir);
	for (i = 0; i < 3; i++)
		(void)sigaction(deaf_to[i], &b->was[i], NULL);
}

/* => made beside its place, so that it can be moved there at once */
static int
make(struct build *b, const char *out)
{
	char temp[CMD_PATH + 16];
	int code = ANA_EXIT_USAGE, fd;

	snprintf(temp, sizeof(temp), "%s.XXXXXX", out);
	fd = mkstemp(temp);
	if (fd == -1)
		return cmd_bad("%s: cannot be written: %s", out,
		    strerror(errno));
	close(fd);
	if (compile(b) && link_object(b, temp))
		code = check_object(b, temp);
	if (code == 0 && (chmod(temp, 0755) == -1 ||
	    rename(temp, out) == -1))
		code = cmd_bad("%s: cannot be written: %s", out,
		    strerror(errno));
	if (code != 0)
		(void)unlink(temp);
	return code;
}

int
cmd_subject_build(const struct cmd_recipe *r, const char *out)
{
	struct build b;
	int code;

	if ((code = begin(&b, r)) != 0)
		return code;
	code = make(&b, out);
	if (code == 0 && !r->quiet)
		printf("%s: revision %s, flavour %s\n", out, b.rev->name,
		    b.flavour->name);
	end(&b);
	return code;
}

/* ---- the cache ---- */

/* All that the compiler is told and sees decides what comes out. */
static uint64_t
hash(uint64_t h, const void *data, size_t n)
{
	const unsigned char *p = data;

	while (n-- > 0)
		h = (h ^ *p++) * UINT64_C(1099511628211);
	return h;
}

static int
hash_file(const char *path, uint64_t sum[2])
{
	char buf[16384];
	size_t n;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return errno;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		sum[0] = hash(sum[0], buf, n);
		sum[1] = hash(sum[1] + 1, buf, n);
	}
	fclose(f);
	return 0;
}

/* => the preprocessed file and the whole command, as a name; or an exit code */
static int
cache_name(struct build *b, char name[64])
{
	uint64_t sum[2] = { UINT64_C(14695981039346656037), 88172645463325252 };
	struct words w = { .n = 0 };
	char pre[CMD_PATH + 8];
	size_t i;

	b->own = ALL_HELPERS;		/* no difference but in the text */
	add_flags(&w, b);
	add_prefix(&w, b->r->source);
	add(&w, "-E");
	add(&w, "%s", b->r->source);
	for (i = 0; i < w.n; i++) {
		sum[0] = hash(sum[0], w.word[i], strlen(w.word[i]) + 1);
		sum[1] = hash(sum[1] + i, w.word[i], strlen(w.word[i]) + 1);
	}
	snprintf(pre, sizeof(pre), "%s/a.i", b->dir);
	if (run_words(&w, pre, NULL) != 0 || hash_file(pre, sum) != 0)
		return cmd_bad("%s: does not compile", b->r->source);
	snprintf(name, 64, "%016" PRIx64 "%016" PRIx64 ".so", sum[0], sum[1]);
	return 0;
}

/* => a folder of ours alone, or false */
static bool
make_dir(const char *path)
{
	struct stat sb;

	return (mkdir(path, 0700) == 0 || errno == EEXIST) &&
	    stat(path, &sb) == 0 && S_ISDIR(sb.st_mode) &&
	    sb.st_uid == geteuid() && access(path, W_OK) == 0;
}

static bool
cache_in(const char *base, const char *tail, char dir[CMD_PATH])
{
	char path[CMD_PATH];
	char *slash;

	if (base == NULL || base[0] != '/' ||
	    snprintf(path, sizeof(path), "%s%s/amapstorm/subjects", base,
	    tail) >= (int)sizeof(path))
		return false;
	/* the parts of the name that are ours to make */
	for (slash = path + strlen(base); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
	snprintf(dir, CMD_PATH, "%s", path);
	return make_dir(dir);
}

static bool
cache_dir(char dir[CMD_PATH])
{
	const char *tmp = getenv("TMPDIR");

	if (cache_in(getenv("XDG_CACHE_HOME"), "", dir) ||
	    cache_in(getenv("HOME"), "/.cache", dir))
		return true;
	snprintf(dir, CMD_PATH, "%s/amapstorm-%u", tmp != NULL &&
	    tmp[0] == '/' ? tmp : "/tmp", (unsigned)geteuid());
	return make_dir(dir);
}

int
cmd_subject_cached(const struct cmd_recipe *r, char so[CMD_PATH])
{
	char dir[CMD_PATH], name[64];
	struct build b;
	int code;

	if ((code = begin(&b, r)) != 0)
		return code;
	if ((code = cache_name(&b, name)) == 0 && !cache_dir(dir)) {
		cmd_complain("%s: no place to keep what is built; set "
		    "XDG_CACHE_HOME", dir);
		code = ANA_EXIT_CANNOT;
	}
	if (code == 0) {
		snprintf(so, CMD_PATH, "%.900s/%s", dir, name);
		if (access(so, R_OK) != 0)
			code = make(&b, so);
	}
	end(&b);
	return code;
}
