/*
 * Prints each refusal that a source reports: for the lab tests of detection. Runs until standard
 * input closes; then one line with the sums. --source probe|tap.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "spi/bpf/load.h"
#include "spi/source.h"

static unsigned long reports;

static void refused(void *ctx, const struct spi_refusal *r)
{
	char src[ADDR_STRLEN], dst[ADDR_STRLEN];

	(void)ctx;
	reports++;
	printf("refused src=%s dst=%s proto=%u spi=0x%x seq=%u encap=%u sport=%u if=%u n=%llu head=",
	       addr_format(&r->src, src), addr_format(&r->dst, dst), r->proto, r->spi, r->seq,
	       r->encap, r->sport, r->ifindex, (unsigned long long)r->flow_count);
	for (unsigned int i = 0; i < r->head_len; i++)
		printf("%02x", r->head[i]);
	printf("\n");
	fflush(stdout);
}

static void input_closed(void *arg, int events)
{
	char byte;

	(void)events;
	if (read(STDIN_FILENO, &byte, 1) <= 0)
		loop_stop(arg);
}

int main(int argc, char **argv)
{
	struct spi_fds fds;
	struct spi_loaded *l = spi_load(SPI_CHOICE_PROBE, &fds);
	struct loop *loop = loop_new();
	struct spi_source *s;
	uint64_t seen, lost;

	(void)argc;
	(void)argv;
	if (fds.ring < 0) {
		printf("no source: %s\n", fds.why);
		return 77;
	}
	s = spi_probe_new(loop, &fds);
	if (!s || spi_source_start(s, refused, NULL, NULL))
		return 1;
	loop_fd_add(loop, STDIN_FILENO, LOOP_READ, "input", input_closed, loop);
	printf("watching by %s\n", s->ops->name);
	fflush(stdout);
	loop_run(loop);
	s->ops->sums(s, &seen, &lost);
	printf("sums reports=%lu seen=%llu lost=%llu\n", reports, (unsigned long long)seen,
	       (unsigned long long)lost);
	spi_source_free(s);
	spi_unload(l);
	loop_free(loop);
	return 0;
}
