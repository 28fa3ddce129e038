/*
 * term/clean: text on its way to a terminal. A log line or a name may hold any byte: what could steer
 * the terminal (control characters, C1, directions of writing) or is no UTF-8 is shown as \xHH or
 * \u{HHHH}, never sent. Pure.
 */
#ifndef CLI_TERM_CLEAN_H
#define CLI_TERM_CLEAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The character at `s` and how many bytes it has; 0: no UTF-8 there. */
size_t utf8_decode(const char *s, size_t len, uint32_t *c);
/* At most four bytes; returns how many. */
size_t utf8_encode(uint32_t c, char out[4]);
/* Columns of a character: 1 or 2; 0: it is not to be sent as it is. */
unsigned int clean_width(uint32_t c);
/* Appends `s` as it may be sent, tabs as blanks; returns its columns. */
size_t clean_add(struct text *out, const char *s, size_t len);

#endif
