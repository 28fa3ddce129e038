/* The flight recorder: how it stands, and what it holds. */
#include <errno.h>

#include "api/state_internal.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "recorder/recorder.h"

#define PATH "/spindle-flight-recorder:flight-recorder"

static int recorder_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	struct recorder_stats st;
	json_t *o = json_object();

	(void)filter;
	(void)max;
	recorder_stats(rooms->recorder, &st);
	put_bool(o, "enabled", st.on);
	put_u64(o, "records", st.records);
	put_u64(o, "peers", st.peers);
	put_u64(o, "used", st.bytes);
	put_u64(o, "size", st.bytes_max);
	put_time(o, "oldest-time", st.oldest_wall_ms);
	put_u64(o, "written", st.written);
	put_u64(o, "replaced", st.replaced);
	put_u64(o, "lost", st.lost);
	put_u64(o, "survived", st.survived);
	return state_one(o, cursor, out);
}

static json_t *record_json(const struct recorder_record *r)
{
	json_t *o = json_object();

	put_u64(o, "seq", r->seq);
	put_time(o, "time", r->wall_ms);
	put_addr(o, "peer", &r->peer);
	if (r->spi)
		put_u32(o, "spi", r->spi);
	put_text(o, "kind", recorder_kind_text(r->kind));
	put_text(o, "text", r->text);
	return o;
}

/* Records are in the order of the clock that nobody sets; people ask by the other one. */
static uint64_t first_seq(const struct api_rooms *rooms, const json_t *filter)
{
	const char *since = json_string_value(json_object_get(filter, "since"));
	uint64_t wall_ms, now_ms = loop_now(rooms->loop), ago_ms;

	if (!since || text_u64(since, 0, UINT64_MAX, &wall_ms))
		return 0;
	ago_ms = clock_wall_ms() > wall_ms ? clock_wall_ms() - wall_ms : 0;
	return ago_ms < now_ms ? recorder_seq_at(now_ms - ago_ms) : 0;
}

/* The cursor is the number to go on with, so that records that come and go meanwhile shift nothing. */
static int record_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	const char *text = json_string_value(json_object_get(filter, "peer"));
	uint64_t from = *cursor ? *cursor : first_seq(rooms, filter);
	char buf[RECORDER_TEXT_MAX];
	struct recorder_record r;
	struct addr peer;
	bool all = !text || addr_parse(&peer, text);

	for (size_t n = 0; n < max; n++) {
		if (!recorder_get(rooms->recorder, from, all ? NULL : &peer, &r, buf,
				  sizeof(buf))) {
			*cursor = 0;
			return 0;
		}
		if (state_keep(out, record_json(&r)))
			return -ENOMEM;
		from = r.seq + 1;
	}
	*cursor = from;
	return 0;
}

static const struct api_state states[] = {
	{.path = PATH, .privilege = 1, .page = recorder_page},
	{.path = PATH "/record", .privilege = 1, .page = record_page, .takes = "since"},
};
const struct state_part state_part_recorder = {.states = states,
					       .state_count = STATE_COUNT(states)};
