/*
 * clock: readings of the machine's clocks, at the edge only; everything inside takes time as a
 * parameter. Wall-clock time is for people's eyes.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t clock_boot_ms(void); /* CLOCK_BOOTTIME */
uint64_t clock_boot_us(void);
uint64_t clock_wall_ms(void);	 /* CLOCK_REALTIME */
bool clock_wall_is_synced(void); /* adjtimex: false → the mark `*` before time stamps */
/* "Sep  2 13:27:57.707" (UTC), as routers print it. buf ≥ 32. */
const char *clock_stamp(uint64_t wall_ms, char *buf, size_t size);
/* "00:01:47", "1d02h", "3w2d". */
const char *clock_uptime(uint64_t ms, char *buf, size_t size);

#endif
