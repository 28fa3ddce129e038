/* aaa/line: the settings of one line, each from the narrowest entry that has it. */
#include <string.h>

#include "aaa/aaa_internal.h"
#include "base/text.h"

static unsigned int width_of(const struct line_object *l)
{
	return l->last - l->first;
}

/* Takes what the entry sets and no narrower one has set. */
static void lay(struct aaa_line *out, unsigned int *have, const struct line_object *l)
{
	unsigned int news = l->has & ~*have;
	const struct aaa_line *set = &l->set;

	if (news & LINE_TIMEOUT)
		out->exec_timeout_s = set->exec_timeout_s;
	if (news & LINE_ACCESS)
		text_copy(out->access_class, sizeof(out->access_class), set->access_class);
	if (news & LINE_TRANSPORT) {
		out->ssh = set->ssh;
		out->telnet = set->telnet;
	}
	if (news & LINE_PRIVILEGE)
		out->privilege = set->privilege;
	if (news & LINE_SYNCHRONOUS)
		out->synchronous = set->synchronous;
	if (news & LINE_LENGTH)
		out->length = set->length;
	if (news & LINE_WIDTH)
		out->width = set->width;
	if (news & LINE_HISTORY)
		out->history = set->history;
	if (news & LINE_LIMIT) {
		out->session_limit = set->session_limit;
		out->limit_first = l->first;
		out->limit_last = l->last;
	}
	*have |= l->has;
}

/* The narrowest entry with the line that is wider than `than`, or as wide and behind it in the list. */
static const struct object *next_wider(const struct aaa *a, enum aaa_line_kind kind, uint8_t number,
				       const struct object *than)
{
	const struct object *best = NULL;
	const struct list *it;
	bool behind = !than;

	list_for_each(it, &a->objects)
	{
		const struct object *o = list_entry(it, const struct object, node);
		const struct line_object *l = &o->line;

		if (o->kind != OBJECT_LINE || l->kind != kind || number < l->first ||
		    number > l->last)
			continue;
		if (o == than) {
			behind = true;
			continue;
		}
		if (than && width_of(l) + behind <= width_of(&than->line))
			continue;
		if (!best || width_of(l) < width_of(&best->line))
			best = o;
	}
	return best;
}

void aaa_line(const struct aaa *a, enum aaa_line_kind kind, uint8_t number, struct aaa_line *out)
{
	const struct object *o = NULL;
	unsigned int have = 0;

	*out = (struct aaa_line){.exec_timeout_s = 600,
				 .ssh = true,
				 .telnet = true,
				 .privilege = 1,
				 .length = 24,
				 .width = 80,
				 .history = 10};
	while ((o = next_wider(a, kind, number, o)))
		lay(out, &have, &o->line);
	out->has_privilege = have & LINE_PRIVILEGE;
	out->has_length = have & LINE_LENGTH;
	out->has_width = have & LINE_WIDTH;
}

unsigned int aaa_vty_count(const struct aaa *a)
{
	unsigned int count = AAA_VTY_LEAST;
	const struct list *it;

	list_for_each(it, &a->objects)
	{
		const struct object *o = list_entry(it, const struct object, node);

		if (o->kind == OBJECT_LINE && o->line.kind == AAA_VTY && o->line.last >= count)
			count = o->line.last + 1u;
	}
	return count;
}
