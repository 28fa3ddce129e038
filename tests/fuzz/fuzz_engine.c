/* engine's codec: any bytes as a message. What is taken is written as the same bytes again: nothing
 * has two forms, and nothing is lost; and whatever was made on the way is released. */
#include "fuzz.h"

#include <string.h>

#include "base/reader.h"
#include "base/secret.h"
#include "base/writer.h"
#include "engine/engine.h"

static uint8_t again[ENGINE_MESSAGE_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_new(data, size);
	struct writer w = writer_new(again, sizeof(again));
	struct engine_msg m;

	if (!engine_decode(&r, &m) && size <= sizeof(again)) {
		fuzz_must(!engine_encode(&m, &w));
		fuzz_must(w.len == size && !memcmp(again, data, size));
		fuzz_must(engine_reason_text((enum engine_reason)m.token));
	}
	engine_msg_clear(&m);
	fuzz_must(secret_alive() == 0);
	return 0;
}
