/*
 * report/pcapng: packets as a capture file: a section, one interface of link type RAW (the first bits of
 * a packet say IPv4 or IPv6), one enhanced packet a packet. draft-ietf-opsawg-pcapng; little endian. Pure.
 */
#ifndef LUA_REPORT_PCAPNG_H
#define LUA_REPORT_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct pcapng_packet {
	int64_t time_ms; /* since 1970 */
	const uint8_t *data;
	size_t len;	    /* kept */
	size_t on_the_wire; /* its length there; less than len counts as len */
};

/* Appends the file to `out`. comment: of the section, UTF-8, may be NULL, cut at 1,000 bytes. */
void pcapng_write(struct text *out, const char *comment, const struct pcapng_packet *packets,
		  size_t count);

#endif
