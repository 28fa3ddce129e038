/*
 * Lines of a text as they lie in files: what stands around a configuration, what may be shown of a line.
 */
#include "cli/load_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define WORD_LEAST 3 /* of a shortened keyword before a secret */

static size_t word_at(const char *line, size_t *at)
{
	*at += strspn(line + *at, " \t");
	return strcspn(line + *at, " \t\r\n");
}

/* "conf/igure" against a typed word. */
static bool word_matches(const char *word, size_t len, const char *pattern, size_t pattern_len)
{
	const char *slash = memchr(pattern, '/', pattern_len);
	size_t least = slash ? (size_t)(slash - pattern) : pattern_len, at = 0;

	if (pattern_len == 1 && *pattern == '*')
		return len > 0;
	if (len < least)
		return false;
	for (size_t i = 0; i < pattern_len && at < len; i++) {
		if (pattern + i == slash)
			continue;
		if (tolower((unsigned char)word[at++]) != tolower((unsigned char)pattern[i]))
			return false;
	}
	return at == len && len <= pattern_len - (slash != NULL);
}

bool load_matches(const char *line, const char *pattern)
{
	size_t at = 0, in = 0;

	for (;;) {
		size_t len = word_at(line, &at), want = word_at(pattern, &in);

		if (want == 3 && strncmp(pattern + in, "**?", 3) == 0)
			return true;
		if (want == 2 && strncmp(pattern + in, "**", 2) == 0)
			return len > 0;
		if (!want || !len)
			return !want && !len;
		if (!word_matches(line + at, len, pattern + in, want))
			return false;
		at += len;
		in += want;
	}
}

static bool any_of(const char *line, const char *const *patterns)
{
	for (; *patterns; patterns++)
		if (load_matches(line, *patterns))
			return true;
	return false;
}

/* A captured terminal: "R1#", "R1#show running-config". */
static bool is_prompt(const char *line)
{
	static const char *const commands[] = {"sh/ow **", "more **",	 "term/inal **",
					       "ex/it",	   "copy **",	 "en/able",
					       "logo/ut",  "wr/ite **?", NULL};
	size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-/:");

	if (!name || (line[name] != '#' && line[name] != '>'))
		return false;
	line += name + 1;
	return !line[strspn(line, " \t\r")] || any_of(line, commands);
}

bool load_is_frame(const char *line)
{
	static const char *const frames[] = {
		"Building configuration...",
		"Current configuration : * bytes **?",
		"Current configuration: * bytes **?",
		"Using * out of * bytes **?",
		"Using * bytes **?",
		"Load for five secs: **",
		"Time source is **",
		NULL,
	};

	return any_of(line, frames) || is_prompt(line);
}

enum load_typed load_typed(const char *line)
{
	static const char *const nothing[] = {"conf/igure t/erminal", "en/able", NULL};
	static const char *const save[] = {"wr/ite", "wr/ite mem/ory",
					   "copy r/unning-config s/tartup-config", NULL};

	if (any_of(line, nothing))
		return LOAD_TYPED_NOTHING;
	if (any_of(line, save))
		return LOAD_TYPED_SAVE;
	if (load_matches(line, "end"))
		return LOAD_TYPED_END;
	if (load_matches(line, "ex/it"))
		return LOAD_TYPED_EXIT;
	if (load_matches(line, "do **"))
		return LOAD_TYPED_DO;
	return LOAD_TYPED_LINE;
}

static bool is_one_of(const char *word, size_t len, const char *const *keywords, bool shortened)
{
	for (; *keywords; keywords++) {
		size_t whole = strlen(*keywords);

		if ((len == whole || (shortened && len >= WORD_LEAST && len < whole)) &&
		    !strncasecmp(*keywords, word, len))
			return true;
	}
	return false;
}

/* May a secret stand behind this word? A beginning of what people shorten counts as one. */
static bool before_secret(const char *word, size_t len)
{
	static const char *const typed[] = {"secret", "password", "pre-shared-key", "community",
					    NULL};
	static const char *const written[] = {"key",
					      "key-string",
					      "md5",
					      "authentication-key",
					      "message-digest-key",
					      "passphrase",
					      "server-key",
					      "session-key",
					      "user-password",
					      "auth",
					      "priv",
					      NULL};

	return is_one_of(word, len, typed, true) || is_one_of(word, len, written, false);
}

void load_mask(const char *line, struct text *out)
{
	bool nhrp = load_matches(line, "ip nhrp authentication **");
	size_t at = 0, len;

	while ((len = word_at(line, &at)) > 0) {
		size_t behind = at + len;

		if (before_secret(line + at, len) || (nhrp && line[at] == 'a')) {
			text_add_n(out, line, behind);
			if (line[behind + strspn(line + behind, " \t\r\n")])
				text_add(out, " *****");
			return;
		}
		at = behind;
	}
	text_add_n(out, line, strcspn(line, "\r\n"));
}
