#include "cli/telnet/entry.h"

#include "base/secret.h"

#define CTRL_C '\003'
#define CTRL_D '\004'
#define CTRL_U '\025'
#define CTRL_Z '\032'

void entry_begin(struct entry *e, bool shown)
{
	entry_wipe(e);
	e->shown = shown;
}

void entry_wipe(struct entry *e)
{
	secret_wipe(e, sizeof(*e));
}

static void erase(struct entry *e, struct text *echo)
{
	if (e->len == 0)
		return;
	e->text[--e->len] = '\0';
	if (e->shown)
		text_add(echo, "\b \b");
}

static void add(struct entry *e, int key, struct text *echo)
{
	if (e->len == ENTRY_MAX) {
		e->too_long = true;
		return;
	}
	e->text[e->len++] = (char)key;
	if (e->shown)
		text_addf(echo, "%c", key);
}

enum entry_step entry_key(struct entry *e, int key, struct text *echo)
{
	if (key == '\r' || key == '\n') {
		text_add(echo, "\r\n");
		return ENTRY_DONE;
	}
	if (key == CTRL_C || key == CTRL_D || key == CTRL_Z)
		return ENTRY_ABORT;
	if (key == '\b' || key == 0x7f) {
		erase(e, echo);
	} else if (key == CTRL_U) {
		while (e->len > 0)
			erase(e, echo);
		e->too_long = false;
	} else if (key >= ' ') {
		add(e, key, echo);
	}
	return ENTRY_MORE;
}
