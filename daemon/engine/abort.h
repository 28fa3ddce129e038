/*
 * engine/abort: a negotiation that failed, in one line of the log: with whom, why, and what we offered
 * where that is what the peer did not like.
 */
#ifndef ENGINE_ABORT_H
#define ENGINE_ABORT_H

#include "base/text.h"
#include "engine/engine.h"

/* Why a half-open IKE SA ended, for people, appended to out; false: it is no failure (a stop, a clear, of
 * two the loser). conn may be NULL. */
bool abort_words(const struct engine_ike_event *ended, const struct conn *conn, struct text *out);

#endif
