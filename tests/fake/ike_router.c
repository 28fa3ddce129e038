#undef NDEBUG /* assert() is how this fake speaks */
#include "tests/fake/ike_router.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/secret.h"

void fake_router_init(struct fake_router *r, uint32_t first_spi)
{
	memset(r, 0, sizeof(*r));
	r->next_spi = first_spi;
	r->fail_errno = ENOBUFS;
}

uint32_t fake_router_token(struct fake_router *r)
{
	assert(r->next_token + 1 < FAKE_TOKENS_MAX);
	return ++r->next_token;
}

bool fake_router_is_done(const struct fake_router *r, uint32_t token)
{
	assert(r->result_count[token] <= 1);
	return r->result_count[token] == 1;
}

const struct engine_done *fake_router_result(const struct fake_router *r, uint32_t token)
{
	return &r->results[token];
}

#define FORGOTTEN_MS 3000
#define RELIEVED_MS  500

static bool router_is_relieved(const struct fake_router *r, const struct fake_sa *s)
{
	for (size_t i = 0; i < FAKE_SAS_MAX; i++) {
		const struct fake_sa *out = &r->sas[i];
		const struct fake_sa *in;

		if (!out->used || out->in || out->child != s->child || out->born < s->born)
			continue;
		for (size_t j = 0; out->orphan_until == 0 && j < FAKE_SAS_MAX; j++) {
			in = &r->sas[j];
			if (in->used && in->in && in->spi == out->spi_in && in->packets > 0)
				return true;
		}
	}
	return false;
}

static void router_tidy(struct fake_router *r)
{
	const uint64_t now = r->now != NULL ? r->now(r->ctx) : 0;

	for (size_t i = 0; i < FAKE_SAS_MAX; i++) {
		struct fake_sa *s = &r->sas[i];

		if (!s->used || s->orphan_until == 0)
			continue;
		if (!s->relieved && router_is_relieved(r, s)) {
			s->relieved = true;
			s->orphan_until = now + RELIEVED_MS;
		}
		if (now >= s->orphan_until)
			s->used = false;
	}
}

void fake_router_orphan(struct fake_router *r, engine_ike ike, uint64_t longest_ms)
{
	for (size_t i = 0; i < FAKE_SAS_MAX; i++)
		if (r->sas[i].used && !r->sas[i].larval && r->sas[i].ike == ike)
			r->sas[i].orphan_until = (r->now != NULL ? r->now(r->ctx) : 0) + longest_ms;
}

static bool router_is_carried(const struct fake_router *r, uint32_t child)
{
	for (size_t i = 0; i < FAKE_SAS_MAX; i++)
		if (r->sas[i].used && !r->sas[i].in && r->sas[i].child == child)
			return true;
	return false;
}

struct fake_sa *fake_router_find(struct fake_router *r, uint32_t spi, bool in)
{
	router_tidy(r);
	for (size_t i = 0; i < FAKE_SAS_MAX; i++)
		if (r->sas[i].used && r->sas[i].in == in && r->sas[i].spi == spi)
			return &r->sas[i];
	return NULL;
}

size_t fake_router_sa_count(const struct fake_router *r, bool in)
{
	size_t count = 0;

	router_tidy((struct fake_router *)(uintptr_t)r);
	for (size_t i = 0; i < FAKE_SAS_MAX; i++)
		count += r->sas[i].used && r->sas[i].in == in && !r->sas[i].larval;
	return count;
}

size_t fake_router_larval_count(const struct fake_router *r)
{
	size_t count = 0;

	for (size_t i = 0; i < FAKE_SAS_MAX; i++)
		count += r->sas[i].used && r->sas[i].larval;
	return count;
}

struct fake_sa *fake_router_sender(struct fake_router *r, uint32_t child)
{
	struct fake_sa *best = NULL;

	router_tidy(r);
	for (size_t i = 0; i < FAKE_SAS_MAX; i++) {
		struct fake_sa *s = &r->sas[i];

		if (s->used && !s->in && s->child == child &&
		    (best == NULL || s->born > best->born))
			best = s;
	}
	return best;
}

const struct fake_event *fake_router_event(const struct fake_router *r, enum engine_type type)
{
	for (size_t i = r->event_count; i > 0; i--)
		if (r->events[(i - 1) % FAKE_EVENTS_MAX].type == type)
			return &r->events[(i - 1) % FAKE_EVENTS_MAX];
	return NULL;
}

static struct fake_sa *router_slot(struct fake_router *r)
{
	for (size_t i = 0; i < FAKE_SAS_MAX; i++)
		if (!r->sas[i].used)
			return &r->sas[i];
	assert(!"SAD is full");
	return NULL;
}

static void router_key(struct fake_sa *s, const struct secret *encr, const struct secret *integ)
{
	const struct view e = secret_view(encr), i = secret_view(integ);

	assert(e.len > 0 && e.len + i.len <= FAKE_KEY_MAX);
	memcpy(s->key, e.data, e.len);
	if (i.len > 0)
		memcpy(s->key + e.len, i.data, i.len);
	s->key_len = e.len + i.len;
}

static int router_alloc(struct fake_router *r, const struct engine_msg *m, struct engine_done *done)
{
	struct fake_sa *s = router_slot(r);

	*s = (struct fake_sa){.used = true, .in = true, .larval = true};
	s->spi = s->spi_in = done->spi = r->next_spi;
	s->child = m->alloc_spi.child;
	done->cursor = router_is_carried(r, m->alloc_spi.child);
	r->next_spi += 0x01010107;
	if (r->next_spi < 256)
		r->next_spi += 256;
	return 0;
}

static void router_put(struct fake_router *r, struct fake_sa *s, const struct engine_sa_install *in,
		       bool inbound)
{
	*s = (struct fake_sa){
		.used = true,
		.in = inbound,
		.spi = inbound ? in->spi_in : in->spi_out,
		.spi_in = in->spi_in,
		.spi_out = in->spi_out,
		.child = in->child,
		.ike = in->ike,
		.born = ++r->born,
		.selector = in->selector,
		.local = in->local,
		.remote = in->remote,
		.encap = in->encap,
		.esn = in->esn,
		.why = in->why,
		.replaces = in->replaces,
	};
	router_key(s, inbound ? in->encr_in : in->encr_out, inbound ? in->integ_in : in->integ_out);
}

static int router_install(struct fake_router *r, const struct engine_msg *m)
{
	const struct engine_sa_install *in = &m->sa_install;
	struct fake_sa *larval = fake_router_find(r, in->spi_in, true);

	if ((in->parts & ENGINE_PART_IN) != 0) {
		if (larval == NULL || !larval->larval)
			return -ENOENT;
		router_put(r, larval, in, true);
	}
	if ((in->parts & ENGINE_PART_OUT) == 0)
		return 0;
	if (larval == NULL || larval->larval)
		r->outbound_first++;
	if (fake_router_find(r, in->spi_out, false) != NULL)
		r->duplicate_spis++;
	router_put(r, router_slot(r), in, false);
	return 0;
}

static int router_delete(struct fake_router *r, const struct engine_msg *m)
{
	struct fake_sa *in = fake_router_find(r, m->sa.spi_in, true);
	struct fake_sa *out = fake_router_find(r, m->sa.spi_out, false);

	if ((m->sa.parts & ENGINE_PART_IN) != 0 && in != NULL)
		in->used = false;
	if ((m->sa.parts & ENGINE_PART_OUT) != 0 && out != NULL) {
		out->used = false;
		r->outbound_gaps += fake_router_sender(r, out->child) == NULL;
	}
	if (in == NULL && out == NULL) {
		r->unknown_deletes++;
		return -ENOENT;
	}
	return 0;
}

static int router_use(struct fake_router *r, const struct engine_msg *m, struct engine_done *done)
{
	const bool in = (m->sa.parts & ENGINE_PART_IN) != 0;
	const struct fake_sa *s = fake_router_find(r, in ? m->sa.spi_in : m->sa.spi_out, in);

	if (s == NULL)
		return -ENOENT;
	done->packets = s->packets;
	done->idle_ms = s->packets > 0 && r->now != NULL ? r->now(r->ctx) - s->last_ms : UINT64_MAX;
	return 0;
}

static int router_serve(struct fake_router *r, const struct engine_msg *m, struct engine_done *done)
{
	if (r->fail[m->type] < 0 || (r->fail[m->type] > 0 && --r->fail[m->type] == 0))
		return -r->fail_errno;
	switch (m->type) {
	case ENGINE_ALLOC_SPI:
		return router_alloc(r, m, done);
	case ENGINE_SA_INSTALL:
		return router_install(r, m);
	case ENGINE_SA_DELETE:
		return router_delete(r, m);
	case ENGINE_SA_USE:
		return router_use(r, m, done);
	default:
		return 0;
	}
}

static void router_event(struct fake_router *r, const struct engine_msg *m)
{
	struct fake_event *e = &r->events[r->event_count++ % FAKE_EVENTS_MAX];

	*e = (struct fake_event){.type = m->type};
	switch (m->type) {
	case ENGINE_IKE_UP:
	case ENGINE_IKE_HALF:
	case ENGINE_IKE_DOWN:
		e->ike = m->ike.ike;
		e->why = m->ike.why;
		e->notify = m->ike.notify;
		e->initiator = m->ike.initiator;
		e->listed = m->ike.listed;
		if (m->type == ENGINE_IKE_DOWN && m->ike.why == ENGINE_WHY_INITIAL_CONTACT)
			fake_router_orphan(r, m->ike.ike, FORGOTTEN_MS);
		break;
	case ENGINE_PEER_NOTIFY:
		e->ike = m->notify.ike;
		e->notify = m->notify.notify;
		e->spi_in = m->notify.spi;
		e->is_protected = m->notify.is_protected;
		break;
	default:
		e->ike = m->child.ike;
		e->child = m->child.child;
		e->spi_in = m->child.spi_in;
		e->old_spi_in = m->child.old_spi_in;
		e->why = m->child.why;
		e->notify = m->child.notify;
		e->initiator = m->child.initiator;
		e->listed = m->child.listed;
		break;
	}
}

static void router_done(struct fake_router *r, const struct engine_msg *m)
{
	assert(m->token > 0 && m->token < FAKE_TOKENS_MAX);
	assert(r->result_count[m->token] == 0);
	r->result_count[m->token]++;
	r->results[m->token] = m->done;
}

static int router_send(void *ctx, const struct engine_msg *m)
{
	struct fake_router *r = ctx;
	struct engine_msg answer = {.type = ENGINE_DONE, .token = m->token};

	if (r->broken)
		return -EPIPE;
	r->seen[m->type]++;
	switch (m->type) {
	case ENGINE_DONE:
		router_done(r, m);
		break;
	case ENGINE_TRACE:
		memcpy(r->trace[r->traces++ % 8], m->trace.text, sizeof(m->trace.text));
		break;
	case ENGINE_HELLO:
		break;
	case ENGINE_RECORDS:
		return r->records ? r->records(r->records_ctx, &m->records) : 0;
	case ENGINE_STATS:
		r->stats = m->stats;
		break;
	case ENGINE_ALLOC_SPI:
	case ENGINE_SA_INSTALL:
	case ENGINE_SA_UPDATE:
	case ENGINE_SA_DELETE:
	case ENGINE_SA_USE:
	case ENGINE_POLICY_ADD:
		assert(m->token != 0);
		if (r->silent)
			break;
		answer.done.result = router_serve(r, m, &answer.done);
		r->post(r->ctx, &answer);
		break;
	default:
		router_event(r, m);
		break;
	}
	return 0;
}

struct engine_port fake_router_port(struct fake_router *r)
{
	static const struct engine_port_ops ops = {.send = router_send};

	return (struct engine_port){.ops = &ops, .ctx = r};
}
