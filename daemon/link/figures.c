/*
 * link/figures: what only shows want: counters on demand, means over five minutes, what a driver says.
 * Who wants counters waits for a dump that began after the wish, so that they are never older.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "base/alloc.h"
#include "base/text.h"
#include "link/link_internal.h"
#include "net/netlink.h"

#define MEAN_MS 300000.0

bool link_waiters_begin(struct link *l)
{
	struct list *it;

	list_for_each(it, &l->waiters)
	{
		list_entry(it, struct link_waiter, node)->begun = true;
	}
	return !list_empty(&l->waiters);
}

/* Those that are called may ask again: they join at the end, not begun. */
void link_waiters_end(struct link *l, bool all)
{
	struct list ready, *it, *tmp;

	list_init(&ready);
	list_for_each_safe(it, tmp, &l->waiters)
	{
		if (!all && !list_entry(it, struct link_waiter, node)->begun)
			continue;
		list_remove(it);
		list_append(&ready, it);
	}
	list_for_each_safe(it, tmp, &ready)
	{
		struct link_waiter *w = list_entry(it, struct link_waiter, node);

		list_remove(it);
		w->done(w->arg);
		alloc_free(w);
	}
}

/* A counter that went back (another device of that name) counts as nothing. */
static double since(uint64_t before, uint64_t now)
{
	return now >= before ? (double)(now - before) : 0;
}

static void mean(double *m, double counted, double elapsed_ms)
{
	double share = elapsed_ms / (MEAN_MS + elapsed_ms);

	*m += (counted * 1000.0 / elapsed_ms - *m) * share;
}

void link_rates_step(struct link_rates *r, const struct link_counters *before,
		     const struct link_counters *now, uint64_t elapsed_ms)
{
	double ms = (double)elapsed_ms;

	if (!elapsed_ms)
		return;
	mean(&r->rx_bits, 8 * since(before->rx_bytes, now->rx_bytes), ms);
	mean(&r->tx_bits, 8 * since(before->tx_bytes, now->tx_bytes), ms);
	mean(&r->rx_packets, since(before->rx_packets, now->rx_packets), ms);
	mean(&r->tx_packets, since(before->tx_packets, now->tx_packets), ms);
	mean(&r->errors,
	     since(before->rx_errors, now->rx_errors) + since(before->tx_errors, now->tx_errors),
	     ms);
}

void link_table_sample(struct link *l, uint64_t now_ms)
{
	struct list *it;

	list_for_each(it, &l->all)
	{
		struct link_entry *e = list_entry(it, struct link_entry, all);

		if (e->sampled_ms)
			link_rates_step(&e->detail.rates, &e->sampled, &e->detail.counters,
					now_ms - e->sampled_ms);
		e->sampled = e->detail.counters;
		e->sampled_ms = now_ms;
	}
}

/* ---- the driver ------------------------------------------------------------------------------------ */

static int ethtool(const struct link *l, const char *name, void *command)
{
	struct ifreq r = {.ifr_data = command};

	text_copy(r.ifr_name, sizeof(r.ifr_name), name);
	return ioctl(netlink_fd(l->nl), SIOCETHTOOL, &r) < 0 ? -errno : 0;
}

/* Room for the masks of link modes, whose size the kernel says at the first try as a negative number. */
union settings {
	struct ethtool_link_settings s;
	uint8_t room[sizeof(struct ethtool_link_settings) + 3 * 127 * sizeof(uint32_t)];
};

static void take_settings(const struct ethtool_link_settings *s, struct link_hardware *out)
{
	out->speed_mbit = s->speed == (uint32_t)SPEED_UNKNOWN ? 0 : s->speed;
	out->duplex_known = s->duplex != DUPLEX_UNKNOWN;
	out->full_duplex = s->duplex == DUPLEX_FULL;
	out->autoneg = s->autoneg == AUTONEG_ENABLE;
	out->twisted_pair = s->port == PORT_TP;
	out->fibre = s->port == PORT_FIBRE;
}

static int ask_settings(const struct link *l, const char *name, struct link_hardware *out)
{
	union settings u = {.s = {.cmd = ETHTOOL_GLINKSETTINGS}};
	int rc = ethtool(l, name, &u);

	if (rc)
		return rc;
	if (u.s.link_mode_masks_nwords >= 0)
		return -EOPNOTSUPP;
	u.s = (struct ethtool_link_settings){.cmd = ETHTOOL_GLINKSETTINGS,
					     .link_mode_masks_nwords =
						     (int8_t)-u.s.link_mode_masks_nwords};
	rc = ethtool(l, name, &u);
	if (!rc)
		take_settings(&u.s, out);
	return rc;
}

int link_ask_driver(const struct link *l, const char *name, struct link_hardware *out)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	int rc = ethtool(l, name, &info);

	if (!rc) {
		info.driver[sizeof(info.driver) - 1] = '\0';
		text_copy(out->driver, sizeof(out->driver), info.driver);
	}
	return ask_settings(l, name, out) && rc ? rc : 0;
}

int link_hardware(const struct link *l, const char *name, struct link_hardware *out)
{
	*out = (struct link_hardware){0};
	return l->ask_hardware ? l->ask_hardware(l, name, out) : -EOPNOTSUPP;
}
