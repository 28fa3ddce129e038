#include "lua/report/render.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "lua/report/letter.h"
#include "lua/report/page.h"
#include "lua/report/pcapng.h"
#include "lua/report/story.h"

const char *render_name(enum render_part part)
{
	static const char *const names[RENDER_PARTS] = {
		[RENDER_PAGE] = "report.html",
		[RENDER_LETTER] = "report.txt",
		[RENDER_PACKETS] = "packets.pcapng",
		[RENDER_JSON] = "incident.json",
	};

	return names[part];
}

static void write_packets(struct text *out, const struct story *s)
{
	struct pcapng_packet *p = alloc_array(s->packets, sizeof(*p));

	if (!p) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < s->packets; i++)
		p[i] = (struct pcapng_packet){
			.time_ms = s->packet[i].ms,
			.data = s->bytes + s->packet[i].at,
			.len = s->packet[i].len,
			.on_the_wire = s->packet[i].whole,
		};
	pcapng_write(out, s->id, p, s->packets);
	alloc_free(p);
}

static int add_chunk(const char *data, size_t len, void *text)
{
	struct text *t = text;

	text_add_n(t, data, len);
	return t->failed ? -1 : 0;
}

static void write_json(struct text *out, const json_t *incident)
{
	if (json_dump_callback(incident, add_chunk, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER))
		out->failed = true;
	text_add(out, "\n");
}

/* 0; what failed was memory, or the limit. */
static int judge(const struct render *out, size_t limit)
{
	size_t sum = 0;

	for (size_t i = 0; i < RENDER_PARTS; i++)
		sum += out->part[i].len;
	for (size_t i = 0; i < RENDER_PARTS; i++)
		if (out->part[i].failed)
			return out->part[i].len == limit ? -EFBIG : -ENOMEM;
	return sum > limit ? -EFBIG : 0;
}

static int render_incident(const struct render_source *source, const json_t *incident,
			   struct render *out)
{
	struct story *s = story_new(incident);

	if (!s)
		return -ENOMEM;
	page_write(&out->part[RENDER_PAGE], s, source->files, source->count);
	letter_write(&out->part[RENDER_LETTER], s);
	write_packets(&out->part[RENDER_PACKETS], s);
	write_json(&out->part[RENDER_JSON], incident);
	story_free(s);
	return judge(out, source->limit);
}

int render_here(const struct render_source *source, struct render *out)
{
	json_t *parsed = NULL;
	int code;

	for (size_t i = 0; i < RENDER_PARTS; i++)
		text_init(&out->part[i], source->limit);
	if (!source->incident) {
		parsed = json_loadb(source->json, source->json_len, JSON_ALLOW_NUL, NULL);
		if (!json_is_object(parsed)) {
			json_decref(parsed);
			return -EBADMSG;
		}
	}
	code = render_incident(source, parsed ? parsed : source->incident, out);
	json_decref(parsed);
	return code;
}

void render_free(struct render *out)
{
	for (size_t i = 0; i < RENDER_PARTS; i++)
		text_free(&out->part[i]);
}
