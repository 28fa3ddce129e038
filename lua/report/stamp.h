/*
 * report/stamp: points in time as RFC 3339 writes them, and offsets from UTC. All arithmetic is here:
 * the C library's takes locks and reads files, which the child that writes may not. Pure.
 */
#ifndef LUA_REPORT_STAMP_H
#define LUA_REPORT_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAMP_SIZE 48

/* "2026-11-25T03:45:12.345+01:00": milliseconds since 1970 UTC, and the offset in minutes (NULL: not
 * wanted). A fraction beyond milliseconds is cut. false: it is none, or not of the years 1970 to 9999. */
bool stamp_parse(const char *text, int64_t *ms, int *offset_minutes);
/* The offset in "+01:00", "+0100", "UTC", "Z", "CET (UTC+01:00)": the last one that is written there. */
bool stamp_zone(const char *zone, int *offset_minutes);
/* "2026-11-25 03:45:12.345". Returns buf. */
const char *stamp_date(int64_t ms, int offset_minutes, char buf[STAMP_SIZE]);
/* "03:45:12.345". Returns buf. */
const char *stamp_clock(int64_t ms, int offset_minutes, char buf[STAMP_SIZE]);
/* "UTC", "UTC+01:00". Returns buf. */
const char *stamp_offset(int offset_minutes, char buf[STAMP_SIZE]);
/* "2 days 3 h", "3 min 12 s", "1.234 s", "12 ms"; of a negative one its amount. Returns buf. */
const char *stamp_span(int64_t ms, char buf[STAMP_SIZE]);

#endif
