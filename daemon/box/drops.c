/*
 * box/drops: packets dropped, under the names that routers have for them. One table says which Linux
 * counter stands behind which row; doc/drops.md is its other half, and a test holds the two together.
 * Linux counts since the kernel started; "clear" remembers what it was then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "box/box_internal.h"
#include "link/link.h"

enum source { FROM_XFRM, FROM_SNMP, FROM_SNMP6, FROM_LINKS, FROM_NOTHING, SOURCES = FROM_LINKS };

/* What is added up for a row: names parted by blanks. "Ip.X" is X of the Ip lines. */
struct part {
	enum source from;
	const char *names;
};

struct row {
	enum box_drop_set set;
	uint32_t number;
	const char *name;
	const char *text; /* for people; NULL: no source */
	struct part part[2];
};

#define STATISTICS BOX_DROPS_STATISTICS, 0
#define XFRM(number, name, counter)                                                                \
	{                                                                                          \
		BOX_DROPS_IPSEC, number, name, counter,                                            \
		{                                                                                  \
			{                                                                          \
				FROM_XFRM, counter                                                 \
			}                                                                          \
		}                                                                                  \
	}

static const struct row rows[] = {
	{STATISTICS, "BadIpChecksum", "IpExt InCsumErrors", {{FROM_SNMP, "IpExt.InCsumErrors"}}},
	{STATISTICS, "InterfaceInput", "interfaces rx_dropped", {{FROM_LINKS, "rx_dropped"}}},
	{STATISTICS,
	 "IpFragErr",
	 "Ip FragFails, Ip6FragFails",
	 {{FROM_SNMP, "Ip.FragFails"}, {FROM_SNMP6, "Ip6FragFails"}}},
	{STATISTICS,
	 "IpTtlExceeded",
	 "Icmp OutTimeExcds, Icmp6OutTimeExcds",
	 {{FROM_SNMP, "Icmp.OutTimeExcds"}, {FROM_SNMP6, "Icmp6OutTimeExcds"}}},
	{STATISTICS,
	 "IpsecDenyDrop",
	 "XfrmInPolBlock, XfrmOutPolBlock",
	 {{FROM_XFRM, "XfrmInPolBlock XfrmOutPolBlock"}}},
	{STATISTICS, "IpsecIkeIndicate", "XfrmOutNoStates", {{FROM_XFRM, "XfrmOutNoStates"}}},
	{STATISTICS,
	 "IpsecInput",
	 "the sum of XfrmIn* but XfrmInPolBlock, and XfrmAcquireError",
	 {{FROM_XFRM,
	   "XfrmInError XfrmInBufferError XfrmInHdrError XfrmInNoStates XfrmInStateProtoError "
	   "XfrmInStateModeError XfrmInStateSeqError XfrmInStateExpired XfrmInStateMismatch "
	   "XfrmInStateInvalid XfrmInTmplMismatch XfrmInNoPols XfrmInPolError XfrmAcquireError "
	   "XfrmInStateDirError XfrmInIptfsError"}}},
	{STATISTICS,
	 "IpsecOutput",
	 "the sum of XfrmOut* but XfrmOutPolBlock and XfrmOutNoStates, and XfrmFwdHdrError",
	 {{FROM_XFRM, "XfrmOutError XfrmOutBundleGenError XfrmOutBundleCheckError "
		      "XfrmOutStateProtoError XfrmOutStateModeError XfrmOutStateSeqError "
		      "XfrmOutStateExpired XfrmOutPolDead XfrmOutPolError XfrmOutStateInvalid "
		      "XfrmOutStateDirError XfrmOutNoQueueSpace XfrmFwdHdrError"}}},
	{STATISTICS, "Ipv4Martian", "Ip InAddrErrors", {{FROM_SNMP, "Ip.InAddrErrors"}}},
	{STATISTICS,
	 "Ipv4NoRoute",
	 "IpExt InNoRoutes, Ip OutNoRoutes",
	 {{FROM_SNMP, "IpExt.InNoRoutes Ip.OutNoRoutes"}}},
	{STATISTICS, "Ipv6Martian", "Ip6InAddrErrors", {{FROM_SNMP6, "Ip6InAddrErrors"}}},
	{STATISTICS,
	 "Ipv6NoRoute",
	 "Ip6InNoRoutes, Ip6OutNoRoutes",
	 {{FROM_SNMP6, "Ip6InNoRoutes Ip6OutNoRoutes"}}},
	{STATISTICS, "MaxTu", "Ip6InTooBigErrors", {{FROM_SNMP6, "Ip6InTooBigErrors"}}},
	{STATISTICS,
	 "ReassDrop",
	 "Ip ReasmFails, Ip6ReasmFails",
	 {{FROM_SNMP, "Ip.ReasmFails"}, {FROM_SNMP6, "Ip6ReasmFails"}}},
	{STATISTICS,
	 "ReassTimeout",
	 "Ip ReasmTimeout, Ip6ReasmTimeout",
	 {{FROM_SNMP, "Ip.ReasmTimeout"}, {FROM_SNMP6, "Ip6ReasmTimeout"}}},
	{STATISTICS, "TailDrop", "interfaces tx_dropped", {{FROM_LINKS, "tx_dropped"}}},
	{STATISTICS, "UnconfiguredIpv4Fia", NULL, {{FROM_NOTHING, ""}}},
	{STATISTICS, "UnconfiguredIpv6Fia", NULL, {{FROM_NOTHING, ""}}},
	/* The numbers and names of routers … */
	XFRM(4, "IN_US_V4_PKT_SA_NOT_FOUND_SPI", "XfrmInNoStates"),
	{BOX_DROPS_IPSEC, 7, "IN_TRANS_V4_IPSEC_PKT_NOT_FOUND_SPI", NULL, {{FROM_NOTHING, ""}}},
	{BOX_DROPS_IPSEC, 12, "IN_US_V6_PKT_SA_NOT_FOUND_SPI", NULL, {{FROM_NOTHING, ""}}},
	XFRM(19, "IN_CD_SW_IPSEC_ANTI_REPLAY_FAIL", "XfrmInStateSeqError"),
	/* … and what Linux counts beyond, under numbers that no router has. */
	XFRM(1001, "XFRM_IN_ERROR", "XfrmInError"),
	XFRM(1002, "XFRM_IN_BUFFER_ERROR", "XfrmInBufferError"),
	XFRM(1003, "XFRM_IN_HDR_ERROR", "XfrmInHdrError"),
	XFRM(1004, "XFRM_IN_STATE_PROTO_ERROR", "XfrmInStateProtoError"),
	XFRM(1005, "XFRM_IN_STATE_MODE_ERROR", "XfrmInStateModeError"),
	XFRM(1006, "XFRM_IN_STATE_EXPIRED", "XfrmInStateExpired"),
	XFRM(1007, "XFRM_IN_STATE_MISMATCH", "XfrmInStateMismatch"),
	XFRM(1008, "XFRM_IN_STATE_INVALID", "XfrmInStateInvalid"),
	XFRM(1009, "XFRM_IN_TMPL_MISMATCH", "XfrmInTmplMismatch"),
	XFRM(1010, "XFRM_IN_NO_POLS", "XfrmInNoPols"),
	XFRM(1011, "XFRM_IN_POL_BLOCK", "XfrmInPolBlock"),
	XFRM(1012, "XFRM_IN_POL_ERROR", "XfrmInPolError"),
	XFRM(1013, "XFRM_ACQUIRE_ERROR", "XfrmAcquireError"),
	XFRM(1014, "XFRM_FWD_HDR_ERROR", "XfrmFwdHdrError"),
	XFRM(1015, "XFRM_OUT_ERROR", "XfrmOutError"),
	XFRM(1016, "XFRM_OUT_BUNDLE_GEN_ERROR", "XfrmOutBundleGenError"),
	XFRM(1017, "XFRM_OUT_BUNDLE_CHECK_ERROR", "XfrmOutBundleCheckError"),
	XFRM(1018, "XFRM_OUT_NO_STATES", "XfrmOutNoStates"),
	XFRM(1019, "XFRM_OUT_STATE_PROTO_ERROR", "XfrmOutStateProtoError"),
	XFRM(1020, "XFRM_OUT_STATE_MODE_ERROR", "XfrmOutStateModeError"),
	XFRM(1021, "XFRM_OUT_STATE_SEQ_ERROR", "XfrmOutStateSeqError"),
	XFRM(1022, "XFRM_OUT_STATE_EXPIRED", "XfrmOutStateExpired"),
	XFRM(1023, "XFRM_OUT_STATE_INVALID", "XfrmOutStateInvalid"),
	XFRM(1024, "XFRM_OUT_POL_BLOCK", "XfrmOutPolBlock"),
	XFRM(1025, "XFRM_OUT_POL_DEAD", "XfrmOutPolDead"),
	XFRM(1026, "XFRM_OUT_POL_ERROR", "XfrmOutPolError"),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS <= BOX_DROP_ROWS, "the table of drops is longer than its counters");

struct texts {
	char of[SOURCES][2 * BOX_FILE_BUFFER];
};

/* ---- counters -------------------------------------------------------------------------------------- */

/* The line that begins with "Ip:", from `at` on; NULL: none. */
static const char *group_line(const char *at, const char *group, size_t len)
{
	for (; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
		if (!strncmp(at, group, len) && at[len] == ':')
			return at;
	return NULL;
}

/* A line of names, then one of numbers (/proc/net/snmp, /proc/net/netstat). */
static uint64_t column_of(const char *text, const char *group, size_t len, const char *name)
{
	const char *names = group_line(text, group, len);
	const char *end = names ? strchr(names, '\n') : NULL;
	const char *numbers = end ? group_line(end + 1, group, len) : NULL;

	while (numbers && *names != '\n') {
		size_t n;

		names += strcspn(names, " \n");
		numbers += strcspn(numbers, " \n");
		names += strspn(names, " ");
		numbers += strspn(numbers, " ");
		n = strcspn(names, " \n");
		if (n == strlen(name) && !strncmp(names, name, n))
			return strtoull(numbers, NULL, 10);
	}
	return 0;
}

static uint64_t links_sum(const struct box *b, bool input)
{
	const struct link_info *it = NULL;
	uint64_t sum = 0;

	while (b->cfg.link && (it = link_next(b->cfg.link, it))) {
		const struct link_counters *c = &link_detail(it)->counters;

		sum += input ? c->rx_dropped : c->tx_dropped;
	}
	return sum;
}

static uint64_t counter(const struct box *b, const struct texts *t, enum source from,
			const char *name)
{
	const char *dot = strchr(name, '.');

	if (from == FROM_LINKS)
		return links_sum(b, name[0] == 'r');
	if (from == FROM_SNMP && dot)
		return column_of(t->of[from], name, (size_t)(dot - name), dot + 1);
	return box_number_of(t->of[from], name);
}

static uint64_t part_sum(const struct box *b, const struct texts *t, const struct part *p)
{
	uint64_t sum = 0;

	for (const char *at = p->names ? p->names : ""; *at;) {
		size_t len = strcspn(at, " ");
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		sum += counter(b, t, p->from, name);
		at += len + (at[len] == ' ');
	}
	return sum;
}

static void read_texts(const struct box *b, struct texts *t)
{
	size_t half = BOX_FILE_BUFFER, n;

	box_read(b, "/proc/net/xfrm_stat", t->of[FROM_XFRM], half);
	box_read(b, "/proc/net/snmp6", t->of[FROM_SNMP6], half);
	box_read(b, "/proc/net/snmp", t->of[FROM_SNMP], half);
	n = strlen(t->of[FROM_SNMP]);
	box_read(b, "/proc/net/netstat", t->of[FROM_SNMP] + n, sizeof(t->of[0]) - n);
}

void box_drops_read(struct box *b)
{
	struct texts t = {0};

	read_texts(b, &t);
	for (size_t i = 0; i < ROWS; i++)
		b->drops[i] = part_sum(b, &t, &rows[i].part[0]) + part_sum(b, &t, &rows[i].part[1]);
}

/* ---- rows ------------------------------------------------------------------------------------------ */

bool box_drop_get(const struct box *b, size_t index, struct box_drop *out)
{
	const struct row *r = &rows[index < ROWS ? index : 0];

	if (index >= ROWS)
		return false;
	*out = (struct box_drop){.set = r->set,
				 .number = r->number,
				 .name = r->name,
				 .source = r->text,
				 .cleared_ms = b->cleared_ms[r->set]};
	/* A counter that is less than it was is another one: a namespace or a device that is new. */
	out->packets = b->drops[index] >= b->base[index] ? b->drops[index] - b->base[index]
							 : b->drops[index];
	return true;
}

void box_drops_clear(struct box *b, enum box_drop_set set)
{
	box_drops_read(b);
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].set == set)
			b->base[i] = b->drops[i];
	b->cleared_ms[set] = clock_wall_ms();
}
