/* A client of telnet before anybody has logged in: any bytes, in pieces that the first one says. What
 * becomes of them does not depend on the pieces; no key is made of nothing, and no answer grows over its
 * bound. */
#include "fuzz.h"

#include <string.h>

#include "cli/telnet/wire.h"

#define PIECE_MAX 4096

struct seen {
	size_t keys, queued;
	unsigned int sum, rows, columns;
	char type[WIRE_TYPE_MAX];
};

static void take_keys(struct wire *w, struct seen *s)
{
	int key;

	while ((key = wire_key(w)) >= 0) {
		fuzz_must(key < 256 && key != 0);
		s->keys++;
		s->sum = s->sum * 31 + (unsigned int)key;
	}
}

static struct seen run(const uint8_t *data, size_t size, size_t piece)
{
	struct wire *w = wire_new(-1);
	struct seen s = {0};

	fuzz_must(w != NULL);
	wire_greet(w);
	for (size_t i = 0; i < size; i += piece) {
		wire_feed(w, data + i, size - i < piece ? size - i : piece);
		take_keys(w, &s);
	}
	wire_queued(w, &s.queued);
	wire_terminal.size(w, &s.rows, &s.columns);
	memcpy(s.type, wire_type(w), strlen(wire_type(w)));
	wire_free(w);
	return s;
}

static bool same(const struct seen *a, const struct seen *b)
{
	return a->keys == b->keys && a->queued == b->queued && a->sum == b->sum &&
	       a->rows == b->rows && a->columns == b->columns &&
	       !memcmp(a->type, b->type, sizeof(a->type));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, pieces;

	if (!size)
		return 0;
	whole = run(data + 1, size - 1, PIECE_MAX);
	pieces = run(data + 1, size - 1, data[0] + 1u);
	fuzz_must(same(&whole, &pieces));
	fuzz_must(whole.keys <= size && whole.queued <= WIRE_WAITING);
	return 0;
}
