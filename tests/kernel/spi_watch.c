/*
 * Detection on a real kernel, for the lab tests: spi_watch [--room] probe|kprobe|tap|auto.
 *
 * Prints each refusal that the source reports; with --room, what the room spi prints instead (it
 * knows no peer and no births). Runs until standard input closes; then a line with the sums.
 * Exit status 77: this kernel has no such source, and the line says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "conn/conn.h"
#include "log/log.h"
#include "spi/bpf/load.h"
#include "spi/source.h"
#include "spi/spi.h"
#include "tests/unit/spi_fake_sa.h"
#include "xfrm/xfrm.h"

#define POLL_MS 20

struct watch {
	struct loop *loop;
	struct log *log;
	struct xfrm *xfrm;
	struct spi_fds fds;
	struct spi_source *source;
	bool is_tap;
	int stat_fd;
	uint64_t counter, counter_base, longest_us;
	unsigned long reports;
	struct loop_timer poll;
};

static void refused(void *ctx, const struct spi_refusal *r)
{
	struct watch *w = ctx;
	char src[ADDR_STRLEN], dst[ADDR_STRLEN];

	w->reports++;
	printf("refused src=%s dst=%s proto=%u spi=0x%x seq=%u encap=%u sport=%u if=%s n=%llu head=",
	       addr_format(&r->src, src), addr_format(&r->dst, dst), r->proto, r->spi, r->seq,
	       r->encap, r->sport, r->interface, (unsigned long long)r->flow_count);
	for (unsigned int i = 0; i < r->head_len; i++)
		printf("%02x", r->head[i]);
	printf("\n");
	fflush(stdout);
}

static int counter(void *ctx, uint64_t *out)
{
	struct watch *w = ctx;

	return xfrm_proc_stat(w->stat_fd, "XfrmInNoStates", out);
}

/* What the room does for a tap. */
static void poll_counter(void *arg)
{
	struct watch *w = arg;
	uint64_t now, begin = clock_boot_us();

	loop_timer_set(&w->poll, POLL_MS);
	if (counter(w, &now) || now == w->counter)
		return;
	w->counter = now;
	w->source->ops->counter_moved(w->source);
	if (clock_boot_us() - begin > w->longest_us)
		w->longest_us = clock_boot_us() - begin;
}

static void input_closed(void *arg, int events)
{
	char byte;

	(void)events;
	if (read(STDIN_FILENO, &byte, 1) <= 0)
		loop_stop(arg);
}

static struct spi_loaded *load(struct watch *w, const char *name)
{
	struct spi_loaded *l;

	if (!strcmp(name, "tap"))
		l = spi_load(SPI_CHOICE_TAP, &w->fds);
	else if (!strcmp(name, "kprobe"))
		l = spi_load(SPI_CHOICE_KPROBE, &w->fds);
	else
		l = spi_load(!strcmp(name, "auto") ? SPI_CHOICE_AUTO : SPI_CHOICE_PROBE, &w->fds);
	w->is_tap = w->fds.ring < 0;
	if (w->fds.ring >= 0)
		w->source = spi_probe_new(w->loop, &w->fds);
	else if (w->fds.tap4 >= 0)
		w->source = spi_tap_new(w->loop, w->xfrm, &w->fds);
	return l;
}

static void say_sums(struct watch *w, const char *name)
{
	struct loop_stat st;
	struct spi_source_sums sums;
	uint64_t now = 0;

	w->source->ops->sums(w->source, &sums);
	counter(w, &now);
	printf("sums source=%s reports=%lu seen=%llu lost=%llu unlooked=%llu counted=%llu\n", name,
	       w->reports, (unsigned long long)sums.seen, (unsigned long long)sums.lost,
	       (unsigned long long)sums.unlooked, (unsigned long long)(now - w->counter_base));
	for (size_t i = 0; loop_stat_get(w->loop, i, &st); i++)
		printf("turns of %s: %llu, longest %llu us\n", st.name,
		       (unsigned long long)st.turns, (unsigned long long)st.max_us);
}

static int run_bare(struct watch *w, const char *name)
{
	if (spi_source_start(w->source, refused, counter, w))
		return 1;
	loop_timer_init(&w->poll, w->loop, "poll", poll_counter, w);
	if (w->is_tap)
		loop_timer_set(&w->poll, POLL_MS);
	printf("watching by %s\n", w->source->ops->name);
	fflush(stdout);
	loop_run(w->loop);
	say_sums(w, name);
	loop_timer_stop(&w->poll);
	spi_source_free(w->source);
	return 0;
}

static int run_room(struct watch *w)
{
	struct spi_config cfg = {.grace_ms = 200, .flows_max = 4096, .log_interface = true};
	struct conn_table *conns = conn_table_new();
	struct sa nothing = {0};
	struct spi *spi = spi_new(w->loop, w->xfrm, &nothing, conns, w->log, &cfg);
	struct spi_stats st;

	log_to_stderr(w->log, true);
	if (!spi || spi_attach(spi, w->source, w->stat_fd, w->fds.why))
		return 1;
	printf("watching\n");
	fflush(stdout);
	loop_run(w->loop);
	spi_stats(spi, &st);
	printf("room source=%s seen=%llu unlooked=%llu counted=%llu unexplained=%llu flows=%llu "
	       "printed=%llu\n",
	       st.source, (unsigned long long)st.seen, (unsigned long long)st.unlooked,
	       (unsigned long long)st.counted, (unsigned long long)st.unexplained,
	       (unsigned long long)st.flows, (unsigned long long)st.printed);
	spi_free(spi);
	conn_table_free(conns);
	return 0;
}

int main(int argc, char **argv)
{
	bool room = argc > 2 && !strcmp(argv[1], "--room");
	const char *name = argc > 1 ? argv[argc - 1] : "auto";
	struct watch w = {.loop = loop_new(), .stat_fd = open("/proc/net/xfrm_stat", O_RDONLY)};
	struct spi_loaded *l;
	int rc = 77;

	w.log = log_new(w.loop, 65536);
	w.xfrm = xfrm_netlink_new(w.loop, w.log, true);
	l = load(&w, name);
	if (!w.xfrm || counter(&w, &w.counter_base)) {
		printf("no XFRM here\n");
	} else if (!w.source) {
		printf("no source: %s\n", w.fds.why);
	} else {
		w.counter = w.counter_base;
		loop_fd_add(w.loop, STDIN_FILENO, LOOP_READ, "input", input_closed, w.loop);
		rc = room ? run_room(&w) : run_bare(&w, name);
	}
	xfrm_free(w.xfrm);
	log_free(w.log);
	spi_unload(l);
	loop_free(w.loop);
	close(w.stat_fd);
	return rc;
}
