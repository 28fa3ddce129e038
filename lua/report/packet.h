/*
 * report/packet: the first bytes of a refused packet: from base64, and what the outer header says. Pure.
 */
#ifndef LUA_REPORT_PACKET_H
#define LUA_REPORT_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "lua/report/story.h"

/* Bytes of base64 (RFC 4648 section 4, padded or not), of which the first `max` are written. Returns
 * how many; 0: it is none. */
size_t packet_bytes(const char *base64, uint8_t *out, size_t max);
/* Fills in what can be read of p->len bytes at `data`: addresses, protocol, SPI and sequence number of
 * ESP and AH, also within UDP (RFC 3948), and the length on the wire. */
void packet_look(const uint8_t *data, struct story_packet *p);

#endif
