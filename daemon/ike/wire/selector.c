/*
 * Traffic selectors: between IKE's ranges (RFC 7296 3.13.1) and the kernel's prefixes, and the part
 * of an offer that we want too (2.9).
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ike/wire/wire_internal.h"

#define PORT_ALL 0xffff

static bool is_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* ---- from our selector ----------------------------------------------------------------------- */

static struct addr last_of(const struct prefix *p)
{
	struct addr a = p->addr;

	for (size_t bit = p->len; bit < addr_len(&a) * 8; bit++)
		a.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return a;
}

/* RFC 7296 3.13.1: type in the upper eight bits of the port, code in the lower. */
static void icmp_ports(struct ike_ts *ts, const struct selector *s)
{
	uint16_t type = (uint16_t)(s->local_port << 8);

	if (!s->local_port_mask)
		return;
	ts->port_first = s->remote_port_mask ? (uint16_t)(type | s->remote_port) : type;
	ts->port_last = s->remote_port_mask ? ts->port_first : (uint16_t)(type | 0xff);
}

static void plain_ports(struct ike_ts *ts, uint16_t port, uint16_t mask)
{
	if (mask)
		ts->port_first = ts->port_last = port;
}

struct ike_ts ike_ts_from_selector(const struct selector *s, bool local)
{
	const struct prefix *p = local ? &s->local : &s->remote;
	struct ike_ts ts = {.proto = s->proto, .port_first = 0, .port_last = PORT_ALL};

	ts.first = p->addr;
	ts.last = last_of(p);
	if (is_icmp(s->proto))
		icmp_ports(&ts, s);
	else if (local)
		plain_ports(&ts, s->local_port, s->local_port_mask);
	else
		plain_ports(&ts, s->remote_port, s->remote_port_mask);
	return ts;
}

/* ---- to our selector ------------------------------------------------------------------------- */

static bool bit_of(const struct addr *a, size_t bit)
{
	return a->bytes[bit / 8] & 0x80 >> bit % 8;
}

static int range_to_prefix(const struct ike_ts *ts, struct prefix *out)
{
	size_t bits = addr_len(&ts->first) * 8, len = 0;

	if (!bits || ts->first.family != ts->last.family)
		return -ERANGE;
	while (len < bits && bit_of(&ts->first, len) == bit_of(&ts->last, len))
		len++;
	for (size_t bit = len; bit < bits; bit++)
		if (bit_of(&ts->first, bit) || !bit_of(&ts->last, bit))
			return -ERANGE;
	*out = prefix_make(&ts->first, (unsigned int)len);
	return 0;
}

static bool all_ports(const struct ike_ts *ts)
{
	return ts->port_first == 0 && ts->port_last == PORT_ALL;
}

static int range_to_port(const struct ike_ts *ts, uint16_t *port, uint16_t *mask)
{
	*port = *mask = 0;
	if (all_ports(ts))
		return 0;
	if (ts->port_first != ts->port_last)
		return -ERANGE;
	*port = ts->port_first;
	*mask = PORT_ALL;
	return 0;
}

static int range_to_icmp(const struct ike_ts *ts, struct selector *out)
{
	if (all_ports(ts))
		return 0;
	if (ts->port_first != ts->port_last &&
	    ((ts->port_first & 0xff) || ts->port_last != (ts->port_first | 0xff)))
		return -ERANGE;
	out->local_port = ts->port_first >> 8;
	out->local_port_mask = PORT_ALL;
	if (ts->port_first == ts->port_last) {
		out->remote_port = ts->port_first & 0xff;
		out->remote_port_mask = PORT_ALL;
	}
	return 0;
}

/* Both sides name the ICMP type; one of them may say "all". */
static int icmp_to_selector(const struct ike_ts *local, const struct ike_ts *remote,
			    struct selector *out)
{
	if (!all_ports(local) && !all_ports(remote) &&
	    (local->port_first != remote->port_first || local->port_last != remote->port_last))
		return -ERANGE;
	return range_to_icmp(all_ports(local) ? remote : local, out);
}

static int ports_to_selector(const struct ike_ts *local, const struct ike_ts *remote,
			     struct selector *out)
{
	int rc;

	if (is_icmp(out->proto))
		return icmp_to_selector(local, remote, out);
	rc = range_to_port(local, &out->local_port, &out->local_port_mask);
	return rc ? rc : range_to_port(remote, &out->remote_port, &out->remote_port_mask);
}

int ike_ts_to_selector(const struct ike_ts *local, const struct ike_ts *remote,
		       struct selector *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if (local->first.family != remote->first.family ||
	    (local->proto && remote->proto && local->proto != remote->proto))
		return -ERANGE;
	out->proto = local->proto ? local->proto : remote->proto;
	rc = range_to_prefix(local, &out->local);
	if (!rc)
		rc = range_to_prefix(remote, &out->remote);
	return rc ? rc : ports_to_selector(local, remote, out);
}

/* ---- narrowing ------------------------------------------------------------------------------- */

static bool is_opaque(const struct ike_ts *ts)
{
	return ts->port_first > ts->port_last;
}

/* RFC 4301 4.4.1.1: ANY takes in OPAQUE; a range of ports does not. */
static bool intersect_ports(const struct ike_ts *a, const struct ike_ts *b, struct ike_ts *out)
{
	if (is_opaque(a) || is_opaque(b)) {
		out->port_first = PORT_ALL;
		out->port_last = 0;
		return (is_opaque(a) || all_ports(a)) && (is_opaque(b) || all_ports(b));
	}
	out->port_first = a->port_first > b->port_first ? a->port_first : b->port_first;
	out->port_last = a->port_last < b->port_last ? a->port_last : b->port_last;
	return out->port_first <= out->port_last;
}

bool ike_ts_intersect(const struct ike_ts *offer, const struct ike_ts *mine, struct ike_ts *out)
{
	memset(out, 0, sizeof(*out));
	if (offer->first.family != mine->first.family ||
	    (offer->proto && mine->proto && offer->proto != mine->proto))
		return false;
	out->proto = offer->proto ? offer->proto : mine->proto;
	out->first = addr_cmp(&offer->first, &mine->first) > 0 ? offer->first : mine->first;
	out->last = addr_cmp(&offer->last, &mine->last) < 0 ? offer->last : mine->last;
	return addr_cmp(&out->first, &out->last) <= 0 && intersect_ports(offer, mine, out);
}
