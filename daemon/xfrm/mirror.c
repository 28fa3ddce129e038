/*
 * xfrm/mirror: every SA of the namespace as last seen, and what changed.
 *
 * Fed by an implementation with events (author known) and with dumps (author not known: what we
 * know already stays). A dump marks what it holds with its generation and the rest is missing at
 * its end, so nothing is gathered. Entries with SPI 0 are the kernel's notes about an acquire, not
 * SAs, and are left out. What can fail is memory for a new entry: the mirror is dirty then, and
 * the implementation reads again.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "xfrm/xfrm_internal.h"

#define IPSEC_PROTO_ANY 255 /* linux/ipsec.h */

struct spi_key {
	uint32_t spi;
	const struct addr *dst; /* NULL: any */
	uint8_t proto;
	const struct xfrm_mark *mark; /* NULL: any */
	bool larval_only;
	const struct xfrm_sa *after; /* the match after this one */
	bool *passed;
};

static const struct xfrm_author nobody;

static bool mark_equal(const struct xfrm_mark *a, const struct xfrm_mark *b)
{
	return a->value == b->value && a->mask == b->mask;
}

static bool matches(const struct table_node *node, const void *key)
{
	const struct xfrm_sa *sa = &table_entry(node, struct xfrm_sa_entry, by_spi)->sa;
	const struct spi_key *k = key;

	if (sa->id.spi != k->spi)
		return false;
	if (k->after && !*k->passed) {
		*k->passed = sa == k->after;
		return false;
	}
	if (k->dst && (sa->id.proto != k->proto || !addr_equal(&sa->id.dst, k->dst)))
		return false;
	if (k->larval_only && !sa->larval)
		return false;
	return !k->mark || mark_equal(&sa->id.mark, k->mark);
}

static struct xfrm_sa_entry *find(const struct xfrm *x, const struct spi_key *k)
{
	struct table_node *n = table_find(x->sas, hash_u32(k->spi, table_seed(x->sas)), matches, k);

	return n ? table_entry(n, struct xfrm_sa_entry, by_spi) : NULL;
}

struct xfrm_sa_entry *xfrm_mirror_sa(const struct xfrm *x, const struct xfrm_sa_id *id)
{
	return find(
		x, &(struct spi_key){
			   .spi = id->spi, .dst = &id->dst, .proto = id->proto, .mark = &id->mark});
}

const struct xfrm_sa *xfrm_sa_find(const struct xfrm *x, const struct addr *dst, uint8_t proto,
				   uint32_t spi, const struct xfrm_mark *mark)
{
	struct xfrm_sa_entry *e =
		find(x, &(struct spi_key){.spi = spi, .dst = dst, .proto = proto, .mark = mark});

	return e ? &e->sa : NULL;
}

const struct xfrm_sa *xfrm_sa_by_spi(const struct xfrm *x, uint32_t spi, const struct xfrm_sa *it)
{
	bool passed = false;
	struct xfrm_sa_entry *e =
		find(x, &(struct spi_key){.spi = spi, .after = it, .passed = &passed});

	return e ? &e->sa : NULL;
}

const struct xfrm_sa *xfrm_sa_next(const struct xfrm *x, const struct xfrm_sa *it)
{
	const struct list *at = &x->all_sas;

	if (it)
		at = &list_entry(it, struct xfrm_sa_entry, sa)->all;
	return at->next == &x->all_sas ? NULL
				       : &list_entry(at->next, struct xfrm_sa_entry, all)->sa;
}

static struct xfrm_sa_entry *entry_new(struct xfrm *x, const struct xfrm_sa *sa)
{
	struct xfrm_sa_entry *e = alloc_zero(sizeof(*e));

	if (!e)
		return NULL;
	e->born.kind = XFRM_FACT_SA_NEW;
	e->changed.kind = XFRM_FACT_SA_CHANGED;
	e->soft.kind = XFRM_FACT_SA_SOFT;
	e->mapping.kind = XFRM_FACT_SA_MAPPING;
	e->gone.kind = XFRM_FACT_SA_GONE;
	e->sa = *sa;
	e->sa.since_ms = loop_now(x->loop);
	if (table_insert(x->sas, &e->by_spi, hash_u32(sa->id.spi, table_seed(x->sas))) < 0) {
		alloc_free(e);
		return NULL;
	}
	list_append(&x->all_sas, &e->all);
	x->stats.sas++;
	return e;
}

/* Takes the entry out; it lives on in the queue until the fact is told. */
static void entry_gone(struct xfrm *x, struct xfrm_sa_entry *e, enum xfrm_gone why,
		       const struct xfrm_author *by)
{
	table_remove(x->sas, &e->by_spi);
	list_remove(&e->all);
	x->stats.sas--;
	e->why = why;
	e->by = *by;
	if (x->dumping && x->tombstone_count < XFRM_TOMBSTONES)
		x->tombstones[x->tombstone_count++] = e->sa.id;
	else if (x->dumping)
		x->dirty = true;
	xfrm_fact_queue(x, &e->gone);
}

static bool id_equal(const struct xfrm_sa_id *a, const struct xfrm_sa_id *b)
{
	return a->spi == b->spi && a->proto == b->proto && mark_equal(&a->mark, &b->mark) &&
	       addr_equal(&a->dst, &b->dst);
}

static bool tombstone_stands(const struct xfrm *x, const struct xfrm_sa_id *id)
{
	for (size_t i = 0; i < x->tombstone_count; i++)
		if (id_equal(&x->tombstones[i], id))
			return true;
	return false;
}

static void tombstone_lift(struct xfrm *x, const struct xfrm_sa_id *id)
{
	for (size_t i = 0; i < x->tombstone_count;) {
		if (id_equal(&x->tombstones[i], id))
			x->tombstones[i] = x->tombstones[--x->tombstone_count];
		else
			i++;
	}
}

static bool limits_equal(const struct xfrm_limits *a, const struct xfrm_limits *b)
{
	return a->soft_bytes == b->soft_bytes && a->hard_bytes == b->hard_bytes &&
	       a->soft_packets == b->soft_packets && a->hard_packets == b->hard_packets &&
	       a->soft_add_s == b->soft_add_s && a->hard_add_s == b->hard_add_s;
}

static bool encap_equal(const struct xfrm_sa *a, const struct xfrm_sa *b)
{
	return a->encap == b->encap && a->encap_sport == b->encap_sport &&
	       a->encap_dport == b->encap_dport;
}

static bool algorithms_equal(const struct xfrm_sa *a, const struct xfrm_sa *b)
{
	return strcmp(a->encr, b->encr) == 0 && strcmp(a->integ, b->integ) == 0 &&
	       a->encr_bits == b->encr_bits && a->esn == b->esn &&
	       a->replay_window == b->replay_window;
}

/* What a watcher would call a change: everything but counters, author and age. */
static bool sa_differs(const struct xfrm_sa *a, const struct xfrm_sa *b)
{
	return a->larval != b->larval || a->mode != b->mode || a->reqid != b->reqid ||
	       a->if_id != b->if_id || !addr_equal(&a->src, &b->src) ||
	       !mark_equal(&a->id.mark, &b->id.mark) || a->has_selector != b->has_selector ||
	       !selector_equal(&a->selector, &b->selector) || !encap_equal(a, b) ||
	       !algorithms_equal(a, b) || !limits_equal(&a->limits, &b->limits);
}

/* The same identifiers, but installed again since: its time of birth is another. */
static bool is_another(const struct xfrm_sa *old, const struct xfrm_sa *sa)
{
	return !old->larval && old->counters.add_wall_s != 0 &&
	       old->counters.add_wall_s != sa->counters.add_wall_s;
}

/* The entry that this SA is, or becomes: a larval one has no mark yet (ALLOCSPI carries none). */
static struct xfrm_sa_entry *predecessor(const struct xfrm *x, const struct xfrm_sa *sa)
{
	struct xfrm_sa_entry *e = xfrm_mirror_sa(x, &sa->id);

	if (e || sa->larval)
		return e;
	return find(x, &(struct spi_key){.spi = sa->id.spi,
					 .dst = &sa->id.dst,
					 .proto = sa->id.proto,
					 .larval_only = true});
}

static void entry_update(struct xfrm *x, struct xfrm_sa_entry *e, const struct xfrm_sa *sa,
			 const struct xfrm_author *by)
{
	struct xfrm_author author = by && e->sa.larval ? *by : e->sa.author;
	uint64_t since_ms = e->sa.since_ms;
	bool differs = sa_differs(&e->sa, sa);

	e->sa = *sa;
	e->sa.author = author;
	e->sa.since_ms = since_ms;
	if (differs)
		xfrm_fact_queue(x, &e->changed);
}

static int entry_add(struct xfrm *x, const struct xfrm_sa *sa, const struct xfrm_author *by)
{
	struct xfrm_sa_entry *e = entry_new(x, sa);

	if (!e) {
		x->dirty = true;
		return -ENOMEM;
	}
	e->sa.author = by ? *by : nobody;
	e->generation = x->generation;
	xfrm_fact_queue(x, &e->born);
	return 0;
}

int xfrm_mirror_put(struct xfrm *x, const struct xfrm_sa *sa, const struct xfrm_author *by)
{
	struct xfrm_sa_entry *e;

	if (sa->id.spi == 0 || (!by && tombstone_stands(x, &sa->id)))
		return 0;
	if (by)
		tombstone_lift(x, &sa->id);
	e = predecessor(x, sa);
	if (!by && e && x->dumping && e->generation == x->generation)
		return 0; /* an event has told more since the dump began */
	if (e && is_another(&e->sa, sa)) {
		entry_gone(x, e, XFRM_GONE_MISSED, &nobody);
		tombstone_lift(x, &sa->id);
		e = NULL;
	}
	if (!e)
		return entry_add(x, sa, by);
	entry_update(x, e, sa, by);
	e->generation = x->generation;
	return 0;
}

/*
 * The kernel's word about an update holds the request, with counters at zero and a time of birth of
 * its own. That is the SA where it replaced a larval one; of an installed SA it changed the limits
 * and the ports alone (net/xfrm/xfrm_state.c, xfrm_state_update()).
 */
int xfrm_mirror_update(struct xfrm *x, const struct xfrm_sa *asked, const struct xfrm_author *by)
{
	struct xfrm_sa_entry *e = xfrm_mirror_sa(x, &asked->id);
	struct xfrm_sa is;

	if (!e || e->sa.larval)
		return xfrm_mirror_put(x, asked, by);
	is = e->sa;
	is.limits = asked->limits;
	if (is.encap && asked->encap) {
		is.encap_sport = asked->encap_sport;
		is.encap_dport = asked->encap_dport;
	}
	return xfrm_mirror_put(x, &is, by);
}

void xfrm_mirror_counters(struct xfrm *x, const struct xfrm_sa *sa)
{
	struct xfrm_sa_entry *e = xfrm_mirror_sa(x, &sa->id);

	if (e)
		e->sa.counters = sa->counters;
}

void xfrm_mirror_soft(struct xfrm *x, const struct xfrm_sa *sa)
{
	struct xfrm_sa_entry *e = xfrm_mirror_sa(x, &sa->id);

	if (!e)
		return;
	e->sa.counters = sa->counters;
	xfrm_fact_queue(x, &e->soft);
}

/* The kernel sends one a packet until the SA is changed; one a second is told. */
void xfrm_mirror_mapping(struct xfrm *x, const struct xfrm_sa_id *id, const struct endpoint *from)
{
	struct xfrm_sa_entry *e =
		find(x, &(struct spi_key){.spi = id->spi, .dst = &id->dst, .proto = id->proto});
	uint64_t now = loop_now(x->loop);

	if (!e || (e->mapped && now - e->mapped_ms < XFRM_MAPPING_MS))
		return;
	e->mapped = true;
	e->mapped_ms = now;
	e->mapped_from = *from;
	xfrm_fact_queue(x, &e->mapping);
}

void xfrm_mirror_gone(struct xfrm *x, const struct xfrm_sa_id *id, enum xfrm_gone why,
		      const struct xfrm_author *by)
{
	struct xfrm_sa_entry *e = xfrm_mirror_sa(x, id);

	if (e)
		entry_gone(x, e, why, by ? by : &nobody);
}

/* net/xfrm.h, xfrm_id_proto_match(): 0 = all, IPSEC_PROTO_ANY = ESP, AH and IPComp. */
bool xfrm_proto_matches(uint8_t sa_proto, uint8_t flushed)
{
	enum { ESP = 50, AH = 51, COMP = 108 };

	if (flushed == IPSEC_PROTO_ANY)
		return sa_proto == ESP || sa_proto == AH || sa_proto == COMP;
	return flushed == 0 || sa_proto == flushed;
}

/* A dump that runs meanwhile may hold what was flushed: it is read again. */
void xfrm_mirror_flush(struct xfrm *x, uint8_t proto, const struct xfrm_author *by)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &x->all_sas)
	{
		struct xfrm_sa_entry *e = list_entry(it, struct xfrm_sa_entry, all);

		if (xfrm_proto_matches(e->sa.id.proto, proto))
			entry_gone(x, e, XFRM_GONE_FLUSHED, by ? by : &nobody);
	}
	x->dirty = x->dirty || x->dumping;
}

void xfrm_mirror_dump_begin(struct xfrm *x)
{
	x->generation++;
	x->dumping = true;
	x->dirty = false;
	x->tombstone_count = 0;
}

static void sweep(struct xfrm *x)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &x->all_sas)
	{
		struct xfrm_sa_entry *e = list_entry(it, struct xfrm_sa_entry, all);

		if (e->generation != x->generation)
			entry_gone(x, e, XFRM_GONE_MISSED, &nobody);
	}
}

void xfrm_mirror_dump_end(struct xfrm *x)
{
	x->dumping = false;
	x->tombstone_count = 0;
	if (x->dirty)
		return; /* not whole: the implementation reads again */
	sweep(x);
	xfrm_mirror_policy_sweep(x);
	x->synced = true;
	x->stats.resyncs++;
	xfrm_fact_queue(x, &x->resynced);
}

bool xfrm_synced(const struct xfrm *x)
{
	return x->synced;
}

void xfrm_stats(const struct xfrm *x, struct xfrm_stats *out)
{
	*out = x->stats;
}

int xfrm_init(struct xfrm *x, struct loop *loop, struct log *log,
	      const struct xfrm_backend *backend, bool read_only)
{
	x->loop = loop;
	x->log = log;
	x->backend = backend;
	x->ops = read_only ? &xfrm_call_ops_read_only : &xfrm_call_ops;
	x->resynced.kind = XFRM_FACT_RESYNC;
	list_init(&x->all_sas);
	list_init(&x->all_policies);
	list_init(&x->facts);
	x->sas = table_new();
	x->policies = table_new();
	if (x->sas && x->policies)
		return 0;
	xfrm_fini(x);
	return -ENOMEM;
}

void xfrm_fini(struct xfrm *x)
{
	struct list *it, *tmp;

	xfrm_facts_drop(x);
	list_for_each_safe(it, tmp, &x->all_sas)
		alloc_free(list_entry(it, struct xfrm_sa_entry, all));
	list_for_each_safe(it, tmp, &x->all_policies)
		alloc_free(list_entry(it, struct xfrm_policy_entry, all));
	table_free(x->sas);
	table_free(x->policies);
}

void xfrm_free(struct xfrm *x)
{
	if (!x)
		return;
	x->closing = true;
	x->backend->free(x);
}

const struct xfrm_ops *xfrm_ops(const struct xfrm *x, void **ctx)
{
	*ctx = (void *)(uintptr_t)x;
	return x->ops;
}
