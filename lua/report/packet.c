#include "lua/report/packet.h"

#include <netinet/in.h>
#include <string.h>

#include "base/addr.h"
#include "base/reader.h"

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

size_t packet_bytes(const char *base64, uint8_t *out, size_t max)
{
	size_t len = 0, seen = 0;
	uint32_t bits = 0;

	for (; digit(*base64) >= 0; base64++) {
		bits = bits << 6 | (uint32_t)digit(*base64);
		if (++seen % 4 == 1)
			continue;
		if (len < max)
			out[len] = (uint8_t)(bits >> (2 * (3 - (seen - 1) % 4)));
		len++;
	}
	if (seen % 4 == 1 || strspn(base64, "=") > 2 || base64[strspn(base64, "=")])
		return 0;
	return len < max ? len : max;
}

/* SPI and sequence number, where the protocol has them. */
static void look_inside(struct reader *r, struct story_packet *p)
{
	if (p->protocol == IPPROTO_UDP)
		reader_skip(r, 8);
	else if (p->protocol == IPPROTO_AH)
		reader_skip(r, 4);
	else if (p->protocol != IPPROTO_ESP)
		return;
	p->spi = reader_u32(r);
	p->seq = reader_u32(r);
}

static void set_addresses(struct story_packet *p, int family, const uint8_t *source,
			  const uint8_t *target)
{
	struct addr from = addr_from_bytes(family, source), to = addr_from_bytes(family, target);

	addr_format(&from, p->source);
	addr_format(&to, p->target);
}

static void look_v4(const uint8_t *data, struct story_packet *p)
{
	size_t head = (size_t)(data[0] & 15) * 4;
	struct reader r;

	if (p->len < 20 || head < 20)
		return;
	p->whole = (size_t)data[2] << 8 | data[3];
	p->protocol = data[9];
	set_addresses(p, AF_INET, data + 12, data + 16);
	if (((data[6] & 0x1f) | data[7]) != 0 || p->len < head)
		return; /* a later fragment has no header inside */
	r = reader_new(data + head, p->len - head);
	look_inside(&r, p);
}

static void look_v6(const uint8_t *data, struct story_packet *p)
{
	struct reader r;

	if (p->len < 40)
		return;
	p->whole = 40 + ((size_t)data[4] << 8 | data[5]);
	p->protocol = data[6];
	set_addresses(p, AF_INET6, data + 8, data + 24);
	r = reader_new(data + 40, p->len - 40);
	look_inside(&r, p);
}

void packet_look(const uint8_t *data, struct story_packet *p)
{
	if (p->len == 0)
		return;
	if (data[0] >> 4 == 4)
		look_v4(data, p);
	else if (data[0] >> 4 == 6)
		look_v6(data, p);
	if (p->whole < p->len)
		p->whole = p->len;
}
