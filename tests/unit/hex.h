/* hex: bytes written as text in tests: two digits a byte, spaces between bytes as one likes. */
#ifndef TESTS_UNIT_HEX_H
#define TESTS_UNIT_HEX_H

#include <stdint.h>
#include <stdio.h>

#include "base/reader.h"

static inline size_t unhex(const char *text, uint8_t *out, size_t cap)
{
	size_t len = 0;
	unsigned int byte;
	int used;

	while (len < cap && sscanf(text, " %2x%n", &byte, &used) == 1) {
		out[len++] = (uint8_t)byte;
		text += used;
	}
	return len;
}

/* In one of a few buffers, taken in turn: enough for what one call is given. */
static inline struct view hex(const char *text)
{
	static uint8_t buffers[16][1024];
	static unsigned int turn;
	uint8_t *at = buffers[turn++ % 16];

	return (struct view){at, unhex(text, at, sizeof(buffers[0]))};
}

#endif
