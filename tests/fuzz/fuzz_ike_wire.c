/*
 * ike/wire: any bytes as an IKE message. The first byte says how: bit 0: the chain is one that
 * stood inside SK; bit 1: the length field is made right, so that the fuzzer gets past it.
 */
#include "fuzz.h"

#include <string.h>

#include "tests/unit/ike_samples.h"

static uint8_t again[IKE_DATAGRAM_MAX];

/* Offers that were read are built as they were: read again they are the same. */
static void rebuild_offers(const struct ike_message *m)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_SA, 0);
	struct ike_sa_payload sa, back;
	struct ike_message copy = {.header = m->header};
	struct ike_builder b;
	struct view built;

	if (!p || ike_read_sa(p, &sa))
		return;
	for (size_t i = 0; i < sa.count; i++)
		if (sa.offers[i].spi_len != 0 && sa.offers[i].spi_len != 4 &&
		    sa.offers[i].spi_len != 8)
			return; /* of a protocol that we do not know: its SPI is not kept */
	ike_builder_start(&b, again, sizeof(again), &m->header);
	ike_add_sa(&b, sa.offers, sa.count);
	built = ike_builder_done(&b);
	fuzz_must(built.len > IKE_HEADER_LEN);
	copy.datagram = built;
	copy.payloads[0].body = ike_builder_body(&b);
	fuzz_must(!ike_read_sa(&copy.payloads[0], &back) && back.count == sa.count);
	for (size_t i = 0; i < sa.count; i++)
		fuzz_must(proposal_equal(&sa.offers[i].proposal, &back.offers[i].proposal) &&
			  sa.offers[i].spi == back.offers[i].spi);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_wire_error err = {0};
	struct ike_message m;
	uint8_t how = size ? data[0] : 0, *bytes;
	size_t len = size ? size - 1 : 0;

	bytes = malloc(len ? len : 1);
	if (!bytes)
		return 0;
	if (len)
		memcpy(bytes, data + 1, len);
	if ((how & 2) && len >= IKE_HEADER_LEN && len <= UINT16_MAX) {
		bytes[24] = bytes[25] = 0;
		bytes[26] = (uint8_t)(len >> 8);
		bytes[27] = (uint8_t)len;
	}
	if (ike_sample_parse((struct view){bytes, len}, how & 1, &m, &err))
		fuzz_must(err.reason);
	else
		rebuild_offers(&m);
	ike_sample_touch(&m);
	free(bytes);
	return 0;
}
