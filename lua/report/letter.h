/*
 * report/letter: the incident as a letter to the operator of the other end: plain text of at most 72
 * columns, in their time zone, by their SPIs, with what they should look at. Its first line is a
 * subject and the second is empty, so that it can be mailed as it is. Pure.
 */
#ifndef LUA_REPORT_LETTER_H
#define LUA_REPORT_LETTER_H

#include "base/text.h"
#include "lua/report/story.h"

void letter_write(struct text *out, const struct story *s);

#endif
