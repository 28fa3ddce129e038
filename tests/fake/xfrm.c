/*
 * fake/xfrm: SAs, policies, calls with their faults, and foreign hands.
 *
 * Calls wait for the end of the turn, as netlink's do, then take effect in order; their events
 * reach the mirror (unless events are being lost) before the answer does. Timers of SAs run on the
 * loop.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "tests/fake/xfrm_fake.h"

#define RETRY_MS 1000

static const struct xfrm_author foreign = {.pid = 4711, .seq = 1, .name = "foreign"};
static const struct xfrm_author kernel;

struct fake *fake_of(const struct xfrm *x)
{
	return list_entry(x, struct fake, x);
}

uint64_t fake_wall_s(const struct fake *f)
{
	return FAKE_WALL_BASE_S + loop_now(f->x.loop) / 1000;
}

static struct xfrm_author own_author(struct fake *f)
{
	struct xfrm_author a = {.pid = (uint32_t)getpid(), .seq = ++f->seq, .own = true};

	text_copy(a.name, sizeof(a.name), "spindled");
	return a;
}

/* ---- SAs ---- */

struct by_id {
	const struct xfrm_sa_id *id;
	const struct addr *dst;
	uint32_t mark;
	bool any_proto;
};

static bool sa_matches(const struct table_node *node, const void *key)
{
	const struct xfrm_sa *sa = &table_entry(node, struct fake_sa, by_spi)->sa;
	const struct by_id *k = key;

	return sa->id.spi == k->id->spi && addr_equal(&sa->id.dst, &k->id->dst) &&
	       (k->any_proto || sa->id.proto == k->id->proto) &&
	       (k->mark & sa->id.mark.mask) == sa->id.mark.value;
}

static struct fake_sa *find_sa(const struct fake *f, const struct by_id *k)
{
	uint32_t hash = hash_u32(k->id->spi, table_seed(f->by_spi));
	struct table_node *n = table_find(f->by_spi, hash, sa_matches, k);

	return n ? table_entry(n, struct fake_sa, by_spi) : NULL;
}

struct fake_sa *fake_find(const struct fake *f, const struct xfrm_sa_id *id)
{
	return find_sa(f, &(struct by_id){.id = id, .mark = id->mark.value & id->mark.mask});
}

struct fake_sa *fake_find_any_mark(const struct fake *f, const struct addr *dst, uint32_t spi,
				   uint32_t packet_mark)
{
	struct xfrm_sa_id id = {.dst = *dst, .spi = spi};

	return find_sa(f, &(struct by_id){.id = &id, .mark = packet_mark, .any_proto = true});
}

static void sa_free(struct fake_sa *s)
{
	loop_timer_stop(&s->soft);
	loop_timer_stop(&s->hard);
	secret_free(s->keys.encr_key);
	secret_free(s->keys.integ_key);
	alloc_free(s);
}

static void sa_unlink(struct fake_sa *s)
{
	table_remove(s->fake->by_spi, &s->by_spi);
	list_remove(&s->node);
	s->fake->sa_count--;
	sa_free(s);
}

/* Tells the mirror and takes the SA out. */
static void sa_remove(struct fake_sa *s, enum xfrm_gone why, const struct xfrm_author *by)
{
	struct fake *f = s->fake;

	if (!f->losing)
		xfrm_mirror_gone(&f->x, &s->sa.id, why, by);
	sa_unlink(s);
}

void fake_sa_soft(struct fake_sa *s)
{
	if (s->dying)
		return;
	s->dying = true;
	if (!s->fake->losing)
		xfrm_mirror_soft(&s->fake->x, &s->sa);
}

void fake_sa_expire(struct fake_sa *s, enum xfrm_gone why)
{
	sa_remove(s, why, &kernel);
}

static void on_soft(void *arg)
{
	fake_sa_soft(arg);
}

static void on_hard(void *arg)
{
	fake_sa_expire(arg, XFRM_GONE_EXPIRED_TIME);
}

static void sa_arm(struct fake_sa *s)
{
	loop_timer_stop(&s->soft);
	loop_timer_stop(&s->hard);
	if (s->sa.larval)
		loop_timer_set(&s->hard, FAKE_LARVAL_MS);
	if (s->sa.limits.soft_add_s)
		loop_timer_set(&s->soft, s->sa.limits.soft_add_s * 1000);
	if (s->sa.limits.hard_add_s)
		loop_timer_set(&s->hard, s->sa.limits.hard_add_s * 1000);
}

static struct fake_sa *sa_insert(struct fake *f, const struct xfrm_sa *sa)
{
	struct fake_sa *s = alloc_zero(sizeof(*s));

	if (!s)
		return NULL;
	s->fake = f;
	s->sa = *sa;
	s->sa.counters = (struct xfrm_counters){.add_wall_s = fake_wall_s(f)};
	loop_timer_init(&s->soft, f->x.loop, "fake soft limit", on_soft, s);
	loop_timer_init(&s->hard, f->x.loop, "fake hard limit", on_hard, s);
	if (table_insert(f->by_spi, &s->by_spi, hash_u32(sa->id.spi, table_seed(f->by_spi))) < 0) {
		alloc_free(s);
		return NULL;
	}
	list_append(&f->sas, &s->node);
	f->sa_count++;
	sa_arm(s);
	return s;
}

static void event_sa(struct fake *f, const struct fake_sa *s, const struct xfrm_author *by)
{
	if (!f->losing)
		xfrm_mirror_put(&f->x, &s->sa, by);
}

/* A fresh SA ends the kernel's wait for it: the next packet without one asks again. */
static void acquires_end(struct fake *f, uint32_t reqid)
{
	struct list *it;

	list_for_each(it, &f->policies)
	{
		struct fake_policy *p = list_entry(it, struct fake_policy, node);

		if (p->policy.reqid == reqid)
			p->acquired_until_ms = 0;
	}
}

static int sa_add(struct fake *f, const struct xfrm_sa *sa, const struct xfrm_author *by,
		  struct fake_sa **out)
{
	struct fake_sa *s;

	if (fake_find(f, &sa->id))
		return -EEXIST;
	s = sa_insert(f, sa);
	if (!s)
		return -ENOMEM;
	acquires_end(f, sa->reqid);
	event_sa(f, s, by);
	*out = s;
	return 0;
}

static int do_sa_add(struct fake *f, struct xfrm_call *call)
{
	struct xfrm_author by = own_author(f);
	struct xfrm_sa sa = call->sa;
	struct fake_sa *s;
	int err;

	sa.larval = false;
	text_copy(sa.encr, sizeof(sa.encr), call->keys.aead[0] ? call->keys.aead : call->keys.encr);
	text_copy(sa.integ, sizeof(sa.integ), call->keys.integ);
	sa.encr_bits = (uint16_t)(secret_len(call->keys.encr_key) * 8);
	err = sa_add(f, &sa, &by, &s);
	if (err < 0)
		return err;
	s->keys = call->keys;
	call->keys.encr_key = call->keys.integ_key = NULL;
	return 0;
}

/* net/xfrm/xfrm_state.c, xfrm_state_update(): a larval one is replaced, else limits and ports. */
static int do_sa_update(struct fake *f, struct xfrm_call *call)
{
	struct xfrm_author by = own_author(f);
	struct fake_sa *s = fake_find(f, &call->sa.id);

	if (!s)
		return -ESRCH;
	if (s->sa.larval) {
		if (!call->keys.encr_key && !call->keys.integ_key)
			return -EINVAL;
		sa_unlink(s);
		return do_sa_add(f, call);
	}
	if (s->sa.encap != call->sa.encap)
		return -EINVAL;
	s->sa.encap_sport = call->sa.encap_sport;
	s->sa.encap_dport = call->sa.encap_dport;
	s->sa.limits = call->sa.limits;
	s->dying = false;
	sa_arm(s);
	event_sa(f, s, &by);
	return 0;
}

static int do_sa_delete(struct fake *f, struct xfrm_call *call)
{
	struct xfrm_author by = own_author(f);
	struct fake_sa *s = fake_find(f, &call->sa.id);

	if (!s)
		return -ESRCH;
	sa_remove(s, XFRM_GONE_DELETED, &by);
	return 0;
}

static int do_sa_get(struct fake *f, struct xfrm_call *call)
{
	struct fake_sa *s = fake_find(f, &call->sa.id);

	if (!s)
		return -ESRCH;
	call->sa = s->sa;
	call->answered = true;
	return 0;
}

static int pick_spi(struct fake *f, struct xfrm_call *call)
{
	struct xfrm_sa_id *id = &call->sa.id;

	for (unsigned int tries = 0; tries < 1000; tries++) {
		uint32_t span = call->spi_max - call->spi_min + 1;

		id->spi = f->next_spi ? f->next_spi : call->spi_min + random_below(span);
		f->next_spi = 0;
		if (!fake_find(f, id))
			return 0;
	}
	return -ENOENT;
}

static int do_spi_alloc(struct fake *f, struct xfrm_call *call)
{
	struct xfrm_author by = own_author(f);
	struct fake_sa *s;
	int err = pick_spi(f, call);

	if (err == 0)
		err = sa_add(f, &call->sa, &by, &s);
	call->answered = err == 0;
	return err;
}

/* ---- Policies ---- */

static bool same_place(const struct table_node *n, const void *key)
{
	const struct xfrm_policy *a = &table_entry(n, const struct fake_policy, by_place)->policy;
	const struct xfrm_policy *b = key;

	return a->dir == b->dir && a->if_id == b->if_id && a->mark.value == b->mark.value &&
	       a->mark.mask == b->mark.mask && selector_equal(&a->selector, &b->selector);
}

static uint32_t place_hash(const struct fake *f, const struct xfrm_policy *p)
{
	const struct selector *s = &p->selector;
	uint32_t h = hash_u32((uint32_t)p->dir, table_seed(f->by_place));

	h = hash_bytes(s->local.addr.bytes, sizeof(s->local.addr.bytes), h);
	return hash_bytes(s->remote.addr.bytes, sizeof(s->remote.addr.bytes), h);
}

static struct fake_policy *find_policy(struct fake *f, const struct xfrm_policy *p)
{
	struct table_node *n = table_find(f->by_place, place_hash(f, p), same_place, p);

	return n ? table_entry(n, struct fake_policy, by_place) : NULL;
}

static struct fake_policy *policy_add(struct fake *f, const struct xfrm_policy *p)
{
	struct fake_policy *fp = alloc_zero(sizeof(*fp));

	if (!fp || table_insert(f->by_place, &fp->by_place, place_hash(f, p))) {
		alloc_free(fp);
		return NULL;
	}
	list_append(&f->policies, &fp->node);
	f->policy_count++;
	return fp;
}

static int do_policy_put(struct fake *f, struct xfrm_call *call)
{
	struct xfrm_author by = own_author(f);
	struct fake_policy *fp = find_policy(f, &call->policy);

	if (!fp)
		fp = policy_add(f, &call->policy);
	if (!fp)
		return -ENOMEM;
	fp->policy = call->policy;
	fp->policy.index = ++f->policy_index * 8 + (uint32_t)call->policy.dir;
	fp->acquired_until_ms = 0;
	if (!f->losing)
		xfrm_mirror_policy_put(&f->x, &fp->policy, &by);
	return 0;
}

static void policy_remove(struct fake *f, struct fake_policy *fp)
{
	list_remove(&fp->node);
	table_remove(f->by_place, &fp->by_place);
	f->policy_count--;
	alloc_free(fp);
}

static int policy_delete(struct fake *f, const struct xfrm_policy *p, const struct xfrm_author *by)
{
	struct fake_policy *fp = find_policy(f, p);

	if (!fp)
		return -ENOENT;
	if (!f->losing)
		xfrm_mirror_policy_gone(&f->x, p, by);
	policy_remove(f, fp);
	return 0;
}

static int do_policy_delete(struct fake *f, struct xfrm_call *call)
{
	struct xfrm_author by = own_author(f);

	return policy_delete(f, &call->policy, &by);
}

/* ---- Dumps ---- */

static void dump(void *arg)
{
	struct fake *f = arg;
	struct list *it;

	f->resyncing = false;
	if (f->losing)
		return;
	xfrm_mirror_dump_begin(&f->x);
	list_for_each(it, &f->sas)
		xfrm_mirror_put(&f->x, &list_entry(it, struct fake_sa, node)->sa, NULL);
	list_for_each(it, &f->policies) xfrm_mirror_policy_put(
		&f->x, &list_entry(it, struct fake_policy, node)->policy, NULL);
	xfrm_mirror_dump_end(&f->x);
	fake_dirty(f);
}

static void fake_resync(struct xfrm *x)
{
	struct fake *f = fake_of(x);

	if (!f->resyncing && loop_defer(x->loop, x, "fake dump", dump, f) == 0)
		f->resyncing = true;
}

void fake_dirty(struct fake *f)
{
	if (f->x.dirty)
		fake_resync(&f->x);
}

/* ---- Calls ---- */

static int (*const performers[])(struct fake *f, struct xfrm_call *call) = {
	[XFRM_OP_SPI_ALLOC] = do_spi_alloc,
	[XFRM_OP_SA_ADD] = do_sa_add,
	[XFRM_OP_SA_UPDATE] = do_sa_update,
	[XFRM_OP_SA_DELETE] = do_sa_delete,
	[XFRM_OP_SA_GET] = do_sa_get,
	[XFRM_OP_POLICY_PUT] = do_policy_put,
	[XFRM_OP_POLICY_DELETE] = do_policy_delete,
};

static void answer_timer_set(struct fake *f)
{
	uint64_t now = loop_now(f->x.loop);
	struct xfrm_call *first;

	if (list_empty(&f->answers))
		return;
	first = list_entry(f->answers.next, struct xfrm_call, node);
	loop_timer_set(&f->answer_timer, first->sent_ms > now ? first->sent_ms - now : 0);
}

/* `sent_ms` holds the time of the answer. */
static void answer_later(struct fake *f, struct xfrm_call *call, uint64_t delay_ms)
{
	struct list *at = f->answers.prev;

	call->sent_ms = loop_now(f->x.loop) + delay_ms;
	while (at != &f->answers && list_entry(at, struct xfrm_call, node)->sent_ms > call->sent_ms)
		at = at->prev;
	list_insert_before(at->next, &call->node);
	answer_timer_set(f);
}

static void on_answer(void *arg)
{
	struct fake *f = arg;

	while (!list_empty(&f->answers)) {
		struct xfrm_call *call = list_entry(f->answers.next, struct xfrm_call, node);
		bool lost = call->err == -ETIMEDOUT;

		if (call->sent_ms > loop_now(f->x.loop))
			break;
		list_remove(&call->node);
		xfrm_call_finish(&f->x, call, call->err);
		if (lost)
			fake_resync(&f->x);
	}
	answer_timer_set(f);
}

static bool comes_due(unsigned int *in)
{
	return *in > 0 && --*in == 0;
}

static void perform(struct fake *f, struct xfrm_call *call)
{
	struct fake_fault *fault = &f->faults[call->op];
	bool lost = comes_due(&fault->lose_in);
	int err;

	fault->calls++;
	if (comes_due(&fault->fail_in))
		err = fault->err;
	else
		err = performers[call->op](f, call);
	fake_dirty(f);
	if (!lost && f->delay_ms == 0) {
		xfrm_call_finish(&f->x, call, err);
		return;
	}
	call->err = lost ? -ETIMEDOUT : err;
	answer_later(f, call, lost ? XFRM_TIMEOUT_MS : f->delay_ms);
}

static void perform_all(void *arg)
{
	struct fake *f = arg;

	f->performing = false;
	while (!list_empty(&f->queue)) {
		struct xfrm_call *call = list_entry(f->queue.next, struct xfrm_call, node);

		list_remove(&call->node);
		perform(f, call);
	}
}

static void fake_submit(struct xfrm *x, struct xfrm_call *call)
{
	struct fake *f = fake_of(x);

	list_append(&f->queue, &call->node);
	if (f->performing)
		return;
	f->performing = loop_defer(x->loop, x, "fake calls", perform_all, f) == 0;
	if (!f->performing)
		perform_all(f);
}

static void cancel_all(struct fake *f, struct list *calls)
{
	while (!list_empty(calls)) {
		struct xfrm_call *call = list_entry(calls->next, struct xfrm_call, node);

		list_remove(&call->node);
		xfrm_call_finish(&f->x, call, -ECANCELED);
	}
}

static void fake_free(struct xfrm *x)
{
	struct fake *f = fake_of(x);

	loop_timer_stop(&f->answer_timer);
	cancel_all(f, &f->queue);
	cancel_all(f, &f->answers);
	xfrm_fini(x);
	while (!list_empty(&f->sas))
		sa_unlink(list_entry(f->sas.next, struct fake_sa, node));
	while (!list_empty(&f->policies))
		policy_remove(f, list_entry(f->policies.next, struct fake_policy, node));
	table_free(f->by_spi);
	table_free(f->by_place);
	alloc_free(f);
}

static const struct xfrm_backend fake_backend = {
	.submit = fake_submit,
	.resync = fake_resync,
	.free = fake_free,
};

struct xfrm *xfrm_fake_new(struct loop *loop)
{
	struct fake *f = alloc_zero(sizeof(*f));

	if (!f)
		return NULL;
	list_init(&f->sas);
	list_init(&f->policies);
	list_init(&f->queue);
	list_init(&f->answers);
	loop_timer_init(&f->answer_timer, loop, "fake answers", on_answer, f);
	if (xfrm_init(&f->x, loop, NULL, &fake_backend, false) < 0) {
		alloc_free(f);
		return NULL;
	}
	f->by_spi = table_new();
	f->by_place = table_new();
	if (f->by_spi && f->by_place)
		fake_resync(&f->x);
	if (f->resyncing)
		return &f->x;
	fake_free(&f->x);
	return NULL;
}

/* ---- Faults and foreign hands ---- */

void xfrm_fake_fail(struct xfrm *x, enum fake_op op, unsigned int n, int err)
{
	struct fake_fault *fault = &fake_of(x)->faults[op];

	fault->fail_in = n;
	fault->err = err < 0 ? err : -err;
}

void xfrm_fake_lose_reply(struct xfrm *x, enum fake_op op, unsigned int n)
{
	fake_of(x)->faults[op].lose_in = n;
}

void xfrm_fake_delay(struct xfrm *x, uint64_t ms)
{
	fake_of(x)->delay_ms = ms;
}

void xfrm_fake_lose_events(struct xfrm *x, bool on)
{
	struct fake *f = fake_of(x);

	f->losing = on;
	if (!on)
		fake_resync(x);
}

unsigned long xfrm_fake_calls(const struct xfrm *x, enum fake_op op)
{
	return fake_of(x)->faults[op].calls;
}

void xfrm_fake_next_spi(struct xfrm *x, uint32_t spi)
{
	fake_of(x)->next_spi = spi;
}

int xfrm_fake_foreign_add(struct xfrm *x, const struct xfrm_sa *sa, const struct xfrm_author *by)
{
	struct fake_sa *s;
	int err = sa_add(fake_of(x), sa, by ? by : &foreign, &s);

	fake_dirty(fake_of(x));
	return err;
}

int xfrm_fake_foreign_delete(struct xfrm *x, const struct xfrm_sa_id *id,
			     const struct xfrm_author *by)
{
	struct fake_sa *s = fake_find(fake_of(x), id);

	if (!s)
		return -ESRCH;
	sa_remove(s, XFRM_GONE_DELETED, by ? by : &foreign);
	return 0;
}

void xfrm_fake_foreign_flush(struct xfrm *x, const struct xfrm_author *by)
{
	struct fake *f = fake_of(x);

	while (!list_empty(&f->sas))
		sa_unlink(list_entry(f->sas.next, struct fake_sa, node));
	if (!f->losing)
		xfrm_mirror_flush(x, 0, by ? by : &foreign);
}

int xfrm_fake_foreign_policy_delete(struct xfrm *x, const struct xfrm_policy *p,
				    const struct xfrm_author *by)
{
	return policy_delete(fake_of(x), p, by ? by : &foreign);
}

void xfrm_fake_foreign_policy_flush(struct xfrm *x, const struct xfrm_author *by)
{
	struct fake *f = fake_of(x);

	while (!list_empty(&f->policies))
		policy_remove(f, list_entry(f->policies.next, struct fake_policy, node));
	if (!f->losing)
		xfrm_mirror_policy_flush(x, by ? by : &foreign);
}

size_t xfrm_fake_sa_count(const struct xfrm *x)
{
	return fake_of(x)->sa_count;
}

size_t xfrm_fake_policy_count(const struct xfrm *x)
{
	return fake_of(x)->policy_count;
}

const struct xfrm_sa *xfrm_fake_sa(const struct xfrm *x, const struct xfrm_sa_id *id)
{
	struct fake_sa *s = fake_find(fake_of(x), id);

	return s ? &s->sa : NULL;
}

struct view xfrm_fake_encr_key(const struct xfrm *x, const struct xfrm_sa_id *id)
{
	struct fake_sa *s = fake_find(fake_of(x), id);

	return secret_view(s ? s->keys.encr_key : NULL);
}

struct view xfrm_fake_integ_key(const struct xfrm *x, const struct xfrm_sa_id *id)
{
	struct fake_sa *s = fake_find(fake_of(x), id);

	return secret_view(s ? s->keys.integ_key : NULL);
}
