#include "tests/unit/unit.h"

#include "tests/unit/applet_lua.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#define GROUPS 4

/* The event manager's is RE2; these tests' patterns mean the same in both. */
static int match(lua_State *lua)
{
	const char *pattern = luaL_checkstring(lua, 1), *text = luaL_checkstring(lua, 2);
	regmatch_t at[GROUPS];
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED)) {
		lua_pushnil(lua);
		lua_pushliteral(lua, "the pattern is wrong");
		return 2;
	}
	if (regexec(&re, text, GROUPS, at, 0)) {
		lua_pushboolean(lua, 0);
	} else {
		lua_newtable(lua);
		for (int i = 0; i < GROUPS && at[i].rm_so >= 0; i++) {
			lua_pushlstring(lua, text + at[i].rm_so,
					(size_t)(at[i].rm_eo - at[i].rm_so));
			lua_rawseti(lua, -2, i + 1);
		}
	}
	regfree(&re);
	return 1;
}

static void must(lua_State *lua, int rc)
{
	if (rc)
		fail_msg("%s", lua_tostring(lua, -1));
}

static void push_table(lua_State *lua, const char *table)
{
	char *chunk = alloc_printf("return %s", table ? table : "{}");

	must(lua, luaL_loadstring(lua, chunk) || lua_pcall(lua, 0, 1, 0));
	alloc_free(chunk);
}

/* Leaves the list of effects on the stack. */
static void load_world(lua_State *lua, const struct applet_world *world)
{
	must(lua, luaL_loadfile(lua, TEST_EEM "/fake.lua"));
	push_table(lua, world->answers);
	push_table(lua, world->event);
	push_table(lua, world->environment);
	lua_pushcfunction(lua, match);
	must(lua, lua_pcall(lua, 4, 1, 0));
	must(lua, luaL_loadfile(lua, TEST_RUNTIME) || lua_pcall(lua, 0, 0, 0));
}

static void add_trace(lua_State *lua, int trace, struct text *out)
{
	for (lua_Integer i = 1; lua_rawgeti(lua, trace, i) == LUA_TSTRING; i++) {
		text_addf(out, "%s\n", lua_tostring(lua, -1));
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
}

void applet_lua_run(const char *chunk, const struct applet_world *world, struct text *out)
{
	lua_State *lua = luaL_newstate();
	int trace, rc;

	assert_non_null(lua);
	luaL_openlibs(lua);
	load_world(lua, world);
	trace = lua_gettop(lua);
	must(lua, luaL_loadbufferx(lua, chunk, strlen(chunk), "=applet", "t"));
	rc = lua_pcall(lua, 0, 1, 0);
	add_trace(lua, trace, out);
	if (rc)
		text_addf(out, "error: %s\n", luaL_tolstring(lua, -1, NULL));
	else if (!lua_isnil(lua, trace + 1))
		text_addf(out, "status: %s\n", lua_tostring(lua, trace + 1));
	lua_close(lua);
}
