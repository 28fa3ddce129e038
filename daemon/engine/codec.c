/*
 * engine.h's messages as bytes: u16 type, u32 token, then the fields of that type in the order of
 * its table. Numbers are big endian, an address is one byte of 0, 4 or 6 and its bytes, a list has
 * its count in front, a text or a secret its length. Tables are only ever appended to; what an end
 * cannot know is ruled out by the version in HELLO.
 *
 * The other end may be a process that was taken over: everything is checked on receipt, and what
 * was allocated before a fault was found is released.
 */
#include <errno.h>
#include <string.h>

#include "conn/conn.h"
#include "engine/codec_internal.h"
#include "engine/engine.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#define FIELD(kind, type, member)                                                                  \
	{                                                                                          \
		PART_##kind, offsetof(type, member), 0, 0, 0                                       \
	}
#define RANGE(kind, type, member, max)                                                             \
	{                                                                                          \
		PART_##kind, offsetof(type, member), max, 0, 0                                     \
	}
#define TEXT(type, member)                                                                         \
	{                                                                                          \
		PART_TEXT, offsetof(type, member), sizeof(((type *)NULL)->member), 0, 0            \
	}
#define LIST(kind, type, member, count)                                                            \
	{                                                                                          \
		PART_##kind, offsetof(type, member), COUNT_OF(((type *)NULL)->member),             \
			offsetof(type, count), sizeof(((type *)NULL)->member[0])                   \
	}
#define END                                                                                        \
	{                                                                                          \
		PART_END, 0, 0, 0, 0                                                               \
	}

#define MSG(kind, member)	   FIELD(kind, struct engine_msg, member)
#define MSG_RANGE(kind, member, m) RANGE(kind, struct engine_msg, member, m)
#define MSG_WHY(member)		   RANGE(U8, struct engine_msg, member, ENGINE_WHY_COUNT - 1)
#define MSG_PROTOCOL(member)	   RANGE(U8, struct engine_msg, member, IKE_PROTO_ESP)
#define MSG_PARTS(member)	   MSG_RANGE(U8, member, ENGINE_PART_IN | ENGINE_PART_OUT)

/* ---- the tables ------------------------------------------------------------------------------ */

const struct part codec_conn_parts[] = {
	FIELD(ID, struct conn, id),
	FIELD(U32, struct conn, version),
	RANGE(CONN_KIND, struct conn, kind, CONN_STATIC_MAP),
	TEXT(struct conn, name),
	TEXT(struct conn, map),
	FIELD(U32, struct conn, seq),
	TEXT(struct conn, interface),
	FIELD(ADDR, struct conn, local),
	LIST(ADDR, struct conn, peers, peer_count),
	RANGE(U8, struct conn, current_peer, CONN_PEERS_MAX - 1),
	FIELD(IDENTITY, struct conn, local_id),
	FIELD(IDENTITY, struct conn, remote_id),
	FIELD(SECRET, struct conn, psk_local),
	FIELD(SECRET, struct conn, psk_remote),
	LIST(PROPOSAL, struct conn, ike, ike_count),
	FIELD(U32, struct conn, ike_lifetime_s),
	FIELD(U32, struct conn, dpd.interval_s),
	FIELD(U32, struct conn, dpd.retry_s),
	FIELD(BOOL, struct conn, dpd.periodic),
	LIST(PROPOSAL, struct conn, esp, esp_count),
	FIELD(U32, struct conn, lifetime_s),
	FIELD(U64, struct conn, lifetime_kb),
	FIELD(U32, struct conn, replay_window),
	LIST(CHILD, struct conn, children, child_count),
	END,
};

static const struct part hello_parts[] = {MSG(U32, hello.version), MSG(U32, hello.capabilities),
					  END};

static const struct part conn_put_parts[] = {MSG(CONN, conn_put.conn), END};

static const struct part initiate_parts[] = {
	MSG(U32, initiate.conn), MSG(U32, initiate.child), MSG(BOOL, initiate.initial_contact),
	MSG_WHY(initiate.why),	 MSG(ADDR, initiate.peer), END,
};

static const struct part ref_parts[] = {
	MSG(U32, ref.conn),   MSG(U32, ref.child), MSG(U32, ref.ike),
	MSG(U32, ref.spi_in), MSG_WHY(ref.why),	   END,
};

static const struct part delete_spi_parts[] = {
	MSG(U32, delete_spi.ike),
	MSG(ADDR, delete_spi.peer),
	MSG_PROTOCOL(delete_spi.protocol),
	MSG(U32, delete_spi.spi),
	END,
};

static const struct part notify_send_parts[] = {
	MSG(U32, notify_send.conn), MSG(ADDR, notify_send.peer), MSG(U32, notify_send.spi), END};

static const struct part list_parts[] = {MSG(U32, list.cursor), END};

static const struct part trace_set_parts[] = {
	MSG_RANGE(U8, trace_set.level, 2),
	LIST(PREFIX, struct engine_msg, trace_set.peers, trace_set.peer_count), END};

static const struct part alloc_spi_parts[] = {
	MSG(U32, alloc_spi.conn),    MSG(U32, alloc_spi.child),	       MSG(ADDR, alloc_spi.local),
	MSG(ADDR, alloc_spi.remote), MSG_PROTOCOL(alloc_spi.protocol), END,
};

static const struct part install_parts[] = {
	MSG(U32, sa_install.conn),
	MSG(U32, sa_install.child),
	MSG(U32, sa_install.ike),
	MSG_PARTS(sa_install.parts),
	MSG_PROTOCOL(sa_install.protocol),
	MSG(U32, sa_install.spi_in),
	MSG(U32, sa_install.spi_out),
	MSG(ENDPOINT, sa_install.local),
	MSG(ENDPOINT, sa_install.remote),
	MSG(BOOL, sa_install.encap),
	MSG(SELECTOR, sa_install.selector),
	MSG(TRANSFORM, sa_install.encr),
	MSG(TRANSFORM, sa_install.integ),
	MSG(TRANSFORM, sa_install.dh),
	MSG_RANGE(U8, sa_install.esn, ESN_YES),
	MSG(SECRET, sa_install.encr_in),
	MSG(SECRET, sa_install.integ_in),
	MSG(SECRET, sa_install.encr_out),
	MSG(SECRET, sa_install.integ_out),
	MSG(U32, sa_install.replaces),
	MSG_WHY(sa_install.why),
	MSG(BOOL, sa_install.initiator),
	END,
};

static const struct part sa_parts[] = {
	MSG(U32, sa.conn),	  MSG_PROTOCOL(sa.protocol),
	MSG_PARTS(sa.parts),	  MSG(U32, sa.spi_in),
	MSG(U32, sa.spi_out),	  MSG(ENDPOINT, sa.local),
	MSG(ENDPOINT, sa.remote), MSG(BOOL, sa.encap),
	MSG_WHY(sa.why),	  END,
};

static const struct part policy_parts[] = {MSG(U32, policy_add.conn), MSG(U32, policy_add.child),
					   MSG(SELECTOR, policy_add.selector), END};

static const struct part ike_parts[] = {
	MSG(U32, ike.ike),
	MSG(U32, ike.old),
	MSG(U32, ike.conn),
	MSG(BOOL, ike.initiator),
	MSG(BOOL, ike.listed),
	MSG(BOOL, ike.nat_local),
	MSG(BOOL, ike.nat_remote),
	MSG(ENDPOINT, ike.local),
	MSG(ENDPOINT, ike.remote),
	MSG(IDENTITY, ike.local_id),
	MSG(IDENTITY, ike.remote_id),
	MSG(U64, ike.spi_i),
	MSG(U64, ike.spi_r),
	MSG(PROPOSAL, ike.chosen),
	MSG(U32, ike.lifetime_s),
	MSG(U64, ike.age_ms),
	MSG_WHY(ike.why),
	MSG(U16, ike.notify),
	END,
};

static const struct part child_parts[] = {
	MSG(U32, child.ike),
	MSG(U32, child.conn),
	MSG(U32, child.child),
	MSG_PROTOCOL(child.protocol),
	MSG(U32, child.spi_in),
	MSG(U32, child.spi_out),
	MSG(U32, child.old_spi_in),
	MSG(BOOL, child.initiator),
	MSG(BOOL, child.listed),
	MSG(SELECTOR, child.selector),
	MSG_WHY(child.why),
	MSG(U16, child.notify),
	END,
};

static const struct part notify_parts[] = {
	MSG(ENDPOINT, notify.peer), MSG(U32, notify.ike),	    MSG(U16, notify.notify),
	MSG(U32, notify.spi),	    MSG(BOOL, notify.is_protected), END,
};

static const struct part trace_parts[] = {MSG(ENDPOINT, trace.peer), MSG(U32, trace.ike),
					  MSG_RANGE(U8, trace.level, 2),
					  TEXT(struct engine_msg, trace.text), END};

static const struct part records_parts[] = {MSG(U32, records.lost),
					    MSG_RANGE(BYTES, records.len, ENGINE_RECORDS_MAX), END};
_Static_assert(offsetof(struct engine_records, bytes) ==
		       offsetof(struct engine_records, len) + sizeof(uint16_t),
	       "the bytes stand behind their length");

static const struct part done_parts[] = {
	MSG(U32, done.result), MSG(U32, done.spi),     MSG(U32, done.ike),
	MSG(U16, done.notify), MSG(U32, done.cursor),  MSG(U64, done.packets),
	MSG(U64, done.bytes),  MSG(U64, done.idle_ms), END,
};

#define MSG_COUNTS(i)                                                                              \
	MSG(U64, stats.count[i]), MSG(U64, stats.count[(i) + 1]), MSG(U64, stats.count[(i) + 2]),  \
		MSG(U64, stats.count[(i) + 3]), MSG(U64, stats.count[(i) + 4])
static const struct part stats_parts[] = {MSG_COUNTS(0),
					  MSG_COUNTS(5),
					  MSG_COUNTS(10),
					  MSG_COUNTS(15),
					  MSG_COUNTS(20),
					  MSG_COUNTS(25),
					  END};
_Static_assert(ENGINE_STAT_COUNT == 30, "each number of the statistics goes over the pair");

static const struct part *const message_parts[] = {
	[ENGINE_HELLO] = hello_parts,	      [ENGINE_CONN_PUT] = conn_put_parts,
	[ENGINE_CONN_DEL] = ref_parts,	      [ENGINE_INITIATE] = initiate_parts,
	[ENGINE_CREATE_CHILD] = ref_parts,    [ENGINE_REPLACE_CHILD] = ref_parts,
	[ENGINE_REPLACE_IKE] = ref_parts,     [ENGINE_DELETE_SPI] = delete_spi_parts,
	[ENGINE_CLOSE] = ref_parts,	      [ENGINE_LIVENESS] = ref_parts,
	[ENGINE_LIST] = list_parts,	      [ENGINE_TRACE_SET] = trace_set_parts,
	[ENGINE_ALLOC_SPI] = alloc_spi_parts, [ENGINE_SA_INSTALL] = install_parts,
	[ENGINE_SA_UPDATE] = sa_parts,	      [ENGINE_SA_DELETE] = sa_parts,
	[ENGINE_SA_USE] = sa_parts,	      [ENGINE_POLICY_ADD] = policy_parts,
	[ENGINE_IKE_UP] = ike_parts,	      [ENGINE_IKE_HALF] = ike_parts,
	[ENGINE_IKE_DOWN] = ike_parts,	      [ENGINE_IKE_REKEYED] = ike_parts,
	[ENGINE_CHILD_UP] = child_parts,      [ENGINE_CHILD_REKEYED] = child_parts,
	[ENGINE_CHILD_DOWN] = child_parts,    [ENGINE_PEER_NOTIFY] = notify_parts,
	[ENGINE_CONN_SEEN] = conn_put_parts,  [ENGINE_CONN_GONE] = ref_parts,
	[ENGINE_TRACE] = trace_parts,	      [ENGINE_NOTIFY_SEND] = notify_send_parts,
	[ENGINE_STATS] = stats_parts,	      [ENGINE_DONE] = done_parts,
	[ENGINE_RECORDS] = records_parts,
};

static const struct part *parts_of(unsigned int type)
{
	return type < COUNT_OF(message_parts) ? message_parts[type] : NULL;
}

/* ---- messages -------------------------------------------------------------------------------- */

int engine_encode(const struct engine_msg *m, struct writer *w)
{
	const struct part *parts = parts_of(m->type);

	if (!parts)
		return -EINVAL;
	writer_u16(w, (uint16_t)m->type);
	writer_u32(w, m->token);
	codec_put(w, parts, m);
	return writer_ok(w) && writer_mark(w) <= ENGINE_MESSAGE_MAX ? 0 : -EMSGSIZE;
}

int engine_decode(struct reader *r, struct engine_msg *m)
{
	struct decoder d = {.r = r};
	const struct part *parts;
	uint16_t type = reader_u16(r);

	memset(m, 0, sizeof(*m));
	parts = parts_of(type);
	if (!parts)
		return -EBADMSG;
	m->type = (enum engine_type)type;
	m->token = reader_u32(r);
	codec_get(&d, parts, m);
	if (!d.rc && !reader_done(r))
		d.rc = -EBADMSG;
	if (d.rc)
		engine_msg_clear(m);
	return d.rc;
}

void engine_msg_clear(struct engine_msg *m)
{
	const struct part *parts = parts_of(m->type);

	if (parts)
		codec_release(parts, m);
	memset(m, 0, sizeof(*m));
}

const char *engine_reason_text(enum engine_reason why)
{
	static const char *const texts[ENGINE_WHY_COUNT] = {
		[ENGINE_WHY_NONE] = "no reason given",
		[ENGINE_WHY_TRAFFIC] = "traffic",
		[ENGINE_WHY_RECOVERY] = "recovery",
		[ENGINE_WHY_AT_START] = "recovery at start",
		[ENGINE_WHY_OPERATOR] = "cleared by operator",
		[ENGINE_WHY_CONFIG] = "configuration changed",
		[ENGINE_WHY_LIFETIME] = "lifetime",
		[ENGINE_WHY_LOST] = "deleted by another program",
		[ENGINE_WHY_PEER_INIT] = "peer initiated",
		[ENGINE_WHY_PEER_DELETE] = "peer's DELETE",
		[ENGINE_WHY_PEER_REFUSED] = "refused by peer",
		[ENGINE_WHY_DPD] = "peer does not answer liveness checks",
		[ENGINE_WHY_TIMEOUT] = "no answer from peer",
		[ENGINE_WHY_AUTH] = "authentication failed",
		[ENGINE_WHY_INITIAL_CONTACT] = "initial contact",
		[ENGINE_WHY_DUPLICATE] = "duplicate",
		[ENGINE_WHY_REPLACED] = "replaced",
		[ENGINE_WHY_STOP] = "daemon stopped",
		[ENGINE_WHY_LOCAL_ERROR] = "local error",
	};

	return (unsigned int)why < ENGINE_WHY_COUNT ? texts[why] : "unknown";
}
