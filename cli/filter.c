#include "cli/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/regex.h"
#include "cli/parse.h"

struct cli_filter {
	const struct kind *kind;
	struct regex *regex;
	uint64_t matched;
	bool begun;	/* begin: the line was there; section: inside of one */
	size_t section; /* indentation of the line that opened it */
	FILE *file;
	const char *name; /* of the file; in the match, which outlives the command */
	int error;	  /* of the first write that failed */
};

struct kind {
	const char *name; /* first word of the row */
	bool (*line)(struct cli_filter *f, const char *line);
	bool file, append, json;
};

static bool matches(const struct cli_filter *f, const char *line)
{
	return regex_match(f->regex, line, strlen(line));
}

static bool line_include(struct cli_filter *f, const char *line)
{
	return matches(f, line);
}

static bool line_exclude(struct cli_filter *f, const char *line)
{
	return !matches(f, line);
}

static bool line_begin(struct cli_filter *f, const char *line)
{
	f->begun = f->begun || matches(f, line);
	return f->begun;
}

static bool line_count(struct cli_filter *f, const char *line)
{
	f->matched += matches(f, line);
	return false;
}

/* A line that matches, and the deeper ones below it. */
static bool in_section(struct cli_filter *f, const char *line)
{
	size_t indent = strspn(line, " ");

	if (f->begun && line[indent] && indent > f->section)
		return true;
	f->begun = matches(f, line);
	f->section = indent;
	return f->begun;
}

static bool line_section(struct cli_filter *f, const char *line)
{
	return in_section(f, line);
}

static bool line_section_exclude(struct cli_filter *f, const char *line)
{
	return !in_section(f, line);
}

static void write_line(struct cli_filter *f, const char *line)
{
	if (!f->error && fprintf(f->file, "%s\n", line) < 0)
		f->error = -errno;
}

static bool line_redirect(struct cli_filter *f, const char *line)
{
	write_line(f, line);
	return false;
}

static bool line_tee(struct cli_filter *f, const char *line)
{
	write_line(f, line);
	return true;
}

static bool line_json(struct cli_filter *f, const char *line)
{
	(void)f;
	(void)line;
	return true;
}

static const struct kind kinds[] = {
	{.name = "append", .line = line_redirect, .file = true, .append = true},
	{.name = "begin", .line = line_begin},
	{.name = "count", .line = line_count},
	{.name = "exclude", .line = line_exclude},
	{.name = "include", .line = line_include},
	{.name = "json", .line = line_json, .json = true},
	{.name = "redirect", .line = line_redirect, .file = true},
	{.name = "section exclude", .line = line_section_exclude},
	{.name = "section", .line = line_section},
	{.name = "tee /append", .line = line_tee, .file = true, .append = true},
	{.name = "tee", .line = line_tee, .file = true},
};

/* A row's syntax begins with the kind's name; the longer of two stands first. */
static const struct kind *kind_of(const char *syntax)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(kinds[i].name, syntax, strlen(kinds[i].name)) == 0)
			return &kinds[i];
	return NULL;
}

static int refuse_file(const char *name, int code, struct error *err)
{
	const char *why = code == -ELOOP ? "is a symbolic link" : strerror(-code);

	return error_set(err, code, "Error opening %s (%s)", name, why);
}

/* Not waited for (a pipe without a reader), not followed, nothing but a file. */
static int open_file(struct cli_filter *f, const char *path, struct error *err)
{
	const char *name = f->name;
	const int how = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(path ? path : name, how | (f->kind->append ? O_APPEND : 0), 0600);
	struct stat st;
	int code = 0;

	if (fd < 0)
		return refuse_file(name, -errno, err);
	if (fstat(fd, &st) < 0)
		code = -errno;
	else if (!S_ISREG(st.st_mode))
		code = -EINVAL;
	else if (!f->kind->append && ftruncate(fd, 0) < 0)
		code = -errno;
	if (!code)
		f->file = fdopen(fd, f->kind->append ? "a" : "w");
	if (f->file)
		return 0;
	close(fd);
	if (code == -EINVAL)
		return error_set(err, code, "Error opening %s (not a regular file)", name);
	return refuse_file(name, code ? code : -ENOMEM, err);
}

static int open_filter(struct cli_filter *f, const struct cli_match *m, const char *path,
		       struct error *err)
{
	const char *expression = cli_match_get(m, "regular-expression");

	f->name = cli_match_get(m, "file");
	if (f->kind->file)
		return open_file(f, path, err);
	if (!expression)
		return 0;
	f->regex = regex_new(expression, err);
	return f->regex ? 0 : err->code;
}

int cli_filter_new(const struct cli_match *match, const char *path, struct cli_filter **out,
		   struct error *err)
{
	struct cli_filter *f;
	int rc;

	*out = NULL;
	if (!match->row)
		return 0;
	f = alloc_zero(sizeof(*f));
	if (!f)
		return error_set(err, -ENOMEM, "no memory for the filter");
	f->kind = kind_of(match->row->syntax);
	rc = f->kind ? open_filter(f, match, path, err)
		     : error_set(err, -EINVAL, "there is no filter %s", match->row->syntax);
	if (rc)
		cli_filter_free(f);
	else
		*out = f;
	return rc;
}

bool cli_filter_line(struct cli_filter *f, const char *line)
{
	return f->kind->line(f, line);
}

int cli_filter_end(struct cli_filter *f, struct text *last, struct error *err)
{
	if (f->kind->line == line_count)
		text_addf(last, "Number of lines which match regexp = %" PRIu64, f->matched);
	if (f->file) {
		if (fclose(f->file) != 0 && !f->error)
			f->error = -errno;
		f->file = NULL;
	}
	return f->error ? error_set(err, f->error, "Error writing %s (%s)", f->name,
				    strerror(-f->error))
			: 0;
}

bool cli_filter_is_json(const struct cli_filter *f)
{
	return f && f->kind->json;
}

void cli_filter_free(struct cli_filter *f)
{
	if (!f)
		return;
	if (f->file)
		fclose(f->file);
	regex_free(f->regex);
	alloc_free(f);
}
