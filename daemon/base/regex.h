/*
 * regex: RE2 behind a C face: linear time, bounded memory, no back-references (refused by name).
 * POSIX extended syntax as routers take it, plus RE2's own classes.
 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct regex;

#ifdef __cplusplus
extern "C" {
#endif
/* NULL: err says what is wrong with the pattern, or that there is no memory. */
struct regex *regex_new(const char *pattern, struct error *err);
bool regex_match(const struct regex *re, const char *text, size_t len); /* anywhere in text */
void regex_free(struct regex *re);					/* NULL is fine */
#ifdef __cplusplus
}
#endif

#endif
