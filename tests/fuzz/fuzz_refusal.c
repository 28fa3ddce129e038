/* Records of the BPF programs: any bytes, cut into records; those that are believed become flows.
 * Nothing is believed that cannot be, and the table stays within its bound. */
#include "fuzz.h"

#include <netinet/in.h>
#include <string.h>

#include "spi/bpf/record.h"
#include "spi/flow.h"
#include "spi/record.h"

#define FLOWS 8

static void on_gone(void *ctx, struct flow *f)
{
	(void)f;
	++*(size_t *)ctx;
}

static void check(const struct spi_refusal *r)
{
	fuzz_must(r->proto == IPPROTO_ESP || r->proto == IPPROTO_AH);
	fuzz_must(addr_is_set(&r->src) && r->src.family == r->dst.family);
	fuzz_must(r->head_len <= SPI_HEAD_MAX);
	fuzz_must(memchr(r->interface, 0, sizeof(r->interface)));
	for (const char *c = r->interface; *c; c++)
		fuzz_must(*c > ' ' && *c <= '~');
	for (size_t i = r->head_len; i < SPI_HEAD_MAX; i++)
		fuzz_must(r->head[i] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t gone = 0, made = 0;
	struct flow_table *t = flow_table_new(FLOWS, on_gone, &gone);
	uint64_t now_ms = 1;

	fuzz_must(t);
	while (size > 0) {
		size_t n = size < sizeof(struct spi_record) ? size : sizeof(struct spi_record);
		struct spi_refusal r;

		if (spi_record_parse(data, n, &r) == 0) {
			struct flow *f;

			check(&r);
			made = flow_table_count(t) + gone;
			f = flow_table_touch(t, &r, now_ms, now_ms);
			fuzz_must(f && f->pub.count > 0 && f->pub.spi == r.spi);
			fuzz_must(flow_table_count(t) + gone - made <= 1);
			fuzz_must(flow_table_count(t) <= FLOWS);
			now_ms += r.seq % 4000;
			flow_table_second(t, now_ms);
		}
		data += n;
		size -= n;
	}
	made = flow_table_count(t) + gone;
	flow_table_free(t);
	fuzz_must(gone == made);
	return 0;
}
