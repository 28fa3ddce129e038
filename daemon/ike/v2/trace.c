/*
 * Debug lines as routers print them, one ENGINE_TRACE a line; nothing is formatted while off.
 */
#include "ike/v2/v2_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

bool ike_trace_on(const struct ike_v2 *v2, const struct addr *peer, uint8_t level)
{
	const struct engine_trace_set *t = &v2->trace;

	if (t->level < level || t->peer_count == 0)
		return t->level >= level;
	for (size_t i = 0; i < t->peer_count; i++)
		if (prefix_contains(&t->peers[i], peer))
			return true;
	return false;
}

static void trace_emit(const struct ike_sa *sa, uint8_t level, const char *text)
{
	struct engine_msg m = {
		.type = ENGINE_TRACE,
		.trace = {.peer = sa->s->remote, .ike = sa->handle, .level = level},
	};

	(void)text_copy(m.trace.text, sizeof(m.trace.text), text);
	if (sa->v2->router.ops != NULL)
		(void)sa->v2->router.ops->send(sa->v2->router.ctx, &m);
}

void ike_trace(const struct ike_sa *sa, uint8_t level, const char *fmt, ...)
{
	char text[ENGINE_TRACE_TEXT];
	va_list ap;
	int at;

	if (!ike_trace_on(sa->v2, &sa->s->remote.addr, level))
		return;
	at = snprintf(text, sizeof(text), "IKEv2:(SESSION ID = %u,SA ID = %u):", sa->handle,
		      sa->handle);
	va_start(ap, fmt);
	(void)vsnprintf(text + at, sizeof(text) - (size_t)at, fmt, ap);
	va_end(ap);
	trace_emit(sa, level, text);
}

void ike_trace_packet(const struct ike_sa *sa, const struct ike_message *m, bool sent)
{
	const struct ike_sa_state *s = sa->s;
	char text[ENGINE_TRACE_TEXT], contents[400], local[ADDR_STRLEN], remote[ADDR_STRLEN];
	const char *name = ike_exchange_name(m->header.exchange);

	if (!ike_trace_on(sa->v2, &s->remote.addr, 1))
		return;
	addr_format(&s->local.addr, local);
	addr_format(&s->remote.addr, remote);
	ike_trace(sa, 1, "%s Packet [%s %s:%u/%s %s:%u/VRF i0:f0] ", sent ? "Sending" : "Received",
		  sent ? "To" : "From", remote, s->remote.port, sent ? "From" : "To", local,
		  s->local.port);
	(void)snprintf(text, sizeof(text),
		       "Initiator SPI : %016" PRIX64 " - Responder SPI : %016" PRIX64
		       " Message id: %" PRIu32,
		       m->header.spi_i, m->header.spi_r, m->header.message_id);
	trace_emit(sa, 1, text);
	(void)snprintf(text, sizeof(text), "IKEv2 %s Exchange %s ", name != NULL ? name : "unknown",
		       (m->header.flags & IKE_FLAG_RESPONSE) != 0 ? "RESPONSE" : "REQUEST");
	trace_emit(sa, 1, text);
	trace_emit(sa, 1, "Payload contents: ");
	trace_emit(sa, 1, ike_contents(m, contents, sizeof(contents)));
}
