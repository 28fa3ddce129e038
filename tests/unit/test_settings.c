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
		"/spindle-eem:event-manager",
		"/spindle-eem:event-manager/applet",
		"/spindle-eem:event-manager/environment",
		"/spindle-eem:event-manager/policy",
		"/spindle-eem:event-manager/scheduler/thread",
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
	struct config_handler handlers[40];
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

/* ---- the log ----------------------------------------------------------------------------------------- */

#define LOGGING(members) "{'spindle-logging:logging':{" members "}}"

static struct log_stats stats_of(const struct world *t)
{
	struct log_stats st;

	log_stats(t->log, &st);
	return st;
}

/* The last line as it is printed. */
static const char *last_line(const struct world *t)
{
	static char line[LOG_TEXT_MAX];
	char buf[LOG_LINE_MAX];
	struct log_record r;

	log_say(t->log, NULL, CONFIG_I, "x");
	assert_true(log_tail_get(t->log, log_last_seq(t->log), &r, buf));
	return log_format(&r, line, sizeof(line));
}

static void test_each_way_of_the_log_has_its_level_or_is_closed(void **state)
{
	struct world *t = *state;
	struct log_stats st = stats_of(t);

	assert_true(st.buffer.level == 7 && st.monitor.level == 7 && st.trap.level == 6);
	assert_true(st.enabled && !st.count && !log_userinfo(t->log));
	assert_int_equal(edit(t, LOGGING("'off':true,'buffered-level':4,'monitor-level':3,"
					 "'trap-level':0,'userinfo':true,'count':true")),
			 0);
	st = stats_of(t);
	assert_true(st.buffer.level == 4 && st.monitor.level == 3 && st.trap.level == 0);
	assert_true(!st.enabled && st.count && log_userinfo(t->log));
	log_to_stderr(t->log, true);
	assert_int_equal(stats_of(t).console.level, 7);
	assert_int_equal(
		edit(t, LOGGING("'@':{'spindle-types:remove':'buffered-level "
				"monitor-level trap-level'},'off':false,'buffered-off':true,"
				"'monitor-off':true,'trap-off':true,'console-off':true")),
		0);
	st = stats_of(t);
	assert_true(st.buffer.level == LOG_OFF && st.monitor.level == LOG_OFF);
	assert_true(st.trap.level == LOG_OFF && st.console.level == LOG_OFF && st.enabled);
	log_to_stderr(t->log, false);
}

static void test_time_stamps_are_as_configured(void **state)
{
	static const struct {
		const char *json;
		size_t stamp; /* length of the stamp, with its mark */
		const char *sign;
	} rows[] = {
		{"'timestamps-log':'uptime'", strlen("00:00:01: "), "00:00:"},
		{"'timestamps-log':'none'", 0, "%SYS-5"},
		{"'timestamps-log':'datetime'", strlen("*Nov 25 00:19:09: "), ":"},
		{"'timestamps-log':'datetime','timestamps-log-option':['show-timezone','year','msec']",
		 strlen("*Nov 25 2026 00:19:09.123 UTC: "), " UTC: %SYS-5"},
	};
	struct world *t = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char json[256];
		const char *line;
		size_t mark;

		snprintf(json, sizeof(json),
			 LOGGING("'@':{'spindle-types:remove':'timestamps-log "
				 "timestamps-log-option'},%s"),
			 rows[i].json);
		assert_int_equal(edit(t, json), 0);
		line = last_line(t);
		mark = strchr("*.", line[0]) && rows[i].stamp ? 0 : 1;
		if (rows[i].stamp == 0 || rows[i].sign[0] == '0')
			mark = 0;
		assert_non_null(strstr(line, rows[i].sign));
		assert_int_equal(strstr(line, "%SYS-5") - line, rows[i].stamp - mark);
	}
	assert_int_equal(edit(t, LOGGING("'@':{'spindle-types:remove':'timestamps-log-option'},"
					 "'sequence-numbers':true,'timestamps-log':'none'")),
			 0);
	assert_string_equal(last_line(t) + 4, "05: %SYS-5-CONFIG_I: Configured from console by x");
}

static void test_a_rate_limit_is_as_configured(void **state)
{
	struct world *t = *state;
	uint64_t before;

	assert_int_equal(edit(t, LOGGING("'rate-limit':10,'rate-limit-except':4")), 0);
	loop_advance(t->loop, 2000);
	before = stats_of(t).rate_limited;
	for (int i = 0; i < 30; i++)
		last_line(t);
	for (int i = 0; i < 30; i++)
		log_say(t->log, NULL, RECOVERY_REFUSED, "p", 1u, 1u, "x"); /* 4: passes */
	assert_int_equal(stats_of(t).rate_limited - before, 20);
	assert_int_equal(edit(t, LOGGING("'rate-limit-way':'console'")), 0);
	before = stats_of(t).rate_limited;
	for (int i = 0; i < 30; i++)
		last_line(t);
	assert_int_equal(stats_of(t).rate_limited, before);
}

static void test_log_hosts_come_change_and_go(void **state)
{
	struct world *t = *state;
	struct log_host_state h;

	assert_int_equal(edit(t, LOGGING("'host':[{'address':'192.0.2.1'},{'address':'192.0.2.2',"
					 "'transport':'tcp','format':'rfc5424'}]")),
			 0);
	assert_true(log_host_get(t->log, 0, &h));
	assert_true(h.cfg.port == 514 && !h.cfg.tcp && !h.cfg.rfc5424);
	assert_true(log_host_get(t->log, 1, &h));
	assert_true(h.cfg.port == 601 && h.cfg.tcp && h.cfg.rfc5424);
	assert_false(log_host_get(t->log, 2, &h));
	assert_int_equal(edit(t, LOGGING("'host':[{'address':'192.0.2.1','transport':'udp',"
					 "'port':5514,'format':'rfc5424'}]")),
			 0);
	assert_true(log_host_get(t->log, 0, &h));
	assert_true(h.cfg.port == 5514 && h.cfg.rfc5424);
	assert_int_equal(edit(t, LOGGING("'host':[{'@':{'spindle-types:operation':'remove'},"
					 "'address':'192.0.2.1'}]")),
			 0);
	assert_true(log_host_get(t->log, 0, &h));
	assert_int_equal(h.cfg.addr.bytes[3], 2);
	assert_false(log_host_get(t->log, 1, &h));
}

static void test_more_log_hosts_than_there_is_room_for_are_refused(void **state)
{
	struct world *t = *state;
	struct log_host_state h;
	char json[160];

	for (int i = 1; i <= 20; i++) {
		snprintf(json, sizeof(json), LOGGING("'host':[{'address':'192.0.2.%d'%s}]"), i,
			 i <= 4 ? ",'transport':'tcp'" : "");
		assert_int_equal(edit(t, json), i <= 16 ? 0 : -ENOSPC);
	}
	assert_non_null(strstr(t->why, "logging host 192.0.2.20: 16 hosts are the most"));
	assert_int_equal(edit(t, LOGGING("'host':[{'address':'192.0.2.9','transport':'tcp'}]")),
			 -ENOSPC);
	assert_non_null(strstr(t->why, "4 hosts by TCP are the most"));
	/* A port stands behind its transport, as the command has it. */
	assert_int_not_equal(edit(t, LOGGING("'host':[{'address':'192.0.2.9','port':99}]")), 0);
	assert_true(log_host_get(t->log, 15, &h));
	assert_false(log_host_get(t->log, 16, &h));
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
		IN_WORLD(test_each_way_of_the_log_has_its_level_or_is_closed),
		IN_WORLD(test_time_stamps_are_as_configured),
		IN_WORLD(test_a_rate_limit_is_as_configured),
		IN_WORLD(test_log_hosts_come_change_and_go),
		IN_WORLD(test_more_log_hosts_than_there_is_room_for_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
