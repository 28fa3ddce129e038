/* The machine: clock, parts, memory, load, our processes, our folders, packets dropped. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/state_internal.h"
#include "base/alloc.h"
#include "box/box.h"
#include "link/link.h"

#define PATH "/spindle-platform-state:platform-state/"

#define UNUSED                                                                                     \
	(void)filter;                                                                              \
	(void)max

static int clock_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	static const char *const trusts[] = {"synchronised", "lost", "never"};
	const struct api_rooms *rooms = ctx;
	json_t *o = json_object();
	struct box_clock c;

	UNUSED;
	box_clock(rooms->box, &c);
	put_time(o, "time", c.wall_ms);
	put_text(o, "trust", trusts[c.trust]);
	put_text(o, "source", c.trust == BOX_CLOCK_NEVER ? "hardware" : "ntp");
	if (c.trust == BOX_CLOCK_SYNCHRONISED)
		put_u64(o, "error", c.error_us);
	return state_one(o, cursor, out);
}

static int machine_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	json_t *o = json_object();
	struct box_machine m;

	UNUSED;
	box_machine(rooms->box, &m);
	put_text(o, "vendor", m.vendor);
	put_text(o, "product", m.product);
	put_text(o, "product-version", m.version);
	put_text(o, "serial-number", m.serial);
	put_text(o, "kernel", m.kernel);
	put_text(o, "architecture", m.architecture);
	put_text(o, "processor", m.processor);
	put_u32(o, "processors", m.processors);
	put_text(o, "image", m.image);
	put_u64(o, "uptime", m.uptime_ms);
	return state_one(o, cursor, out);
}

static int memory_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	struct box_memory m;
	json_t *o;

	UNUSED;
	*cursor = 0;
	if (box_memory(rooms->box, &m))
		return 0; /* nothing is said of it */
	o = json_object();
	put_u64(o, "total", m.total);
	put_u64(o, "used", m.total - m.free);
	put_u64(o, "free", m.free);
	put_u64(o, "lowest", m.lowest);
	put_u64(o, "largest", m.largest);
	return state_one(o, cursor, out);
}

static int load_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	json_t *o = json_object();
	struct box_load l;

	UNUSED;
	box_load(rooms->box, &l);
	put_u32(o, "five-seconds", l.five_seconds);
	put_u32(o, "interrupts", l.interrupts);
	put_u32(o, "one-minute", l.one_minute);
	put_u32(o, "five-minutes", l.five_minutes);
	return state_one(o, cursor, out);
}

static json_t *process_entry(const struct api_rooms *rooms, size_t index)
{
	struct box_process p;
	json_t *o;

	if (!box_process_get(rooms->box, index, &p))
		return NULL;
	o = json_object();
	put_text(o, "role", p.role);
	put_u32(o, "pid", (uint32_t)p.pid);
	put_u64(o, "runtime", p.runtime_ms);
	put_u64(o, "invoked", p.invoked);
	put_u32(o, "five-seconds", p.five_seconds);
	put_u32(o, "one-minute", p.one_minute);
	put_u32(o, "five-minutes", p.five_minutes);
	put_u64(o, "held", p.held);
	put_u64(o, "most-held", p.most_held);
	put_u64(o, "locked", p.locked);
	return o;
}

static int process_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, process_entry, cursor, max, out);
}

static json_t *file_system_entry(const struct api_rooms *rooms, size_t index)
{
	struct box_file_system f;
	char kind[24];
	json_t *o;

	if (!box_file_system_get(rooms->box, index, &f))
		return NULL;
	o = json_object();
	snprintf(kind, sizeof(kind), "%llx", (unsigned long long)f.kind);
	put_text(o, "name", f.name);
	put_text(o, "folder", f.folder);
	put_u64(o, "size", f.size);
	put_u64(o, "free", f.free);
	put_bool(o, "writable", f.writable);
	put_text(o, "kind", kind);
	return o;
}

static int file_system_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max,
			    json_t *out)
{
	(void)filter;
	return state_page(ctx, file_system_entry, cursor, max, out);
}

/* ---- files ------------------------------------------------------------------------------------------- */

static int keep_file(void *arg, const struct box_file *f)
{
	static const char *const kinds[] = {"file", "directory", "link", "other"};
	json_t *out = arg, *o = json_object();

	put_text(o, "file-system", f->file_system);
	put_u32(o, "number", f->number);
	put_text(o, "name", f->name);
	put_text(o, "kind", kinds[f->kind]);
	put_u32(o, "mode", f->mode);
	put_u64(o, "length", f->length);
	put_time(o, "modified", f->modified_ms);
	return state_keep(out, o);
}

/* The cursor: which file system, and which of its files; their number is BOX_FILES_MAX at most. */
static int file_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const uint64_t wide = BOX_FILES_MAX + 1;
	const struct api_rooms *rooms = ctx;
	struct box_file_system f;
	uint64_t place = *cursor / wide, number = *cursor % wide;
	int rc;

	(void)filter;
	*cursor = 0;
	if (!box_file_system_get(rooms->box, place, &f))
		return 0;
	rc = box_files(rooms->box, f.name, (uint32_t)number, max, keep_file, out);
	if (rc < 0)
		return rc;
	if (rc)
		*cursor = place * wide + (uint64_t)rc;
	else if (box_file_system_get(rooms->box, place + 1, &f))
		*cursor = (place + 1) * wide;
	return 0;
}

/* ---- drops ------------------------------------------------------------------------------------------- */

static const char *const sets[] = {"statistics", "ipsec"};

static json_t *drop_entry(const struct api_rooms *rooms, size_t index)
{
	struct box_drop d;
	json_t *o;

	if (!box_drop_get(rooms->box, index, &d))
		return NULL;
	o = json_object();
	put_text(o, "set", sets[d.set]);
	put_text(o, "name", d.name);
	if (d.number)
		put_u32(o, "number", d.number);
	put_text(o, "linux-source", d.source);
	put_u64(o, "packets", d.packets);
	put_time(o, "cleared", d.cleared_ms);
	return o;
}

static int drop_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;

	(void)filter;
	if (!*cursor)
		box_drops_read(rooms->box);
	return state_page(rooms, drop_entry, cursor, max, out);
}

static void drop_refresh(void *ctx, void (*done)(void *arg), void *arg)
{
	const struct api_rooms *rooms = ctx;

	link_refresh(rooms->link, done, arg);
}

struct clearing {
	const struct api_rooms *rooms;
	enum box_drop_set set;
	api_action_done *done;
	void *arg;
};

static void clear_now(void *arg)
{
	struct clearing c = *(struct clearing *)arg;

	alloc_free(arg);
	box_drops_clear(c.rooms->box, c.set);
	c.done(c.arg, 0, NULL, NULL);
}

/* What the interfaces count is to be as new as the rest. */
static void clear_drops(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const char *set = json_string_value(json_object_get(input, "set"));
	struct clearing *c = alloc_zero(sizeof(*c));

	if (!c) {
		done(arg, -ENOMEM, NULL, NULL);
		return;
	}
	*c = (struct clearing){ctx, BOX_DROPS_STATISTICS, done, arg};
	if (set && strcmp(set, sets[BOX_DROPS_IPSEC]) == 0)
		c->set = BOX_DROPS_IPSEC;
	link_refresh(c->rooms->link, clear_now, c);
}

static const struct api_state states[] = {
	{.path = PATH "clock", .privilege = 1, .page = clock_page},
	{.path = PATH "machine", .privilege = 1, .page = machine_page},
	{.path = PATH "memory", .privilege = 1, .page = memory_page},
	{.path = PATH "load", .privilege = 1, .page = load_page},
	{.path = PATH "process", .privilege = 1, .page = process_page},
	{.path = PATH "file-system", .privilege = 1, .page = file_system_page},
	{.path = PATH "file", .privilege = 15, .page = file_page},
	{.path = PATH "drop", .privilege = 1, .page = drop_page, .refresh = drop_refresh},
};
static const struct api_action actions[] = {
	{.path = "spindle-platform-state:clear-drops", .privilege = 15, .run = clear_drops},
};
const struct state_part state_part_box = {
	.states = states,
	.state_count = STATE_COUNT(states),
	.actions = actions,
	.action_count = STATE_COUNT(actions),
};
