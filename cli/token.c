#include "cli/token.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>

#include "base/addr.h"

#define MANAGER_LEAST 3 /* so much of the word "manager" is meant to be it */
#define WORD_MAX      64
#define STRING_MAX    128
#define INTERFACE_MAX 15
#define SECRET_LIMIT  (TOKEN_VALUE_MAX - 1) /* the daemon says how long a secret may be */
#define LINE_LIMIT    240
#define PATH_LIMIT    255

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The offset behind the closing quote of a word that begins at `at`; 0: it is not a quoted word. */
static size_t quoted_end(const char *line, size_t at, bool pipes)
{
	if (line[at] != '"')
		return 0;
	for (at++; line[at] && line[at] != '"'; at++)
		if (line[at] == '\\' && (line[at + 1] == '"' || line[at + 1] == '\\'))
			at++;
	if (line[at] != '"')
		return 0;
	at++;
	return line[at] == '\0' || is_blank(line[at]) || (pipes && line[at] == '|') ? at : 0;
}

struct token token_next(const char *line, size_t from, bool pipes)
{
	struct token t = {0};

	while (is_blank(line[from]))
		from++;
	t.start = t.end = from;
	if (pipes && line[from] == '|') {
		t.end = from + 1;
		return t;
	}
	t.end = quoted_end(line, from, pipes);
	t.quoted = t.end > 0;
	if (t.quoted)
		return t;
	for (t.end = from; line[t.end] && !is_blank(line[t.end]); t.end++)
		if (pipes && line[t.end] == '|')
			break;
	return t;
}

struct token token_rest(const char *line, size_t from)
{
	struct token t = {.rest = true};

	while (is_blank(line[from]))
		from++;
	t.start = from;
	t.end = from + strlen(line + from);
	while (t.end > t.start && is_blank(line[t.end - 1]))
		t.end--;
	return t;
}

bool token_value(const char *line, const struct token *t, char *out, size_t size)
{
	size_t at = t->start, end = t->end, n = 0;

	if (t->quoted) {
		at++;
		end--;
	}
	for (; at < end; at++) {
		if (t->quoted && line[at] == '\\' && at + 1 < end &&
		    (line[at + 1] == '"' || line[at + 1] == '\\'))
			at++;
		if (n + 1 >= size)
			return false;
		out[n++] = line[at];
	}
	out[n] = '\0';
	return true;
}

static bool range_of(const char *type, uint64_t *min, uint64_t *max)
{
	char low[24];
	const char *dash = strchr(type, '-');

	if (!isdigit((unsigned char)type[0]) || !dash || (size_t)(dash - type) >= sizeof(low))
		return false;
	snprintf(low, sizeof(low), "%.*s", (int)(dash - type), type);
	return text_u64(low, 0, UINT64_MAX, min) == 0 &&
	       text_u64(dash + 1, 0, UINT64_MAX, max) == 0;
}

bool token_is_number(const char *type)
{
	uint64_t min, max;

	return range_of(type, &min, &max);
}

/* A number fails at the digit that carries it over the range; too small a one at its first. */
static size_t accept_number(uint64_t min, uint64_t max, const char *word, bool *ok)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; isdigit((unsigned char)word[n]); n++) {
		unsigned int digit = (unsigned int)(word[n] - '0');

		if (v > (max - digit) / 10 || digit > max)
			return n;
		v = v * 10 + digit;
	}
	if (n == 0 || word[n])
		return n;
	if (v < min)
		return 0;
	*ok = true;
	return n;
}

static size_t accept_number_or_hex(const char *word, bool *ok)
{
	size_t n = 2;

	if (word[0] != '0' || (word[1] | 0x20) != 'x')
		return accept_number(0, UINT32_MAX, word, ok);
	while (isxdigit((unsigned char)word[n]) && n < 10)
		n++;
	*ok = n > 2 && word[n] == '\0';
	return n;
}

/* A dotted quad, character by character. */
static size_t accept_quad(const char *word, bool *ok)
{
	unsigned int value = 0, digits = 0, dots = 0;
	size_t n = 0;

	for (; word[n]; n++) {
		if (word[n] == '.') {
			if (digits == 0 || dots == 3)
				return n;
			dots++;
			digits = value = 0;
			continue;
		}
		if (!isdigit((unsigned char)word[n]) || (digits > 0 && value == 0))
			return n;
		value = value * 10 + (unsigned int)(word[n] - '0');
		if (value > 255)
			return n;
		digits++;
	}
	*ok = dots == 3 && digits > 0;
	return n;
}

static size_t accept_ipv6(const char *word, bool *ok)
{
	struct in6_addr a;
	size_t n = strspn(word, "0123456789abcdefABCDEF:.");

	if (!strchr(word, ':'))
		return strspn(word, "0123456789abcdefABCDEF");
	*ok = word[n] == '\0' && inet_pton(AF_INET6, word, &a) == 1;
	return n;
}

/* Without a colon the error is that of the dotted quad: it is what people type. */
static size_t accept_ip(const char *word, bool *ok)
{
	bool six = false;
	size_t four_len = accept_quad(word, ok), six_len = accept_ipv6(word, &six);

	if (*ok || (!six && !strchr(word, ':')))
		return four_len;
	*ok = six;
	return six_len > four_len ? six_len : four_len;
}

static size_t accept_prefix(const char *word, bool *ok)
{
	size_t len = strcspn(word, "/");
	bool address = false, length = false;
	char head[ADDR_STRLEN];
	size_t n;

	if (len >= sizeof(head))
		return sizeof(head) - 1;
	snprintf(head, sizeof(head), "%.*s", (int)len, word);
	n = accept_ip(head, &address);
	if (!address || word[len] != '/')
		return n;
	n = len + 1 + accept_number(0, strchr(head, ':') ? 128 : 32, word + len + 1, &length);
	*ok = length;
	return n;
}

static uint32_t quad_value(const char *word)
{
	struct in_addr a = {0};

	return inet_pton(AF_INET, word, &a) == 1 ? ntohl(a.s_addr) : 0;
}

/* Masks and wildcards have to be whole prefixes: the kernel's selectors know no others. */
static size_t accept_mask(const char *word, bool wildcard, bool *ok)
{
	bool quad = false;
	size_t n = accept_quad(word, &quad);
	uint32_t v;

	if (!quad)
		return n;
	v = quad_value(word);
	*ok = prefix_len_from_wildcard(wildcard ? v : ~v) >= 0;
	return *ok ? n : 0;
}

static size_t accept_text(const char *word, size_t limit, bool blanks, bool *ok)
{
	size_t n = 0;

	while (word[n] && n < limit &&
	       (isgraph((unsigned char)word[n]) || (blanks && word[n] == ' ')))
		n++;
	*ok = n > 0 && word[n] == '\0';
	return n;
}

/* `event manager …` is the next applet, not an event. */
static bool is_manager(const char *word)
{
	size_t len = strcspn(word, " \t");

	return len >= MANAGER_LEAST && len <= strlen("manager") &&
	       strncasecmp(word, "manager", len) == 0;
}

size_t token_accept(const char *type, const char *word, bool *ok)
{
	uint64_t min, max;

	*ok = false;
	if (range_of(type, &min, &max))
		return accept_number(min, max, word, ok);
	if (strcmp(type, "ipv4") == 0)
		return accept_quad(word, ok);
	if (strcmp(type, "ipv6") == 0)
		return accept_ipv6(word, ok);
	if (strcmp(type, "ip") == 0)
		return accept_ip(word, ok);
	if (strcmp(type, "prefix") == 0)
		return accept_prefix(word, ok);
	if (strcmp(type, "mask") == 0 || strcmp(type, "wildcard") == 0)
		return accept_mask(word, type[0] == 'w', ok);
	if (strcmp(type, "digits") == 0)
		return accept_number_or_hex(word, ok);
	if (strcmp(type, "interface") == 0)
		return accept_text(word, INTERFACE_MAX, false, ok);
	if (strcmp(type, "string") == 0)
		return accept_text(word, STRING_MAX, false, ok);
	if (strcmp(type, "secret") == 0)
		return accept_text(word, SECRET_LIMIT, true, ok);
	if (strcmp(type, "path") == 0)
		return accept_text(word, PATH_LIMIT, false, ok);
	if (strcmp(type, "line") == 0)
		return accept_text(word, LINE_LIMIT, true, ok);
	if (strcmp(type, "label") == 0)
		return accept_text(word, WORD_MAX, true, ok);
	if (strcmp(type, "event-text") == 0 && is_manager(word))
		return 0;
	if (token_is_text(type)) {
		*ok = *word != '\0';
		return strlen(word);
	}
	return accept_text(word, WORD_MAX, false, ok);
}

static const struct {
	const char *type, *help;
	int rank;
} types[] = {
	{"ipv4", "A.B.C.D", 4},
	{"mask", "A.B.C.D", 4},
	{"wildcard", "A.B.C.D", 4},
	{"ipv6", "X:X:X:X::X", 3},
	{"ip", "A.B.C.D", 3},
	{"prefix", "A.B.C.D/nn", 2},
	{"digits", "<0-0xFFFFFFFF>", 5},
	{"interface", "WORD", 1},
	{"secret", "LINE", 0},
	{"line", "LINE", 0},
	{"text", "LINE", 0},
	{"event-text", "LINE", 0},
	{"action-text", "LINE", 0},
	{"correlate-text", "LINE", 0},
	{"set-text", "LINE", 0},
	{"label", "WORD", 1},
	{"path", "WORD", 1},
	{"word", "WORD", 1},
	{"string", "WORD", 1},
};

const char *token_help_name(const char *type, char *buf, size_t size)
{
	if (token_is_number(type)) {
		snprintf(buf, size, "<%s>", type);
		return buf;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].help;
	return "WORD";
}

bool token_is_rest(const char *type)
{
	return strcmp(type, "line") == 0 || token_is_text(type);
}

bool token_is_text(const char *type)
{
	size_t len = strlen(type);

	return strcmp(type, "text") == 0 || (len > 5 && strcmp(type + len - 5, "-text") == 0);
}

bool token_is_type(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return true;
	return token_is_number(type);
}

int token_rank(const char *type)
{
	if (token_is_number(type))
		return 5;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].rank;
	return 1;
}

/* Quotes are put only where the word would not come back whole. */
void token_quote(const char *type, const char *value, struct text *out)
{
	if (strcmp(type, "line") == 0 || (token_is_text(type) && strcmp(type, "text") != 0) ||
	    (*value && *value != '"' && !strpbrk(value, " \t"))) {
		text_add(out, value);
		return;
	}
	text_add(out, "\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			text_add(out, "\\");
		text_add_n(out, value, 1);
	}
	text_add(out, "\"");
}
