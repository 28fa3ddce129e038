/* Interfaces and their addresses, by index; counters are asked of the kernel before the first page. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <net/if_arp.h>

#include "api/state_internal.h"
#include "link/link.h"

#define ADDRESSES_SHOWN 64
#define FRAME_ENTRIES	32
#define KBIT		1000u
#define RELIABLE	255

static const struct {
	uint16_t hardware;
	const char *name, *encapsulation;
} kinds[] = {
	{ARPHRD_ETHER, "ether", "ARPA"},      {ARPHRD_LOOPBACK, "loopback", "LOOPBACK"},
	{ARPHRD_PPP, "ppp", "PPP"},	      {ARPHRD_TUNNEL, "tunnel", "TUNNEL"},
	{ARPHRD_TUNNEL6, "tunnel", "TUNNEL"}, {ARPHRD_IPGRE, "gre", "TUNNEL"},
	{ARPHRD_SIT, "tunnel", "TUNNEL"},     {ARPHRD_NONE, "tunnel", "TUNNEL"},
};

static size_t kind_of(uint16_t hardware)
{
	size_t i = 0;

	while (i < sizeof(kinds) / sizeof(kinds[0]) && kinds[i].hardware != hardware)
		i++;
	return i;
}

static void put_kind(json_t *o, const struct link_detail *d, const struct link_hardware *h)
{
	size_t i = kind_of(d->hardware);
	bool known = i < sizeof(kinds) / sizeof(kinds[0]);
	const char *name = known ? kinds[i].name : "other";

	if (d->kind[0])
		name = d->kind;
	else if (h->driver[0])
		name = h->driver;
	put_text(o, "hardware", name);
	put_text(o, "encapsulation",
		 d->vlan ? "802.1Q Virtual LAN"
		 : known ? kinds[i].encapsulation
			 : "UNKNOWN");
	if (d->vlan)
		put_u32(o, "vlan", d->vlan);
}

/* 5254.0012.3456 */
static void put_mac(json_t *o, const char *name, const uint8_t *mac, uint8_t len)
{
	char text[16];

	if (len != 6)
		return;
	snprintf(text, sizeof(text), "%02x%02x.%02x%02x.%02x%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	put_text(o, name, text);
}

static void put_hardware(json_t *o, const struct link_hardware *h)
{
	if (h->speed_mbit)
		put_u64(o, "speed", (uint64_t)h->speed_mbit * KBIT);
	if (!h->duplex_known)
		return;
	put_text(o, "duplex", h->full_duplex ? "full" : "half");
	put_bool(o, "autonegotiation", h->autoneg);
	put_text(o, "media", h->twisted_pair ? "twisted-pair" : h->fibre ? "fibre" : "");
}

static void put_rates(json_t *o, const struct link_rates *r)
{
	double packets = r->rx_packets + r->tx_packets;
	double share = packets + r->errors > 0 ? packets / (packets + r->errors) : 1;

	put_u64(o, "input-rate", (uint64_t)r->rx_bits);
	put_u64(o, "output-rate", (uint64_t)r->tx_bits);
	put_u64(o, "input-packet-rate", (uint64_t)(r->rx_packets + 0.5));
	put_u64(o, "output-packet-rate", (uint64_t)(r->tx_packets + 0.5));
	put_u32(o, "reliability", (uint32_t)(share * RELIABLE));
}

static void put_counters(json_t *o, const struct link_counters *c)
{
	put_u64(o, "input-packets", c->rx_packets);
	put_u64(o, "input-bytes", c->rx_bytes);
	put_u64(o, "input-errors", c->rx_errors);
	put_u64(o, "input-dropped", c->rx_dropped);
	put_u64(o, "input-missed", c->rx_missed);
	put_u64(o, "input-crc", c->rx_crc);
	put_u64(o, "input-frame", c->rx_frame);
	put_u64(o, "input-overrun", c->rx_over + c->rx_fifo);
	put_u64(o, "input-unknown", c->rx_nohandler);
	put_u64(o, "input-multicast", c->multicast);
	put_u64(o, "output-packets", c->tx_packets);
	put_u64(o, "output-bytes", c->tx_bytes);
	put_u64(o, "output-errors", c->tx_errors);
	put_u64(o, "output-dropped", c->tx_dropped);
	put_u64(o, "output-underruns", c->tx_fifo);
	put_u64(o, "output-carrier", c->tx_carrier);
	put_u64(o, "collisions", c->collisions);
}

static json_t *address_entry(const struct link_address *a)
{
	json_t *o = json_object();

	put_addr(o, "ip", &a->prefix.addr);
	put_u32(o, "prefix-length", a->prefix.len);
	put_bool(o, "secondary", a->secondary);
	put_bool(o, "permanent", a->permanent);
	put_bool(o, "link-local", a->link_local);
	put_addr(o, "broadcast", &a->broadcast);
	return o;
}

static int put_addresses(json_t *o, const struct link_info *it)
{
	json_t *list = json_array();
	struct link_address a;
	uint32_t count = 0;
	int rc = list ? 0 : -ENOMEM;

	for (; !rc && link_address_get(it, count, &a); count++)
		if (count < ADDRESSES_SHOWN)
			rc = state_keep(list, address_entry(&a));
	put_u32(o, "addresses", count);
	if (!rc && count)
		json_object_set(o, "address", list);
	json_decref(list);
	return rc;
}

static int keep_interface(const struct api_rooms *rooms, const struct link_info *it, json_t *out)
{
	const struct link_detail *d = link_detail(it);
	struct link_hardware h;
	json_t *o = json_object();

	link_hardware(rooms->link, it->name, &h);
	put_text(o, "name", it->name);
	put_u32(o, "index", (uint32_t)it->index);
	put_bool(o, "admin-up", it->up);
	put_bool(o, "carrier", it->up && d->lower_up);
	put_bool(o, "running", it->up && it->running);
	put_bool(o, "loopback", it->loopback);
	put_kind(o, d, &h);
	put_mac(o, "mac-address", d->mac, it->loopback ? 0 : d->mac_len);
	put_mac(o, "permanent-mac-address", d->permanent, d->permanent_len);
	put_text(o, "description", d->alias);
	put_u32(o, "mtu", it->mtu);
	put_hardware(o, &h);
	put_text(o, "queueing", d->qdisc);
	put_u32(o, "carrier-changes", d->carrier_changes);
	put_rates(o, &d->rates);
	put_counters(o, &d->counters);
	if (put_addresses(o, it)) {
		json_decref(o);
		return -ENOMEM;
	}
	return state_keep(out, o);
}

/* One that is asked for by its name is found by it. The cursor is the index of the last one told. */
static int interface_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max,
			  json_t *out)
{
	const struct api_rooms *rooms = ctx;
	const char *name = json_string_value(json_object_get(filter, "name"));
	const struct link_info *it = name ? link_by_name(rooms->link, name)
					  : link_above(rooms->link, (int)*cursor);

	*cursor = 0;
	for (; it && max > 0; max--) {
		if (keep_interface(rooms, it, out))
			return -ENOMEM;
		*cursor = (uint64_t)it->index;
		it = name ? NULL : link_next(rooms->link, it);
	}
	if (!it)
		*cursor = 0;
	return 0;
}

static void refresh(void *ctx, void (*done)(void *arg), void *arg)
{
	const struct api_rooms *rooms = ctx;

	link_refresh(rooms->link, done, arg);
}

static const struct api_state states[] = {
	{.path = "/spindle-interface-state:interface-state/interface",
	 .privilege = 1,
	 .most = FRAME_ENTRIES,
	 .page = interface_page,
	 .refresh = refresh},
};
const struct state_part state_part_interfaces = {
	.states = states,
	.state_count = STATE_COUNT(states),
};
