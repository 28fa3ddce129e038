/*
 * The engine's life. Who calls: ike/main (datagrams, router's messages), the loop (timers), jobs.
 * Who owns: struct ike_v2 owns every IKE SA, operation, task and pending request; connections are
 * references. What may fail: memory, a full job queue, router going away; each ends in one DONE or
 * event with its reason, and the rest goes on.
 *
 * Entry points do their work and call ike_v2_reap(), the only place where objects are freed.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/secret.h"

static const struct pace_class v2_hint_class = {.burst = 8, .refill_ms = 1000};
static const struct pace_class v2_refuse_class = {.burst = 32, .refill_ms = 100};

static void v2_init_lists(struct ike_v2 *v2)
{
	list_init(&v2->sas);
	list_init(&v2->jobs_out);
	list_init(&v2->pending);
	list_init(&v2->marked);
	list_init(&v2->halted);
	list_init(&v2->callers);
	list_init(&v2->dead_sas);
	list_init(&v2->dead_children);
	list_init(&v2->dead_ops);
	list_init(&v2->dead_tasks);
}

static void v2_hello(struct ike_v2 *v2)
{
	const struct engine_msg m = {
		.type = ENGINE_HELLO,
		.hello = {.version = ENGINE_VERSION,
			  .capabilities = ENGINE_DELETE_UNKNOWN_SPI | ENGINE_INITIAL_CONTACT},
	};

	if (v2->router.ops != NULL)
		(void)v2->router.ops->send(v2->router.ctx, &m);
}

static int v2_make_keys(struct ike_v2 *v2)
{
	uint8_t bytes[32];

	random_bytes(bytes, sizeof(bytes));
	v2->digest_key = secret_new(bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
	return v2->digest_key == NULL ? -ENOMEM : ike_cookie_rotate(v2);
}

struct ike_v2 *ike_v2_new(struct loop *loop, struct jobs *jobs, struct engine_port router,
			  const struct ike_transport_ops *transport, void *transport_ctx)
{
	struct ike_v2 *v2 = alloc_zero(sizeof(*v2));

	if (v2 == NULL)
		return NULL;
	v2->loop = loop;
	v2->jobs = jobs;
	v2->router = router;
	v2->transport = transport;
	v2->transport_ctx = transport_ctx;
	v2_init_lists(v2);
	ike_record_init(v2);
	pace_init(&v2->hint_pace, &v2_hint_class, loop_now(loop));
	pace_init(&v2->refuse_pace, &v2_refuse_class, loop_now(loop));
	v2->by_spi = table_new();
	v2->by_init = table_new();
	v2->by_handle = table_new();
	v2->by_peer = table_new();
	v2->children = table_new();
	v2->by_token = table_new();
	v2->by_arg = table_new();
	if (v2->by_spi == NULL || v2->by_init == NULL || v2->by_handle == NULL ||
	    v2->by_peer == NULL || v2->children == NULL || v2->by_token == NULL ||
	    v2->by_arg == NULL || ike_conns_init(v2) != 0 || v2_make_keys(v2) != 0) {
		ike_v2_free(v2);
		return NULL;
	}
	v2_hello(v2);
	return v2;
}

void ike_v2_free(struct ike_v2 *v2)
{
	if (v2 == NULL)
		return;
	v2->router = (struct engine_port){0}; /* nothing is said any more */
	while (!list_empty(&v2->sas))
		ike_sa_down(list_entry(v2->sas.next, struct ike_sa, node), ENGINE_WHY_STOP, 0);
	ike_v2_reap(v2);
	ike_record_end(v2);
	ike_dh_orphan_all(v2);
	ike_router_free(v2);
	ike_conns_free(v2);
	table_free(v2->by_spi);
	table_free(v2->by_init);
	table_free(v2->by_handle);
	table_free(v2->by_peer);
	table_free(v2->children);
	table_free(v2->by_token);
	table_free(v2->by_arg);
	secret_free(v2->cookie_key[0]);
	secret_free(v2->cookie_key[1]);
	secret_free(v2->digest_key);
	secret_wipe(v2->plain, sizeof(v2->plain));
	alloc_free(v2);
}

void ike_v2_reap(struct ike_v2 *v2)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &v2->dead_tasks)
		alloc_free(list_entry(it, struct ike_task, node));
	list_init(&v2->dead_tasks);
	list_for_each_safe(it, tmp, &v2->dead_ops) ike_op_free(list_entry(it, struct ike_op, node));
	list_init(&v2->dead_ops);
	list_for_each_safe(it, tmp, &v2->dead_children)
		ike_child_free(list_entry(it, struct ike_child, node));
	list_init(&v2->dead_children);
	list_for_each_safe(it, tmp, &v2->dead_sas) ike_sa_free(list_entry(it, struct ike_sa, node));
	list_init(&v2->dead_sas);
}

uint64_t ike_v2_now(const struct ike_v2 *v2)
{
	return loop_now(v2->loop);
}

void ike_v2_digest(const struct ike_v2 *v2, struct view data, uint8_t out[IKE_STATE_DIGEST_LEN])
{
	if (ike_prf(PRF_HMAC_SHA2_256, secret_view(v2->digest_key), &data, 1, out) != 0)
		random_bytes(out, IKE_STATE_DIGEST_LEN); /* matches nothing */
}

void ike_v2_receive(struct ike_v2 *v2, const struct endpoint *local, const struct endpoint *remote,
		    struct view datagram)
{
	ike_input(v2, local, remote, datagram);
	ike_v2_reap(v2);
}

void ike_v2_message(struct ike_v2 *v2, struct engine_msg *m)
{
	ike_api_message(v2, m);
	ike_v2_reap(v2);
}

void ike_v2_reattach(struct ike_v2 *v2, struct engine_port router)
{
	struct list *it;

	v2->router = router;
	/* Its requests failed at its own end: nobody waits for their DONE any more. */
	list_for_each(it, &v2->sas)
	{
		struct ike_sa *sa = list_entry(it, struct ike_sa, node);

		ike_wait_drop(&sa->replace_wait);
		ike_waiters_drop(&sa->close_waiters);
		ike_task_drop_waits(sa);
		ike_op_drop_waits(sa);
	}
	v2_hello(v2);
	ike_router_lost(v2);
	ike_v2_reap(v2);
}

void ike_v2_stats(const struct ike_v2 *v2, struct ike_v2_stats *out)
{
	*out = v2->stats;
	out->half_open = v2->half_open;
}
