/*
 * A log and its hosts, for tests/logging/test_collectors: PORT… (udp classic, udp rfc5424, tcp classic, tcp
 * rfc5424). Says what a collector could stumble over, then "number N" ten times a second until standard input
 * ends, and a little longer for what waits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/text.h"
#include "log/log.h"

#define EVERY_MS 100
#define LAST_MS	 40000

struct sayer {
	struct loop *loop;
	struct log *log;
	struct loop_timer timer, end;
	unsigned int n;
};

static void say_number(void *arg)
{
	struct sayer *s = arg;
	char who[32];

	snprintf(who, sizeof(who), "number %u", ++s->n);
	log_say(s->log, NULL, CONFIG_I, who);
	loop_timer_set(&s->timer, EVERY_MS);
}

static bool all_sent(const struct log *log)
{
	struct log_host_state h;
	size_t i = 0;

	for (; log_host_get(log, i, &h); i++)
		if (h.waiting || strcmp(h.state, "up") != 0)
			return false;
	return i > 0;
}

static void over(void *arg)
{
	loop_stop(arg);
}

static void input_ended(void *arg, int events)
{
	struct sayer *s = arg;
	char buf[64];

	(void)events;
	if (read(STDIN_FILENO, buf, sizeof(buf)) <= 0)
		loop_stop(s->loop);
}

static void say_the_difficult(struct log *log)
{
	struct log_about about = {
		.spi = 0x1a2b3c, .verdict = "never ours", .cause = "peer's \"DELETE\" [\\]"};
	char text[2000];

	addr_parse(&about.peer, "2001:db8::1");
	log_say(log, &about, RECOVERY_REFUSED, "2001:db8::1", 0x1a2b3c, 0x1a2b3c,
		"\xc3\xa9t\xc3\xa9");
	log_say(log, NULL, CONFIG_I, "a\nb\x1b[31m \xff <13>forged");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_say(log, NULL, CONFIG_I, text);
}

static void add_hosts(struct log_config *c, char **ports)
{
	for (; *ports && c->host_count < LOG_HOSTS_MAX; ports++) {
		struct log_host_config *h = &c->hosts[c->host_count];

		h->addr = addr_v4(0x7f000001);
		h->port = (uint16_t)strtoul(*ports, NULL, 10);
		h->rfc5424 = c->host_count % 2;
		h->tcp = c->host_count >= 2;
		c->host_count++;
	}
}

int main(int argc, char **argv)
{
	struct sayer s = {.loop = loop_new()};
	struct log_config c;
	struct loop_fd *in;

	s.log = log_new(s.loop, 65536);
	if (argc < 5 || !s.log || log_open_hosts(s.log))
		return 2;
	log_config_default(&c, 65536);
	text_copy(c.hostname, sizeof(c.hostname), "R1");
	c.origin = LOG_ORIGIN_HOSTNAME;
	add_hosts(&c, argv + 1);
	log_configure(s.log, &c);
	say_the_difficult(s.log);
	loop_timer_init(&s.timer, s.loop, "say", say_number, &s);
	loop_timer_set(&s.timer, EVERY_MS);
	in = loop_fd_add(s.loop, STDIN_FILENO, LOOP_READ, "standard input", input_ended, &s);
	loop_run(s.loop);
	loop_fd_del(in);
	loop_timer_stop(&s.timer);
	loop_timer_init(&s.end, s.loop, "end", over, s.loop);
	for (int i = 0; i < LAST_MS / EVERY_MS && !all_sent(s.log); i++) {
		loop_timer_set(&s.end, EVERY_MS);
		loop_run(s.loop);
	}
	printf("%u\n", s.n);
	log_free(s.log);
	loop_free(s.loop);
	return 0;
}
