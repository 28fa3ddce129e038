#include "cli/term/pager.h"

#include <limits.h>
#include <string.h>

#include "base/regex.h"

/* The last row is for the question. */
static unsigned int page(const struct pager *p)
{
	if (p->length == 0)
		return UINT_MAX;
	return p->length > 2 ? p->length - 1 : 1;
}

void pager_begin(struct pager *p, unsigned int length, unsigned int width)
{
	pager_end(p);
	p->length = length;
	p->width = width;
	p->room = page(p);
}

static unsigned int rows_of(const struct pager *p, size_t columns)
{
	size_t rows = p->width > 0 && columns > 0 ? (columns + p->width - 1) / p->width : 1;

	return rows > 10000 ? 10000 : (unsigned int)rows;
}

static bool is_seen(struct pager *p, const char *line)
{
	bool match = p->regex && regex_match(p->regex, line, strlen(line));

	switch (p->filter) {
	case PAGER_SEARCH:
		if (match)
			p->filter = PAGER_ALL;
		return match;
	case PAGER_INCLUDE:
		return match;
	case PAGER_EXCLUDE:
		return !match;
	default:
		return true;
	}
}

enum pager_step pager_offer(struct pager *p, const char *line, size_t columns)
{
	unsigned int rows = rows_of(p, columns);

	if (!is_seen(p, line))
		return PAGER_SKIP;
	if (p->length == 0)
		return PAGER_PRINT;
	if (p->room == 0)
		return PAGER_ASK;
	/* A line that is longer than what is left is begun all the same: it may be longer than a page. */
	p->room = rows < p->room ? p->room - rows : 0;
	return PAGER_PRINT;
}

enum pager_key pager_key(struct pager *p, int key)
{
	switch (key) {
	case ' ':
		p->room = page(p);
		return PAGER_GO_ON;
	case '\r':
	case '\n':
		p->room = 1;
		return PAGER_GO_ON;
	case '/':
	case '+':
	case '-':
		return PAGER_PATTERN;
	default:
		return PAGER_STOP;
	}
}

int pager_pattern(struct pager *p, int key, const char *pattern, struct error *err)
{
	struct regex *regex = regex_new(pattern, err);

	if (!regex)
		return err->code;
	regex_free(p->regex);
	p->regex = regex;
	p->filter = key == '/' ? PAGER_SEARCH : key == '+' ? PAGER_INCLUDE : PAGER_EXCLUDE;
	p->room = page(p);
	return 0;
}

void pager_end(struct pager *p)
{
	regex_free(p->regex);
	p->regex = NULL;
	p->filter = PAGER_ALL;
}
