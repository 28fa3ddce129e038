/*
 * ike/wire: IKEv2 bytes ↔ plain structs (RFC 7296 section 3). No effects, no allocation, no
 * cryptography; links against base alone, so a fuzzer links it alone.
 *
 * Parsing is two steps: ike_parse_header() on the datagram, then ike_parse_payloads() on the clear
 * chain or on what ike/crypto opened. Payload bodies are checked there against the layout table
 * (least length, inner structure, how often, in which exchange and direction); views point
 * into the caller's bytes. Typed readers (ike_read_*) give the contents of a checked payload.
 * Building: ike_builder_*; lengths and the next-payload chain are patched by the builder.
 */
#ifndef IKE_WIRE_H
#define IKE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/identity.h"
#include "base/reader.h"
#include "base/transform.h"
#include "base/writer.h"

#define IKE_HEADER_LEN	  28
#define IKE_PAYLOADS_MAX  48
#define IKE_PROPOSALS_MAX 16
#define IKE_SELECTORS_MAX 16
#define IKE_DELETE_MAX	  64
#define IKE_DATAGRAM_MAX  65535

enum ike_exchange {
	IKE_SA_INIT = 34,
	IKE_AUTH = 35,
	IKE_CREATE_CHILD_SA = 36,
	IKE_INFORMATIONAL = 37,
};

enum ike_flag { IKE_FLAG_INITIATOR = 0x08, IKE_FLAG_VERSION = 0x10, IKE_FLAG_RESPONSE = 0x20 };

enum ike_payload_type {
	IKE_PAYLOAD_NONE = 0,
	IKE_PAYLOAD_SA = 33,
	IKE_PAYLOAD_KE = 34,
	IKE_PAYLOAD_IDI = 35,
	IKE_PAYLOAD_IDR = 36,
	IKE_PAYLOAD_CERT = 37,
	IKE_PAYLOAD_CERTREQ = 38,
	IKE_PAYLOAD_AUTH = 39,
	IKE_PAYLOAD_NONCE = 40,
	IKE_PAYLOAD_NOTIFY = 41,
	IKE_PAYLOAD_DELETE = 42,
	IKE_PAYLOAD_VENDOR = 43,
	IKE_PAYLOAD_TSI = 44,
	IKE_PAYLOAD_TSR = 45,
	IKE_PAYLOAD_SK = 46,
	IKE_PAYLOAD_CP = 47,
	IKE_PAYLOAD_EAP = 48,
};

/* RFC 7296 3.10.1 and IANA; names by ike_notify_name(). */
enum ike_notify {
	IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD = 1,
	IKE_N_INVALID_IKE_SPI = 4,
	IKE_N_INVALID_MAJOR_VERSION = 5,
	IKE_N_INVALID_SYNTAX = 7,
	IKE_N_INVALID_MESSAGE_ID = 9,
	IKE_N_INVALID_SPI = 11,
	IKE_N_NO_PROPOSAL_CHOSEN = 14,
	IKE_N_INVALID_KE_PAYLOAD = 17,
	IKE_N_AUTHENTICATION_FAILED = 24,
	IKE_N_SINGLE_PAIR_REQUIRED = 34,
	IKE_N_NO_ADDITIONAL_SAS = 35,
	IKE_N_INTERNAL_ADDRESS_FAILURE = 36,
	IKE_N_FAILED_CP_REQUIRED = 37,
	IKE_N_TS_UNACCEPTABLE = 38,
	IKE_N_INVALID_SELECTORS = 39,
	IKE_N_TEMPORARY_FAILURE = 43,
	IKE_N_CHILD_SA_NOT_FOUND = 44,
	IKE_N_ERROR_LAST = 16383,
	IKE_N_INITIAL_CONTACT = 16384,
	IKE_N_SET_WINDOW_SIZE = 16385,
	IKE_N_ADDITIONAL_TS_POSSIBLE = 16386,
	IKE_N_IPCOMP_SUPPORTED = 16387,
	IKE_N_NAT_DETECTION_SOURCE_IP = 16388,
	IKE_N_NAT_DETECTION_DESTINATION_IP = 16389,
	IKE_N_COOKIE = 16390,
	IKE_N_USE_TRANSPORT_MODE = 16391,
	IKE_N_HTTP_CERT_LOOKUP_SUPPORTED = 16392,
	IKE_N_REKEY_SA = 16393,
	IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED = 16394,
	IKE_N_NON_FIRST_FRAGMENTS_ALSO = 16395,
	IKE_N_MOBIKE_SUPPORTED = 16396,
	IKE_N_EAP_ONLY_AUTHENTICATION = 16417,
	IKE_N_FRAGMENTATION_SUPPORTED = 16430,
	IKE_N_SIGNATURE_HASH_ALGORITHMS = 16431,
	/* Of private use (RFC 7296 3.10.1), between Spindles only: doc/architecture.md */
	IKE_N_SPINDLE_WAITS = 51200,	/* I go on with the old pair until you say RECEIVES */
	IKE_N_SPINDLE_RECEIVES = 51201, /* I have installed this Child SA: my inbound SPI */
};

enum ike_auth_method { IKE_AUTH_RSA = 1, IKE_AUTH_PSK = 2, IKE_AUTH_SIGNATURE = 14 };

struct ike_header {
	uint64_t spi_i, spi_r;
	uint8_t next_payload, version, exchange, flags;
	uint32_t message_id, length;
};

struct ike_payload {
	uint8_t type;
	uint8_t next; /* type of what follows; of SK: of the first inner payload */
	bool critical;
	struct view body; /* without the generic header */
};

struct ike_message {
	struct ike_header header;
	struct view datagram; /* the whole, for AUTH and for opening SK */
	struct view chain;    /* after the header */
	size_t count;
	struct ike_payload payloads[IKE_PAYLOADS_MAX];
};

/* What was wrong: a notify to answer with where the RFC wants one, and words for the log. */
struct ike_wire_error {
	uint16_t notify;    /* IKE_N_INVALID_SYNTAX, … or 0 = drop silently */
	uint8_t payload;    /* type at fault (UNSUPPORTED_CRITICAL_PAYLOAD carries it) */
	const char *reason; /* a literal */
};

/* Fields of struct ike_message up to chain. -EBADMSG: not IKEv2, lying length, zero SPIs where
 * there must be one … An exchange type that is not known passes here and fails in
 * ike_parse_payloads(). */
int ike_parse_header(struct view datagram, struct ike_message *m, struct ike_wire_error *err);
/* The clear chain (IKE_SA_INIT; for others it ends with one SK) or, with inner = true, the
 * decrypted one, whose first payload type is `first`. Fills count and payloads; unknown payloads
 * that are not critical are left out. A message after IKE_SA_INIT without SK passes only as what
 * RFC 7296 1.5 allows outside an IKE SA: an INFORMATIONAL request or any response, with notifies
 * alone; then ike_find(m, IKE_PAYLOAD_SK, 0) is NULL and its contents are hints. */
int ike_parse_payloads(struct ike_message *m, uint8_t first, struct view chain, bool inner,
		       struct ike_wire_error *err);
/* The n-th (0 = first) payload of a type, or NULL. */
const struct ike_payload *ike_find(const struct ike_message *m, uint8_t type, size_t n);

struct ike_offer {
	uint64_t spi; /* 0, 4 or 8 bytes, as a number */
	struct proposal proposal;
	uint8_t number;
	uint8_t spi_len;
};

struct ike_sa_payload {
	size_t count;
	struct ike_offer offers[IKE_PROPOSALS_MAX];
};

struct ike_ke {
	uint16_t group;
	struct view data;
};

struct ike_auth {
	uint8_t method;
	struct view data;
};

struct ike_notify_body {
	uint8_t protocol;
	uint16_t type;
	uint8_t spi_len; /* 0, 4 or 8 */
	/* Of INVALID_SPI the SPI meant, wherever the peer put it: RFC 7296 3.10.1 wants it in
	 * `data` with spi_len 0, others send it with spi_len 4. Building takes it only with
	 * spi_len. */
	uint64_t spi;
	struct view data;
};

struct ike_delete {
	uint8_t protocol;
	size_t total;		       /* SPIs in the payload */
	size_t count;		       /* of them in `spis` */
	uint32_t spis[IKE_DELETE_MAX]; /* none when protocol is IKE */
};

/* One traffic selector (RFC 7296 3.13.1): a range of one side. */
struct ike_ts {
	uint8_t proto;
	uint16_t port_first, port_last;
	struct addr first, last;
};

struct ike_ts_payload {
	size_t count;
	struct ike_ts ts[IKE_SELECTORS_MAX];
};

/* Contents of a payload that ike_parse_payloads() has accepted: 0, or -EBADMSG all the same.
 * Of more proposals or selectors than fit the first ones are given; selectors of an unknown type
 * are left out. ike_read_id() refuses an identity over IDENTITY_MAX, which no connection can have.
 */
int ike_read_sa(const struct ike_payload *p, struct ike_sa_payload *out);
int ike_read_ke(const struct ike_payload *p, struct ike_ke *out);
int ike_read_id(const struct ike_payload *p, struct identity *out);
int ike_read_auth(const struct ike_payload *p, struct ike_auth *out);
int ike_read_notify(const struct ike_payload *p, struct ike_notify_body *out);
int ike_read_delete(const struct ike_payload *p, struct ike_delete *out);
/* The same from SPI number `from` on, for payloads that name more than IKE_DELETE_MAX. */
int ike_read_delete_from(const struct ike_payload *p, size_t from, struct ike_delete *out);
int ike_read_ts(const struct ike_payload *p, struct ike_ts_payload *out);
/* The first notify of that type, decoded; false when there is none. */
bool ike_find_notify(const struct ike_message *m, uint16_t type, struct ike_notify_body *out);

/* ---- building -------------------------------------------------------------------------------- */

struct ike_builder {
	struct writer w;
	size_t next_at;	   /* where the pending next-payload byte stands */
	size_t payload_at; /* generic header of the payload that is open, or was last */
	size_t sk_at;	   /* generic header of SK; 0 = none */
	size_t sk_body;	   /* first byte of the inner chain */
};

/* Begins a message with header *h (its next_payload and length are set here) in buf, which is borrowed
 * till the end. What does not fit, or cannot stand in its field, is told once, by ike_builder_done() or
 * ike_builder_close_sk(). */
void ike_builder_start(struct ike_builder *b, void *buf, size_t cap, const struct ike_header *h);
/* The body of the payload added last, in the builder's buffer (AUTH signs that of IDi or IDr). */
struct view ike_builder_body(const struct ike_builder *b);
/* Each appends one payload (RFC 7296 3.3 to 3.13) and links it to the one before; contents are copied.
 * `type` is IKE_PAYLOAD_IDI or _IDR, IKE_PAYLOAD_TSI or _TSR. A DELETE of an IKE SA names no SPI. */
void ike_add_sa(struct ike_builder *b, const struct ike_offer *offers, size_t count);
void ike_add_ke(struct ike_builder *b, uint16_t group, struct view data);
void ike_add_nonce(struct ike_builder *b, struct view nonce);
void ike_add_id(struct ike_builder *b, uint8_t type, const struct identity *id);
void ike_add_auth(struct ike_builder *b, uint8_t method, struct view data);
void ike_add_notify(struct ike_builder *b, const struct ike_notify_body *n);
void ike_add_delete(struct ike_builder *b, uint8_t protocol, const uint32_t *spis, size_t count);
void ike_add_ts(struct ike_builder *b, uint8_t type, const struct ike_ts *ts, size_t count);
void ike_add_vendor(struct ike_builder *b, struct view id);
/* Opens SK: `iv_len` zero bytes, then inner payloads by ike_add_*. */
void ike_builder_open_sk(struct ike_builder *b, size_t iv_len);
/* Closes SK: pads the inner chain to `block` (RFC 7296 3.14; at least the pad-length byte), leaves `icv_len`
 * zero bytes, patches all lengths. Where things stand comes back for ike/crypto to seal. 0, -EMSGSIZE: the
 * message did not fit, -EINVAL: no SK is open. */
struct ike_sealable {
	size_t aad_len; /* from the start: header and SK generic header */
	size_t iv_at, iv_len;
	size_t text_at, text_len; /* padded plain text, to be encrypted in place */
	size_t icv_at, icv_len;
	size_t len; /* of the datagram */
};
int ike_builder_close_sk(struct ike_builder *b, size_t block, size_t icv_len,
			 struct ike_sealable *out);
/* Without SK: patches the length; the finished datagram, empty on overflow. */
struct view ike_builder_done(struct ike_builder *b);

/* ---- small things ---------------------------------------------------------------------------- */

/* Traffic selectors ↔ one half of struct selector. A range that is no prefix, ports that are
 * neither one nor all, sides that do not go together: -ERANGE. ICMP as RFC 4301 4.4.1.1 and Linux
 * have it: the type stands in local_port, the code in remote_port, and both in each TS. */
struct ike_ts ike_ts_from_selector(const struct selector *s, bool local);
int ike_ts_to_selector(const struct ike_ts *local, const struct ike_ts *remote,
		       struct selector *out);
/* The part of `offer` that lies within `mine`; false when there is none (RFC 7296 2.9). */
bool ike_ts_intersect(const struct ike_ts *offer, const struct ike_ts *mine, struct ike_ts *out);

const char *ike_exchange_name(uint8_t exchange); /* "IKE_SA_INIT"; NULL = unknown */
const char *ike_payload_name(uint8_t type);	 /* "SA", "KE" … */
const char *ike_notify_name(uint16_t type);	 /* "NO_PROPOSAL_CHOSEN"; NULL = unknown */
/* " SA KE N NOTIFY(COOKIE)" as debugs print a message's contents. Returns buf. */
const char *ike_contents(const struct ike_message *m, char *buf, size_t size);

#endif
