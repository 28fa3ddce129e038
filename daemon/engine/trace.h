/*
 * engine/trace: what an engine tells of its doings: debug lines while somebody wants them, and always notes
 * for the flight recorder, several in a message.
 */
#ifndef ENGINE_TRACE_H
#define ENGINE_TRACE_H

#include <stdint.h>

#include "base/addr.h"

#define ENGINE_TRACE_TEXT  480
#define ENGINE_RECORDS_MAX 1200

struct engine_trace {
	struct endpoint peer;
	uint32_t ike; /* engine_ike */
	uint8_t level;
	char text[ENGINE_TRACE_TEXT];
};

/* recorder/note.h has what the bytes mean. Never queued where the other end does not read: sending says
 * -EAGAIN, and what is given up is counted in the next one. */
struct engine_records {
	uint32_t lost; /* notes that were given up before these */
	uint16_t len;
	uint8_t bytes[ENGINE_RECORDS_MAX];
};

#endif
