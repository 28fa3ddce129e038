#include "engine_samples.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "conn/conn.h"
#include "conn_samples.h"

static struct addr addr(const char *text)
{
	struct addr a = {0};

	addr_parse(&a, text);
	return a;
}

static struct endpoint endpoint(const char *text, uint16_t port)
{
	return (struct endpoint){addr(text), port};
}

static struct selector selector(void)
{
	struct selector s = {.proto = 17, .local_port = 53, .local_port_mask = 0xffff};

	prefix_parse(&s.local, "2001:db8:1::/48");
	prefix_parse(&s.remote, "2001:db8:2::/48");
	return s;
}

static void fill_initiate(struct engine_msg *m)
{
	m->initiate = (struct engine_initiate){1, 10, true, ENGINE_WHY_RECOVERY, addr("10.1.1.2")};
}

static void fill_ref(struct engine_msg *m)
{
	m->ref = (struct engine_child_ref){1, 10, 77, 0xff001234, ENGINE_WHY_LIFETIME};
}

static void fill_sa(struct engine_msg *m)
{
	m->sa = (struct engine_sa_ref){.conn = 1,
				       .protocol = IKE_PROTO_ESP,
				       .parts = ENGINE_PART_OUT,
				       .spi_in = 0x100,
				       .spi_out = 0xffffffff,
				       .local = endpoint("10.1.1.1", 4500),
				       .remote = endpoint("10.1.1.2", 40000),
				       .encap = true,
				       .why = ENGINE_WHY_PEER_DELETE};
}

static void fill_install(struct engine_msg *m)
{
	struct engine_sa_install *s = &m->sa_install;

	s->conn = 1;
	s->child = 10;
	s->ike = 5;
	s->parts = ENGINE_PART_IN | ENGINE_PART_OUT;
	s->protocol = IKE_PROTO_ESP;
	s->spi_in = 0xc0000001;
	s->spi_out = 0xc0000002;
	s->local = endpoint("2001:db8::1", 0);
	s->remote = endpoint("2001:db8::2", 0);
	s->encap = true;
	s->selector = selector();
	s->encr = (struct transform){TRANSFORM_ENCR, ENCR_AES_CBC, 256};
	s->integ = (struct transform){TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0};
	s->dh = (struct transform){TRANSFORM_DH, 19, 0};
	s->esn = ESN_YES;
	s->replaces = 0xc0000000;
	s->why = ENGINE_WHY_TRAFFIC;
	s->initiator = true;
	s->encr_in = secret_new("0123456789abcdef0123456789abcdef", 32);
	s->integ_in = secret_new("an integrity key", 16);
	s->encr_out = secret_new("fedcba9876543210fedcba9876543210", 32);
}

static void fill_ike(struct engine_msg *m)
{
	struct engine_ike_event *e = &m->ike;

	*e = (struct engine_ike_event){.ike = 9,
				       .old = 8,
				       .conn = 3,
				       .initiator = true,
				       .listed = true,
				       .nat_local = true,
				       .nat_remote = true};
	e->local = endpoint("10.1.1.1", 500);
	e->remote = endpoint("10.1.1.2", 500);
	e->local_id = identity_of_addr(&e->local.addr);
	identity_set(&e->remote_id, IDENTITY_KEY_ID, "\x01\x02\xff", 3);
	e->spi_i = 0x0102030405060708;
	e->spi_r = 0xf1f2f3f4f5f6f7f8;
	e->chosen.protocol = IKE_PROTO_IKE;
	proposal_add(&e->chosen, TRANSFORM_ENCR, ENCR_AES_GCM_16, 256);
	proposal_add(&e->chosen, TRANSFORM_DH, DH_CURVE25519, 0);
	e->lifetime_s = 86400;
	e->age_ms = 0x0000010000000001;
	e->why = ENGINE_WHY_DPD;
	e->notify = 24;
}

static void fill_child(struct engine_msg *m)
{
	m->child = (struct engine_child_event){.ike = 9,
					       .conn = 3,
					       .child = 10,
					       .protocol = IKE_PROTO_ESP,
					       .spi_in = 1000,
					       .spi_out = 1001,
					       .old_spi_in = 999,
					       .initiator = true,
					       .listed = true,
					       .selector = selector(),
					       .why = ENGINE_WHY_REPLACED,
					       .notify = 38};
}

static void fill_small(struct engine_msg *m)
{
	switch (m->type) {
	case ENGINE_HELLO:
		m->hello = (struct engine_hello){ENGINE_VERSION, ENGINE_INITIAL_CONTACT};
		break;
	case ENGINE_DELETE_SPI:
		m->delete_spi =
			(struct engine_delete_spi){4, addr("10.1.1.2"), IKE_PROTO_ESP, 0xff00ff00};
		break;
	case ENGINE_NOTIFY_SEND:
		m->notify_send = (struct engine_notify_send){7, 0xff00ff01, addr("10.1.1.2")};
		break;
	case ENGINE_LIST:
		m->list.cursor = 256;
		break;
	case ENGINE_TRACE_SET:
		m->trace_set = (struct engine_trace_set){.level = 2, .peer_count = 2};
		prefix_parse(&m->trace_set.peers[0], "2001:db8::1");
		prefix_parse(&m->trace_set.peers[1], "10.0.0.0/8");
		break;
	case ENGINE_ALLOC_SPI:
		m->alloc_spi = (struct engine_alloc_spi){1, 10, addr("10.1.1.1"), addr("10.1.1.2"),
							 IKE_PROTO_ESP};
		break;
	case ENGINE_POLICY_ADD:
		m->policy_add = (struct engine_policy_add){1, 10, selector()};
		break;
	case ENGINE_PEER_NOTIFY:
		m->notify = (struct engine_peer_notify){endpoint("10.1.1.2", 500), 9, 11,
							0xff001234, true};
		break;
	case ENGINE_TRACE:
		m->trace.peer = endpoint("10.1.1.2", 500);
		m->trace.ike = 9;
		m->trace.level = 1;
		text_copy(m->trace.text, sizeof(m->trace.text), "received IKE_SA_INIT request");
		break;
	case ENGINE_STATS:
		for (size_t i = 0; i < ENGINE_STAT_COUNT; i++)
			m->stats.count[i] = (1ull << 33) + i;
		break;
	case ENGINE_RECORDS:
		m->records.lost = 3;
		m->records.len = 700;
		memset(m->records.bytes, 0x5a, 700);
		break;
	default:
		m->done = (struct engine_done){-19, 0xff001234, 9,	    14,
					       512, 1u << 20,	1ull << 40, 300};
	}
}

static void fill_conn(struct engine_msg *m)
{
	m->conn_put.conn = conn_sample(7);
}

static bool is_whole(const struct engine_msg *m)
{
	if (m->type == ENGINE_CONN_PUT || m->type == ENGINE_CONN_SEEN)
		return m->conn_put.conn;
	if (m->type == ENGINE_SA_INSTALL)
		return m->sa_install.encr_in && m->sa_install.integ_in && m->sa_install.encr_out;
	return true;
}

int engine_sample(enum engine_type type, struct engine_msg *m)
{
	static void (*const fillers[ENGINE_RECORDS + 1])(struct engine_msg *) = {
		[ENGINE_CONN_PUT] = fill_conn,	   [ENGINE_CONN_SEEN] = fill_conn,
		[ENGINE_INITIATE] = fill_initiate, [ENGINE_SA_INSTALL] = fill_install,
		[ENGINE_CONN_DEL] = fill_ref,	   [ENGINE_CREATE_CHILD] = fill_ref,
		[ENGINE_REPLACE_CHILD] = fill_ref, [ENGINE_REPLACE_IKE] = fill_ref,
		[ENGINE_CLOSE] = fill_ref,	   [ENGINE_LIVENESS] = fill_ref,
		[ENGINE_CONN_GONE] = fill_ref,	   [ENGINE_SA_UPDATE] = fill_sa,
		[ENGINE_SA_DELETE] = fill_sa,	   [ENGINE_SA_USE] = fill_sa,
		[ENGINE_IKE_UP] = fill_ike,	   [ENGINE_IKE_HALF] = fill_ike,
		[ENGINE_IKE_DOWN] = fill_ike,	   [ENGINE_IKE_REKEYED] = fill_ike,
		[ENGINE_CHILD_UP] = fill_child,	   [ENGINE_CHILD_REKEYED] = fill_child,
		[ENGINE_CHILD_DOWN] = fill_child,
	};

	memset(m, 0, sizeof(*m));
	m->type = type;
	m->token = 0x01020304;
	(fillers[type] ? fillers[type] : fill_small)(m);
	if (is_whole(m))
		return 0;
	engine_msg_clear(m);
	return -ENOMEM;
}

static bool same_secret(const struct secret *a, const struct secret *b)
{
	return a && b ? secret_equal(a, b) : a == b;
}

static bool same_install(const struct engine_sa_install *a, const struct engine_sa_install *b)
{
	struct engine_sa_install x = *a, y = *b;

	x.encr_in = x.integ_in = x.encr_out = x.integ_out = NULL;
	y.encr_in = y.integ_in = y.encr_out = y.integ_out = NULL;
	/* Samples and decoded messages begin as zeroed memory: so does what is between members. */
	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
	return !memcmp(&x, &y, sizeof(x)) && same_secret(a->encr_in, b->encr_in) &&
	       same_secret(a->integ_in, b->integ_in) && same_secret(a->encr_out, b->encr_out) &&
	       same_secret(a->integ_out, b->integ_out);
}

bool engine_same(const struct engine_msg *a, const struct engine_msg *b)
{
	if (a->type != b->type || a->token != b->token)
		return false;
	if (a->type == ENGINE_CONN_PUT || a->type == ENGINE_CONN_SEEN)
		return conn_same(a->conn_put.conn, b->conn_put.conn) &&
		       a->conn_put.conn->version == b->conn_put.conn->version;
	if (a->type == ENGINE_SA_INSTALL)
		return same_install(&a->sa_install, &b->sa_install);
	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
	return !memcmp(a, b, sizeof(*a));
}
