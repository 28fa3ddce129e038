/* render_internal: the child's confinement, for its test. */
#ifndef LUA_REPORT_RENDER_INTERNAL_H
#define LUA_REPORT_RENDER_INTERNAL_H

#include <stdint.h>

/* Closes all but `fd`, takes limits (memory: bytes of address space so far, 0: none) and the filter.
 * 0 or not. */
int render_confine(int fd, uint64_t memory);

#endif
