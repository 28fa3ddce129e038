/*
 * The flight recorder's batches, as a process ike that was taken over could send them: what is kept is in
 * order, reads as one printable line, and comes back to its own bytes; what is refused leaves the rest.
 */
#include "fuzz.h"

#include <string.h>

#include "base/error.h"
#include "base/loop.h"
#include "recorder/recorder.h"

#define SLOTS 32
#define NOW   100000000

static void read_all(const struct recorder *r)
{
	char buf[RECORDER_TEXT_MAX];
	struct recorder_record rec;
	uint64_t from = 0, count = 0;

	while (recorder_get(r, from, NULL, &rec, buf, sizeof(buf))) {
		fuzz_must(rec.seq >= from && rec.boot_ms <= NOW + 1 && strlen(buf) < sizeof(buf));
		for (const char *at = buf; *at; at++)
			fuzz_must(*at >= 0x20 && *at < 0x7f);
		from = rec.seq + 1;
		count++;
	}
	fuzz_must(count <= SLOTS);
}

/* The first byte: how many were lost, and how often it comes (so that slots are taken over). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct loop *loop;
	const struct recorder_config cfg = {.fd = -1, .slots = SLOTS};
	struct recorder_frozen *frozen;
	struct recorder_stats st;
	struct error err = {0};
	struct recorder *r;

	if (!size)
		return 0;
	loop = loop ? loop : loop_new_simulated(NOW);
	r = recorder_new(loop, &cfg, &err);
	fuzz_must(r);
	for (unsigned int i = 0; i <= data[0] % 8u; i++)
		recorder_take(r, (struct view){data + 1, size - 1}, data[0] >> 3);
	read_all(r);
	recorder_stats(r, &st);
	fuzz_must(st.records <= SLOTS && st.written >= st.records);
	frozen = recorder_freeze(r, NULL, 0);
	fuzz_must(frozen);
	recorder_frozen_free(frozen);
	recorder_free(r);
	return 0;
}
