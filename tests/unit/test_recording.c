/* The rooms' facts in the flight recorder: what a person would need to name the cause, from before it. */
#include "tests/unit/recovery_world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/loop.h"
#include "main/recording.h"

#define STRANGER 0x0a090909u

struct scene {
	struct world *t;
	struct recorder *r;
	struct recording *rec;
};

static int begin(void **state)
{
	static struct scene s;
	const struct recorder_config cfg = {.fd = -1, .slots = 512, .names = &recording_names};
	struct error err = {0};
	void *world;

	assert_int_equal(setup(&world), 0);
	s.t = world;
	s.r = recorder_new(s.t->w->loop, &cfg, &err);
	assert_non_null(s.r);
	s.rec = recording_new(s.r, s.t->w->conns, s.t->w->engine, s.t->w->xfrm, s.t->w->sa);
	assert_non_null(s.rec);
	assert_int_equal(recording_spi(s.rec, s.t->spi), 0);
	assert_int_equal(recording_recovery(s.rec, s.t->r), 0);
	*state = &s;
	return 0;
}

static int end(void **state)
{
	struct scene *s = *state;
	void *world = s->t;

	teardown(&world);
	recording_free(s->rec);
	recorder_free(s->r);
	return 0;
}

/* The first record from *from on that begins so; NULL: none. *from moves behind it. */
static const struct recorder_record *find(const struct scene *s, uint64_t *from, const char *begin)
{
	static char buf[RECORDER_TEXT_MAX];
	static struct recorder_record rec;

	while (recorder_get(s->r, *from, NULL, &rec, buf, sizeof(buf))) {
		*from = rec.seq + 1;
		if (!strncmp(buf, begin, strlen(begin)))
			return &rec;
	}
	return NULL;
}

static const struct recorder_record *expect(const struct scene *s, uint64_t *from,
					    const char *begin)
{
	const struct recorder_record *r = find(s, from, begin);

	for (uint64_t all = 0; !r && (r = find(s, &all, "")); r = NULL)
		print_error("%s\n", r->text);
	if (!r)
		fail_msg("no record \"%s\" there", begin);
	return r;
}

static void assert_peer(const struct recorder_record *r)
{
	const struct addr peer = addr_v4(WORLD_PEER);

	assert_true(addr_equal(&r->peer, &peer));
}

/* Nobody had asked for anything: two minutes later another program deletes the SA, the peer goes on to
 * send with it, and what the recorder holds then reaches back behind the fault and names its author. */
static void test_the_minutes_before_a_loss_are_there_without_any_debug(void **state)
{
	struct scene *s = *state;
	struct xfrm_sa_id in = router_world_in(SPI_1);
	const struct addr peer = addr_v4(WORLD_PEER);
	struct recorder_frozen *f;
	struct recorder_record rec;
	char buf[RECORDER_TEXT_MAX];
	uint64_t at = 0, fault_ms;

	assert_int_equal(log_debug_flags(s->t->w->log), 0);
	up(s->t, 1);
	router_world_pair(s->t->w, 1, 10, SPI_1, 0);
	loop_advance(s->t->w->loop, 120000);
	fault_ms = loop_now(s->t->w->loop);
	assert_int_equal(xfrm_fake_foreign_delete(s->t->w->xfrm, &in, NULL), 0);
	loop_advance(s->t->w->loop, 0);
	packet(s->t, SPI_1);
	loop_advance(s->t->w->loop, GRACE + 10);
	f = recorder_freeze(s->r, &peer, 0);
	assert_true(recorder_frozen_get(f, 0, &rec, buf, sizeof(buf)));
	assert_true(rec.boot_ms + 60000 <= fault_ms);
	recorder_frozen_free(f);
	assert_peer(expect(s, &at, "IKE SA 77 is up, begun by "));
	assert_peer(expect(s, &at, "larval SA to 10.1.1.1 added by us"));
	assert_peer(expect(s, &at, "pair 0xB7618601 in, 0xF7618601 out of VPN 10"));
	assert_peer(expect(s, &at, "SA to 10.1.1.1 gone: deleted, by foreign (pid 4711)"));
	assert_peer(expect(s, &at,
			   "pair 0xB7618601 in, 0xF7618601 out lost its inbound half: deleted by "
			   "another program, by foreign (pid 4711)"));
	assert_int_equal(expect(s, &at, "packet to 10.1.1.1 refused: once ours, ")->spi, SPI_1);
	assert_int_equal(log_debug_flags(s->t->w->log), 0);
}

static void test_a_recovery_is_told_from_packet_to_result(void **state)
{
	struct scene *s = *state;
	uint64_t at = 0;

	lost_pair(s->t);
	packet(s->t, SPI_1);
	loop_advance(s->t->w->loop, GRACE + 10);
	router_world_pair(s->t->w, 1, 10, SPI_2, 0);
	done(s->t, ENGINE_CREATE_CHILD, 0, SPI_2);
	decrypt(s->t, SPI_2);
	loop_advance(s->t->w->loop, 1000);
	assert_peer(
		expect(s, &at, "pair 0xB7618601 in, 0xF7618601 out gone: cleared by an operator"));
	assert_peer(
		expect(s, &at, "packet to 10.1.1.1 refused: once ours, cleared by an operator "));
	assert_peer(expect(s, &at, "pair 0xB7618602 in, "));
	assert_peer(expect(s, &at, "recovery: success after "));
	at = 0;
	assert_peer(expect(s, &at, "decided by row once ours, lost: create Child SA, flow "));
	assert_peer(expect(s, &at, "recovery: running, flow "));
}

static void test_a_flow_that_goes_on_is_told_once_more(void **state)
{
	struct scene *s = *state;
	uint64_t at = 0;
	size_t n = 0;

	lost_pair(s->t);
	stream(s->t, SPI_1, SPI_PERSISTENT_MS + 3000);
	assert_peer(expect(s, &at, "packets to 10.1.1.1 go on: "));
	for (at = 0; find(s, &at, "packet to 10.1.1.1 refused: once ours");)
		n++;
	assert_int_equal(n, 1); /* of 80 packets */
}

/* A flood of invented SPIs in the peer's name, and of strangers: the peer's own records stay. */
static void test_forged_packets_push_out_nothing_of_a_peer(void **state)
{
	struct scene *s = *state;
	const struct addr stranger = addr_v4(STRANGER + 3999);
	struct recorder_record rec;
	char buf[RECORDER_TEXT_MAX];
	uint64_t at = 0;

	three_pairs(s->t);
	for (uint32_t i = 0; i < 4000; i++) {
		packet(s->t, UNKNOWN + i);
		packet_from(s->t, STRANGER + i, UNKNOWN + i);
		if (i % 100 == 0)
			loop_advance(s->t->w->loop, GRACE);
	}
	loop_advance(s->t->w->loop, GRACE + 10);
	expect(s, &at, "IKE SA 77 is up");
	expect(s, &at, "pair 0xB7618601 in");
	expect(s, &at, "pair 0xB7618602 in");
	expect(s, &at, "pair 0xB7618603 in");
	assert_true(recorder_get(s->r, 0, &stranger, &rec, buf, sizeof(buf)));
}

static void event(struct scene *s, struct engine_msg m)
{
	engine_receive(s->t->w->engine, &m);
	loop_advance(s->t->w->loop, 0);
}

static void test_what_the_engine_tells_is_there(void **state)
{
	struct scene *s = *state;
	const struct endpoint peer = {addr_v4(WORLD_PEER), 500};
	uint64_t at = 0;

	up(s->t, 1);
	router_world_pair(s->t->w, 1, 10, SPI_1, 0);
	event(s, (struct engine_msg){.type = ENGINE_CHILD_REKEYED,
				     .child = {.ike = WORLD_IKE,
					       .conn = 1,
					       .child = 10,
					       .spi_in = SPI_2,
					       .spi_out = SPI_3,
					       .old_spi_in = SPI_1,
					       .initiator = true}});
	event(s, (struct engine_msg){.type = ENGINE_PEER_NOTIFY,
				     .notify = {.peer = peer,
						.ike = WORLD_IKE,
						.notify = 11,
						.spi = SPI_1,
						.is_protected = true}});
	event(s, (struct engine_msg){.type = ENGINE_CHILD_DOWN,
				     .child = {.ike = WORLD_IKE,
					       .conn = 1,
					       .child = 10,
					       .spi_in = SPI_1,
					       .spi_out = WORLD_OUT(SPI_1),
					       .why = ENGINE_WHY_PEER_DELETE}});
	event(s, (struct engine_msg){.type = ENGINE_IKE_DOWN,
				     .ike = {.ike = WORLD_IKE,
					     .conn = 1,
					     .remote = peer,
					     .why = ENGINE_WHY_AUTH,
					     .notify = 24}});
	assert_peer(expect(s, &at,
			   "Child SA rekeyed by us: 0xB7618602 in, 0xB7618603 out take over "
			   "from 0xB7618601"));
	assert_peer(expect(s, &at, "authenticated notify INVALID_SPI for SPI 0xB7618601"));
	assert_peer(
		expect(s, &at, "Child SA 0xB7618601 in, 0xF7618601 out is down: peer's DELETE"));
	assert_peer(expect(s, &at,
			   "IKE SA 77 is down: authentication failed, "
			   "AUTHENTICATION_FAILED"));
}

/* What process ike noted comes in its place, before what router saw of it. */
static void test_records_of_process_ike_are_put_where_they_belong(void **state)
{
	struct scene *s = *state;
	const struct addr peer = addr_v4(WORLD_PEER);
	struct recorder_note n = {.id = RECORD_IKE_BEGUN,
				  .peer = &peer,
				  .boot_ms = loop_now(s->t->w->loop),
				  .n = {77, 1, ENGINE_WHY_TRAFFIC}};
	struct engine_msg m = {.type = ENGINE_RECORDS};
	uint64_t at = 0;

	m.records.len = (uint16_t)recorder_note_pack(&n, m.records.bytes, ENGINE_RECORDS_MAX);
	m.records.lost = 2;
	loop_advance(s->t->w->loop, 100);
	up(s->t, 1);
	loop_advance(s->t->w->loop, 100);
	event(s, m);
	assert_peer(expect(s, &at, "IKE SA 77 begun by us: traffic"));
	expect(s, &at, "IKE SA 77 is up");
	at = 0;
	expect(s, &at, "2 records of process ike were lost");
}

static void test_the_pair_to_process_ike_is_told(void **state)
{
	struct scene *s = *state;
	uint64_t at = 0;

	up(s->t, 1);
	engine_detach(s->t->w->engine);
	loop_advance(s->t->w->loop, 0);
	router_world_engine(s->t->w, WORLD_CAPS);
	expect(s, &at, "the pair to process ike broke");
	expect(s, &at, "process ike is joined, 0 IKE SAs live");
}

static void test_policies_are_told_when_they_are_not_ours(void **state)
{
	struct scene *s = *state;
	const struct xfrm_author by = {.seq = 7, .name = "iproute2"};
	const struct selector sel = {.local = prefix_make(&(struct addr){.family = AF_INET}, 0),
				     .remote = prefix_make(&(struct addr){.family = AF_INET}, 0)};
	const struct xfrm_policy p = {.dir = XFRM_DIR_OUT,
				      .selector = sel,
				      .tunnel_local = addr_v4(WORLD_LOCAL),
				      .tunnel_remote = addr_v4(WORLD_PEER),
				      .proto = IPPROTO_ESP,
				      .reqid = 99};
	void *ctx;
	const struct xfrm_ops *kernel = xfrm_ops(s->t->w->xfrm, &ctx);
	uint64_t at = 0;

	assert_int_equal(kernel->policy_put(ctx, &p, NULL, NULL), 0);
	loop_advance(s->t->w->loop, 0);
	assert_null(find(s, &at, "policy "));
	at = 0;
	assert_int_equal(xfrm_fake_foreign_policy_delete(s->t->w->xfrm, &p, &by), 0);
	loop_advance(s->t->w->loop, 0);
	assert_peer(expect(s, &at, "policy out, reqid 99, removed by another program: "));
}

static void test_commits_are_told_with_what_they_touched(void **state)
{
	struct scene *s = *state;
	uint64_t at = 0;

	recording_committed(s->rec); /* of nothing */
	recording_touched(s->rec, "/spindle-crypto:crypto/map[name='VPN']");
	recording_aborted(s->rec);
	recording_committed(s->rec);
	assert_null(find(s, &at, "committed"));
	recording_touched(s->rec, "/spindle-crypto:crypto/map[name='VPN'][sequence='10']");
	recording_touched(s->rec, "/spindle-crypto:crypto/ipsec");
	recording_committed(s->rec);
	at = 0;
	expect(s, &at,
	       "committed, 2 objects: /spindle-crypto:crypto/map[name='VPN'][sequence='10']");
	recording_touched(NULL, "");
	recording_committed(NULL);
	recording_aborted(NULL);
}

static int whole_life(void *arg)
{
	struct scene *s = arg;
	struct recording *rec =
		recording_new(s->r, s->t->w->conns, s->t->w->engine, s->t->w->xfrm, s->t->w->sa);

	return rec ? 0 : -ENOMEM;
}

static void test_it_needs_one_allocation_and_says_when_there_is_none(void **state)
{
	struct scene *s = *state;

	alloc_fail_after(1);
	assert_int_equal(whole_life(s), -ENOMEM);
	alloc_fail_after(0);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCENE(test_the_minutes_before_a_loss_are_there_without_any_debug),
		IN_SCENE(test_a_recovery_is_told_from_packet_to_result),
		IN_SCENE(test_a_flow_that_goes_on_is_told_once_more),
		IN_SCENE(test_forged_packets_push_out_nothing_of_a_peer),
		IN_SCENE(test_what_the_engine_tells_is_there),
		IN_SCENE(test_records_of_process_ike_are_put_where_they_belong),
		IN_SCENE(test_the_pair_to_process_ike_is_told),
		IN_SCENE(test_policies_are_told_when_they_are_not_ours),
		IN_SCENE(test_commits_are_told_with_what_they_touched),
		IN_SCENE(test_it_needs_one_allocation_and_says_when_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
