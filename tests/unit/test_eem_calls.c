/* What policies ask for, scripts, and what people see of the event manager. */
#include "tests/unit/eem_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ONE_APPLET                                                                                 \
	"{'applet':[{'name':'A','event':[{'tag':'-','statement':'syslog pattern INV_SPI'}],"       \
	"'action':[{'label':'010','statement':'syslog msg seen'}]},"                               \
	"{'name':'N','event':[{'tag':'-','statement':'none sync yes'}],"                           \
	"'action':[{'label':'010','statement':'puts hello'}],"                                     \
	"'set':[{'label':'020','statement':'_exit_status 1'}]},"                                   \
	"{'name':'P','event':[{'tag':'-','statement':'application sub-system 798 type 4'}],"       \
	"'action':[{'label':'010','statement':'syslog msg x'}]}],"                                 \
	"'environment':[{'name':'q','value':'Q'}],'session':{'username':'alice','privilege':7}}"

/* A job of applet A that runs. */
static struct worker_job *begin(struct world *w)
{
	world_log(w, "CRYPTO", 4, "INV_SPI", "x");
	return world_job(w, w->count - 1);
}

static const char *result(const struct worker_job *j, const char *name)
{
	return eem_text(j->result, name);
}

static void refused(struct worker_job *j, const char *op, const char *args, const char *words)
{
	job_call(j, op, args);
	if (!j->answered || !strstr(j->error, words))
		fail_msg("%s: \"%s\" does not say \"%s\"", op, j->error, words);
}

static void test_words_go_to_the_log(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);

	(void)state;
	assert_string_equal(eem_text(j->env, "q"), "Q");
	job_call(j, "puts", "{'text':'to nobody','newline':true}");
	assert_true(world_said(w, "%HA_EM-6-LOG: A: to nobody"));
	job_call(j, "syslog", "{'msg':'plain'}");
	assert_true(world_said(w, "%HA_EM-6-LOG: A: plain"));
	job_call(j, "complain", "{'mnemonic':'FMPD_UNKNOWN_ENV','text':'fh_parse_var: x'}");
	assert_true(world_said(w, "%HA_EM-3-FMPD_UNKNOWN_ENV: fh_parse_var: x"));
	refused(j, "nonsense", "{}", "there is no nonsense here");
	world_free(w);
}

static void test_state_is_asked_of_the_daemon(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);
	json_t *get;
	uint32_t id;

	(void)state;
	json_decref(world_take(w, "get"));
	job_call(j, "get", "{'path':'/spindle-crypto:crypto-state/ikev2-sa'}");
	assert_false(j->answered);
	world_turns(w);
	get = world_take(w, "get");
	id = (uint32_t)json_integer_value(json_object_get(get, "id"));
	json_decref(get);
	world_answer(w, id, "{'data':{'a:b':{'list':[1,2]}}}", FRAME_MORE);
	assert_false(j->answered);
	world_answer(w, id, "{'data':{'a:b':{'list':[3],'leaf':'x'}}}", 0);
	assert_int_equal(
		json_array_size(json_object_get(
			json_object_get(json_object_get(j->result, "data"), "a:b"), "list")),
		3);
	job_call(j, "get", "{'path':'/spindle-crypto:crypto/map'}");
	world_turns(w);
	do {
		get = world_take(w, "get-config");
		assert_non_null(get);
		id = (uint32_t)json_integer_value(json_object_get(get, "id"));
		json_decref(get);
	} while (id < 9);
	world_answer(w, id, "{'error':'it takes more','errno':13}", FRAME_ERROR);
	assert_string_equal(j->error, "it takes more");
	refused(j, "get", "{'path':'crypto'}", "a path begins with");
	world_free(w);
}

static void test_a_job_may_end_while_it_waits(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);
	json_t *get;

	(void)state;
	json_decref(world_take(w, "get"));
	job_call(j, "get", "{'path':'/x:y-state'}");
	world_turns(w);
	get = world_take(w, "get");
	job_done(w, j, WORKER_MAXRUN, "", "");
	world_answer(w, (uint32_t)json_integer_value(json_object_get(get, "id")), "{'data':{}}", 0);
	assert_false(j->answered);
	json_decref(get);
	world_free(w);
}

static void test_calls_fail_while_the_daemon_is_away(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);

	(void)state;
	job_call(j, "get", "{'path':'/x:y-state'}");
	world_turns(w);
	world_hang_up(w);
	assert_true(j->answered);
	assert_non_null(strstr(j->error, "spindled closed the connection"));
	refused(j, "get", "{'path':'/x:y-state'}", "spindled is not there");
	/* What it prints meanwhile is not kept; it goes on. */
	job_call(j, "syslog", "{'msg':'nobody hears'}");
	assert_true(j->answered);
	world_accept(w);
	world_free(w);
}

static void answer_get(struct world *w, const char *json)
{
	json_t *get, *last = NULL;

	world_turns(w);
	while ((get = world_take(w, "get"))) {
		json_decref(last);
		last = get;
	}
	assert_non_null(last);
	world_answer(w, (uint32_t)json_integer_value(json_object_get(last, "id")), json, 0);
	json_decref(last);
}

static void test_information(void **state)
{
	static const char names[] =
		"{'data':{'spindle-interface-state:interface-state':{'interface':"
		"[{'name':'eth0'},{'name':'eth1'},{'name':'lo'}]}}}";
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);

	(void)state;
	job_call(j, "info", "{'type':'routername'}");
	assert_string_equal(result(j, "value"), "R2");
	job_call(j, "info", "{'type':'interface-names'}");
	answer_get(w, names);
	assert_string_equal(result(j, "value"), "eth0 eth1 lo");
	job_call(j, "info", "{'type':'interface-names','include':'eth','exclude':'1'}");
	answer_get(w, names);
	assert_string_equal(result(j, "value"), "eth0");
	job_call(j, "info", "{'type':'interface-names','regexp':'[01]$'}");
	answer_get(w, names);
	assert_string_equal(result(j, "value"), "eth0 eth1");
	refused(j, "info", "{'type':'interface-names','regexp':'('}", "missing )");
	refused(j, "info", "{'type':'weather'}", "is not there");
	job_call(j, "track_read", "{'number':3}");
	answer_get(w,
		   "{'data':{'spindle-track:track-state':{'object':[{'number':3,'state':'up'}]}}}");
	assert_string_equal(result(j, "state"), "up");
	job_call(j, "track_read", "{'number':4}");
	answer_get(w, "{'data':{}}");
	assert_string_equal(j->error, "there is no such tracked object");
	world_free(w);
}

static void test_contexts_are_kept_between_runs(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);

	(void)state;
	job_call(j, "context_save", "{'key':'K','variables':{'a1':'x','b':'y'}}");
	job_call(j, "context_save", "{'key':'K','variables':{'a2':'z'}}");
	job_done(w, j, WORKER_DONE, "", "");
	j = begin(w);
	job_call(j, "context_retrieve", "{'key':'K','glob':'a*'}");
	assert_int_equal(json_object_size(json_object_get(j->result, "variables")), 2);
	refused(j, "context_retrieve", "{'key':'K','glob':'a*'}", "there is no such context");
	refused(j, "context_save", "{'key':'','variables':{}}", "has a key");
	world_free(w);
}

static void test_policies_run_and_tell_each_other(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);

	(void)state;
	job_call(j, "policy", "{'name':'N','args':['one','two']}");
	world_turns(w);
	assert_string_equal(world_job(w, 1)->name, "N");
	assert_string_equal(job_event(world_job(w, 1), "argc"), "2");
	assert_string_equal(job_event(world_job(w, 1), "arg2"), "two");
	assert_string_equal(job_event(world_job(w, 1), "arg15"), "");
	refused(j, "policy", "{'name':'A'}", "has no event none");
	refused(j, "policy", "{'name':'Z'}", "there is no policy Z");
	job_call(j, "publish_event", "{'sub-system':798,'type':4,'args':['d1']}");
	world_turns(w);
	assert_string_equal(world_job(w, 2)->name, "P");
	assert_string_equal(job_event(world_job(w, 2), "data1"), "d1");
	job_call(j, "publish_event", "{'sub-system':798,'type':5,'args':[]}");
	assert_int_equal(json_integer_value(json_object_get(j->result, "policies")), 0);
	world_free(w);
}

static void test_an_event_goes_to_the_script_that_waits_for_it(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);

	(void)state;
	job_call(j, "event_wait", "{}");
	assert_false(j->answered);
	world_log(w, "CRYPTO", 4, "INV_SPI", "second");
	assert_int_equal(w->count, 1);
	assert_true(j->answered);
	assert_non_null(strstr(result(j, "msg"), "second"));
	world_free(w);
}

/* ---- files ------------------------------------------------------------------------------------------- */

static void test_files_stay_in_their_folder(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);
	char path[128], link[128], text[64] = "";
	struct stat st;
	int fd;

	(void)state;
	job_call(j, "file_open", "{'path':'flash:spi.txt','mode':'w'}");
	assert_int_equal(json_integer_value(json_object_get(j->result, "fd")), 1);
	job_call(j, "file_puts", "{'fd':1,'text':'first','newline':true}");
	job_call(j, "file_write", "{'fd':1,'data':'second'}");
	job_call(j, "file_close", "{'fd':1}");
	snprintf(path, sizeof(path), "%s/files/spi.txt", w->dir);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text)), 12);
	close(fd);
	assert_string_equal(text, "first\nsecond");
	job_call(j, "file_open", "{'path':'spi.txt','mode':'r'}");
	job_call(j, "file_gets", "{'fd':2}");
	assert_string_equal(result(j, "line"), "first");
	job_call(j, "file_read", "{'fd':2,'bytes':3}");
	assert_string_equal(result(j, "data"), "sec");
	job_call(j, "file_read", "{'fd':2,'bytes':100}");
	job_call(j, "file_gets", "{'fd':2}");
	assert_null(json_object_get(j->result, "line"));
	refused(j, "file_open", "{'path':'../x','mode':'w'}", "Invalid argument");
	refused(j, "file_open", "{'path':'/etc/passwd','mode':'r'}", "Invalid argument");
	refused(j, "file_open", "{'path':'.hidden','mode':'w'}", "Invalid argument");
	refused(j, "file_open", "{'path':'x','mode':'rw'}", "Invalid argument");
	refused(j, "file_open", "{'path':'absent','mode':'r'}", "No such file");
	refused(j, "file_gets", "{'fd':99}", "Bad file descriptor");
	snprintf(link, sizeof(link), "%s/files/link", w->dir);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	refused(j, "file_open", "{'path':'link','mode':'r'}", "");
	assert_true(*j->error);
	job_call(j, "file_delete", "{'path':'spi.txt'}");
	assert_int_equal(stat(path, &st), -1);
	refused(j, "file_delete", "{'path':'spi.txt'}", "No such file");
	/* What is open is closed with the job. */
	job_call(j, "file_open", "{'path':'left','mode':'a'}");
	job_done(w, j, WORKER_DONE, "", "");
	world_free(w);
}

static void test_the_disk_is_not_filled(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j = begin(w);
	char path[128];
	int fd;

	(void)state;
	job_call(j, "file_open", "{'path':'a','mode':'w'}");
	snprintf(path, sizeof(path), "%s/files/big", w->dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(ftruncate(fd, 64 << 20), 0); /* a hole, as long as all may be */
	close(fd);
	refused(j, "file_puts", "{'fd':1,'text':'x','newline':false}", "is full");
	world_free(w);
}

/* ---- sessions of the command line -------------------------------------------------------------------- */

/* A command line that is a shell script: prompts, echoes, asks. */
static const char shell[] = "#!/bin/sh\n"
			    "printf '%s\\n' \"$*\" >\"$0.args\"\n"
			    "p='R2>'\n"
			    "printf '%s' \"$p\"\n"
			    "while read -r line; do\n"
			    "  printf '%s\\n' \"$line\"\n"
			    "  case $line in\n"
			    "  enable) p='R2#' ;;\n"
			    "  rename) p='R9#' ;;\n"
			    "  ask) printf 'Sure? [confirm]'; read -r l; printf '\\ndone\\n' ;;\n"
			    "  hang) sleep 60 & echo $! >\"$0.child\"; wait ;;\n"
			    "  exit) exit 0 ;;\n"
			    "  *) printf 'output of %s\\nnot#a>prompt \\n' \"$line\" ;;\n"
			    "  esac\n"
			    "  printf '%s' \"$p\"\n"
			    "done\n";

static char program[128];

static struct world *world_with_shell(void)
{
	int fd;

	snprintf(program, sizeof(program), "/tmp/eem-shell-%d", (int)getpid());
	fd = open(program, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0700);
	assert_int_equal(write(fd, shell, sizeof(shell) - 1), sizeof(shell) - 1);
	close(fd);
	setenv("EEM_SPINDLE", program, 1);
	return world_new(ONE_APPLET);
}

static void shell_free(struct world *w)
{
	char path[160];

	world_free(w);
	unlink(program);
	snprintf(path, sizeof(path), "%s.args", program);
	unlink(path);
	snprintf(path, sizeof(path), "%s.child", program);
	unlink(path);
	unsetenv("EEM_SPINDLE");
}

static void wait_answer(struct world *w, const struct worker_job *j)
{
	for (int i = 0; i < 300 && !j->answered; i++)
		world_wait(w, 10);
	assert_true(j->answered);
}

static void exec(struct world *w, struct worker_job *j, const char *args)
{
	job_call(j, "cli_exec", args);
	wait_answer(w, j);
}

static void test_a_session_ends_its_waits_at_the_prompt(void **state)
{
	struct world *w = world_with_shell();
	struct worker_job *j = begin(w);
	char path[160], text[300] = "";
	int fd;

	(void)state;
	json_decref(world_ask(w, "action", "spindle-eem:debug", "{'flag':'action-cli','on':true}"));
	job_call(j, "cli_open", "{}");
	wait_answer(w, j);
	assert_int_equal(json_integer_value(json_object_get(j->result, "id")), 1);
	assert_string_equal(result(j, "output"), "R2>");
	exec(w, j, "{'id':1,'command':'enable'}");
	assert_string_equal(result(j, "output"), "enable\nR2#");
	exec(w, j, "{'id':1,'command':'show clock'}");
	assert_string_equal(result(j, "output"),
			    "show clock\noutput of show clock\nnot#a>prompt \nR2#");
	exec(w, j, "{'id':1,'command':'ask','pattern':'confirm'}");
	assert_string_equal(result(j, "output"), "ask\nSure? [confirm]");
	exec(w, j, "{'id':1,'command':'y'}");
	assert_string_equal(result(j, "output"), "\ndone\nR2#");
	/* Another name: the prompt is believed when nothing more comes. */
	exec(w, j, "{'id':1,'command':'rename'}");
	assert_string_equal(result(j, "output"), "rename\nR9#");
	exec(w, j, "{'id':1,'command':'x'}");
	assert_non_null(strstr(result(j, "output"), "R9#"));
	refused(j, "cli_exec", "{'id':1,'command':'a\\nb'}", "one line");
	refused(j, "cli_exec", "{'id':1,'command':'a','pattern':'('}", "missing )");
	refused(j, "cli_exec", "{'id':5,'command':'a'}", "no such session");
	job_call(j, "cli_close", "{'id':1}");
	refused(j, "cli_exec", "{'id':1,'command':'a'}", "no such session");
	assert_true(world_said(w, "%HA_EM-6-LOG: A : DEBUG(cli_lib) : : CTL : cli_open called."));
	assert_true(world_said(w, "A : DEBUG(cli_lib) : : OUT : R2>"));
	assert_true(world_said(w, "A : DEBUG(cli_lib) : : IN  : R2>enable"));
	assert_true(world_said(w, "A : DEBUG(cli_lib) : : OUT : R2#"));
	assert_true(world_said(w, "A : DEBUG(cli_lib) : : CTL : cli_close called."));
	snprintf(path, sizeof(path), "%s.args", program);
	fd = open(path, O_RDONLY);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_non_null(strstr(text, "--event-manager alice --level 7 --policy A"));
	shell_free(w);
}

static void test_a_session_that_ends_says_what_came(void **state)
{
	struct world *w = world_with_shell();
	struct worker_job *j = begin(w);

	(void)state;
	job_call(j, "cli_open", "{}");
	wait_answer(w, j);
	exec(w, j, "{'id':1,'command':'exit'}");
	assert_string_equal(result(j, "output"), "exit\n");
	refused(j, "cli_exec", "{'id':1,'command':'x'}", "the session has ended");
	shell_free(w);
}

/* A process that nobody has waited for yet is gone, too. */
static bool is_gone(int pid)
{
	char path[64], line[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return true;
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	return strstr(line, ") Z ") || strstr(line, ") X ");
}

static void test_what_a_job_started_goes_with_it(void **state)
{
	struct world *w = world_with_shell();
	struct worker_job *j = begin(w);
	char path[160], text[32] = "";
	int fd = -1, pid;

	(void)state;
	job_call(j, "cli_open", "{}");
	wait_answer(w, j);
	job_call(j, "cli_exec", "{'id':1,'command':'hang'}");
	snprintf(path, sizeof(path), "%s.child", program);
	for (int i = 0; i < 300 && (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0); i++) {
		world_wait(w, 10);
		if (fd < 0)
			fd = open(path, O_RDONLY);
	}
	close(fd);
	pid = (int)strtol(text, NULL, 10);
	assert_true(pid > 1);
	assert_false(is_gone(pid));
	job_done(w, j, WORKER_MAXRUN, "", "");
	for (int i = 0; i < 100 && !is_gone(pid); i++)
		usleep(10000);
	assert_true(is_gone(pid));
	shell_free(w);
}

static void test_without_a_session_the_reason_is_told(void **state)
{
	struct world *w = world_new(ONE_APPLET); /* its command line is /bin/false */
	struct worker_job *j = begin(w);

	(void)state;
	job_call(j, "cli_open", "{}");
	wait_answer(w, j);
	assert_non_null(strstr(j->error, "no session"));
	world_free(w);
}

/* ---- people ------------------------------------------------------------------------------------------ */

static json_t *state_of(json_t *reply)
{
	return json_object_get(json_object_get(reply, "data"), "spindle-eem:event-manager-state");
}

static void test_event_manager_run_waits_and_shows(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	json_t *reply = world_ask(w, "action", "spindle-eem:run", "{'name':'N','argument':['x']}");

	(void)state;
	assert_null(reply);
	job_call(world_job(w, 0), "puts", "{'text':'two','newline':false}");
	job_call(world_job(w, 0), "puts", "{'text':' words','newline':true}");
	job_call(world_job(w, 0), "puts", "{'text':'second','newline':true}");
	job_done(w, world_job(w, 0), WORKER_DONE, "1", "");
	reply = world_take(w, "reply");
	assert_string_equal(eem_text(json_object_get(reply, "data"), "status"), "1");
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(json_object_get(reply, "data"), "output"), 0)),
			    "two words");
	assert_int_equal(json_array_size(json_object_get(json_object_get(reply, "data"), "output")),
			 2);
	json_decref(reply);
	reply = world_ask(w, "action", "spindle-eem:run", "{'name':'A'}");
	assert_string_equal(eem_text(reply, "error"), "policy A has no event none");
	json_decref(reply);
	assert_null(world_ask(w, "action", "spindle-eem:run", "{'name':'N'}"));
	job_done(w, world_job(w, 1), WORKER_ERROR, "", "N statement 1: x");
	reply = world_take(w, "reply");
	assert_non_null(strstr(eem_text(reply, "error"), "did not run to its end"));
	json_decref(reply);
	world_free(w);
}

static void test_a_dry_run_changes_nothing(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	struct worker_job *j;
	json_t *reply, *lines;

	(void)state;
	assert_null(world_ask(w, "action", "spindle-eem:run", "{'name':'A','dry-run':true}"));
	j = world_job(w, 0);
	job_call(j, "syslog", "{'msg':'hello'}");
	job_call(j, "cli_open", "{}");
	assert_int_equal(json_integer_value(json_object_get(j->result, "id")), 1);
	job_call(j, "cli_exec", "{'id':1,'command':'reload'}");
	job_call(j, "file_open", "{'path':'x','mode':'w'}");
	job_call(j, "counter", "{'name':'n','op':'inc','value':1}");
	job_call(j, "context_retrieve", "{'key':'K','glob':'*'}");
	job_done(w, j, WORKER_DONE, "", "");
	reply = world_take(w, "reply");
	lines = json_object_get(json_object_get(reply, "data"), "output");
	assert_string_equal(json_string_value(json_array_get(lines, 0)), "syslog hello");
	assert_string_equal(json_string_value(json_array_get(lines, 1)), "cli command reload");
	assert_string_equal(json_string_value(json_array_get(lines, 2)), "file_open x");
	assert_string_equal(json_string_value(json_array_get(lines, 3)), "counter n");
	json_decref(reply);
	assert_false(world_said(w, "A: hello"));
	assert_int_equal(json_object_size(w->eem->counters), 0);
	assert_int_equal(w->eem->next_history, 0);
	world_free(w);
}

static void test_state_has_all_there_is(void **state)
{
	struct world *w = world_new(ONE_APPLET);
	json_t *reply, *top, *policy;

	(void)state;
	begin(w);
	reply = world_ask(w, "get", "/spindle-eem:event-manager-state", "{}");
	top = state_of(reply);
	assert_string_equal(eem_text(top, "version"), "4.00");
	assert_int_equal(json_array_size(json_object_get(top, "policy")), 3);
	policy = json_array_get(json_object_get(top, "policy"), 1);
	assert_string_equal(eem_text(policy, "name"), "N");
	assert_string_equal(eem_text(policy, "event-type"), "none");
	assert_string_equal(eem_text(policy, "maxrun"), "20.000");
	assert_string_equal(json_string_value(json_array_get(json_object_get(policy, "action"), 0)),
			    "action 010 puts hello");
	assert_string_equal(json_string_value(json_array_get(json_object_get(policy, "action"), 1)),
			    "set 020 _exit_status 1");
	policy = json_array_get(json_object_get(top, "policy"), 0);
	assert_string_equal(eem_text(policy, "triggered"), "1");
	assert_string_equal(json_string_value(json_array_get(json_object_get(policy, "line"), 0)),
			    "pattern {INV_SPI}");
	assert_string_equal(eem_text(json_array_get(json_object_get(top, "job"), 0), "status"),
			    "running");
	assert_int_equal(json_array_size(json_object_get(top, "detector")), 11);
	assert_string_equal(
		eem_text(json_array_get(json_object_get(top, "environment"), 0), "value"), "Q");
	assert_string_equal(eem_text(json_object_get(top, "session"), "username"), "alice");
	json_decref(reply);
	reply = world_ask(w, "get", "/spindle-eem:event-manager-state/process", "{}");
	assert_int_equal(json_array_size(json_object_get(state_of(reply), "process")), 2);
	json_decref(reply);
	reply = world_ask(w, "action", "spindle-eem:unknown", "{}");
	assert_string_equal(eem_text(reply, "error"), "there is no such action");
	json_decref(reply);
	reply = world_ask(w, "action", "spindle-eem:debug", "{'flag':'nonsense','on':true}");
	assert_non_null(json_object_get(reply, "error"));
	json_decref(reply);
	world_free(w);
}

static void test_long_lists_come_in_pages(void **state)
{
	char *config = alloc_text("{\"applet\":["), *more;
	struct world *w;
	json_t *reply;
	size_t seen = 0;
	char input[64] = "{}";

	(void)state;
	for (int i = 0; i < 100; i++) {
		more = alloc_printf("%s%s{'name':'A%d','event':[{'tag':'-','statement':'none'}]}",
				    config, i ? "," : "", i);
		alloc_free(config);
		config = more;
	}
	more = alloc_printf("%s]}", config);
	alloc_free(config);
	w = world_new(more);
	for (int page = 0; page < 10; page++) {
		const json_t *next;

		reply = world_ask(w, "get", "/spindle-eem:event-manager-state/policy", input);
		seen += json_array_size(json_object_get(state_of(reply), "policy"));
		next = json_object_get(reply, "next");
		snprintf(input, sizeof(input), "{'cursor':%lld}",
			 (long long)json_integer_value(next));
		json_decref(reply);
		if (!next)
			break;
	}
	assert_int_equal(seen, 100);
	world_free(w);
	alloc_free(more);
}

/* ---- scripts ----------------------------------------------------------------------------------------- */

static void write_script(const char *dir, const char *name, const char *text)
{
	char path[160];
	int fd;

	mkdir(dir, 0700);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_a_script_is_registered_by_its_own_words(void **state)
{
	char dir[64], *config;
	struct world *w;
	json_t *reply;
	struct worker_job *j;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/eem-scripts-%d", (int)getpid());
	write_script(dir, "a.lua", "-- one");
	config = alloc_printf("{'directory':{'policy':'%s'},'policy':[{'file':'a.lua'},"
			      "{'file':'absent.lua'},{'file':'..'}]}",
			      dir);
	w = world_new(config);
	assert_true(world_said(w, "policy absent.lua is not registered: "));
	assert_true(world_said(w, "policy .. is not registered: "));
	j = world_job(w, 0);
	assert_true(j->registering);
	assert_string_equal(j->chunk, "-- one");
	job_call(j, "register",
		 "{'detector':'syslog','options':{'pattern':'INV_SPI','maxrun':90}}");
	assert_string_equal(j->error, "");
	job_done(w, j, WORKER_DONE, "", "");
	j = begin(w);
	assert_string_equal(j->name, "a.lua");
	assert_int_equal(j->maxrun_ms, 90000);
	assert_false(j->applet);
	job_done(w, j, WORKER_DONE, "", "");
	write_script(dir, "a.lua", "-- two");
	reply = world_ask(w, "action", "spindle-eem:update-policy", "{'name':'a.lua'}");
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(json_object_get(reply, "data"), "output"), 0)),
			    "a.lua: updated");
	json_decref(reply);
	assert_string_equal(world_job(w, 2)->chunk, "-- two");
	job_call(world_job(w, 2), "register", "{'detector':'weather','options':{}}");
	assert_true(*world_job(w, 2)->error);
	job_done(w, world_job(w, 2), WORKER_ERROR, "", "a.lua:1: no such detector");
	assert_true(world_said(w, "policy a.lua is not registered: "));
	assert_null(policy_find(w->eem, "a.lua"));
	reply = world_ask(w, "get", "/spindle-eem:event-manager-state/available", "{}");
	assert_string_equal(
		eem_text(json_array_get(json_object_get(state_of(reply), "available"), 0), "name"),
		"a.lua");
	json_decref(reply);
	world_free(w);
	alloc_free(config);
	write_script(dir, "a.lua", "");
	snprintf(program, sizeof(program), "%s/a.lua", dir);
	unlink(program);
	rmdir(dir);
}

static void test_a_script_without_registration_is_refused(void **state)
{
	char dir[64], *config;
	struct world *w;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/eem-scripts-%d", (int)getpid());
	write_script(dir, "a.lua", "return 1");
	config = alloc_printf("{'directory':{'policy':'%s'},'policy':[{'file':'a.lua'}]}", dir);
	w = world_new(config);
	job_done(w, world_job(w, 0), WORKER_DONE, "", "");
	assert_true(world_said(w, "it registers no event"));
	world_free(w);
	alloc_free(config);
	snprintf(program, sizeof(program), "%s/a.lua", dir);
	unlink(program);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_go_to_the_log),
		cmocka_unit_test(test_state_is_asked_of_the_daemon),
		cmocka_unit_test(test_a_job_may_end_while_it_waits),
		cmocka_unit_test(test_calls_fail_while_the_daemon_is_away),
		cmocka_unit_test(test_information),
		cmocka_unit_test(test_contexts_are_kept_between_runs),
		cmocka_unit_test(test_policies_run_and_tell_each_other),
		cmocka_unit_test(test_an_event_goes_to_the_script_that_waits_for_it),
		cmocka_unit_test(test_files_stay_in_their_folder),
		cmocka_unit_test(test_the_disk_is_not_filled),
		cmocka_unit_test(test_a_session_ends_its_waits_at_the_prompt),
		cmocka_unit_test(test_a_session_that_ends_says_what_came),
		cmocka_unit_test(test_what_a_job_started_goes_with_it),
		cmocka_unit_test(test_without_a_session_the_reason_is_told),
		cmocka_unit_test(test_event_manager_run_waits_and_shows),
		cmocka_unit_test(test_a_dry_run_changes_nothing),
		cmocka_unit_test(test_state_has_all_there_is),
		cmocka_unit_test(test_long_lists_come_in_pages),
		cmocka_unit_test(test_a_script_is_registered_by_its_own_words),
		cmocka_unit_test(test_a_script_without_registration_is_refused),
	};

	return cmocka_run_group_tests_name("eem_calls", tests, NULL, NULL);
}
