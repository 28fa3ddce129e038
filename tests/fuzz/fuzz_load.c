/*
 * A file into the command line: as a whole, and as a router's to be imported. What may never happen: a
 * crash, a leak, a change by a text that was not taken whole, a mode that is not the session's own.
 */
#include "fuzz.h"

#include "../cli/fake_daemon.h"
#include "base/alloc.h"
#include "cli/import.h"

static struct grammar *grammar;
static struct fake_daemon fake; /* large: not on the stack */

struct bytes {
	const uint8_t *data;
	size_t size;
};

static long read_some(void *ctx, char *buf, size_t size)
{
	struct bytes *b = ctx;
	size_t n = b->size < size ? b->size : size;

	memcpy(buf, b->data, n);
	b->data += n;
	b->size -= n;
	return (long)n;
}

static void take(const uint8_t *data, size_t size, bool import, bool partial)
{
	static const struct import_name names[] = {{"GigabitEthernet0/0", "eth0"}};
	const struct import_options o = {
		.file = "f", .names = names, .name_count = 1, .partial = partial};
	struct bytes b = {.data = data, .size = size};
	const struct load_source source = {.ctx = &b, .read = read_some};
	struct cli_backend backend;
	struct cli_session s;
	enum load_outcome outcome;

	fake_init(&fake);
	backend = fake_backend(&fake);
	fake_session(&fake, &backend, grammar, &s, 15);
	outcome = import ? import_text(&s, &source, &o) : load_whole(&s, &source, "f");
	fuzz_must(s.depth == 0 && !s.collect && !s.refused);
	fuzz_must(!fake.to_candidate && !fake.candidate);
	fuzz_must(partial || outcome == LOAD_DONE || !json_object_size(fake.config));
	fuzz_must(fake.commits == (outcome == LOAD_DONE || (partial && outcome == LOAD_LEFT_OUT)));
	cli_session_end(&s);
	fake_end(&fake);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!grammar)
		grammar = grammar_new(NULL, 0, NULL);
	if (!grammar || !size)
		return 0;
	take(data + 1, size - 1, data[0] & 1, (data[0] & 3) == 3);
	return 0;
}
