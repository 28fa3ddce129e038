#include "conn_samples.h"

#include <stdio.h>

#include "base/secret.h"
#include "base/text.h"

static void fill_names(struct conn *c, uint32_t id)
{
	c->id = id;
	c->kind = CONN_STATIC_MAP;
	c->seq = id * 10;
	snprintf(c->name, sizeof(c->name), "VPN %u", c->seq);
	text_copy(c->map, sizeof(c->map), "VPN");
	text_copy(c->interface, sizeof(c->interface), "eth0");
	addr_parse(&c->local, "10.1.1.1");
	addr_parse(&c->peers[0], "10.1.1.2");
	addr_parse(&c->peers[1], "2001:db8::2");
	c->peer_count = 2;
	c->current_peer = 1;
}

static void fill_ike(struct conn *c)
{
	c->local_id = identity_of_addr(&c->local);
	identity_set(&c->remote_id, IDENTITY_FQDN, "r2.example", 10);
	c->ike[0].protocol = c->ike[1].protocol = IKE_PROTO_IKE;
	proposal_add(&c->ike[0], TRANSFORM_ENCR, ENCR_AES_GCM_16, 256);
	proposal_add(&c->ike[0], TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0);
	proposal_add(&c->ike[1], TRANSFORM_DH, DH_ECP_256, 0);
	c->ike_count = 2;
	c->ike_lifetime_s = 86400;
	c->dpd = (struct conn_dpd){.interval_s = 30, .retry_s = 2, .periodic = true};
}

static void fill_esp(struct conn *c)
{
	c->esp[0].protocol = IKE_PROTO_ESP;
	proposal_add(&c->esp[0], TRANSFORM_ENCR, ENCR_AES_CBC, 128);
	proposal_add(&c->esp[0], TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	c->esp_count = 1;
	c->lifetime_s = 3600;
	c->lifetime_kb = 4608000;
	c->replay_window = 64;
}

static void fill_children(struct conn *c, uint32_t id)
{
	struct selector *s = &c->children[0].selector;

	prefix_parse(&s->local, "10.10.0.0/16");
	prefix_parse(&s->remote, "10.20.0.0/16");
	c->children[0].child = 10;
	c->children[0].reqid = id * 100;
	c->children[1] = c->children[0];
	c->children[1].child = 20;
	c->children[1].reqid = id * 100 + 1;
	s = &c->children[1].selector;
	prefix_parse(&s->remote, "10.20.1.0/24");
	s->proto = 6;
	s->remote_port = 443;
	s->remote_port_mask = 0xffff;
	c->child_count = 2;
}

struct conn *conn_sample(uint32_t id)
{
	struct conn *c = conn_new();

	if (!c)
		return NULL;
	fill_names(c, id);
	fill_ike(c);
	fill_esp(c);
	fill_children(c, id);
	c->psk_local = secret_new("a key", 5);
	c->psk_remote = secret_new("another key", 11);
	if (c->psk_local && c->psk_remote)
		return c;
	conn_unref(c);
	return NULL;
}
