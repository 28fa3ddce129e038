/* engine_samples: one message of each type with every field set, for the codec's tests, the link's
 * and as seeds for the fuzzer. */
#ifndef TESTS_UNIT_ENGINE_SAMPLES_H
#define TESTS_UNIT_ENGINE_SAMPLES_H

#include "engine/engine.h"

/* Owns what it holds: engine_msg_clear(). -ENOMEM leaves nothing behind. */
int engine_sample(enum engine_type type, struct engine_msg *m);
/* The whole of both, secrets and connections by content. */
bool engine_same(const struct engine_msg *a, const struct engine_msg *b);

#endif
