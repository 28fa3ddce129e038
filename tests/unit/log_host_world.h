/* A log whose lines go to a collector on the loopback, for the tests of log hosts. */
#ifndef TESTS_UNIT_LOG_HOST_WORLD_H
#define TESTS_UNIT_LOG_HOST_WORLD_H

#include "tests/unit/unit.h"

#include "base/loop.h"
#include "log/log.h"
#include "log/log_internal.h"

#define LINES_MAX 20000

struct world {
	struct loop *loop;
	struct log *log;
	struct log_config cfg;
	int fd; /* the collector's, or -1 */
	uint16_t port;
	unsigned int datagrams, count,
		numbers[LINES_MAX]; /* "number N" of each line, in order of arrival */
	uint64_t first_counter, last_counter;
	char last[LOG_RFC5424_MAX + 1];
};

int bound(struct world *w, int type);
void collector_begins(struct world *w);
void collector_ends(struct world *w);
void add_host(struct world *w, const char *address, uint16_t port, bool tcp, bool rfc5424);
void say(struct world *w, unsigned int n);
void advance(struct world *w, unsigned int ms);
void read_datagrams(struct world *w);
void say_from_to(struct world *w, unsigned int from, unsigned int to);
void assert_all(const struct world *w, unsigned int from, unsigned int to);
struct log_host_state host(const struct world *w, size_t index);
unsigned int said(const struct world *w, const char *mnemonic, const char *text);
int setup(void **state);
int setup_real(void **state);
int teardown(void **state);
void take_line(struct world *w, const char *line);

#endif
