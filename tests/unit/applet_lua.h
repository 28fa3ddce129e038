/*
 * applet_lua: runs what applet_compile() makes in a plain Lua with tests/eem/fake.lua: the effects are a
 * list of lines. Used by the tests of applets.
 */
#ifndef TESTS_UNIT_APPLET_LUA_H
#define TESTS_UNIT_APPLET_LUA_H

#include <stddef.h>

#include "base/text.h"

struct applet_world {
	const char *event;	 /* Lua table, NULL: {} */
	const char *environment; /* Lua table, NULL: {} */
	const char *answers;	 /* Lua table of lists by operation, NULL: {} */
};

/* Lines of effects; then "status: X" where one was set, "error: X" where it failed. */
void applet_lua_run(const char *chunk, const struct applet_world *world, struct text *out);

#endif
