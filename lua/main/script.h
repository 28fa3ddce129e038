/*
 * main/script: policies that are files in Lua: their text, and the registration that stands at its
 * beginning, which a worker reads.
 */
#ifndef LUA_MAIN_SCRIPT_H
#define LUA_MAIN_SCRIPT_H

#include <stdint.h>

#include <jansson.h>

struct eem;

/* Reads the file, has a worker run its registration, registers it when that is over. What is wrong is said. */
void script_make(struct eem *e, const json_t *entry, const uint32_t marks[2]);
/* The text of a policy's file in the folder of policies; the caller's. NULL: err says why. */
struct error;
char *script_text(const struct eem *e, const char *file, struct error *err);
void scripts_free(struct eem *e); /* registrations that run; after the pool */
/* Files of that folder, [{"name","time"}]; the caller's. */
json_t *script_list(const struct eem *e);

/* Scripts are read anew from their files, those of a name or whose name matches a pattern: {"output":[…]}, a
 * line each. The caller's. */
json_t *scripts_update(struct eem *e, const json_t *input);

#endif
