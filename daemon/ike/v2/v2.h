/*
 * ike/v2: the built-in IKEv2 engine: IKE SAs, exchanges, windows, retransmission, Child SAs.
 *
 * Driven by datagrams, engine.h messages and timers; has no sockets and no clock of its own: a
 * transport gives it datagrams and takes them, a loop gives it time, jobs take the expensive
 * arithmetic. So two engines joined by an array of datagrams run on a simulated clock.
 * Durable state of an IKE SA is one flat struct (struct ike_sa_state, state.h).
 */
#ifndef IKE_V2_H
#define IKE_V2_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/reader.h"
#include "engine/engine.h"

struct ike_v2;
struct jobs;
struct loop;

struct ike_transport_ops {
	/* Best effort, borrowed bytes. On port 4500 the transport puts the non-ESP marker first. */
	void (*send)(void *ctx, const struct endpoint *local, const struct endpoint *remote,
		     struct view datagram);
};

/* Borrows everything; the port goes to router. */
struct ike_v2 *ike_v2_new(struct loop *loop, struct jobs *jobs, struct engine_port router,
			  const struct ike_transport_ops *transport, void *transport_ctx);
void ike_v2_free(struct ike_v2 *v2); /* wipes; sends nothing */
void ike_v2_receive(struct ike_v2 *v2, const struct endpoint *local, const struct endpoint *remote,
		    struct view datagram);
void ike_v2_message(struct ike_v2 *v2, struct engine_msg *m); /* borrowed */
/* A new pair to router (it died and came back): pending requests have failed, IKE SAs live on. */
void ike_v2_reattach(struct ike_v2 *v2, struct engine_port router);

/* Notes for the flight recorder go to router (ENGINE_RECORDS); off at first. */
void ike_v2_record(struct ike_v2 *v2, bool on);

/* Counters for `show` and tests. */
struct ike_v2_stats {
	uint64_t received, sent, retransmitted, malformed, dropped_window, dropped_unknown_spi,
		cookies_sent, half_open, established, established_by_peer, auth_failed;
	uint64_t exchange[ENGINE_EXCHANGES][4]; /* messages, by enum engine_way */
};
void ike_v2_stats(const struct ike_v2 *v2, struct ike_v2_stats *out);

#endif
