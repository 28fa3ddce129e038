/* The control socket's framing: any bytes, cut where the first one says. What comes out does not
 * depend on the cut, is not longer than what went in, and is wiped when it was used. */
#include "fuzz.h"

#include <string.h>

#include <jansson.h>

#include "base/frame.h"

struct seen {
	unsigned int frames, bytes, ids;
	int end; /* 0, or the error that ended it */
};

static void take_all(struct frame_buffer *b, struct seen *s)
{
	struct error err = {0};
	struct frame f;

	if (s->end)
		return;
	while (!s->end && (s->end = frame_next(b, &f, &err)) == 1) {
		json_t *json = NULL;

		fuzz_must(f.json.len >= 1 && f.json.len <= FRAME_MAX - FRAME_REST);
		if (!frame_depth(f.json, FRAME_DEPTH))
			json = json_loadb((const char *)f.json.data, f.json.len,
					  JSON_REJECT_DUPLICATES, NULL);
		json_decref(json);
		s->frames++;
		s->bytes += (unsigned int)f.json.len;
		s->ids = s->ids * 31 + f.id;
		s->end = 0;
	}
	fuzz_must(s->end <= 0 && (s->end < 0) == (err.code != 0));
}

static struct seen run(const uint8_t *data, size_t size, size_t cut)
{
	struct frame_buffer b = {0};
	struct seen s = {0};

	fuzz_must(!frame_feed(&b, data, cut));
	take_all(&b, &s);
	fuzz_must(!frame_feed(&b, data + cut, size - cut));
	take_all(&b, &s);
	fuzz_must(s.bytes <= size);
	frame_feed(&b, NULL, 0);
	for (size_t i = b.len; i < b.cap && i < 64; i++)
		fuzz_must(b.data[i] == 0);
	frame_clear(&b);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, cut;

	if (!size)
		return 0;
	whole = run(data + 1, size - 1, size - 1);
	cut = run(data + 1, size - 1, data[0] % size);
	fuzz_must(!memcmp(&whole, &cut, sizeof(whole)));
	return 0;
}
