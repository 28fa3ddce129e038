/*
 * Values that are polled: an entry condition fires, an exit condition or a time arms it again.
 */
#include "lua/match/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const op_names[] = {"gt", "ge", "eq", "ne", "lt", "le"};
static const char *const kind_names[] = {"value", "increment", "rate"};

static int find_name(const char *const *names, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], text))
			return (int)i;
	return -EINVAL;
}

int match_op_parse(const char *text, enum match_op *out)
{
	int i = find_name(op_names, sizeof(op_names) / sizeof(op_names[0]), text);

	if (i >= 0)
		*out = (enum match_op)i;
	return i < 0 ? i : 0;
}

int match_kind_parse(const char *text, enum match_kind *out)
{
	int i = find_name(kind_names, sizeof(kind_names) / sizeof(kind_names[0]), text);

	if (i >= 0)
		*out = (enum match_kind)i;
	return i < 0 ? i : 0;
}

/* way: below 0 less, 0 the same, over 0 more. */
static bool op_says(enum match_op op, int way)
{
	switch (op) {
	case MATCH_GT:
		return way > 0;
	case MATCH_GE:
		return way >= 0;
	case MATCH_EQ:
		return way == 0;
	case MATCH_NE:
		return way != 0;
	case MATCH_LT:
		return way < 0;
	case MATCH_LE:
		return way <= 0;
	}
	return false;
}

bool match_op_holds(enum match_op op, double value, double than)
{
	return op_says(op, (value > than) - (value < than));
}

static bool number_of(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && !*end && *out - *out == 0; /* neither infinite nor no number */
}

bool match_op_texts(enum match_op op, const char *value, const char *than)
{
	double a, b;

	if (number_of(value, &a) && number_of(than, &b))
		return match_op_holds(op, a, b);
	return op_says(op, strcmp(value, than));
}

/* ---- the machine ----------------------------------------------------------------------------------- */

static bool condition_holds(const struct match_poll *p, const struct match_condition *c,
			    const struct match_reading *r)
{
	if (c->kind == MATCH_VALUE)
		return match_op_holds(c->op, r->value, c->than);
	/* A difference needs two readings. */
	return p->has_last &&
	       match_op_holds(c->op, c->kind == MATCH_RATE ? p->rate : r->delta, c->than);
}

static bool may_rest_no_longer(const struct match_poll *p, const struct match_reading *r,
			       uint64_t now_ms)
{
	bool left = p->exit.given && condition_holds(p, &p->exit, r);
	bool over = p->exit_ms && now_ms - p->entered_ms >= p->exit_ms;

	if (!p->exit.given && !p->exit_ms)
		return !condition_holds(p, &p->entry, r);
	if (p->exit_both && p->exit.given && p->exit_ms)
		return left && over;
	return left || over;
}

/* Per second; over several readings it is their moving average. */
static void measure_rate(struct match_poll *p, double delta, uint64_t now_ms)
{
	uint64_t gap = now_ms - p->last_ms;
	double now = gap ? delta * 1000 / (double)gap : 0;
	uint32_t n = p->average > 1 ? p->average : 1;

	p->rate += (now - p->rate) / n;
}

enum match_poll_says match_poll_step(struct match_poll *p, double value, uint64_t now_ms,
				     struct match_reading *out)
{
	enum match_poll_says says = MATCH_NOTHING;

	*out = (struct match_reading){value, p->has_last ? value - p->last : 0};
	if (p->has_last)
		measure_rate(p, out->delta, now_ms);
	if (p->resting) {
		if (may_rest_no_longer(p, out, now_ms)) {
			p->resting = false;
			says = p->exit_fires ? MATCH_LEFT : MATCH_NOTHING;
		}
	} else if (condition_holds(p, &p->entry, out)) {
		p->resting = true;
		p->entered_ms = now_ms;
		says = MATCH_ENTERED;
	}
	p->has_last = true;
	p->last = value;
	p->last_ms = now_ms;
	return says;
}
