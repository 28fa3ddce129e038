#include "tests/unit/log_host_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

static struct world *world_new(struct loop *loop)
{
	struct world *w = test_calloc(1, sizeof(*w));

	w->loop = loop;
	w->fd = -1;
	w->log = log_new(w->loop, 100000);
	assert_non_null(w->log);
	assert_int_equal(log_open_hosts(w->log), 0);
	log_config_default(&w->cfg, 100000);
	return w;
}

int setup(void **state)
{
	*state = world_new(loop_new_simulated(5000));
	return 0;
}

int setup_real(void **state)
{
	*state = world_new(loop_new());
	return 0;
}

int teardown(void **state)
{
	struct world *w = *state;

	log_free(w->log);
	loop_free(w->loop);
	if (w->fd >= 0)
		close(w->fd);
	test_free(w);
	return 0;
}

/* A socket at 127.0.0.1 and the port of before (0 at first: any). */
int bound(struct world *w, int type)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons(w->port)};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	w->port = ntohs(in.sin_port);
	return fd;
}

void collector_begins(struct world *w)
{
	w->fd = bound(w, SOCK_DGRAM);
}

void collector_ends(struct world *w)
{
	close(w->fd);
	w->fd = -1;
}

void add_host(struct world *w, const char *address, uint16_t port, bool tcp, bool rfc5424)
{
	struct log_host_config *h = &w->cfg.hosts[w->cfg.host_count++];

	*h = (struct log_host_config){.port = port, .tcp = tcp, .rfc5424 = rfc5424};
	assert_int_equal(addr_parse(&h->addr, address), 0);
	log_configure(w->log, &w->cfg);
}

void say(struct world *w, unsigned int n)
{
	char who[32];

	snprintf(who, sizeof(who), "number %u", n);
	log_say(w->log, NULL, CONFIG_I, who);
}

/* A classic line: its counter grows; of ours the number is kept. */
void take_line(struct world *w, const char *line)
{
	const char *at = strstr(line, "number "), *colon = strchr(line, '>');
	uint64_t counter = colon ? strtoull(colon + 1, NULL, 10) : 0;

	text_copy(w->last, sizeof(w->last), line);
	w->datagrams++;
	if (!w->first_counter)
		w->first_counter = counter;
	assert_true(counter > w->last_counter);
	w->last_counter = counter;
	if (at && w->count < LINES_MAX)
		w->numbers[w->count++] = (unsigned int)strtoul(at + 7, NULL, 10);
}

void read_datagrams(struct world *w)
{
	char line[LOG_RFC5424_MAX + 1];
	ssize_t len;

	while ((len = recv(w->fd, line, sizeof(line) - 1, 0)) > 0) {
		line[len] = '\0';
		take_line(w, line);
	}
}

/* A collector reads all the time: its socket's buffer is small. */
void advance(struct world *w, unsigned int ms)
{
	for (unsigned int at = 0; at < ms; at += 10) {
		loop_advance(w->loop, 10);
		if (w->fd >= 0)
			read_datagrams(w);
	}
}

void say_from_to(struct world *w, unsigned int from, unsigned int to)
{
	for (unsigned int n = from; n <= to; n++) {
		say(w, n);
		if (n % 50 == 0)
			advance(w, 20);
	}
	loop_advance(w->loop, 10);
}

void assert_all(const struct world *w, unsigned int from, unsigned int to)
{
	assert_int_equal(w->count, to - from + 1);
	for (unsigned int i = 0; i < w->count; i++)
		assert_int_equal(w->numbers[i], from + i);
}

struct log_host_state host(const struct world *w, size_t index)
{
	struct log_host_state h;

	assert_true(log_host_get(w->log, index, &h));
	return h;
}

/* How often a message with that text was said. */
unsigned int said(const struct world *w, const char *mnemonic, const char *text)
{
	struct log_record r;
	char buf[LOG_LINE_MAX];
	unsigned int count = 0;

	for (uint64_t seq = 1; log_tail_get(w->log, seq, &r, buf); seq = r.seq + 1)
		count += !strcmp(r.mnemonic, mnemonic) && strstr(r.text, text);
	return count;
}
