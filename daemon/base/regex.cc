#include "base/regex.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include <re2/re2.h>

#include "base/alloc.h"

/* A pattern is typed by a person; what compiles to more than this is a mistake or an attack. */
static const int64_t max_memory = 1 << 20;
static const size_t max_pattern = 1024;

struct regex {
	RE2 re2;
	explicit regex(const char *pattern, const RE2::Options &options) : re2(pattern, options)
	{
	}
};

static RE2::Options options()
{
	/* Latin-1: a log line may hold any byte, and must not fail to match for a broken UTF-8. */
	RE2::Options o(RE2::Latin1);

	o.set_posix_syntax(true);
	o.set_perl_classes(true);
	o.set_word_boundary(true);
	o.set_one_line(true);
	o.set_never_capture(true);
	o.set_log_errors(false);
	o.set_max_mem(max_memory);
	return o;
}

/* RE2 reports a back-reference as a bad escape; a person should read what it is. */
static bool is_back_reference(const RE2 &re2)
{
	const std::string &arg = re2.error_arg();

	return re2.error_code() == RE2::ErrorBadEscape && arg.size() >= 2 && arg[1] >= '1' &&
	       arg[1] <= '9';
}

static void explain(const RE2 &re2, struct error *err)
{
	const char *arg = re2.error_arg().c_str();

	if (is_back_reference(re2))
		error_set(err, -EINVAL,
			  "regular expression: back-reference %.100s is not supported", arg);
	else if (re2.error_code() == RE2::ErrorPatternTooLarge)
		error_set(err, -EINVAL, "regular expression: needs too much memory");
	else
		error_set(err, -EINVAL, "regular expression: %.160s", re2.error().c_str());
}

struct regex *regex_new(const char *pattern, struct error *err)
{
	void *place = NULL;
	struct regex *re = NULL;

	if (strlen(pattern) > max_pattern) {
		error_set(err, -EINVAL, "regular expression: longer than %zu characters",
			  max_pattern);
		return NULL;
	}
	place = alloc_zero(sizeof(struct regex));
	try {
		if (place)
			re = new (place) struct regex(pattern, options());
	} catch (const std::bad_alloc &) {
		alloc_free(place);
	}
	if (!re) {
		error_set(err, -ENOMEM, "regular expression: out of memory");
		return NULL;
	}
	if (!re->re2.ok()) {
		explain(re->re2, err);
		regex_free(re);
		return NULL;
	}
	return re;
}

bool regex_match(const struct regex *re, const char *text, size_t len)
{
	return RE2::PartialMatch(re2::StringPiece(text, len), re->re2);
}

void regex_free(struct regex *re)
{
	if (!re)
		return;
	re->~regex();
	alloc_free(re);
}
