#include "tests/unit/api_fixture.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "net/unix.h"

#define TURNS 200

/* Entries 1 … N, with padding. */
static int page_sas(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_fixture *a = ctx;
	uint64_t i = *cursor;

	(void)filter;
	for (size_t n = 0; i < a->entries && n < max; n++, i++) {
		char *padding = alloc_zero(a->entry_size + 1);
		json_t *entry;

		if (!padding)
			return -ENOMEM;
		memset(padding, 'x', a->entry_size);
		entry = json_pack("{s:I,s:i,s:s,s:s}", "spi-in", (json_int_t)(i + 256), "spi-out",
				  0x357, "packets-in", "5", "connection", padding);
		alloc_free(padding);
		json_array_append_new(out, entry);
	}
	*cursor = i < a->entries ? i : 0;
	return 0;
}

static int page_broken(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	(void)max;
	(void)out;
	*cursor = 0;
	return ((struct api_fixture *)ctx)->page_result;
}

static int page_spi(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)ctx;
	(void)filter;
	(void)max;
	*cursor = 0;
	json_array_append_new(out, json_pack("{s:s,s:s}", "source", "armed tap", "seen", "5"));
	return 0;
}

static int page_flows(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)ctx;
	(void)filter;
	(void)max;
	*cursor = 0;
	for (int i = 1; i <= 3; i++)
		json_array_append_new(out, json_pack("{s:i,s:b}", "id", i, "persistent", i == 2));
	return 0;
}

static void run_clear(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	struct api_fixture *a = ctx;
	json_t *output;

	(void)input;
	a->runs++;
	if (a->later) {
		assert_true(a->runs <= sizeof(a->unanswered) / sizeof(a->unanswered[0]));
		a->unanswered[a->runs - 1] = arg;
		a->done = done;
		a->done_arg = arg;
		return;
	}
	output = json_pack("{s:i}", "cleared", 2);
	done(arg, 0, NULL, output);
	json_decref(output);
}

static struct api_state states[] = {
	{.path = "/spindle-crypto:crypto-state/ikev2-sa", .privilege = 1, .page = page_broken},
	{.path = "/spindle-crypto:crypto-state/ipsec-sa", .privilege = 1, .page = page_sas},
	{.path = "/spindle-crypto:crypto-state/invalid-spi/flow",
	 .privilege = 1,
	 .page = page_flows},
	{.path = "/spindle-crypto:crypto-state/invalid-spi", .privilege = 1, .page = page_spi},
	{.path = "/spindle-system:system-state", .privilege = 16, .page = page_spi},
};

static void refresh_page(void *ctx, uint64_t cursor, size_t max, void (*done)(void *arg), void *arg)
{
	struct api_fixture *a = ctx;

	assert_true(max > 0);
	a->refreshed++;
	a->refreshed_behind += cursor;
	done(arg);
}

void api_fixture_fetch(bool on)
{
	states[1].refresh_page = on ? refresh_page : NULL;
}

void api_fixture_long_entries(uint16_t most)
{
	states[1].most = most;
}

static struct api_action actions[] = {
	{.path = "spindle-crypto:clear-session", .privilege = 1, .run = run_clear},
	{.path = "spindle-system:debug", .privilege = 16, .run = run_clear},
};

int api_fixture_open(struct api_fixture *a)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/control.sock", a->f->path);
	fd = unix_listen(path, SOCK_STREAM, 0666, &a->f->err);
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		states[i].ctx = a;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		actions[i].ctx = a;
	a->api = api_new(a->f->loop, a->f->config, a->f->log, fd, states,
			 sizeof(states) / sizeof(states[0]), actions,
			 sizeof(actions) / sizeof(actions[0]), &a->f->err);
	if (!a->api)
		close(fd);
	return a->api ? 0 : -ENOMEM;
}

static bool passes(void *ctx, const char *list, const struct addr *from, uint16_t port)
{
	const struct api_fixture *a = ctx;

	assert_true(*list && addr_is_set(from) && port);
	return !a->shut_out;
}

static int open_all(void **state, bool with_people)
{
	struct api_fixture *a = alloc_zero(sizeof(*a));
	struct api_people people = {.passes = passes, .ctx = a};

	a->f = fixture_new();
	a->f->real_loop = true;
	assert_int_equal(fixture_open(a->f), 0);
	if (with_people) {
		a->aaa = aaa_new(a->f->loop, a->f->jobs, a->f->log);
		a->f->people_to = aaa_room(a->aaa);
	}
	assert_int_equal(fixture_load(a->f), 0);
	fixture_forget(a->f);
	a->entries = 3;
	assert_int_equal(api_fixture_open(a), 0);
	people.aaa = a->aaa;
	api_set_people(a->api, &people);
	*state = a;
	return 0;
}

int api_fixture_setup(void **state)
{
	return open_all(state, false);
}

int api_fixture_people_setup(void **state)
{
	return open_all(state, true);
}

int api_fixture_teardown(void **state)
{
	struct api_fixture *a = *state;
	void *f = a->f;

	api_free(a->api);
	for (size_t i = 0; i < sizeof(a->unanswered) / sizeof(a->unanswered[0]); i++)
		if (a->unanswered[i])
			a->done(a->unanswered[i], -ECANCELED, NULL, NULL);
	a->f->people_to = NULL;
	aaa_free(a->aaa);
	fixture_teardown(&f);
	alloc_free(a);
	return 0;
}

void api_fixture_answer(struct api_fixture *a, int err, const struct error *why)
{
	void *arg = a->done_arg;

	for (size_t i = 0; i < sizeof(a->unanswered) / sizeof(a->unanswered[0]); i++)
		if (a->unanswered[i] == arg)
			a->unanswered[i] = NULL;
	a->done(arg, err, why, NULL);
}

void api_fixture_turns(struct api_fixture *a, int turns)
{
	while (turns-- > 0)
		loop_turn(a->f->loop, 0);
}

struct peer *peer_connect(struct api_fixture *a)
{
	struct peer *p = calloc(1, sizeof(*p));
	char path[64];

	snprintf(path, sizeof(path), "%s/control.sock", a->f->path);
	p->a = a;
	p->fd = unix_connect(path, SOCK_STREAM, NULL);
	assert_true(p->fd >= 0);
	return p;
}

struct peer *peer_open(struct api_fixture *a)
{
	struct peer *p = peer_connect(a);

	json_decref(peer_ask(p, "{'op':'hello','version':1}"));
	return p;
}

void peer_leave(struct peer *p)
{
	close(p->fd);
	frame_clear(&p->in);
	free(p);
}

void peer_close(struct peer *p)
{
	struct api_fixture *a = p->a;

	peer_leave(p);
	api_fixture_turns(a, 3);
}

void peer_bytes(struct peer *p, const void *data, size_t len)
{
	const uint8_t *at = data;

	for (int turns = 0; len && turns < 10000; turns++) {
		ssize_t n = send(p->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
		loop_turn(p->a->f->loop, 0);
	}
	assert_int_equal(len, 0);
}

void peer_send(struct peer *p, uint32_t id, const char *json)
{
	size_t len = strlen(json);
	uint8_t *bytes = malloc(FRAME_HEAD + len);

	frame_head(bytes, id, 0, len);
	memcpy(bytes + FRAME_HEAD, json, len);
	for (size_t i = FRAME_HEAD; i < FRAME_HEAD + len; i++)
		if (bytes[i] == '\'')
			bytes[i] = '"';
	peer_bytes(p, bytes, FRAME_HEAD + len);
	free(bytes);
}

json_t *peer_read(struct peer *p, uint32_t *id, uint8_t *flags)
{
	struct frame f;
	json_t *json;

	for (int turns = 0; turns < TURNS; turns++) {
		uint8_t buf[65536];
		ssize_t n;

		if (frame_next(&p->in, &f, NULL) == 1) {
			json = json_loadb((const char *)f.json.data, f.json.len, 0, NULL);
			assert_non_null(json);
			*id = f.id;
			*flags = f.flags;
			return json;
		}
		loop_turn(p->a->f->loop, turns > 20 ? 1 : 0);
		n = recv(p->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (!n)
			return NULL;
		if (n > 0)
			assert_int_equal(frame_feed(&p->in, buf, (size_t)n), 0);
	}
	return NULL;
}

bool peer_is_closed(struct peer *p)
{
	uint8_t byte;

	for (int turns = 0; turns < TURNS; turns++) {
		ssize_t n = recv(p->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);

		if (!n || (n < 0 && errno == ECONNRESET))
			return true;
		if (n > 0)
			return false;
		loop_turn(p->a->f->loop, 1);
	}
	return false;
}

void peer_refused(struct peer *p, const char *json, const char *words)
{
	const char *text;
	uint8_t flags = 0;
	uint32_t id = 0;
	json_t *answer;

	peer_send(p, 77, json);
	answer = peer_read(p, &id, &flags);
	if (!answer)
		fail_msg("%s was not answered", json);
	assert_int_equal(id, 77);
	assert_int_equal(flags, FRAME_ERROR);
	text = json_string_value(json_object_get(answer, "error"));
	if (!strstr(text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, text);
	assert_true(json_integer_value(json_object_get(answer, "errno")) > 0);
	assert_non_null(json_string_value(json_object_get(answer, "name")));
	json_decref(answer);
}

json_t *peer_ask(struct peer *p, const char *json)
{
	uint8_t flags = 0;
	uint32_t id = 0;
	json_t *answer;

	peer_send(p, 78, json);
	answer = peer_read(p, &id, &flags);
	if (!answer || flags)
		fail_msg("%s: flags %u: %s", json, flags,
			 answer ? json_string_value(json_object_get(answer, "error")) : "none");
	assert_int_equal(id, 78);
	return answer;
}
