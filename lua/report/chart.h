/*
 * report/chart: the SAs of both ends over time, the exchanges and the refused packets, as inline SVG:
 * widths in percent and heights in pixels, so that it fits any screen without a script. Pure.
 */
#ifndef LUA_REPORT_CHART_H
#define LUA_REPORT_CHART_H

#include "base/text.h"
#include "lua/report/story.h"

/* Nothing is drawn (false) where no time is known. */
bool chart_write(struct text *out, const struct story *s, int offset_minutes);

#endif
