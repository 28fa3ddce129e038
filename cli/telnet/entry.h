/*
 * telnet/entry: a line that is typed before there is a session: a name, a password. Pure.
 */
#ifndef CLI_TELNET_ENTRY_H
#define CLI_TELNET_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define ENTRY_MAX 255

enum entry_step { ENTRY_MORE, ENTRY_DONE, ENTRY_ABORT };

struct entry {
	char text[ENTRY_MAX + 1];
	size_t len;
	bool shown;    /* is echoed */
	bool too_long; /* stays so until it is erased: it is not cut */
};

void entry_begin(struct entry *e, bool shown);
/* One key, 0–255; what is to be echoed is appended to echo. */
enum entry_step entry_key(struct entry *e, int key, struct text *echo);
void entry_wipe(struct entry *e);

#endif
