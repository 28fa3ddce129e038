/*
 * ike_pair: two IKE engines on one simulated clock, a fake router behind each, and between them an
 * array of datagrams that can be lost, doubled, delayed and changed by index.
 */
#ifndef SCENARIO_IKE_PAIR_H
#define SCENARIO_IKE_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/loop.h"
#include "base/reader.h"
#include "conn/conn.h"
#include "ike/v2/v2.h"
#include "tests/fake/ike_router.h"

struct jobs;
struct pair_item;

enum pair_fate { PAIR_PASS, PAIR_DROP, PAIR_TWICE };

struct pair_end {
	struct pair *pair;
	int index;
	struct ike_v2 *v2;
	struct fake_router router;
	struct addr addr;
	struct jobs *jobs;
};

struct pair {
	struct loop *loop;
	struct pair_end end[2];
	struct loop_timer pump;
	struct pair_item *queue;
	uint64_t order;
	uint64_t delay_ms, jitter_ms; /* of datagrams */
	uint32_t random;	      /* state of a small generator: runs repeat */
	unsigned int datagrams;	      /* sent so far */
	unsigned int drop_index;      /* this one is lost (from 1; 0 = none) */
	unsigned int twice_index;
	bool cut[2]; /* nothing leaves that end */
	bool nat;    /* end 0 is seen from another address and port */
	/* Asked for each datagram; may be NULL. It may change the bytes. */
	enum pair_fate (*filter)(struct pair *p, int from, uint8_t *data, size_t *len, void *arg);
	void *filter_arg;
	uint8_t last[2][4096]; /* the last datagram that each end sent */
	size_t last_len[2];
	size_t max_ikes;
	bool forgiving; /* allocation failures: nothing is asserted on the way */
};

struct pair_options {
	const char *psk[2];		  /* NULL: "secret" */
	const char *id[2];		  /* FQDN; NULL: address */
	const struct proposal *ike, *esp; /* NULL: AES-GCM-256, group 31; one, for both ends */
	const struct proposal *ike_other; /* end 1's, if different */
	uint32_t ike_lifetime_s;
	struct conn_dpd dpd;
	unsigned int children; /* 0 = 1 */
	bool v6;
	const char *
		remote_selector; /* end 1's local prefix of child 1, narrower than end 0's remote */
};

struct pair *pair_new(const struct pair_options *o); /* o may be NULL */
void pair_free(struct pair *p);
/* The connection of an end as pair_new() put it (id 1, children 10, 20 …); the caller unrefs. */
struct conn *pair_conn(const struct pair_options *o, int end);
void pair_put_conn(struct pair *p, int end, struct conn *c); /* takes the reference */

void pair_run(struct pair *p, uint64_t ms);
uint32_t pair_initiate(struct pair *p, int end, uint32_t child, bool initial_contact, uint8_t why);
uint32_t pair_ask(struct pair *p, int end, struct engine_msg *m); /* sets the token */
uint32_t pair_ref(struct pair *p, int end, enum engine_type type, uint32_t child, uint32_t spi_in,
		  uint8_t why);
int pair_result(struct pair *p, int end, uint32_t token); /* fails the test when there is none */
/* Hands a datagram to an end as if the other had sent it. */
void pair_inject(struct pair *p, int to, struct view datagram);

/* Up at both ends with so many pairs, same keys both ways. */
void pair_assert_synced(struct pair *p, size_t pairs);
/* A packet of `child` from one end now, arriving after the network's delay; counted. */
bool pair_packet(struct pair *p, int from, uint32_t child);
size_t pair_ikes(const struct pair *p, int end); /* established ones, by LIST */
bool pair_establish(struct pair *p);		 /* end 0 initiates child 10; true when synced */

struct proposal pair_ike_proposal(uint16_t encr, uint16_t bits, uint16_t integ, uint16_t dh);
struct proposal pair_esp_proposal(uint16_t encr, uint16_t bits, uint16_t integ, uint16_t dh);

#endif
