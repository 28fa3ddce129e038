/* The event manager between a daemon and workers that the test plays: registration, events, jobs. */
#include "tests/unit/eem_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APPLET(name, event, action)                                                                \
	"{'name':'" name "','event':[{'tag':'-','statement':'" event                               \
	"'}],'action':[{'label':'010','statement':'" action "'}]}"
/* One to five applets. */
#define ONE(a)			     a
#define TWO(a, b)		     a "," b
#define THREE(a, b, c)		     a "," TWO(b, c)
#define FOUR(a, b, c, d)	     a "," THREE(b, c, d)
#define FIVE(a, b, c, d, e)	     a "," FOUR(b, c, d, e)
#define SIXTH(a, b, c, d, e, f, ...) f
#define CONFIG(...)                                                                                \
	"{'applet':[" SIXTH(__VA_ARGS__, FIVE, FOUR, THREE, TWO, ONE, )(__VA_ARGS__) "]}"
#define ON_SPI(name) APPLET(name, "syslog pattern INV_SPI", "syslog msg seen")

static void inv_spi(struct world *w)
{
	world_log(w, "CRYPTO", 4, "RECVD_PKT_INV_SPI", "spi=0x1, srcaddr=10.0.0.1");
}

static void test_a_message_runs_the_applet_that_waits_for_it(void **state)
{
	struct world *w =
		world_new(CONFIG(ON_SPI("A"), APPLET("B", "syslog pattern OTHER", "syslog msg x")));
	struct worker_job *j;

	(void)state;
	assert_int_equal(w->count, 0);
	world_log(w, "SYS", 5, "CONFIG_I", "nothing");
	assert_int_equal(w->count, 0);
	inv_spi(w);
	assert_int_equal(w->count, 1);
	j = world_job(w, 0);
	assert_string_equal(j->name, "A");
	assert_true(j->applet);
	assert_int_equal(j->maxrun_ms, 20000);
	assert_string_equal(job_event(j, "msg"),
			    "\nNov 25 03:45:12.123: %CRYPTO-4-RECVD_PKT_INV_SPI: spi=0x1, "
			    "srcaddr=10.0.0.1");
	assert_string_equal(job_event(j, "facility"), "CRYPTO");
	assert_string_equal(job_event(j, "mnemonic"), "RECVD_PKT_INV_SPI");
	assert_string_equal(job_event(j, "priority"), "4");
	assert_string_equal(job_event(j, "timestamp"), "Nov 25 03:45:12.123");
	assert_string_equal(job_event(j, "event_type_string"), "syslog");
	assert_string_equal(job_event(j, "job_id"), "1");
	assert_string_equal(job_event(j, "event_severity"), "severity-normal");
	job_call(j, "syslog", "{'priority':3,'msg':'hello'}");
	assert_true(j->answered);
	assert_true(world_said(w, "%HA_EM-3-LOG: A: hello"));
	job_done(w, j, WORKER_DONE, "0", "");
	assert_true(list_empty(&w->eem->jobs));
	world_free(w);
}

static void test_only_what_changed_is_registered_anew(void **state)
{
	struct world *w = world_new(CONFIG(ON_SPI("A"), ON_SPI("B")));
	const struct policy *a = policy_find(w->eem, "A"), *b = policy_find(w->eem, "B");

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	world_reconfigure(w, CONFIG(ON_SPI("A"), APPLET("B", "syslog pattern X", "syslog msg x"),
				    ON_SPI("C")));
	assert_ptr_equal(policy_find(w->eem, "A"), a);
	assert_int_equal(policy_find(w->eem, "B")->number, 3);
	assert_int_equal(policy_find(w->eem, "C")->number, 4);
	world_reconfigure(w, "{}");
	assert_true(list_empty(&w->eem->policies));
	inv_spi(w);
	assert_int_equal(w->count, 0);
	world_free(w);
}

static void test_what_cannot_be_registered_is_said(void **state)
{
	struct world *w =
		world_new(CONFIG(APPLET("A", "syslog pattern (a", "syslog msg x"),
				 APPLET("B", "syslog pattern a", "if 1 eq 1"), ON_SPI("C"),
				 "{'name':'D'}", APPLET("E", "nonsense", "syslog msg x")));

	(void)state;
	assert_true(world_said(w, "%HA_EM-3-FMPD_REGISTER: applet A is not registered: "));
	assert_true(world_said(w, "applet B is not registered: "));
	assert_true(world_said(w, "applet E is not registered: "));
	assert_null(policy_find(w->eem, "A"));
	assert_null(policy_find(w->eem, "D"));
	assert_non_null(policy_find(w->eem, "C"));
	world_free(w);
}

static void test_occurs_and_period_and_ratelimit(void **state)
{
	struct world *w = world_new(
		CONFIG(APPLET("A", "syslog pattern INV_SPI occurs 2 period 60", "syslog msg x"),
		       APPLET("B", "syslog pattern INV_SPI ratelimit 60", "syslog msg x")));

	(void)state;
	inv_spi(w);
	assert_int_equal(w->count, 1);
	assert_string_equal(world_job(w, 0)->name, "B");
	inv_spi(w);
	assert_int_equal(w->count, 2);
	assert_string_equal(world_job(w, 1)->name, "A");
	inv_spi(w);
	assert_int_equal(w->count, 2);
	world_free(w);
}

/* ---- jobs -------------------------------------------------------------------------------------------- */

#define CLASSED                                                                                          \
	"{'applet':[{'name':'A','class':'B','event':[{'tag':'-','statement':'syslog pattern INV_SPI'}]," \
	"'action':[{'label':'1','statement':'syslog msg x'}]}],"                                         \
	"'scheduler':{'thread':[{'queue':'applet','class':'B','number':2}]}}"

static void test_a_class_has_so_many_threads(void **state)
{
	struct world *w = world_new(CLASSED);

	(void)state;
	for (int i = 0; i < 4; i++)
		inv_spi(w);
	assert_int_equal(w->count, 2);
	job_done(w, world_job(w, 0), WORKER_DONE, "", "");
	assert_int_equal(w->count, 3);
	job_done(w, world_job(w, 2), WORKER_DONE, "", "");
	assert_int_equal(w->count, 4);
	world_free(w);
}

static void test_a_full_queue_drops_and_says_so(void **state)
{
	struct world *w = world_new(CLASSED);
	json_t *reply;
	char *text;

	(void)state;
	for (int i = 0; i < EEM_QUEUE_EACH + 5; i++)
		inv_spi(w);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->eem->waiting, EEM_QUEUE_EACH);
	assert_int_equal(w->eem->dropped, 3);
	assert_true(world_said(
		w, "FMS_QUEUE_FULL: the queue is full: an event for policy A was dropped"));
	reply = world_ask(w, "get", "/spindle-eem:event-manager-state/scheduler", "{}");
	text = json_dumps(reply, JSON_COMPACT);
	assert_non_null(strstr(text, "\"pending\":64"));
	free(text); /* jansson's */
	json_decref(reply);
	world_free(w);
}

static void test_a_policy_that_triggers_itself_is_bounded(void **state)
{
	struct world *w = world_new(CONFIG(APPLET("A", "syslog pattern .*", "syslog msg again")));
	const struct policy *p = policy_find(w->eem, "A");
	uint64_t from = loop_now(w->loop);

	(void)state;
	for (int i = 0; i < 5000 && p->suppressed < 20; i++) {
		inv_spi(w);
		while (w->count) {
			job_done(w, w->jobs[w->count - 1], WORKER_DONE, "", "");
			json_decref(w->jobs[w->count - 1]->event);
			json_decref(w->jobs[w->count - 1]->env);
			alloc_free(w->jobs[w->count - 1]->chunk);
			alloc_free(w->jobs[--w->count]);
		}
	}
	assert_int_equal(p->suppressed, 20);
	/* 200 at once, then twenty a second. */
	assert_true(p->triggered >= 200 && p->triggered <= 202 + (loop_now(w->loop) - from) / 50);
	assert_true(world_said(w, "FMS_SUPPRESSED: policy A is triggered too often"));
	world_free(w);
}

static void test_the_end_of_a_job_is_in_the_history(void **state)
{
	struct world *w = world_new(CONFIG(ON_SPI("A")));
	char *text;
	json_t *reply;

	(void)state;
	inv_spi(w);
	inv_spi(w);
	inv_spi(w);
	job_done(w, world_job(w, 0), WORKER_DONE, "0", "");
	job_done(w, world_job(w, 1), WORKER_MAXRUN, "", "its time was over");
	assert_true(world_said(w, "FMPD_MAXRUN: policy A was ended: it ran for 20.000 seconds"));
	job_done(w, world_job(w, 2), WORKER_ERROR, "", "A statement 010: bad\nthing");
	assert_true(world_said(
		w, "%HA_EM-3-FMPD_ERROR: Error executing applet A statement 010: bad thing"));
	reply = world_ask(w, "get", "/spindle-eem:event-manager-state/history-event", "{}");
	text = json_dumps(reply, JSON_COMPACT | JSON_SORT_KEYS);
	assert_non_null(strstr(text, "\"job\":1,\"kind\":\"applet\",\"name\":\"A\",\"number\":1,"
				     "\"status\":\"success\""));
	assert_non_null(strstr(text, "\"job\":2,\"kind\":\"applet\",\"name\":\"A\",\"number\":2,"
				     "\"status\":\"abort\""));
	free(text); /* jansson's */
	json_decref(reply);
	world_free(w);
}

static void test_a_suspended_scheduler_queues(void **state)
{
	static const char suspended[] =
		"{'applet':[" ON_SPI("A") "],'scheduler':{'suspended':true}}";
	struct world *w = world_new(suspended);

	(void)state;
	inv_spi(w);
	assert_int_equal(w->count, 0);
	world_reconfigure(w, CONFIG(ON_SPI("A")));
	assert_int_equal(w->count, 1);
	world_free(w);
}

static void test_a_start_that_is_refused_comes_later(void **state)
{
	struct world *w = world_new(CONFIG(ON_SPI("A"), ON_SPI("B")));

	(void)state;
	w->refuse_start = 2;
	inv_spi(w);
	assert_int_equal(w->count, 0);
	inv_spi(w);
	assert_int_equal(w->count, 4);
	world_free(w);
}

static void test_people_hold_release_and_clear_jobs(void **state)
{
	struct world *w = world_new(CLASSED);
	json_t *reply;

	(void)state;
	for (int i = 0; i < 4; i++)
		inv_spi(w);
	reply = world_ask(w, "action", "spindle-eem:scheduler-hold", "{'policy':3}");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(reply, "data"), "count")), 1);
	json_decref(reply);
	job_done(w, world_job(w, 0), WORKER_DONE, "", "");
	assert_int_equal(w->count, 3);
	assert_string_equal(job_event(world_job(w, 2), "job_id"), "4");
	json_decref(
		world_ask(w, "action", "spindle-eem:scheduler-release", "{'queue-type':'applet'}"));
	job_done(w, world_job(w, 1), WORKER_DONE, "", "");
	assert_string_equal(job_event(world_job(w, 3), "job_id"), "3");
	inv_spi(w);
	json_decref(world_ask(w, "action", "spindle-eem:scheduler-modify",
			      "{'policy':5,'class':'C','queue-priority':'high'}"));
	assert_int_equal(w->count, 5);
	reply = world_ask(w, "action", "spindle-eem:scheduler-clear", "{'all':[null]}");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(reply, "data"), "count")), 3);
	json_decref(reply);
	assert_true(world_job(w, 2)->killed);
	world_free(w);
}

/* ---- other detectors --------------------------------------------------------------------------------- */

#define CLI_SYNC APPLET("A", "cli pattern \\\"^show memory\\\" sync yes", "exit 1")
#define CLI_SKIP APPLET("B", "cli pattern \\\"reload\\\" sync no skip yes", "syslog msg x")

static json_t *type_line(struct world *w, const char *line)
{
	static int number = 100;
	char text[300];

	snprintf(text, sizeof(text),
		 "{'stream':'command','event':%d,'reply':true,'data':{'spindle-system:command':"
		 "{'line':'%s','mode':'exec','user':'bob'}}}",
		 ++number, line);
	world_event(w, w->eem->cli_sub, text);
	return world_take(w, "reply");
}

static void test_a_command_waits_for_its_policy(void **state)
{
	struct world *w = world_new(CONFIG(CLI_SYNC, CLI_SKIP));
	json_t *reply;

	(void)state;
	reply = type_line(w, "show clock");
	assert_true(eem_true(reply, "proceed"));
	json_decref(reply);
	assert_null(type_line(w, "show memory summary"));
	assert_string_equal(job_event(world_job(w, 0), "msg"), "show memory summary");
	assert_string_equal(job_event(world_job(w, 0), "username"), "bob");
	job_call(world_job(w, 0), "puts", "{'text':'not now','newline':true}");
	job_done(w, world_job(w, 0), WORKER_DONE, "0", "");
	reply = world_take(w, "reply");
	assert_false(eem_true(reply, "proceed"));
	assert_string_equal(eem_text(reply, "output"), "not now\n");
	json_decref(reply);
	assert_null(type_line(w, "show memory"));
	job_done(w, world_job(w, 1), WORKER_DONE, "1", "");
	reply = world_take(w, "reply");
	assert_true(eem_true(reply, "proceed"));
	json_decref(reply);
	/* A policy that failed does not keep people from their commands. */
	assert_null(type_line(w, "show memory"));
	job_done(w, world_job(w, 2), WORKER_ERROR, "", "A statement 1: bad");
	reply = world_take(w, "reply");
	assert_true(eem_true(reply, "proceed"));
	json_decref(reply);
	world_free(w);
}

static void test_a_command_is_skipped_at_once(void **state)
{
	struct world *w = world_new(CONFIG(CLI_SKIP));
	json_t *reply = type_line(w, "reload");

	(void)state;
	assert_false(eem_true(reply, "proceed"));
	json_decref(reply);
	assert_int_equal(w->count, 1);
	world_free(w);
}

static void test_commands_are_heard_only_while_someone_waits_for_them(void **state)
{
	struct world *w = world_new(CONFIG(ON_SPI("A")));
	json_t *o;

	(void)state;
	assert_int_equal(w->eem->cli_sub, 0);
	world_reconfigure(w, CONFIG(ON_SPI("A"), CLI_SKIP));
	assert_true(w->eem->cli_sub != 0);
	world_reconfigure(w, CONFIG(ON_SPI("A")));
	assert_int_equal(w->eem->cli_sub, 0);
	o = world_take(w, "unsubscribe");
	assert_non_null(o);
	json_decref(o);
	world_free(w);
}

static void test_a_command_that_waits_too_long_runs(void **state)
{
	struct world *w =
		world_new(CONFIG(APPLET("A", "cli pattern x sync yes default 0.050", "exit 0")));
	json_t *reply;

	(void)state;
	assert_null(type_line(w, "x"));
	world_wait(w, 80);
	reply = world_take(w, "reply");
	assert_true(eem_true(reply, "proceed"));
	json_decref(reply);
	job_done(w, world_job(w, 0), WORKER_DONE, "0", "");
	assert_null(world_take(w, "reply"));
	world_free(w);
}

static void test_timers(void **state)
{
	struct world *w = world_new(
		CONFIG(APPLET("W", "timer watchdog time 0.030 name t1", "syslog msg x"),
		       APPLET("C", "timer countdown time 0.020", "syslog msg x"),
		       APPLET("P", "timer absolute time 1000000000", "syslog msg x"),
		       APPLET("R", "timer cron cron-entry \\\"@reboot\\\"", "syslog msg x")));
	unsigned int watchdog = 0, countdown = 0, boot = 0;

	(void)state;
	world_wait(w, 140);
	for (size_t i = 0; i < w->count; i++) {
		watchdog += w->jobs[i]->name[0] == 'W';
		countdown += w->jobs[i]->name[0] == 'C';
		boot += w->jobs[i]->name[0] == 'R';
		assert_true(w->jobs[i]->name[0] != 'P');
	}
	assert_true(watchdog >= 2);
	assert_int_equal(countdown, 1);
	assert_int_equal(boot, 1);
	world_free(w);
}

static void test_counters_run_policies(void **state)
{
	struct world *w = world_new(
		CONFIG(ON_SPI("A"),
		       APPLET("C", "counter name n entry-val 2 entry-op ge exit-val 0 exit-op le",
			      "syslog msg x")));
	struct worker_job *j;

	(void)state;
	inv_spi(w);
	j = world_job(w, 0);
	job_call(j, "counter", "{'name':'n','op':'inc','value':1}");
	assert_int_equal(json_integer_value(json_object_get(j->result, "value")), 1);
	world_turns(w);
	assert_int_equal(w->count, 1);
	job_call(j, "counter", "{'name':'n','op':'inc','value':1}");
	world_turns(w);
	assert_int_equal(w->count, 2);
	assert_string_equal(job_event(world_job(w, 1), "value"), "2");
	job_call(j, "counter", "{'name':'n','op':'inc','value':1}");
	world_turns(w);
	assert_int_equal(w->count, 2);
	job_call(j, "counter", "{'name':'n','op':'set','value':0}");
	job_call(j, "counter", "{'name':'n','op':'set','value':9}");
	world_turns(w);
	assert_int_equal(w->count, 3);
	job_call(j, "counter", "{'name':'n','op':'nop','value':0}");
	assert_int_equal(json_integer_value(json_object_get(j->result, "value")), 9);
	job_call(j, "counter", "{'name':'n','op':'dec','value':'4'}");
	assert_int_equal(json_integer_value(json_object_get(j->result, "value")), 5);
	world_free(w);
}

static void test_tracked_objects_and_facts_of_ipsec(void **state)
{
	struct world *w = world_new(
		CONFIG(APPLET("T", "track 5 state down", "syslog msg x"),
		       APPLET("I", "ipsec invalid-spi peer 10.0.0.1 verdict stale", "syslog msg x"),
		       APPLET("K", "configuration", "syslog msg x")));

	(void)state;
	world_event(w, w->eem->track_sub, "{'stream':'track','track':{'number':5,'state':'up'}}");
	world_event(w, w->eem->track_sub, "{'stream':'track','track':{'number':6,'state':'down'}}");
	assert_int_equal(w->count, 0);
	world_event(w, w->eem->track_sub, "{'stream':'track','track':{'number':5,'state':'down'}}");
	assert_string_equal(world_job(w, 0)->name, "T");
	assert_string_equal(job_event(world_job(w, 0), "state"), "down");
	world_event(
		w, w->eem->ipsec_sub,
		"{'ipsec':{'event':'invalid-spi','peer':'10.0.0.2','verdict':'stale','spi':256}}");
	world_event(w, w->eem->ipsec_sub,
		    "{'ipsec':{'event':'ike-up','peer':'10.0.0.1','verdict':'stale'}}");
	assert_int_equal(w->count, 1);
	world_event(
		w, w->eem->ipsec_sub,
		"{'ipsec':{'event':'invalid-spi','peer':'10.0.0.1','verdict':'stale','spi':256}}");
	assert_string_equal(world_job(w, 1)->name, "I");
	assert_string_equal(job_event(world_job(w, 1), "spi"), "0x00000100");
	world_event(w, w->eem->config_sub, "{'config':{'paths':['/spindle-crypto:crypto']}}");
	assert_string_equal(world_job(w, 2)->name, "K");
	world_free(w);
}

static void test_several_events_come_together(void **state)
{
	static const char config[] =
		"{'applet':[{'name':'A','event':[{'tag':'1','statement':'syslog pattern ONE'},"
		"{'tag':'2','statement':'syslog pattern TWO'}],"
		"'trigger':{'period':'60','correlate':'event 1 and event 2'},"
		"'action':[{'label':'1','statement':'syslog msg x'}]},"
		"{'name':'B','event':[{'tag':'1','statement':'syslog pattern ONE'},"
		"{'tag':'2','statement':'track 3 state any'}],"
		"'trigger':{'correlate':'event 1 and track 3','delay':'0.030'},"
		"'action':[{'label':'1','statement':'syslog msg x'}]}]}";
	struct world *w = world_new(config);

	(void)state;
	world_log(w, "X", 5, "ONE", "x");
	assert_int_equal(w->count, 0);
	world_log(w, "X", 5, "TWO", "x");
	assert_int_equal(w->count, 1);
	assert_string_equal(world_job(w, 0)->name, "A");
	world_event(w, w->eem->track_sub, "{'track':{'number':3,'state':'up'}}");
	assert_int_equal(w->count, 1);
	world_wait(w, 60);
	assert_int_equal(w->count, 2);
	assert_string_equal(world_job(w, 1)->name, "B");
	world_free(w);
}

static void test_an_interface_is_polled(void **state)
{
	struct world *w = world_new(CONFIG(APPLET(
		"P",
		"interface name eth0 parameter input-errors entry-val 5 entry-op ge entry-type "
		"value poll-interval 1",
		"syslog msg x")));
	json_t *get;

	(void)state;
	json_decref(world_take(w, "get")); /* the tracked objects */
	world_wait(w, 20);
	get = world_take(w, "get");
	assert_string_equal(eem_text(get, "path"),
			    "/spindle-interface-state:interface-state/interface[name='eth0']");
	world_answer(
		w, (uint32_t)json_integer_value(json_object_get(get, "id")),
		"{'data':{'spindle-interface-state:interface-state':{'interface':[{'name':'eth0',"
		"'input-errors':'7'}]}}}",
		0);
	assert_string_equal(job_event(world_job(w, 0), "value"), "7");
	assert_string_equal(job_event(world_job(w, 0), "parameter"), "input-errors");
	json_decref(get);
	world_free(w);
}

static void test_a_leaf_is_polled(void **state)
{
	struct world *w = world_new(CONFIG(APPLET(
		"Y", "yang path \\\"/spindle-crypto:crypto-state/ikev2-sa-count\\\" op lt val 2",
		"syslog msg x")));
	json_t *get;

	(void)state;
	json_decref(world_take(w, "get"));
	world_wait(w, 20);
	get = world_take(w, "get");
	assert_string_equal(eem_text(get, "path"), "/spindle-crypto:crypto-state");
	world_answer(w, (uint32_t)json_integer_value(json_object_get(get, "id")),
		     "{'data':{'spindle-crypto:crypto-state':{'other':5,'ikev2-sa-count':1}}}", 0);
	assert_string_equal(job_event(world_job(w, 0), "value"), "1");
	json_decref(get);
	world_free(w);
}

/* ---- the daemon goes and comes ----------------------------------------------------------------------- */

static void test_nothing_is_lost_while_the_daemon_restarts(void **state)
{
	struct world *w = world_new(CONFIG(ON_SPI("A")));
	json_t *o;
	uint64_t seq;

	(void)state;
	inv_spi(w);
	assert_int_equal(w->count, 1);
	seq = w->eem->last_seq;
	while ((o = world_take(w, "subscribe")))
		json_decref(o);
	world_hang_up(w);
	assert_false(control_is_up(w->eem->control));
	world_accept(w);
	do {
		o = world_take(w, "subscribe");
		assert_non_null(o);
		if (strcmp(eem_text(o, "stream"), "log") != 0)
			json_decref(o);
	} while (strcmp(eem_text(o, "stream"), "log") != 0);
	assert_int_equal(json_integer_value(json_object_get(o, "from")), 1);
	json_decref(o);
	/* What was seen before comes again, and is passed over; a new daemon's first line is not. */
	w->eem->last_seq = seq;
	{
		char text[500];

		snprintf(text, sizeof(text),
			 "{'lost':'3','data':{'spindle-logging:log-state':{'record':[{'seq':'%u',"
			 "'since-boot':'%u','severity':4,'facility':'C','mnemonic':'INV_SPI',"
			 "'text':'old','line':'old'},{'seq':'1','since-boot':'%u','severity':4,"
			 "'facility':'C','mnemonic':'INV_SPI','text':'new','line':'new'}]}}}",
			 (unsigned int)seq, (unsigned int)w->eem->last_boot_ms,
			 (unsigned int)w->eem->last_boot_ms + 1);
		world_event(w, w->eem->log_sub, text);
	}
	assert_int_equal(w->count, 2);
	assert_string_equal(job_event(world_job(w, 1), "msg"), "\nnew");
	assert_int_equal(w->eem->lost_lines, 0);
	/* A policy that ran all the while has its answers refused in between, and ends well. */
	job_done(w, world_job(w, 0), WORKER_DONE, "", "");
	world_free(w);
}

static void test_lines_that_came_too_fast_are_told(void **state)
{
	struct world *w = world_new(CONFIG(ON_SPI("A")));

	(void)state;
	world_event(w, w->eem->log_sub,
		    "{'lost':'12','data':{'spindle-logging:log-state':{'record':[]}}}");
	assert_true(world_said(w, "FMS_LOST: 12 messages came faster"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_message_runs_the_applet_that_waits_for_it),
		cmocka_unit_test(test_only_what_changed_is_registered_anew),
		cmocka_unit_test(test_what_cannot_be_registered_is_said),
		cmocka_unit_test(test_occurs_and_period_and_ratelimit),
		cmocka_unit_test(test_a_class_has_so_many_threads),
		cmocka_unit_test(test_a_full_queue_drops_and_says_so),
		cmocka_unit_test(test_a_policy_that_triggers_itself_is_bounded),
		cmocka_unit_test(test_the_end_of_a_job_is_in_the_history),
		cmocka_unit_test(test_a_suspended_scheduler_queues),
		cmocka_unit_test(test_a_start_that_is_refused_comes_later),
		cmocka_unit_test(test_people_hold_release_and_clear_jobs),
		cmocka_unit_test(test_a_command_waits_for_its_policy),
		cmocka_unit_test(test_a_command_is_skipped_at_once),
		cmocka_unit_test(test_commands_are_heard_only_while_someone_waits_for_them),
		cmocka_unit_test(test_a_command_that_waits_too_long_runs),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_counters_run_policies),
		cmocka_unit_test(test_tracked_objects_and_facts_of_ipsec),
		cmocka_unit_test(test_several_events_come_together),
		cmocka_unit_test(test_an_interface_is_polled),
		cmocka_unit_test(test_a_leaf_is_polled),
		cmocka_unit_test(test_nothing_is_lost_while_the_daemon_restarts),
		cmocka_unit_test(test_lines_that_came_too_fast_are_told),
	};

	return cmocka_run_group_tests_name("eem_main", tests, NULL, NULL);
}
