/*
 * engine: the one interface between router and whatever speaks IKE: messages, not calls.
 *
 * Calls carry plain values and a token; results come later; no pointer crosses. The same structs go
 * through an array in unit tests and over a SOCK_SEQPACKET pair between processes (one a datagram). No
 * message IDs, payloads, IKE versions. Secrets: in CONN_PUT (PSK), SA_INSTALL (Child keys) only.
 *
 * Life of a pair: HELLO both ways; router sends CONN_PUT of all, then LIST; the engine answers LIST
 * with IKE_UP, IKE_HALF and CHILD_UP (flag `listed`) of what lives, page by page, each ended by DONE
 * with a cursor (0 = finished). When the pair breaks, pending tokens fail with -EPIPE at both ends.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/identity.h"
#include "base/transform.h"
#include "engine/stats.h"
#include "engine/trace.h"

struct conn;
struct reader;
struct secret;
struct writer;

#define ENGINE_VERSION	   1
#define ENGINE_MESSAGE_MAX 65536

enum engine_capability {
	ENGINE_DELETE_UNKNOWN_SPI = 1 << 0, /* can send DELETE for an SPI it does not know */
	ENGINE_INITIAL_CONTACT = 1 << 1,
	ENGINE_OWNS_SA = 1 << 2, /* programs the kernel itself */
	ENGINE_OWNS_POLICY = 1 << 3,
	ENGINE_OWNS_CONN = 1 << 4, /* brings its connections (CONN_SEEN) */
};

enum engine_type {
	ENGINE_HELLO = 1,
	/* requests to the engine; each is answered by DONE with its token */
	ENGINE_CONN_PUT,
	ENGINE_CONN_DEL,
	ENGINE_INITIATE,      /* new IKE SA with its first Child */
	ENGINE_CREATE_CHILD,  /* further Child over a live IKE SA; without one: -ENOTCONN */
	ENGINE_REPLACE_CHILD, /* of the Child with that inbound SPI: new pair, then the old goes */
	ENGINE_REPLACE_IKE,
	ENGINE_DELETE_SPI, /* DELETE for a peer's outbound SPI; DONE carries the paired SPI or 0 */
	ENGINE_CLOSE,	   /* IKE SAs of conn (or one handle) with their Children, by DELETE */
	ENGINE_LIVENESS,
	ENGINE_LIST,
	ENGINE_TRACE_SET,
	/* requests of the engine; each is answered by DONE with its token */
	ENGINE_ALLOC_SPI,
	ENGINE_SA_INSTALL,
	ENGINE_SA_UPDATE,
	ENGINE_SA_DELETE,
	ENGINE_SA_USE,
	ENGINE_POLICY_ADD,
	/* events of the engine */
	ENGINE_IKE_UP,
	ENGINE_IKE_HALF,
	ENGINE_IKE_DOWN,
	ENGINE_IKE_REKEYED,
	ENGINE_CHILD_UP,
	ENGINE_CHILD_REKEYED,
	ENGINE_CHILD_DOWN,
	ENGINE_PEER_NOTIFY,
	ENGINE_CONN_SEEN,
	ENGINE_CONN_GONE,
	ENGINE_TRACE,
	ENGINE_NOTIFY_SEND, /* a request: INVALID_SPI to a peer, where nothing better is possible */
	/* the answer, both ways */
	ENGINE_DONE,
	ENGINE_STATS,	/* a request; the answer is an event of this type, then DONE */
	ENGINE_RECORDS, /* an event: notes for the flight recorder; may be lost */
};

/* Why something began or ended: shown, logged, written into the grave. */
enum engine_reason {
	ENGINE_WHY_NONE,
	ENGINE_WHY_TRAFFIC,	 /* ACQUIRE */
	ENGINE_WHY_RECOVERY,	 /* invalid SPI */
	ENGINE_WHY_AT_START,	 /* SAs lost while we were away */
	ENGINE_WHY_OPERATOR,	 /* clear, by a person */
	ENGINE_WHY_CONFIG,	 /* the connection changed or went */
	ENGINE_WHY_LIFETIME,	 /* soft or hard limit */
	ENGINE_WHY_LOST,	 /* deleted or flushed by another program */
	ENGINE_WHY_PEER_INIT,	 /* the peer began */
	ENGINE_WHY_PEER_DELETE,	 /* the peer's DELETE */
	ENGINE_WHY_PEER_REFUSED, /* an error notify in the answer */
	ENGINE_WHY_DPD,		 /* no answer to a liveness check */
	ENGINE_WHY_TIMEOUT,	 /* no answer to another exchange */
	ENGINE_WHY_AUTH,	 /* authentication failed */
	ENGINE_WHY_INITIAL_CONTACT,
	ENGINE_WHY_DUPLICATE,	/* of two simultaneous ones, the loser */
	ENGINE_WHY_REPLACED,	/* a fresh pair took over */
	ENGINE_WHY_STOP,	/* clean stop of the daemon */
	ENGINE_WHY_LOCAL_ERROR, /* kernel refused, no memory … */
	ENGINE_WHY_COUNT,
};

const char *engine_reason_text(enum engine_reason why); /* "recovery", "peer's DELETE" … */

enum engine_part { ENGINE_PART_IN = 1, ENGINE_PART_OUT = 2 };

typedef uint32_t engine_ike; /* an IKE SA, by the engine, unique while it lives; 0 = none */

struct engine_hello {
	uint32_t version;
	uint32_t capabilities;
};

struct engine_conn_put {
	const struct conn *conn; /* the encoder writes its content; the decoder makes a new one */
};

struct engine_initiate {
	uint32_t conn, child;
	bool initial_contact;
	uint8_t why;	  /* enum engine_reason */
	struct addr peer; /* which of `set peer`; unset = the current one */
};

struct engine_child_ref { /* CREATE_CHILD, REPLACE_CHILD, CONN_DEL, LIVENESS, REPLACE_IKE, CLOSE */
	uint32_t conn, child;
	engine_ike ike;	 /* 0 = any of that connection */
	uint32_t spi_in; /* REPLACE_CHILD: our inbound SPI */
	uint8_t why;
};

struct engine_delete_spi {
	engine_ike ike; /* 0 = any live one with that peer */
	struct addr peer;
	uint8_t protocol; /* enum ike_protocol */
	uint32_t spi;	  /* as it arrived here: the peer's outbound, our inbound */
};

struct engine_notify_send {
	uint32_t conn, spi; /* whose local address speaks; the SPI as it arrived here */
	struct addr peer;
};

struct engine_list {
	uint32_t cursor;
};

struct engine_trace_set {
	uint8_t level, peer_count; /* 0 off … 2 payload detail; how many peers, 0 = all */
	struct prefix peers[8];
};

struct engine_alloc_spi {
	uint32_t conn, child;
	struct addr local, remote;
	uint8_t protocol;
};

struct engine_sa_install {
	uint32_t conn, child;
	engine_ike ike;
	uint8_t parts;	  /* enum engine_part; inbound first, outbound when the peer is ready */
	uint8_t protocol; /* ESP */
	uint32_t spi_in, spi_out;
	struct endpoint local, remote; /* ports only where UDP encapsulation is in use */
	bool encap;
	struct selector selector;	  /* negotiated */
	struct transform encr, integ, dh; /* dh: of its own exchange (PFS); id 0 = none */
	uint8_t esn;
	struct secret *encr_in, *integ_in, *encr_out, *integ_out; /* AEAD: key and salt; RFC 4106 */
	uint32_t replaces; /* inbound SPI of the pair that this one takes over from; 0 = none */
	uint8_t why;
	bool initiator;
};

struct engine_sa_ref { /* SA_DELETE, SA_USE; SA_UPDATE takes the new endpoints */
	uint32_t conn;
	uint8_t protocol, parts;
	uint32_t spi_in, spi_out;
	struct endpoint local, remote;
	bool encap;
	uint8_t why;
};

struct engine_policy_add {
	uint32_t conn, child;
	struct selector selector; /* narrower than the child's */
};

struct engine_ike_event { /* IKE_UP, IKE_HALF, IKE_DOWN, IKE_REKEYED */
	engine_ike ike;
	engine_ike old; /* IKE_REKEYED */
	uint32_t conn;
	bool initiator, listed, nat_local, nat_remote;
	struct endpoint local, remote;
	struct identity local_id, remote_id;
	uint64_t spi_i, spi_r;
	struct proposal chosen;
	uint32_t lifetime_s;
	uint64_t age_ms; /* of an established one */
	uint8_t why;
	uint16_t notify; /* IKE_DOWN: the error notify received or sent; 0 = none */
};

struct engine_child_event { /* CHILD_UP, CHILD_REKEYED (old_spi_in), CHILD_DOWN */
	engine_ike ike;
	uint32_t conn, child;
	uint8_t protocol;
	uint32_t spi_in, spi_out, old_spi_in;
	bool initiator, listed;
	struct selector selector;
	uint8_t why;
	uint16_t notify;
};

struct engine_peer_notify {
	struct endpoint peer;
	engine_ike ike; /* 0 = outside an IKE SA */
	uint16_t notify;
	uint32_t spi;
	bool is_protected;
};

struct engine_done {
	int32_t result; /* 0 or -errno */
	uint32_t spi;	/* ALLOC_SPI: it; DELETE_SPI: the paired one or 0; INITIATE …: inbound */
	engine_ike ike;
	uint16_t notify; /* the peer's error notify, if that was the reason */
	uint32_t cursor; /* LIST; ALLOC_SPI: 1 where another pair of that Child sends */
	uint64_t packets, bytes, idle_ms; /* SA_USE */
};

struct engine_msg {
	enum engine_type type;
	uint32_t token; /* 0 in events */
	union {
		struct engine_hello hello;
		struct engine_conn_put conn_put;
		struct engine_initiate initiate;
		struct engine_child_ref ref;
		struct engine_delete_spi delete_spi;
		struct engine_notify_send notify_send;
		struct engine_list list;
		struct engine_trace_set trace_set;
		struct engine_alloc_spi alloc_spi;
		struct engine_sa_install sa_install;
		struct engine_sa_ref sa;
		struct engine_policy_add policy_add;
		struct engine_ike_event ike;
		struct engine_child_event child;
		struct engine_peer_notify notify;
		struct engine_trace trace;
		struct engine_stats stats;
		struct engine_records records;
		struct engine_done done;
	};
};

/* Bytes ↔ struct. CONN_SEEN: conn_put, CONN_GONE: ref. encode: 0, -EMSGSIZE (no room, a text or list
 * over its array), -EINVAL (no such type). decode: 0, -EBADMSG, -ENOMEM; what it allocates (conn,
 * secrets) is released by engine_msg_clear(). */
int engine_encode(const struct engine_msg *m, struct writer *w);
int engine_decode(struct reader *r, struct engine_msg *m);
void engine_msg_clear(struct engine_msg *m);

struct engine_port_ops { /* `send` borrows the message; -EPIPE: no other end now */
	int (*send)(void *ctx, const struct engine_msg *m);
};

struct engine_port {
	const struct engine_port_ops *ops;
	void *ctx;
};

#endif
