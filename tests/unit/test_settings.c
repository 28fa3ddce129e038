/* Each single setting, from YANG data through a real commit to the room that it is for. */
#include "main/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jobs.h"
#include "base/loop.h"
#include "base/text.h"
#include "log/log.h"
#include "recovery/recovery.h"
#include "seal/seal.h"
#include "spi/spi.h"
#include "tests/unit/unit.h"

/* What the rooms were told last. */
static struct spi_config spi_told;
static struct recovery_config recovery_told;

void spi_configure(struct spi *s, const struct spi_config *cfg)
{
	(void)s;
	spi_told = *cfg;
}

void recovery_configure(struct recovery *r, const struct recovery_config *cfg)
{
	(void)r;
	recovery_told = *cfg;
}

struct world {
	struct loop *loop;
	struct jobs *jobs;
	struct log *log;
	struct seal *seal;
	struct settings *settings;
	struct config *config;
	struct config_room rest;
	char larval_drop[40];
	int result;
	char why[ERROR_TEXT_MAX];
	bool answered;
};

static int rest_prepare(void *ctx, const struct config_change *c, struct error *err)
{
	(void)ctx;
	(void)c;
	(void)err;
	return 0;
}

static void rest_commit(void *ctx, config_done *done, void *arg)
{
	(void)ctx;
	done(arg, 0, NULL);
}

static void rest_abort(void *ctx)
{
	(void)ctx;
}

static size_t rows(struct world *t, struct config_handler *out)
{
	static const char *const others[] = {
		"/spindle-aaa:aaa",
		"/spindle-line:lines",
		"/spindle-archive:archive",
		"/spindle-acl:access-lists/standard",
		"/spindle-acl:access-lists/extended",
		"/spindle-interface:interfaces/interface",
		"/spindle-crypto:crypto/ipsec/transform-set",
		"/spindle-crypto:crypto/ipsec/security-association",
		"/spindle-crypto:crypto/ikev2/proposal",
		"/spindle-crypto:crypto/ikev2/policy",
		"/spindle-crypto:crypto/ikev2/keyring",
		"/spindle-crypto:crypto/ikev2/profile",
		"/spindle-crypto:crypto/ikev2/dpd",
		"/spindle-crypto:crypto/map",
	};
	size_t n = 0;

	for (const char *const *p = settings_paths(); *p; p++)
		out[n++] = (struct config_handler){*p, settings_room(t->settings)};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		out[n++] = (struct config_handler){others[i], &t->rest};
	return n;
}

static void answer(void *arg, int err, const struct error *why)
{
	struct world *t = arg;

	t->answered = true;
	t->result = err;
	text_copy(t->why, sizeof(t->why), why ? why->text : "");
}

static int wait(struct world *t)
{
	for (int i = 0; i < 1000 && !t->answered; i++)
		loop_advance(t->loop, 1);
	return t->answered ? t->result : -EINPROGRESS;
}

static int edit(struct world *t, const char *json)
{
	char *copy = strdup(json);
	json_t *doc;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	doc = json_loads(copy, 0, NULL);
	assert_non_null(doc);
	free(copy);
	t->answered = false;
	config_edit(t->config, "console", doc, answer, t);
	return wait(t);
}

static int setup(void **state)
{
	static struct world t;
	struct config_handler handlers[32];
	struct error err = {0};
	int fd;

	t = (struct world){.loop = loop_new_simulated(1000),
			   .larval_drop = "/tmp/test_drop.XXXXXX"};
	fd = mkstemp(t.larval_drop);
	close(fd);
	t.jobs = jobs_new(t.loop, 0, 8);
	t.log = log_new(t.loop, 65536);
	t.seal = seal_new_random();
	t.settings = settings_new(t.loop, NULL, NULL, t.log);
	settings_larval_drop_at(t.settings, t.larval_drop);
	t.rest = (struct config_room){"rest", NULL, rest_prepare, rest_commit, rest_abort};
	t.config = config_new(
		t.loop, t.jobs, t.log,
		&(struct config_paths){TEST_YANG, "/nonexistent/startup", -1, -1, t.seal}, handlers,
		rows(&t, handlers), &err);
	assert_non_null(t.config);
	config_load_startup(t.config, answer, &t);
	assert_int_equal(wait(&t), 0);
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	struct world *t = *state;

	jobs_free(t->jobs);
	config_free(t->config);
	settings_free(t->settings);
	seal_free(t->seal);
	log_free(t->log);
	loop_free(t->loop);
	unlink(t->larval_drop);
	return 0;
}

static void assert_drop(const struct world *t, const char *value)
{
	char text[8] = "";
	int fd = open(t->larval_drop, O_RDONLY);

	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	assert_string_equal(text, value);
	close(fd);
}

static void test_without_a_line_everything_has_its_default(void **state)
{
	(void)state;
	assert_int_equal(spi_told.grace_ms, 200);
	assert_int_equal(recovery_told.grace_ms, 200);
	assert_true(spi_told.flows_max > 0);
	assert_false(recovery_told.enabled || recovery_told.at_start || recovery_told.notify);
	assert_false(spi_told.log_interface);
}

static void test_each_line_reaches_its_room(void **state)
{
	struct world *t = *state;
	struct log_stats st;

	assert_int_equal(
		edit(t, "{'spindle-crypto:crypto':{'isakmp':{'invalid-spi-recovery':{"
			"'enabled':true,'at-start':true}},'ipsec':{'invalid-spi':{'grace':500,"
			"'notify':true,'log-interface':true}}},'spindle-logging:logging':{"
			"'buffered-size':8192}}"),
		0);
	assert_true(recovery_told.enabled && recovery_told.at_start && recovery_told.notify);
	assert_int_equal(recovery_told.grace_ms, 500);
	assert_int_equal(spi_told.grace_ms, 500);
	assert_true(spi_told.log_interface);
	log_stats(t->log, &st);
	assert_int_equal(st.ring_bytes, 8192);
	/* One goes with the other. */
	assert_int_equal(edit(t, "{'spindle-crypto:crypto':{'isakmp':{'invalid-spi-recovery':{"
				 "'enabled':false}}}}"),
			 -EINVAL);
	assert_int_equal(edit(t, "{'spindle-crypto:crypto':{'isakmp':{'invalid-spi-recovery':{"
				 "'enabled':false,'at-start':false}}}}"),
			 0);
	assert_false(recovery_told.enabled);
	assert_int_equal(recovery_told.grace_ms, 500); /* the others stay */
}

static void test_held_packets_are_a_setting_of_the_kernel(void **state)
{
	struct world *t = *state;

	assert_drop(t, ""); /* not touched without a line */
	assert_int_equal(edit(t, "{'spindle-crypto:crypto':{'ipsec':{'hold-packets':true}}}"), 0);
	assert_drop(t, "0\n");
	assert_int_equal(edit(t, "{'spindle-crypto:crypto':{'ipsec':{'hold-packets':false}}}"), 0);
	assert_drop(t, "1\n");
}

static void committed(void *arg, int err, const struct error *why)
{
	(void)why;
	*(int *)arg = err;
}

static void test_what_an_earlier_life_left_in_the_kernel_is_set_back(void **state)
{
	struct world *t = *state;
	struct settings *s = settings_new(t->loop, NULL, NULL, t->log);
	int fd = open(t->larval_drop, O_WRONLY | O_TRUNC), result = -1;

	assert_int_equal(write(fd, "0\n", 2), 2);
	close(fd);
	settings_larval_drop_at(s, t->larval_drop);
	settings_room(s)->commit(settings_room(s)->ctx, committed, &result);
	assert_int_equal(result, 0);
	assert_drop(t, "1\n");
	settings_free(s);
}

static void test_a_kernel_that_refuses_leaves_all_as_it_was(void **state)
{
	struct world *t = *state;

	settings_larval_drop_at(t->settings, "/nonexistent/xfrm_larval_drop");
	assert_int_equal(edit(t, "{'spindle-crypto:crypto':{'ipsec':{'hold-packets':true,"
				 "'invalid-spi':{'grace':900}}}}"),
			 -ENOENT);
	assert_non_null(strstr(t->why, "crypto ipsec hold-packets"));
	assert_int_equal(spi_told.grace_ms, 200);
	settings_larval_drop_at(t->settings, t->larval_drop);
	assert_int_equal(
		edit(t, "{'spindle-crypto:crypto':{'ipsec':{'invalid-spi':{'grace':300}}}}"), 0);
	assert_int_equal(spi_told.grace_ms, 300);
	assert_drop(t, ""); /* the refused line did not come along */
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_without_a_line_everything_has_its_default),
		IN_WORLD(test_each_line_reaches_its_room),
		IN_WORLD(test_held_packets_are_a_setting_of_the_kernel),
		IN_WORLD(test_what_an_earlier_life_left_in_the_kernel_is_set_back),
		IN_WORLD(test_a_kernel_that_refuses_leaves_all_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
