/*
 * v2_internal: what the files of ike/v2 share. Read in this order: struct ike_v2 (the engine),
 * struct ike_sa (one IKE SA), struct ike_task (one exchange of ours), struct ike_op (one Child SA
 * being negotiated, in either role), struct ike_child (one Child SA).
 *
 * Lifetimes: every entry point (datagram, engine message, timer, job) ends in ike_v2_reap(). What
 * goes away is unlinked at once and freed there, so a pointer stays good to the end of the call.
 */
#ifndef IKE_V2_INTERNAL_H
#define IKE_V2_INTERNAL_H

#include "base/list.h"
#include "base/loop.h"
#include "base/pace.h"
#include "base/table.h"
#include "conn/conn.h"
#include "engine/engine.h"
#include "ike/crypto/crypto.h"
#include "ike/v2/state.h"
#include "ike/v2/v2.h"
#include "ike/wire/wire.h"
#include "recorder/note.h"

#define IKE_PORT	    500
#define IKE_NAT_PORT	    4500
#define IKE_SAS_MAX	    16384
#define IKE_HALF_OPEN_MAX   256 /* that peers began */
#define IKE_COOKIE_TOTAL    32	/* half-open ones from which on cookies are asked for */
#define IKE_COOKIE_PER_PEER 5
#define IKE_TASKS_MAX	    128
#define IKE_DOOMED_MAX	    8
#define IKE_OPS_MAX	    4096
#define IKE_TRIES_MAX	    6
#define IKE_NONCE_MAX	    256 /* RFC 7296 3.9 */
#define IKE_NONCE_MIN	    16
#define IKE_COOKIE_MAX	    64
#define IKE_RESTARTS_MAX    4 /* of IKE_SA_INIT by COOKIE and INVALID_KE_PAYLOAD */
#define IKE_LIST_PAGE	    64
#define IKE_HANDLE_MAX	    0x1ffffff /* 25 bits: LIST's cursor holds 7 more */

#define IKE_HALF_OPEN_MS      10000
#define IKE_FAILED_MS	      5000 /* how long a refused AUTH's answer can be repeated */
#define IKE_DUPLICATE_MS      5000
#define IKE_DUPLICATE_WAIT_MS 2000
#define IKE_STOP_MS	      2000
#define IKE_LINGER_MS	      300
#define IKE_OUT_POLL_MS	      100
#define IKE_OUT_WAIT_MS	      2000
#define IKE_OUT_AGAIN_MS      1000 /* while there is no router */
#define IKE_OUT_TWIN_MS	      200
#define IKE_RETRY_MS	      1000 /* after TEMPORARY_FAILURE, with as much jitter */
#define IKE_OP_RETRIES	      3
#define IKE_COOKIE_ROTATE_MS  60000

struct ike_dh_job;
struct ike_op;
struct ike_sa;
struct ike_task;

struct ike_nonce {
	uint16_t len;
	uint8_t data[IKE_NONCE_MAX];
};

/* One request of router that waits for its DONE; a group when several things must end first. */
struct ike_wait {
	uint32_t token;
	unsigned int refs;
	struct engine_done done;
};

struct ike_waiter {
	struct list node;
	struct ike_wait *wait;
};

#define IKE_RECORDS_ROOM                                                                           \
	16384 /* some hundred notes, which wait for a router that is being started again */

struct ike_recording {
	bool on, stuck; /* stuck: router did not take the last batch */
	uint32_t lost;
	size_t len;
	uint64_t first_ms; /* of the oldest note here */
	struct loop_timer flush;
	struct pace strangers;
	uint8_t buf[IKE_RECORDS_ROOM];
};

struct ike_v2 {
	struct loop *loop;
	struct jobs *jobs;
	struct engine_port router;
	const struct ike_transport_ops *transport;
	void *transport_ctx;
	struct table *by_spi, *by_init, *by_handle, *by_peer, *conns, *conn_peers;
	struct table *children;		 /* by inbound SPI */
	struct table *by_token, *by_arg; /* the pending requests */
	struct list sas;		 /* struct ike_sa, in the order of handles */
	struct list marked;		 /* of them, by their mark */
	struct list halted;   /* of them: a DELETE waits for outbound SAs to be installed */
	struct list callers;  /* of them: half-open ones that peers began */
	struct list jobs_out; /* struct ike_dh_job */
	struct list pending;  /* requests to router */
	struct list dead_sas, dead_children, dead_ops, dead_tasks;
	size_t sa_count, op_count, half_open;
	uint32_t next_token;
	engine_ike next_handle;
	struct engine_trace_set trace;
	struct secret *cookie_key[2]; /* of this and of the period before */
	uint32_t cookie_version;
	uint64_t cookie_since_ms;
	struct secret *digest_key;
	struct pace hint_pace, refuse_pace;
	struct ike_v2_stats stats;
	struct ike_recording recording;
	uint8_t out[IKE_STATE_MESSAGE_MAX];
	uint8_t plain[IKE_DATAGRAM_MAX];
};

enum ike_phase {
	IKE_PHASE_START,     /* ours; its key pair is being made */
	IKE_PHASE_INIT_SENT, /* ours; IKE_SA_INIT is out */
	IKE_PHASE_AUTH_SENT, /* ours; keys are there, IKE_AUTH is out or about to be */
	IKE_PHASE_INIT_GOT,  /* the peer's; our half of IKE_SA_INIT is being computed */
	IKE_PHASE_HALF_OPEN, /* the peer's; IKE_SA_INIT is answered */
	IKE_PHASE_ESTABLISHED,
	IKE_PHASE_CLOSING, /* our DELETE is queued or out */
	IKE_PHASE_FAILED,  /* the peer's; refused, its answer can be repeated */
	IKE_PHASE_DEAD,
};

/* What only the initial exchanges need. */
struct ike_handshake {
	struct ike_nonce ni, nr;
	uint16_t group;
	struct ike_dh *dh;
	struct secret *shared;
	struct ike_dh_job *job;
	uint8_t *init_request, *init_response; /* whole datagrams: AUTH signs them */
	size_t init_request_len, init_response_len;
	uint8_t cookie[IKE_COOKIE_MAX];
	uint8_t cookie_len, restarts;
	uint8_t request_digest[IKE_STATE_DIGEST_LEN];
	uint8_t offer_number; /* responder: of the proposal taken */
	bool initial_contact, nat_known;
};

struct ike_sa {
	struct table_node by_spi, by_init, by_handle, by_peer;
	struct list node; /* v2->sas, dead_sas */
	struct ike_v2 *v2;
	engine_ike handle;
	const struct conn *conn; /* of a peer's half-open one: a candidate */
	struct ike_sa_state *s;
	struct ike_keys keys;
	enum ike_phase phase;
	struct ike_handshake *hs; /* NULL once established */
	struct list children, tasks, ops, close_waiters;
	size_t task_count;
	struct ike_task *current; /* its request is out */
	unsigned int tries;
	bool responding;	/* a request of the peer is being worked on */
	bool announced;		/* router has heard of it and will hear of its end */
	bool indexed;		/* in by_init */
	bool contact;		/* its INITIAL_CONTACT takes effect when IKE_AUTH is answered */
	bool outlived;		/* it goes by INITIAL_CONTACT; router retires what it leaves */
	unsigned int silencing; /* outbound parts that go before our DELETE leaves */
	uint8_t request_digest[IKE_STATE_DIGEST_LEN]; /* of that request */
	uint8_t request_exchange;
	struct ike_delete deleting; /* that request's DELETE, while outbound SAs are installed */
	bool leaving;		    /* that request ends the IKE SA */
	/* Unknown SPIs that the peer deleted while our CREATE_CHILD_SA is out: its answer, late or
	 * lost, may be about to bring one of them. */
	uint32_t doomed[IKE_DOOMED_MAX];
	uint8_t doomed_count;
	uint8_t leaving_why;
	uint8_t why; /* why it began; from CLOSING on: why it ends */
	uint16_t notify;
	uint64_t init_ms, heard_ms;
	struct ike_nonce lowest; /* of its two nonces: RFC 7296 2.8.2 */
	engine_ike replaces;	 /* make before break: closed when our Children are up */
	struct ike_wait *replace_wait;
	unsigned int use_left; /* answers to SA_USE that are still to come */
	bool use_out, use_in, duplicate, replace_ready;
	struct list mark; /* in v2->marked, or alone */
	struct list halt; /* in v2->halted, or alone */
	struct list call; /* in v2->callers, or alone */
	struct loop_timer retransmit, guard, dpd, life;
};

/* One exchange that we begin. Queued; the window is one, so one at a time is `current`. */
struct ike_task_ops {
	const char *name;
	uint8_t exchange;
	void (*build)(struct ike_task *t, struct ike_builder *b);
	/* The answer of an INFORMATIONAL; others are dispatched by the table in input.c. */
	void (*answer)(struct ike_task *t, const struct ike_message *m);
	/* Before the datagram leaves; optional. -errno: the IKE SA ends. */
	int (*sent)(struct ike_task *t, struct view datagram);
	/* It ended without an answer; the task is freed by the caller. */
	void (*failed)(struct ike_task *t, int result, uint16_t notify);
};

struct ike_task {
	struct list node;
	const struct ike_task_ops *ops;
	struct ike_sa *sa;
	struct ike_op *op;
	struct ike_child *child;
	struct ike_wait *wait;
	uint32_t spi;
	uint8_t protocol, why;
	uint16_t notify;
};

enum ike_child_phase {
	IKE_CHILD_INSTALLING,
	IKE_CHILD_LIVE,
	IKE_CHILD_REPLACED, /* a fresh pair is there; whoever made it deletes this one */
	IKE_CHILD_DELETING, /* our DELETE is queued or out */
	IKE_CHILD_DEAD,
};

struct ike_child {
	struct list node; /* sa->children, dead_children */
	struct table_node by_in;
	struct ike_sa *sa;
	int slot; /* in sa->s->children */
	enum ike_child_phase phase;
	uint32_t child;
	bool initiator, in, out, announced;
	uint8_t why;
	struct engine_sa_install install; /* keys only while a part is still to be installed */
	struct ike_nonce lowest;
	struct ike_child *successor;
	struct loop_timer out_timer;
	uint64_t out_until_ms;
	bool out_busy;
};

enum ike_op_step {
	IKE_OP_WAIT,   /* for its IKE SA, or before the next try */
	IKE_OP_ALLOC,  /* router gives the inbound SPI */
	IKE_OP_KE,     /* our key pair */
	IKE_OP_ASK,    /* the request is queued or out */
	IKE_OP_SHARED, /* the shared secret */
	IKE_OP_POLICY, /* narrower selectors go to router */
	IKE_OP_INSTALL,
	IKE_OP_OVER,
};

/* One Child SA being negotiated, in either role. Ends with its IKE SA at the latest. */
struct ike_op {
	struct list node; /* sa->ops, dead_ops */
	struct ike_v2 *v2;
	struct ike_sa *sa;
	enum ike_op_step step;
	uint32_t child;
	bool initiator, first /* rides in IKE_AUTH */, rekey, loser, late, accepted;
	bool carried;	 /* router has a pair of that Child that sends */
	bool peer_waits; /* initiator: the peer sends on it when it hears that we listen */
	uint8_t why, retries;
	uint32_t old_spi_in;
	struct ike_child *old, *rival, *made;
	struct ike_nonce ni, nr;
	uint16_t group;
	struct ike_dh *dh;
	struct secret *shared;
	struct ike_dh_job *job;
	uint8_t peer_ke[IKE_DH_PUBLIC_MAX]; /* responder: public */
	size_t peer_ke_len;
	uint32_t spi_in, spi_out;
	uint8_t offer_number;
	struct proposal chosen;
	struct selector selector;
	struct ike_child_keys keys;
	struct list waiters;
	struct loop_timer retry;
};

/* ---- v2.c: the engine's life, router's requests ---------------------------------------------- */
void ike_v2_reap(struct ike_v2 *v2);
uint64_t ike_v2_now(const struct ike_v2 *v2);
void ike_v2_digest(const struct ike_v2 *v2, struct view data, uint8_t out[IKE_STATE_DIGEST_LEN]);

/* ---- api.c: router's requests ---------------------------------------------------------------- */
void ike_api_message(struct ike_v2 *v2, struct engine_msg *m);

/* One unprotected INVALID_SPI notify to a configured peer (info.c). */
void ike_info_invalid_spi(struct ike_v2 *v2, const struct conn *c, const struct addr *peer,
			  uint32_t spi);

/* ---- conns.c: the connections that router gave us -------------------------------------------- */
int ike_conns_init(struct ike_v2 *v2);
void ike_conns_free(struct ike_v2 *v2);
int ike_conns_put(struct ike_v2 *v2, const struct conn *c);
void ike_conns_del(struct ike_v2 *v2, uint32_t id);
const struct conn *ike_conns_by_id(const struct ike_v2 *v2, uint32_t id);
/* Those between two addresses, lowest map sequence first; how many were stored. */
size_t ike_conns_between(const struct ike_v2 *v2, const struct addr *local, const struct addr *peer,
			 const struct conn **out, size_t max);
struct identity ike_conn_local_id(const struct conn *c);

/* ---- router.c: requests to router, answers, events ------------------------------------------- */
/* done is called once, never before this returns; 0, or -errno (then it is not called). */
int ike_router_request(struct ike_v2 *v2, struct engine_msg *m,
		       void (*done)(void *arg, const struct engine_done *done), void *arg);
void ike_router_answer(struct ike_v2 *v2, const struct engine_msg *m);
void ike_router_lost(struct ike_v2 *v2); /* all pending ones have failed */
void ike_router_forget(struct ike_v2 *v2, const void *arg);
void ike_router_free(struct ike_v2 *v2);
void ike_router_done(struct ike_v2 *v2, uint32_t token, const struct engine_done *done);
void ike_router_event(struct ike_v2 *v2, const struct engine_msg *m);
void ike_router_result_of(struct ike_v2 *v2, uint32_t token, int result);
void ike_router_sa_delete(struct ike_v2 *v2, const struct engine_sa_install *sa, uint8_t parts,
			  uint8_t why);
/* The same for an outbound part, with an answer when it is gone. */
int ike_router_sa_silence(struct ike_v2 *v2, const struct engine_sa_install *sa, uint8_t why,
			  void (*done)(void *arg, const struct engine_done *done), void *arg);
void ike_event_sa(const struct ike_sa *sa, enum engine_type type, bool listed);
void ike_event_child(const struct ike_child *c, enum engine_type type, uint32_t old_spi_in,
		     uint8_t why, uint16_t notify, bool listed);
void ike_event_notify(struct ike_v2 *v2, const struct endpoint *peer, engine_ike ike,
		      const struct ike_notify_body *n, bool is_protected);
struct ike_wait *ike_wait_new(uint32_t token);
struct ike_wait *ike_wait_ref(struct ike_wait *w);
/* The first result that is not 0 stays; the last reference sends DONE. NULL is fine. */
void ike_wait_end(struct ike_v2 *v2, struct ike_wait *w, const struct engine_done *done);
int ike_waiters_add(struct list *waiters, struct ike_wait *w); /* takes a reference; -ENOMEM: not */
/* router has gone: no DONE. */
void ike_wait_drop(struct ike_wait **w);
void ike_waiters_drop(struct list *waiters);
void ike_waiters_end(struct ike_v2 *v2, struct list *waiters, const struct engine_done *done);

/* ---- sa.c ------------------------------------------------------------------------------------ */
struct ike_sa *ike_sa_new(struct ike_v2 *v2, bool initiator, const struct endpoint *local,
			  const struct endpoint *remote);
int ike_sa_index_init(struct ike_sa *sa); /* responder: found again by a repeated IKE_SA_INIT */
struct ike_sa *ike_sa_by_spi(const struct ike_v2 *v2, uint64_t our_spi);
struct ike_sa *ike_sa_by_init(const struct ike_v2 *v2, uint64_t spi_i, const struct endpoint *from);
struct ike_sa *ike_sa_by_handle(const struct ike_v2 *v2, engine_ike handle);
/* A live one to that peer (and of that connection, if not 0), youngest first. */
struct ike_sa *ike_sa_established(const struct ike_v2 *v2, uint32_t conn, const struct addr *peer);
/* For a walk in which handlers may end other IKE SAs too: mark, then take one by one. */
struct ike_sa *ike_sa_take_marked(struct ike_v2 *v2);
void ike_sa_mark(struct ike_sa *sa); /* to be taken once */
/* Those with that peer, in any order: walk with it = NULL. */
/* Those of a connection, in any order, by way of its peers: walk with it = NULL. */
struct ike_sa *ike_sa_next_of_conn(const struct ike_v2 *v2, const struct conn *c,
				   const struct ike_sa *it);
struct ike_sa *ike_sa_next_of_peer(const struct ike_v2 *v2, const struct addr *peer,
				   const struct ike_sa *it);
/* Its ends have moved. */
void ike_sa_move(struct ike_sa *sa, const struct endpoint *local, const struct endpoint *remote);
bool ike_sa_is_half_open(const struct ike_sa *sa);
size_t ike_sa_half_open_from(const struct ike_v2 *v2, const struct addr *peer);
void ike_sa_set_conn(struct ike_sa *sa, const struct conn *c);
void ike_sa_up(struct ike_sa *sa);
/* Ends it here and now: Children, tasks, waiters, IKE_DOWN. Says nothing to the peer. */
void ike_sa_down(struct ike_sa *sa, uint8_t why, uint16_t notify);
void ike_sa_free(struct ike_sa *sa); /* reap only */
void ike_handshake_free(struct ike_sa *sa);
/* Says goodbye first, where there is somebody to say it to. */
void ike_sa_close(struct ike_sa *sa, uint8_t why, uint16_t notify);
/* A peer's half-open one is refused: router hears it now, its answer can be repeated a while. */
void ike_sa_refuse(struct ike_sa *sa, uint8_t why, uint16_t notify);
void ike_sa_announce_half(struct ike_sa *sa);

/* ---- message.c ------------------------------------------------------------------------------- */
void ike_message_begin(struct ike_sa *sa, struct ike_builder *b, uint8_t exchange, bool response,
		       uint32_t id);
/* Seals; view into v2->out, empty on failure. */
struct view ike_message_end(struct ike_sa *sa, struct ike_builder *b);
void ike_message_transmit(struct ike_sa *sa, struct view datagram);
void ike_message_count_sent(struct ike_v2 *v2, struct view datagram);
void ike_message_count_received(struct ike_v2 *v2, const struct ike_header *h);
/* Builds and sends the response to the request that is being worked on. */
void ike_message_respond(struct ike_sa *sa,
			 void (*build)(struct ike_sa *sa, struct ike_builder *b, void *arg),
			 void *arg);
void ike_message_respond_notify(struct ike_sa *sa, uint16_t notify, struct view data);
void ike_message_notify(struct ike_builder *b, uint16_t type, struct view data);
/* First error notify of a message; 0 = none. */
uint16_t ike_message_error(const struct ike_message *m);

/* ---- task.c ---------------------------------------------------------------------------------- */
extern const struct ike_task_ops ike_task_init, ike_task_auth, ike_task_create, ike_task_liveness,
	ike_task_delete_child, ike_task_delete_spi, ike_task_delete_ike, ike_task_receives;
bool ike_task_is_asking(const struct ike_sa *sa); /* a CREATE_CHILD_SA of ours is out */
struct ike_task *ike_task_new(struct ike_sa *sa, const struct ike_task_ops *ops);
void ike_task_queue(struct ike_task *t); /* takes it; starts it when the window is free */
void ike_task_send(struct ike_task *t);	 /* now; it is (again) the current one */
void ike_task_next(struct ike_sa *sa);
void ike_task_end(struct ike_task *t); /* frees at reap */
void ike_task_fail_queued(struct ike_sa *sa, int result, uint16_t notify);
void ike_task_fail_all(struct ike_sa *sa, int result, uint16_t notify);
void ike_task_forget_child(struct ike_sa *sa, const struct ike_child *c);
void ike_task_forget_op(struct ike_sa *sa, const struct ike_op *op);
void ike_task_drop_waits(struct ike_sa *sa);
void ike_task_retransmit(void *sa);

/* ---- input.c --------------------------------------------------------------------------------- */
void ike_input(struct ike_v2 *v2, const struct endpoint *local, const struct endpoint *remote,
	       struct view datagram);

/* ---- dh.c: jobs ------------------------------------------------------------------------------ */
/* Makes a key pair of `group` when *dh is NULL and, when peer is not empty, the shared secret.
 * The results go to *dh and *shared; then done(arg, result). *job is set until then; on -errno it
 * is not, and done is not called. */
int ike_dh_submit(struct ike_v2 *v2, uint16_t group, struct ike_dh **dh, struct secret **shared,
		  struct view peer, struct ike_dh_job **job, void (*done)(void *arg, int result),
		  void *arg);
void ike_dh_orphan(struct ike_dh_job *job); /* its owner goes; NULL is fine */
void ike_dh_orphan_all(struct ike_v2 *v2);

/* ---- init_i.c, init_r.c, cookie.c ------------------------------------------------------------ */
/* Begins an IKE SA with its first Child; wait (may be NULL) is referenced on success. */
int ike_init_begin(struct ike_v2 *v2, const struct conn *c, const struct addr *peer, uint32_t child,
		   uint8_t why, bool initial_contact, struct ike_wait *wait, struct ike_sa **out);
void ike_init_accepted(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
void ike_init_refused(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
void ike_init_request(struct ike_v2 *v2, const struct endpoint *local,
		      const struct endpoint *remote, struct ike_message *m);
void ike_init_add_common(struct ike_builder *b, uint64_t spi_i, uint64_t spi_r,
			 const struct endpoint *local, const struct endpoint *remote);
void ike_init_detect_nat(struct ike_sa *sa, const struct ike_message *m);
int ike_init_keys(struct ike_sa *sa); /* derives from hs->shared */
bool ike_nonce_take(struct ike_nonce *n, const struct ike_message *m);
void ike_nonce_make(struct ike_nonce *n);
struct view ike_nonce_view(const struct ike_nonce *n);
bool ike_init_is_spindle(const struct ike_message *m);
int ike_cookie_rotate(struct ike_v2 *v2);
int ike_cookie_make(struct ike_v2 *v2, struct view nonce, const struct endpoint *from,
		    uint64_t spi_i, uint8_t out[36]);
bool ike_cookie_check(struct ike_v2 *v2, struct view cookie, struct view nonce,
		      const struct endpoint *from, uint64_t spi_i);

/* ---- auth_i.c, auth_r.c ---------------------------------------------------------------------- */
void ike_auth_accepted(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
void ike_auth_refused(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
void ike_auth_request(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
/* The first Child is there, or is not (op NULL): the answer leaves. */
void ike_auth_respond(struct ike_sa *sa, struct ike_op *op, uint16_t child_notify);
size_t ike_id_body(const struct identity *id, uint8_t buf[4 + IDENTITY_MAX]);

/* ---- op.c: a Child SA being negotiated ------------------------------------------------------- */
struct ike_op *ike_op_new(struct ike_sa *sa, uint32_t child, bool initiator, uint8_t why);
void ike_op_start(struct ike_op *op);
void ike_op_answered(struct ike_op *op, struct view peer_ke); /* the peer's part is in it */
/* It ends without a Child: waiters, larval SPI, the responder's error answer. */
void ike_op_fail(struct ike_op *op, int result, uint16_t notify);
void ike_op_free(struct ike_op *op); /* reap only */
void ike_op_done(struct ike_op *op, const struct ike_child *c);
struct ike_op *ike_op_of(const struct ike_sa *sa, uint32_t child);
struct ike_op *ike_op_rekeying(const struct ike_child *c, bool ours);
void ike_op_ask(struct ike_op *op); /* queues the request */
void ike_op_forget_child(const struct ike_child *c);
void ike_op_drop_waits(struct ike_sa *sa);
void ike_op_later(struct ike_op *op); /* tries again after a while, or fails */
void ike_op_new_group(struct ike_op *op, uint16_t group);
/* Responder: the peer is asked to say when it receives on the new pair. */
bool ike_op_waits(const struct ike_op *op);
size_t ike_op_offers(const struct ike_op *op, struct ike_offer out[CONN_PROPOSALS_MAX]);

/* ---- inherit.c: what waits for a Child of an IKE SA that ends --------------------------------- */
/* Takes over those waiters that another IKE SA with the peer can serve; the rest stay in the list. */
void ike_inherit(struct ike_sa *ending, uint32_t child, uint8_t why, struct list *waiters);

/* ---- child.c: Child SAs ---------------------------------------------------------------------- */
struct ike_child *ike_child_new(struct ike_op *op); /* takes op's keys */
void ike_child_wipe(struct ike_child *c);	    /* its keys are in the kernel */
void ike_child_announce(struct ike_child *c, uint32_t old_spi_in);
void ike_child_gone(struct ike_child *c, uint8_t why, uint16_t notify);
void ike_child_delete(struct ike_child *c, uint8_t why); /* by DELETE exchange */
struct ike_child *ike_child_by_in(const struct ike_sa *sa, uint32_t spi_in);
struct ike_child *ike_child_find(const struct ike_v2 *v2, uint32_t spi_in); /* of any IKE SA */
struct ike_child *ike_child_by_out(const struct ike_sa *sa, uint32_t spi_out);
/* Watches for the moment, so long at most. */
void ike_child_want_out(struct ike_child *c, uint64_t wait_ms);
/* A live pair of the same connection's child, over another IKE SA, that we send on. */
struct ike_child *ike_child_twin(const struct ike_child *c);
/* Who takes over from c and does not send yet; NULL. */
struct ike_child *ike_child_heir(const struct ike_child *c);
int ike_child_install_out(struct ike_child *c); /* now */
void ike_child_tell_receives(struct ike_child *c);
void ike_child_free(struct ike_child *c);

/* ---- create.c: CREATE_CHILD_SA --------------------------------------------------------------- */
void ike_create_accepted(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
void ike_create_refused(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
void ike_create_request(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
void ike_create_rekey_ike(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
void ike_create_respond(struct ike_sa *sa, struct ike_op *op, uint16_t notify);
/* The peer's SA, TSi, TSr, nonce (and KE's group) into op: 0 or the notify to refuse with. */
uint16_t ike_create_take_offer(struct ike_op *op, const struct ike_message *m);
void ike_create_add_child(const struct ike_op *op, struct ike_builder *b);
uint16_t ike_create_take_answer(struct ike_op *op, const struct ike_message *m);

/* ---- info.c: INFORMATIONAL ------------------------------------------------------------------- */
void ike_info_request(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
void ike_info_answer(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
/* An outbound SA that a DELETE waited for is there. */
void ike_info_continue_all(struct ike_v2 *v2);
void ike_info_hint(struct ike_v2 *v2, const struct endpoint *remote, const struct ike_message *m);

/* ---- timers.c -------------------------------------------------------------------------------- */
void ike_timer_guard(void *sa);
void ike_timer_dpd(void *sa);
void ike_timer_life(void *sa);
int ike_timers_start(struct ike_sa *sa); /* of an established one */
int ike_replace_begin(struct ike_sa *old, uint8_t why, struct ike_wait *wait);
void ike_replace_up(struct ike_sa *fresh);    /* established: the other Children follow */
void ike_replace_check(struct ike_sa *fresh); /* closes the old one when they are there */

/* ---- collide.c: pure rules, and who is told -------------------------------------------------- */
int ike_nonce_cmp(const struct ike_nonce *a, const struct ike_nonce *b);
const struct ike_nonce *ike_nonce_lowest(const struct ike_nonce *a, const struct ike_nonce *b);
enum ike_collision { IKE_COLLIDE_NONE, IKE_COLLIDE_WIN, IKE_COLLIDE_LOSE };
enum ike_collision ike_collide_rekey(const struct ike_nonce *ours, const struct ike_nonce *rival);
struct ike_duplicate_facts {
	uint64_t gap_ms;
	bool ours_a, ours_b; /* we began it */
	bool foreign;	     /* no Spindle at the other end */
	int order;	     /* of their lowest nonces: < 0 when a has the lowest */
};
enum ike_duplicate { IKE_DUPLICATE_NONE, IKE_DUPLICATE_CLOSE_A, IKE_DUPLICATE_CLOSE_B };
enum ike_duplicate ike_collide_duplicate(const struct ike_duplicate_facts *f);
void ike_collide_check(struct ike_sa *sa);   /* just established */
void ike_initial_contact(struct ike_sa *sa); /* received over sa */
/* Whether we may say it of ourselves (RFC 7296 2.4). */
bool ike_may_say_initial_contact(const struct ike_sa *sa);
/* Answer to a REKEY_SA for a Child in that phase: 0 = yes, or a notify (2.25.1). asking: our own
 * CREATE_CHILD_SA is out; its late answer may bring the Child that we do not know yet. */
uint16_t ike_collide_rekey_request(const struct ike_child *c, enum ike_phase phase, bool asking);

/* ---- select.c: pure choices ------------------------------------------------------------------ */
/* First of ours that fits an offer; -ENOENT. */
int ike_select_proposal(const struct proposal *ours, size_t ours_count, uint8_t protocol,
			const struct ike_sa_payload *offers, bool without_dh,
			struct proposal *chosen, const struct ike_offer **offer);
/* The answer to our offers: exactly one of them, one transform a type. -EBADMSG. */
int ike_select_answer(const struct ike_offer *ours, size_t count,
		      const struct ike_sa_payload *answer, bool without_dh, struct proposal *chosen,
		      const struct ike_offer **offer);
struct proposal ike_select_strip(const struct proposal *p, bool dh, bool add_esn);
uint16_t ike_select_group(const struct proposal *chosen); /* 0 = none */
bool ike_select_has_group(const struct proposal *p, size_t count, uint16_t group);
/* As responder: which child, narrowed how (RFC 7296 2.9). NULL: none. */
const struct conn_child *ike_select_child(const struct conn *c, const struct ike_ts_payload *mine,
					  const struct ike_ts_payload *theirs,
					  struct selector *out);
bool ike_select_within(const struct selector *inner, const struct selector *outer);

/* ---- trace.c --------------------------------------------------------------------------------- */
void ike_trace(const struct ike_sa *sa, uint8_t level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void ike_trace_packet(const struct ike_sa *sa, const struct ike_message *m, bool sent);
bool ike_trace_on(const struct ike_v2 *v2, const struct addr *peer, uint8_t level);

/* ---- record.c: notes for the flight recorder ------------------------------------------------- */
void ike_record_init(struct ike_v2 *v2);
void ike_record_end(struct ike_v2 *v2);
void ike_record_ride(struct ike_v2 *v2); /* router is about to be told something else */
/* A message of an IKE SA, its payloads in the clear: of one that is sent, from the first one's type on. */
void ike_record_received(const struct ike_sa *sa, const struct ike_message *m);
void ike_record_sent(const struct ike_sa *sa, struct view datagram, uint8_t first,
		     struct view chain);
void ike_record_sa(const struct ike_sa *sa, enum recorder_id id, const uint64_t *numbers,
		   size_t count);
#define ike_record(sa, id, ...)                                                                    \
	ike_record_sa(sa, id, (const uint64_t[]){__VA_ARGS__},                                     \
		      sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))
/* About the request that is out. */
void ike_record_request(const struct ike_sa *sa, enum recorder_id id);
/* About a datagram that was not taken: of anybody. */
void ike_record_datagram(struct ike_v2 *v2, const struct endpoint *remote, enum recorder_id id,
			 const struct ike_header *h);
void ike_record_malformed(struct ike_v2 *v2, const struct endpoint *remote,
			  const struct ike_message *m, bool authentic, const char *reason);

#endif
