/*
 * state: all durable state of one IKE SA: one flat, versioned struct without pointers.
 *
 * It is changed only *before a send* (message ID, IV and the request's or response's bytes are in
 * it before the datagram leaves) and *after an accept* (an answer or request was authenticated).
 * So whoever holds the bytes can go on where the process stopped. It contains keys: it lives in
 * pages of its own that are locked, left out of cores, and wiped when it is freed.
 */
#ifndef IKE_V2_STATE_H
#define IKE_V2_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/identity.h"
#include "base/reader.h"
#include "base/transform.h"

struct ike_keys;

#define IKE_STATE_VERSION      1
#define IKE_STATE_MESSAGE_MAX  4096
#define IKE_STATE_CHILDREN_MAX 80 /* CONN_CHILDREN_MAX and those in a rekey */
#define IKE_STATE_KEY_MAX      71
#define IKE_STATE_DIGEST_LEN   32
/* IVs reserved at once; after a restart the rest of a block is skipped. */
#define IKE_STATE_IV_BLOCK 1024

enum ike_state_key_name {
	IKE_STATE_KEY_D,
	IKE_STATE_KEY_AI,
	IKE_STATE_KEY_AR,
	IKE_STATE_KEY_EI,
	IKE_STATE_KEY_ER,
	IKE_STATE_KEY_PI,
	IKE_STATE_KEY_PR,
	IKE_STATE_KEY_COUNT,
};

struct ike_state_key {
	uint8_t len;
	uint8_t bytes[IKE_STATE_KEY_MAX];
};

struct ike_state_child {
	uint8_t used, protocol, initiator, out;
	uint32_t child, spi_in, spi_out;
	struct selector selector;
};

struct ike_sa_state {
	uint32_t version, size;
	uint64_t spi_i, spi_r;
	uint8_t initiator, established, nat_local, nat_remote, encap, peer_is_spindle;
	uint32_t conn;
	struct endpoint local, remote;
	struct identity local_id, remote_id;
	struct proposal chosen;
	struct ike_state_key keys[IKE_STATE_KEY_COUNT];
	uint64_t established_ms; /* CLOCK_BOOTTIME */
	/* Message IDs (RFC 7296 2.2): window 1 both ways. They must be consecutive, so a block of
	 * reserved ones is one ID: `send_reserved` moves before the request leaves. */
	uint32_t send_id, send_reserved, receive_id;
	uint64_t iv_next, iv_reserved;
	uint32_t request_len;  /* outstanding request; 0 = none */
	uint32_t response_len; /* last response; 0 = none; answers receive_id - 1 */
	uint8_t request_digest[IKE_STATE_DIGEST_LEN]; /* of the request that it answers */
	struct ike_state_child children[IKE_STATE_CHILDREN_MAX];
	uint8_t request[IKE_STATE_MESSAGE_MAX];
	uint8_t response[IKE_STATE_MESSAGE_MAX];
};

/* NULL: no memory. */
struct ike_sa_state *ike_state_new(void);
void ike_state_free(struct ike_sa_state *s); /* wipes; NULL is fine */

/* The next IV counter; never the same twice. */
uint64_t ike_state_take_iv(struct ike_sa_state *s);

/* Before the send: the request with send_id is outstanding. -EMSGSIZE. */
int ike_state_request(struct ike_sa_state *s, struct view datagram);
/* After the accept of its answer. */
void ike_state_answered(struct ike_sa_state *s);
/* Before the send: the response to receive_id, which moves on. -EMSGSIZE. */
int ike_state_response(struct ike_sa_state *s, struct view datagram,
		       const uint8_t digest[IKE_STATE_DIGEST_LEN]);

enum ike_window { IKE_WINDOW_NEW, IKE_WINDOW_AGAIN, IKE_WINDOW_DROP };
/* A request of the peer with that message ID. */
enum ike_window ike_state_window(const struct ike_sa_state *s, uint32_t id);

void ike_state_put_keys(struct ike_sa_state *s, const struct ike_keys *k);
/* New secrets in *k (chosen too); -ENOMEM: nothing is kept. */
int ike_state_get_keys(const struct ike_sa_state *s, struct ike_keys *k);

/* A free slot, marked used; -ENOSPC. */
int ike_state_child_slot(struct ike_sa_state *s);
void ike_state_child_drop(struct ike_sa_state *s, int slot);

#endif
