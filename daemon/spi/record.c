#include "spi/record.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/reader.h"
#include "spi/bpf/record.h"

_Static_assert(sizeof(struct spi_record) == SPI_RECORD_FIXED + SPI_RECORD_HEAD, "no padding");
_Static_assert((size_t)SPI_RECORD_HEAD == SPI_HEAD_MAX, "a head fits");

static struct addr read_addr(struct reader *r, uint8_t family)
{
	uint8_t bytes[16];

	reader_copy(r, bytes, sizeof(bytes));
	return addr_from_bytes(family == 6 ? AF_INET6 : AF_INET, bytes);
}

/* The kernel takes UDP's 8 bytes off the IP length before it asks for the SA
 * (xfrm4_udp_encap_rcv); evidence is to show the packet as it came. */
static void restore_length(struct spi_refusal *o)
{
	size_t at = o->src.family == AF_INET6 ? 4 : 2;
	unsigned int len;

	if (o->head_len < at + 2)
		return;
	len = (o->head[at] << 8 | o->head[at + 1]) + 8u;
	o->head[at] = (uint8_t)(len >> 8);
	o->head[at + 1] = (uint8_t)len;
}

/* Names of interfaces are any bytes but '/' and spaces; in a log line only those of a word. */
static void read_interface(struct reader *r, char out[16])
{
	reader_copy(r, out, 16);
	out[15] = 0;
	for (char *c = out; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '?';
}

static bool believable(uint8_t version, uint8_t family, const struct spi_refusal *o)
{
	return version == SPI_RECORD_VERSION && (family == 4 || family == 6) &&
	       (o->proto == IPPROTO_ESP || o->proto == IPPROTO_AH) && o->head_len <= SPI_HEAD_MAX;
}

int spi_record_parse(const void *data, size_t len, struct spi_refusal *out)
{
	struct reader r = reader_new(data, len);
	uint8_t version = reader_u8(&r), family = reader_u8(&r), flags;
	struct spi_refusal o = {.proto = reader_u8(&r)};

	flags = reader_u8(&r);
	o.encap = flags & SPI_RECORD_ENCAP;
	o.sport = reader_u16(&r);
	o.head_len = reader_u8(&r);
	reader_skip(&r, 1);
	o.spi = reader_u32(&r);
	o.seq = reader_u32(&r);
	o.ifindex = reader_u32(&r);
	reader_skip(&r, 4);
	o.flow_count = reader_u64(&r);
	o.src = read_addr(&r, family);
	o.dst = read_addr(&r, family);
	read_interface(&r, o.interface);
	reader_copy(&r, o.head, sizeof(o.head));
	if (!reader_done(&r) || !believable(version, family, &o))
		return -EINVAL;
	if (o.head_len < sizeof(o.head)) /* the ring's memory is not cleared between records */
		memset(o.head + o.head_len, 0, sizeof(o.head) - o.head_len);
	if (flags & SPI_RECORD_STRIPPED)
		restore_length(&o);
	*out = o;
	return 0;
}
