#include "base/regex.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include <re2/re2.h>
#include <re2/set.h>

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

/*
 * The automaton of a set is made while it runs, up to this much. RE2 wants room for twenty of its largest
 * states, which hold four bytes for each step of each pattern.
 */
static const int64_t set_memory = 8 << 20;
static const int64_t set_memory_each = 16 << 10;

struct regex_set {
	RE2::Set set;
	/* To be tried one by one where the automaton has no room; made when that happens first. */
	std::vector<std::string> patterns;
	mutable std::vector<int> found;
	mutable uint64_t overruns = 0;

	explicit regex_set(const RE2::Options &o) : set(o, RE2::UNANCHORED)
	{
	}
};

static RE2::Options set_options(size_t count)
{
	RE2::Options o = options();

	o.set_max_mem(set_memory + set_memory_each * (int64_t)count);
	return o;
}

static struct regex_set *fill_set(void *place, const char *const *patterns, size_t count,
				  struct error *err)
{
	struct regex_set *s = new (place) struct regex_set(set_options(count));
	std::string why;

	for (size_t i = 0; i < count; i++) {
		s->patterns.push_back(patterns[i]);
		if (s->set.Add(patterns[i], &why) >= 0)
			continue;
		error_set(err, -EINVAL, "regular expression %zu: %.160s", i, why.c_str());
		regex_set_free(s);
		return NULL;
	}
	if (s->set.Compile())
		return s;
	error_set(err, -ENOMEM, "regular expressions: together they need too much memory");
	regex_set_free(s);
	return NULL;
}

struct regex_set *regex_set_new(const char *const *patterns, size_t count, struct error *err)
{
	void *place = alloc_zero(sizeof(struct regex_set));

	try {
		if (place)
			return fill_set(place, patterns, count, err);
	} catch (const std::bad_alloc &) {
		/* Its destructor ran as far as it had come. */
		alloc_free(place);
	}
	error_set(err, -ENOMEM, "regular expressions: out of memory");
	return NULL;
}

/* Slow and right: a pattern at a time. */
static void match_each(const struct regex_set *s, const re2::StringPiece &text)
{
	s->overruns++;
	s->found.clear();
	for (size_t i = 0; i < s->patterns.size(); i++)
		if (RE2::PartialMatch(text, RE2(s->patterns[i], options())))
			s->found.push_back((int)i);
}

size_t regex_set_match(const struct regex_set *set, const char *text, size_t len, uint32_t *out,
		       size_t max)
{
	re2::StringPiece piece(text, len);
	RE2::Set::ErrorInfo info = {RE2::Set::kNoError};

	if (set->patterns.empty())
		return 0;
	if (!set->set.Match(piece, &set->found, &info)) {
		set->found.clear();
		if (info.kind != RE2::Set::kNoError)
			match_each(set, piece);
	}
	for (size_t i = 0; i < set->found.size() && i < max; i++)
		out[i] = (uint32_t)set->found[i];
	return set->found.size();
}

uint64_t regex_set_overruns(const struct regex_set *set)
{
	return set->overruns;
}

void regex_set_free(struct regex_set *set)
{
	if (!set)
		return;
	set->~regex_set();
	alloc_free(set);
}
