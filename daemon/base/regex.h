/*
 * regex: RE2 behind a C face: linear time, bounded memory, no back-references (refused by name).
 * POSIX extended syntax as routers take it, plus RE2's own classes.
 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct regex;
struct regex_set;

#ifdef __cplusplus
extern "C" {
#endif
/* NULL: err says what is wrong with the pattern, or that there is no memory. */
struct regex *regex_new(const char *pattern, struct error *err);
bool regex_match(const struct regex *re, const char *text, size_t len); /* anywhere in text */
void regex_free(struct regex *re);					/* NULL is fine */

/*
 * Many patterns in one automaton: what a text costs hardly grows with their number. Patterns are copied;
 * each is one that regex_new() takes (the caller has asked it: what needs too much alone is refused
 * there). NULL: out of memory, or err names the index of the pattern that does not compile.
 */
struct regex_set *regex_set_new(const char *const *patterns, size_t count, struct error *err);
/*
 * The indices of the patterns that are found anywhere in text, in any order, at most max of them: how
 * many there are. They are written to out.
 */
size_t regex_set_match(const struct regex_set *set, const char *text, size_t len, uint32_t *out,
		       size_t max);
/* How often the automaton ran out of its memory, so that the patterns were tried one by one. */
uint64_t regex_set_overruns(const struct regex_set *set);
void regex_set_free(struct regex_set *set); /* NULL is fine */
#ifdef __cplusplus
}
#endif

#endif
