/* The flight recorder: who keeps what when room is short, order, words, and what a dead process leaves. */
#include "tests/unit/unit.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/loop.h"
#include "base/writer.h"
#include "recorder/recorder.h"

#define SLOTS 64
#define START 1000000

struct world {
	struct loop *loop;
	struct recorder *r;
};

static const char *spelled(uint64_t v)
{
	static const char *const words[] = {"zero", "one", "two", "three"};

	return v < 4 ? words[v] : NULL;
}

static const struct recorder_names names = {.reason = spelled,
					    .death = spelled,
					    .gone = spelled,
					    .verdict = spelled,
					    .row = spelled,
					    .act = spelled,
					    .result = spelled,
					    .exchange = spelled,
					    .payload = spelled,
					    .notify = spelled};

static struct recorder *recorder(struct loop *loop, int fd, uint32_t slots)
{
	const struct recorder_config cfg = {.fd = fd, .slots = slots, .names = &names};
	struct error err = {0};
	struct recorder *r = recorder_new(loop, &cfg, &err);

	assert_non_null(r);
	return r;
}

static int setup(void **state)
{
	static struct world w;

	w.loop = loop_new_simulated(START);
	w.r = recorder(w.loop, -1, SLOTS);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	recorder_free(w->r);
	loop_free(w->loop);
	return 0;
}

static void say(struct world *w, uint32_t peer, uint32_t number)
{
	const struct addr a = addr_v4(peer);
	const struct recorder_note n = {
		.id = RECORD_IKE_BEGUN, .peer = peer ? &a : NULL, .n = {number, 1, 2}};

	recorder_note(w->r, &n);
}

static size_t count(const struct recorder *r, uint32_t peer)
{
	const struct addr a = addr_v4(peer);
	struct recorder_record rec;
	char buf[RECORDER_TEXT_MAX];
	size_t n = 0;

	for (uint64_t at = 0; recorder_get(r, at, peer ? &a : NULL, &rec, buf, sizeof(buf));
	     at = rec.seq + 1)
		n++;
	return n;
}

static const char *nth(const struct recorder *r, size_t index)
{
	static char buf[RECORDER_TEXT_MAX];
	struct recorder_record rec = {0};

	for (uint64_t at = 0; recorder_get(r, at, NULL, &rec, buf, sizeof(buf)); at = rec.seq + 1)
		if (!index--)
			return buf;
	return NULL;
}

/* ---- room ---------------------------------------------------------------------------------------- */

static void test_a_noisy_peer_pushes_out_its_own_records_only(void **state)
{
	struct world *w = *state;
	struct recorder_stats st;

	for (uint32_t i = 0; i < 5; i++)
		say(w, 1, i);
	for (uint32_t i = 0; i < 10 * SLOTS; i++) {
		loop_advance(w->loop, 1);
		say(w, 2, i);
	}
	assert_int_equal(count(w->r, 1), 5);
	assert_int_equal(count(w->r, 2), SLOTS - 5);
	recorder_stats(w->r, &st);
	assert_int_equal(st.records, SLOTS);
	assert_int_equal(st.peers, 2);
	assert_int_equal(st.written, 10 * SLOTS + 5);
	assert_int_equal(st.replaced, 10 * SLOTS + 5 - SLOTS);
	assert_int_equal(st.bytes, SLOTS * RECORDER_SLOT_LEN);
}

static void test_with_all_talking_each_has_its_share_and_its_newest(void **state)
{
	struct world *w = *state;
	char want[80];

	for (uint32_t i = 0; i < 50; i++) {
		loop_advance(w->loop, 1);
		for (uint32_t peer = 1; peer <= 16; peer++)
			say(w, peer, i * 100 + peer);
	}
	for (uint32_t peer = 1; peer <= 16; peer++)
		assert_int_equal(count(w->r, peer), SLOTS / 16);
	snprintf(want, sizeof(want), "IKE SA %u begun by us: two", 4916);
	assert_string_equal(nth(w->r, SLOTS - 1), want);
	assert_string_equal(nth(w->r, 0), "IKE SA 4601 begun by us: two");
}

static bool only_peer_one(void *ctx, const struct addr *a)
{
	const struct addr one = addr_v4(1);

	(void)ctx;
	return addr_equal(a, &one);
}

/* Each forged source is another address: together they are no more than one peer. */
static void test_a_thousand_strangers_leave_a_peer_its_half(void **state)
{
	struct world *w = *state;

	recorder_set_known(w->r, only_peer_one, NULL);
	for (uint32_t i = 0; i < SLOTS; i++)
		say(w, 1, i);
	for (uint32_t i = 0; i < 1000; i++)
		say(w, 1000 + i, i);
	assert_true(count(w->r, 1) >= SLOTS / 2 - 1);
	assert_int_equal(count(w->r, 1999), 1); /* and each is found by its address */
	assert_int_equal(count(w->r, 1001), 0);
}

static void test_what_is_forged_in_a_peers_name_is_kept_apart_from_its_own(void **state)
{
	struct world *w = *state;
	const struct addr peer = addr_v4(1), to = addr_v4(9);
	struct recorder_note n = {
		.id = RECORD_SPI_SEEN, .peer = &peer, .addr = &to, .stranger = true};

	for (uint32_t i = 0; i < 10; i++)
		say(w, 1, i);
	for (n.spi = 1; n.spi < 500; n.spi++)
		recorder_note(w->r, &n);
	assert_int_equal(count(w->r, 1), SLOTS);
	assert_string_equal(nth(w->r, 9), "IKE SA 9 begun by us: two");
}

/* ---- order ---------------------------------------------------------------------------------------- */

static size_t packed(uint8_t *out, size_t size, uint64_t boot_ms, uint64_t handle)
{
	const struct addr a = addr_v4(1);
	const struct recorder_note n = {
		.id = RECORD_IKE_CLOSING, .peer = &a, .boot_ms = boot_ms, .n = {handle, 1}};

	return recorder_note_pack(&n, out, size);
}

static void test_what_comes_late_stands_where_it_belongs(void **state)
{
	struct world *w = *state;
	uint8_t batch[256];
	size_t len;

	say(w, 1, 1);
	loop_advance(w->loop, 100);
	say(w, 1, 3);
	len = packed(batch, sizeof(batch), START + 50, 2);
	len += packed(batch + len, sizeof(batch) - len, START + 100, 4);
	assert_int_equal(recorder_take(w->r, (struct view){batch, len}, 0), 0);
	assert_string_equal(nth(w->r, 0), "IKE SA 1 begun by us: two");
	assert_string_equal(nth(w->r, 1), "IKE SA 2 closes: one");
	assert_string_equal(nth(w->r, 2), "IKE SA 3 begun by us: two");
	assert_string_equal(nth(w->r, 3), "IKE SA 4 closes: one");
}

static void test_what_process_ike_says_of_the_time_has_bounds(void **state)
{
	struct world *w = *state;
	uint8_t batch[256];
	char buf[RECORDER_TEXT_MAX];
	struct recorder_record rec;
	size_t len = packed(batch, sizeof(batch), UINT64_MAX, 1);

	len += packed(batch + len, sizeof(batch) - len, 0, 2);
	assert_int_equal(recorder_take(w->r, (struct view){batch, len}, 0), 0);
	assert_true(recorder_get(w->r, 0, NULL, &rec, buf, sizeof(buf)));
	assert_int_equal(rec.boot_ms, START - 60000);
	assert_true(recorder_get(w->r, rec.seq + 1, NULL, &rec, buf, sizeof(buf)));
	assert_int_equal(rec.boot_ms, START);
}

static void test_reading_begins_at_a_time(void **state)
{
	struct world *w = *state;
	char buf[RECORDER_TEXT_MAX];
	struct recorder_record rec;

	for (uint32_t i = 0; i < 10; i++) {
		say(w, 1, i);
		loop_advance(w->loop, 1000);
	}
	assert_true(
		recorder_get(w->r, recorder_seq_at(START + 4500), NULL, &rec, buf, sizeof(buf)));
	assert_string_equal(buf, "IKE SA 5 begun by us: two");
	assert_true(recorder_get(w->r, 0, NULL, &rec, buf, sizeof(buf))); /* and goes back */
	assert_string_equal(buf, "IKE SA 0 begun by us: two");
}

/* ---- words ---------------------------------------------------------------------------------------- */

static const char *words(const struct recorder_note *n)
{
	static char buf[RECORDER_TEXT_MAX];
	uint8_t args[RECORDER_ARGS_MAX];
	struct view v = {args, recorder_args_pack(n, args)};

	assert_true(recorder_args_fit(n->id, v));
	return recorder_args_format(n->id, v, &names, buf, sizeof(buf));
}

static void test_a_message_in_words(void **state)
{
	static const uint32_t spis[] = {0x11223344, 0xaabbccdd};
	struct recorder_payloads l = {0};
	struct recorder_note n = {.id = RECORD_IKE_SENT,
				  .n = {2, 1, 7, 0x0102030405060708, UINT64_MAX, 300}};

	(void)state;
	recorder_payload(&l, &(struct recorder_payload){.type = 3});
	recorder_payload(&l, &(struct recorder_payload){.type = 41, .notify = 1});
	recorder_payload(&l, &(struct recorder_payload){
				     .type = 41, .notify = 16393, .spis = spis, .spi_count = 1});
	recorder_payload(&l, &(struct recorder_payload){.type = 2, .spis = spis, .spi_count = 2});
	n.bytes = recorder_payloads_view(&l);
	assert_string_equal(words(&n), "sent two response, message ID 7, SPIs 0102030405060708 "
				       "FFFFFFFFFFFFFFFF, 300 bytes: three 41(one) 41(16393 "
				       "0x11223344) two(0x11223344 0xAABBCCDD)");
	n = (struct recorder_note){.id = RECORD_IKE_RECEIVED};
	assert_string_equal(words(&n), "received zero request, message ID 0, SPIs 0000000000000000 "
				       "0000000000000000, 0 bytes: nothing");
}

/* The longest numbers and a list that is over its room: still whole. */
static void test_a_message_with_too_many_payloads_says_so(void **state)
{
	struct recorder_payloads l = {0};
	struct recorder_note n = {.id = RECORD_IKE_SENT,
				  .n = {255, 1, UINT32_MAX, UINT64_MAX, UINT64_MAX, 65535}};

	(void)state;
	for (int i = 0; i < 100; i++)
		recorder_payload(&l, &(struct recorder_payload){.type = 41, .notify = 2});
	n.bytes = recorder_payloads_view(&l);
	assert_non_null(strstr(words(&n), "41(two) ..."));
}

static void test_choices_and_conditions_in_words(void **state)
{
	const struct addr to = addr_v4(0x0a000001);
	struct recorder_note n = {.id = RECORD_XFRM_GONE, .addr = &to, .text = "iproute2"};

	(void)state;
	n.n[0] = 1;
	n.n[2] = 4711;
	assert_string_equal(words(&n), "SA to 10.0.0.1 gone: one, by iproute2 (pid 4711)");
	n.n[1] = 1;
	n.n[3] = 12;
	assert_string_equal(words(&n), "SA to 10.0.0.1 gone: one, by us, 12 packets");
	n.n[1] = 99; /* more than there are: the last */
	n.n[4] = 1;
	assert_string_equal(words(&n),
			    "larval SA to 10.0.0.1 gone: one, by the kernel, 12 packets");
}

/* Text of other people, into a line of a terminal. */
static void test_hostile_text_is_harmless_and_cut(void **state)
{
	char long_text[400];
	struct recorder_note n = {.id = RECORD_PROCESS_DIED, .n = {2, 1}, .text = "a\n\033[2J\xff"};

	(void)state;
	assert_string_equal(words(&n), "process ike (pid 1) died: a??[2J?");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	n.text = long_text;
	assert_true(strlen(words(&n)) < 120);
}

/* Every row: no stray bracket, no number that is not packed, one line, also with the greatest numbers. */
static void test_every_row_reads_well(void **state)
{
	static const char list[] = {0x03, 0x04};
	const struct addr a = addr_v4(0x0a000001);

	(void)state;
	for (int id = 0; id < RECORD_ID_COUNT; id++) {
		for (int ones = 0; ones < 3; ones++) {
			struct recorder_note n = {.id = (enum recorder_id)id,
						  .addr = &a,
						  .text = "text",
						  .bytes = {(const uint8_t *)list, 2}};
			const char *text;

			for (int i = 0; i < RECORDER_NUMBERS; i++)
				n.n[i] = ones == 2 ? UINT64_MAX : (uint64_t)ones;
			text = words(&n);
			assert_true(isalnum((unsigned char)text[0]));
			assert_null(strpbrk(text, "%{}[]|\n"));
			assert_true(strlen(text) < RECORDER_TEXT_MAX - 1);
		}
	}
}

static void test_words_without_names_are_numbers_and_fit_any_room(void **state)
{
	const struct recorder_note n = {.id = RECORD_IKE_CLOSING, .n = {5, 6}};
	uint8_t args[RECORDER_ARGS_MAX];
	struct view v = {args, recorder_args_pack(&n, args)};
	char buf[8];

	(void)state;
	assert_string_equal(recorder_args_format(n.id, v, NULL, buf, sizeof(buf)), "IKE SA ");
	assert_string_equal(recorder_args_format(n.id, (struct view){0}, NULL, buf, sizeof(buf)),
			    "a recor");
}

/* ---- what comes from process ike ------------------------------------------------------------------ */

static void test_a_batch_that_is_none_is_refused_and_what_came_before_stays(void **state)
{
	struct world *w = *state;
	uint8_t batch[512];
	size_t first = packed(batch, sizeof(batch), START, 1);
	size_t len = first + packed(batch + first, sizeof(batch) - first, START, 2);

	for (size_t cut = first + 1; cut < len; cut++)
		assert_int_equal(recorder_take(w->r, (struct view){batch, cut}, 0), -EBADMSG);
	assert_int_equal(count(w->r, 1), len - first - 1);
	for (size_t i = 0; i < len; i++) { /* any byte of it changed: no crash, and readable */
		uint8_t kept = batch[i];

		for (int bit = 0; bit < 8; bit++) {
			batch[i] = (uint8_t)(kept ^ 1 << bit);
			recorder_take(w->r, (struct view){batch, len}, 0);
		}
		batch[i] = kept;
	}
	for (size_t i = 0; i < SLOTS; i++)
		assert_non_null(nth(w->r, i));
}

static void test_process_ike_speaks_of_ike_alone(void **state)
{
	struct world *w = *state;
	uint8_t batch[256];
	const struct recorder_note n = {.id = RECORD_DECISION};
	size_t len = recorder_note_pack(&n, batch, sizeof(batch));

	assert_int_equal(recorder_take(w->r, (struct view){batch, len}, 0), -EBADMSG);
	assert_int_equal(count(w->r, 0), 0);
}

static void test_lost_records_are_counted_and_said(void **state)
{
	struct world *w = *state;
	struct recorder_stats st;

	assert_int_equal(recorder_take(w->r, (struct view){0}, 17), 0);
	assert_string_equal(nth(w->r, 0), "17 records of process ike were lost before this one");
	recorder_stats(w->r, &st);
	assert_int_equal(st.lost, 17);
}

static void test_packing_needs_its_room(void **state)
{
	uint8_t out[RECORDER_PACKED_MAX];
	size_t len = packed(out, sizeof(out), START, 1);

	(void)state;
	assert_true(len > 0);
	for (size_t size = 0; size < len; size++)
		assert_int_equal(packed(out, size, START, 1), 0);
}

/* ---- a process after another ------------------------------------------------------------------------ */

static int memory(void)
{
	int fd = memfd_create("recorder", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_records_are_there_after_a_crash(void **state)
{
	struct world *w = *state, second = {.loop = w->loop};
	int fd = memory();
	struct recorder_stats st;

	second.r = recorder(w->loop, fd, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		loop_advance(w->loop, 10);
		say(&second, 1 + i % 7, i);
	}
	recorder_free(second.r); /* a crash frees less, and writes nothing */
	second.r = recorder(w->loop, fd, 0);
	recorder_stats(second.r, &st);
	assert_int_equal(st.survived, 1000);
	assert_int_equal(count(second.r, 0), 1000);
	assert_int_equal(count(second.r, 3), 143);
	assert_string_equal(nth(second.r, 0), "IKE SA 0 begun by us: two");
	say(&second, 1, 1000);
	assert_string_equal(nth(second.r, 1000), "IKE SA 1000 begun by us: two");
	recorder_free(second.r);
	close(fd);
}

/* Killed in the middle of a record, or its memory spoilt: what is whole is kept, the rest is room. */
static void test_a_torn_record_loses_itself_alone(void **state)
{
	struct world *w = *state, second = {.loop = w->loop};
	int fd = memory();
	uint64_t none = 0;
	uint8_t wild = 0xee;

	second.r = recorder(w->loop, fd, 0);
	for (uint32_t i = 0; i < 10; i++)
		say(&second, 1, i);
	recorder_free(second.r);
	assert_int_equal(pwrite(fd, &none, 8, RECORDER_HEAD_LEN + 3 * RECORDER_SLOT_LEN), 8);
	for (int at = 20; at < 23; at++) /* id, length, family of three others */
		assert_int_equal(pwrite(fd, &wild, 1,
					RECORDER_HEAD_LEN + (at - 16) * RECORDER_SLOT_LEN + at),
				 1);
	second.r = recorder(w->loop, fd, 0);
	assert_int_equal(count(second.r, 1), 6);
	for (uint32_t i = 0; i < 100; i++)
		say(&second, 1, i);
	assert_int_equal(count(second.r, 1), 106);
	recorder_free(second.r);
	close(fd);
}

static void test_memory_of_another_shape_begins_anew(void **state)
{
	struct world *w = *state, second = {.loop = w->loop};
	int fd = memory();

	assert_int_equal(pwrite(fd, "something else entirely", 23, 0), 23);
	second.r = recorder(w->loop, fd, 0);
	assert_int_equal(count(second.r, 0), 0);
	say(&second, 1, 1);
	assert_int_equal(count(second.r, 0), 1);
	recorder_free(second.r);
	close(fd);
}

static void test_memory_that_cannot_be_used_is_refused(void **state)
{
	struct world *w = *state;
	int fd = open("/dev/null", O_RDONLY);
	const struct recorder_config cfg = {.fd = fd};
	struct error err = {0};

	assert_null(recorder_new(w->loop, &cfg, &err));
	assert_true(err.code < 0);
	close(fd);
}

/* Who was a stranger is one in the next life, which does not know yet who is a peer. */
static void test_strangers_stay_strangers_after_a_crash(void **state)
{
	struct world *w = *state, second = {.loop = w->loop};
	int fd = memory();
	struct recorder_stats st;

	second.r = recorder(w->loop, fd, 0);
	recorder_set_known(second.r, only_peer_one, NULL);
	for (uint32_t peer = 1; peer <= 100; peer++)
		say(&second, peer, peer);
	recorder_free(second.r);
	second.r = recorder(w->loop, fd, 0);
	recorder_stats(second.r, &st);
	assert_int_equal(st.peers, 1);
	assert_int_equal(st.survived, 100);
	recorder_free(second.r);
	close(fd);
}

/* ---- copies ------------------------------------------------------------------------------------------ */

static void test_a_frozen_copy_stays_when_the_recorder_goes_on(void **state)
{
	struct world *w = *state;
	const struct addr one = addr_v4(1);
	struct recorder_frozen *f;
	struct recorder_record rec;
	char buf[RECORDER_TEXT_MAX];
	const struct recorder_note died = {
		.id = RECORD_PROCESS_DIED, .n = {2, 99}, .text = "signal 9"};

	say(w, 1, 1);
	loop_advance(w->loop, 5000);
	say(w, 1, 2);
	say(w, 2, 3);
	recorder_note(w->r, &died);
	say(w, 1, 4);
	f = recorder_freeze(w->r, &one, START + 1000);
	for (uint32_t i = 0; i < 2 * SLOTS; i++)
		say(w, 1, 100 + i);
	assert_true(recorder_frozen_get(f, 0, &rec, buf, sizeof(buf)));
	assert_string_equal(buf, "IKE SA 2 begun by us: two");
	assert_true(addr_equal(&rec.peer, &one));
	assert_true(recorder_frozen_get(f, 1, &rec, buf, sizeof(buf)));
	assert_string_equal(buf, "process ike (pid 99) died: signal 9"); /* it concerns all */
	assert_true(recorder_frozen_get(f, 2, &rec, buf, sizeof(buf)));
	assert_string_equal(buf, "IKE SA 4 begun by us: two");
	assert_false(recorder_frozen_get(f, 3, &rec, buf, sizeof(buf)));
	recorder_frozen_free(f);
}

static void test_a_frozen_copy_has_the_newest_up_to_its_bound(void **state)
{
	struct world *w = *state, large = {.loop = w->loop};
	struct recorder_frozen *f;
	struct recorder_record rec;
	char buf[RECORDER_TEXT_MAX];

	large.r = recorder(w->loop, -1, 2 * RECORDER_FROZEN_MAX);
	for (uint32_t i = 0; i < 2 * RECORDER_FROZEN_MAX; i++)
		say(&large, 1, i);
	f = recorder_freeze(large.r, NULL, 0);
	assert_true(recorder_frozen_get(f, 0, &rec, buf, sizeof(buf)));
	assert_string_equal(buf, "IKE SA 4096 begun by us: two");
	assert_true(recorder_frozen_get(f, RECORDER_FROZEN_MAX - 1, &rec, buf, sizeof(buf)));
	assert_false(recorder_frozen_get(f, RECORDER_FROZEN_MAX, &rec, buf, sizeof(buf)));
	recorder_frozen_free(f);
	recorder_free(large.r);
}

static void test_off_writes_nothing_and_reads_as_empty(void **state)
{
	struct world *w = *state, off = {.loop = w->loop};
	const struct recorder_config cfg = {.fd = -1, .off = true};
	struct error err = {0};
	struct recorder_stats st;

	off.r = recorder_new(w->loop, &cfg, &err);
	say(&off, 1, 1);
	assert_int_equal(recorder_take(off.r, (struct view){0}, 3), 0);
	assert_int_equal(count(off.r, 0), 0);
	recorder_stats(off.r, &st);
	assert_false(st.on);
	recorder_free(off.r);
	recorder_note(NULL, &(struct recorder_note){.id = RECORD_ENGINE_UP}); /* nobody minds */
}

static int whole_life(void *arg)
{
	const struct recorder_config cfg = {.fd = -1, .slots = 8};
	struct error err = {0};
	struct world w = {.loop = arg};
	struct recorder_frozen *f;

	w.r = recorder_new(w.loop, &cfg, &err);
	if (!w.r)
		return -ENOMEM;
	for (uint32_t i = 0; i < 20; i++)
		say(&w, 1 + i % 3, i);
	f = recorder_freeze(w.r, NULL, 0);
	recorder_frozen_free(f);
	assert_int_equal(count(w.r, 0), 8); /* without memory for its own lane, too */
	recorder_free(w.r);
	return f ? 0 : -ENOMEM;
}

static void test_every_allocation_may_fail(void **state)
{
	struct world *w = *state;

	assert_true(unit_fail_each_allocation(whole_life, w->loop) >= 4);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_WORLD(test_a_noisy_peer_pushes_out_its_own_records_only),
		IN_WORLD(test_with_all_talking_each_has_its_share_and_its_newest),
		IN_WORLD(test_a_thousand_strangers_leave_a_peer_its_half),
		IN_WORLD(test_what_is_forged_in_a_peers_name_is_kept_apart_from_its_own),
		IN_WORLD(test_what_comes_late_stands_where_it_belongs),
		IN_WORLD(test_what_process_ike_says_of_the_time_has_bounds),
		IN_WORLD(test_reading_begins_at_a_time),
		cmocka_unit_test(test_a_message_in_words),
		cmocka_unit_test(test_a_message_with_too_many_payloads_says_so),
		cmocka_unit_test(test_choices_and_conditions_in_words),
		cmocka_unit_test(test_hostile_text_is_harmless_and_cut),
		cmocka_unit_test(test_every_row_reads_well),
		cmocka_unit_test(test_words_without_names_are_numbers_and_fit_any_room),
		IN_WORLD(test_a_batch_that_is_none_is_refused_and_what_came_before_stays),
		IN_WORLD(test_process_ike_speaks_of_ike_alone),
		IN_WORLD(test_lost_records_are_counted_and_said),
		cmocka_unit_test(test_packing_needs_its_room),
		IN_WORLD(test_records_are_there_after_a_crash),
		IN_WORLD(test_a_torn_record_loses_itself_alone),
		IN_WORLD(test_memory_of_another_shape_begins_anew),
		IN_WORLD(test_memory_that_cannot_be_used_is_refused),
		IN_WORLD(test_strangers_stay_strangers_after_a_crash),
		IN_WORLD(test_a_frozen_copy_stays_when_the_recorder_goes_on),
		IN_WORLD(test_a_frozen_copy_has_the_newest_up_to_its_bound),
		IN_WORLD(test_off_writes_nothing_and_reads_as_empty),
		IN_WORLD(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
