/*
 * pattern: Lua's patterns (Lua 5.4 manual, 6.4.1) with a budget of steps: a pattern that would backtrack
 * for years ends when its steps are used up.
 *
 * A pattern is compiled to a list of items; matching walks it with a list of choices to come back to, so
 * that the C stack does not grow with text or pattern. No Lua here, no allocation, no effects: memory
 * comes from the caller, of the size that pattern_space() tells.
 */
#ifndef LUA_WORKER_PATTERN_H
#define LUA_WORKER_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_CAPTURES 32 /* as in Lua */

struct error;
struct pattern;

enum pattern_found {
	PATTERN_NONE,
	PATTERN_FOUND,
	PATTERN_EXHAUSTED, /* the steps are used up: nothing is known */
};

/* Bytes of text from start to end (one behind the last). */
struct pattern_range {
	size_t start, end;
	bool position; /* "()": start alone counts */
};

/* Bytes that a pattern of this length may need, suitably aligned for anything; 0: too long. */
size_t pattern_space(size_t len);
/*
 * p: zeroed or not, of pattern_space(len) bytes. anchors: "^" at the beginning is an anchor (it is a
 * character in gmatch). 0, or -EINVAL: err says what is malformed, in Lua's words.
 */
int pattern_compile(struct pattern *p, const char *text, size_t len, bool anchors,
		    struct error *err);
/* The first match that starts at `from` or, where the pattern is not anchored, later. steps: how many may
 * still be taken; what was used is taken off. Ranges are of the pattern's last search. */
enum pattern_found pattern_search(struct pattern *p, const char *text, size_t len, size_t from,
				  uint64_t *steps);
struct pattern_range pattern_whole(const struct pattern *p);
size_t pattern_captures(const struct pattern *p);
struct pattern_range pattern_capture(const struct pattern *p, size_t index);
bool pattern_anchored(const struct pattern *p);

#endif
