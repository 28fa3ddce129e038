#include "sa/history.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/alloc.h"
#include "base/writer.h"

#define BIRTH_SLOT_LEN 256
#define GRAVE_SLOT_LEN 128

static const struct ring_shape birth_shape = {"births", 0x53504231, BIRTH_SLOT_LEN, HISTORY_SLOTS};
static const struct ring_shape grave_shape = {"grave", 0x53504732, GRAVE_SLOT_LEN, HISTORY_SLOTS};

struct history {
	struct ring *births, *graves;
	struct table *lives; /* by inbound SPI */
	uint8_t boot_id[16];
};

/* ---- records ↔ structs ----------------------------------------------------------------------- */

static void write_addr(struct writer *w, const struct addr *a)
{
	writer_u16(w, a->family);
	writer_bytes(w, a->bytes, sizeof(a->bytes));
}

static void read_addr(struct reader *r, struct addr *a)
{
	uint8_t bytes[16];
	int family = reader_u16(r);

	reader_copy(r, bytes, sizeof(bytes));
	*a = addr_from_bytes(family, bytes);
}

static void write_prefix(struct writer *w, const struct prefix *p)
{
	write_addr(w, &p->addr);
	writer_u8(w, p->len);
}

static void read_prefix(struct reader *r, struct prefix *p)
{
	struct addr a;

	read_addr(r, &a);
	*p = prefix_make(&a, reader_u8(r));
}

static void write_selector(struct writer *w, const struct selector *s)
{
	write_prefix(w, &s->local);
	write_prefix(w, &s->remote);
	writer_u8(w, s->proto);
	writer_u16(w, s->local_port);
	writer_u16(w, s->local_port_mask);
	writer_u16(w, s->remote_port);
	writer_u16(w, s->remote_port_mask);
}

static void read_selector(struct reader *r, struct selector *s)
{
	read_prefix(r, &s->local);
	read_prefix(r, &s->remote);
	s->proto = reader_u8(r);
	s->local_port = reader_u16(r);
	s->local_port_mask = reader_u16(r);
	s->remote_port = reader_u16(r);
	s->remote_port_mask = reader_u16(r);
}

static void write_transform(struct writer *w, const struct transform *t)
{
	writer_u8(w, t->type);
	writer_u16(w, t->id);
	writer_u16(w, t->key_bits);
}

static void read_transform(struct reader *r, struct transform *t)
{
	t->type = reader_u8(r);
	t->id = reader_u16(r);
	t->key_bits = reader_u16(r);
}

static struct view write_birth(struct writer *w, const struct life *l)
{
	writer_u64(w, l->born_wall_ms);
	writer_bytes(w, l->boot_id, sizeof(l->boot_id));
	write_addr(w, &l->local.addr);
	writer_u16(w, l->local.port);
	write_addr(w, &l->peer.addr);
	writer_u16(w, l->peer.port);
	writer_u8(w, l->proto);
	writer_u8(w, l->esn);
	writer_u8(w, l->encap);
	writer_u8(w, l->initiator);
	writer_u32(w, l->spi_in);
	writer_u32(w, l->spi_out);
	writer_u32(w, l->reqid);
	write_selector(w, &l->selector);
	write_transform(w, &l->encr);
	write_transform(w, &l->integ);
	writer_u32(w, l->lifetime_s);
	writer_bytes(w, l->conn_name, sizeof(l->conn_name));
	return writer_done(w);
}

static bool read_birth(struct view v, struct life *l)
{
	struct reader r = reader_of(v);

	l->born_wall_ms = reader_u64(&r);
	reader_copy(&r, l->boot_id, sizeof(l->boot_id));
	read_addr(&r, &l->local.addr);
	l->local.port = reader_u16(&r);
	read_addr(&r, &l->peer.addr);
	l->peer.port = reader_u16(&r);
	l->proto = reader_u8(&r);
	l->esn = reader_u8(&r);
	l->encap = reader_u8(&r);
	l->initiator = reader_u8(&r);
	l->spi_in = reader_u32(&r);
	l->spi_out = reader_u32(&r);
	l->reqid = reader_u32(&r);
	read_selector(&r, &l->selector);
	read_transform(&r, &l->encr);
	read_transform(&r, &l->integ);
	l->lifetime_s = reader_u32(&r);
	reader_copy(&r, l->conn_name, sizeof(l->conn_name));
	l->conn_name[sizeof(l->conn_name) - 1] = '\0';
	return reader_done(&r) && addr_is_set(&l->local.addr) && l->spi_in > 255;
}

static struct view write_grave(struct writer *w, const struct life *l)
{
	writer_u64(w, l->birth_seq);
	writer_u64(w, l->died_wall_ms);
	write_addr(w, &l->local.addr);
	writer_u8(w, l->proto);
	writer_u32(w, l->spi_in);
	writer_u8(w, l->why);
	writer_u32(w, l->by.pid);
	writer_u32(w, l->by.seq);
	writer_u8(w, l->by.own);
	writer_bytes(w, l->by.name, sizeof(l->by.name));
	writer_u32(w, l->last_seq);
	writer_u32(w, l->successor);
	return writer_done(w);
}

/* Its key (the birth's number, destination, protocol, SPI) and the death come back in `l`. */
static bool read_grave(struct view v, struct life *l)
{
	struct reader r = reader_of(v);
	uint8_t why;

	l->birth_seq = reader_u64(&r);
	l->died_wall_ms = reader_u64(&r);
	read_addr(&r, &l->local.addr);
	l->proto = reader_u8(&r);
	l->spi_in = reader_u32(&r);
	why = reader_u8(&r);
	l->by.pid = reader_u32(&r);
	l->by.seq = reader_u32(&r);
	l->by.own = reader_u8(&r);
	reader_copy(&r, l->by.name, sizeof(l->by.name));
	l->by.name[sizeof(l->by.name) - 1] = '\0';
	l->last_seq = reader_u32(&r);
	l->successor = reader_u32(&r);
	l->why = why < SA_DEATH_COUNT ? (enum sa_death)why : SA_DEATH_NONE;
	return reader_done(&r) && l->why != SA_DEATH_NONE;
}

/* ---- the index ---------------------------------------------------------------------------------- */

struct life_key {
	const struct addr *dst;
	uint8_t proto;
	uint32_t spi;
};

static bool life_matches(const struct table_node *n, const void *key)
{
	const struct life *l = table_entry(n, const struct life, node);
	const struct life_key *k = key;

	return l->spi_in == k->spi && l->proto == k->proto && addr_equal(&l->local.addr, k->dst);
}

static uint32_t life_hash(const struct history *h, uint32_t spi)
{
	return hash_u32(spi, table_seed(h->lives));
}

struct life *history_find(const struct history *h, const struct addr *dst, uint8_t proto,
			  uint32_t spi)
{
	struct life_key key = {dst, proto, spi};
	struct table_node *n = table_find(h->lives, life_hash(h, spi), life_matches, &key);

	return n ? table_entry(n, struct life, node) : NULL;
}

static void life_drop(struct history *h, struct life *l)
{
	table_remove(h->lives, &l->node);
	alloc_free(l);
}

static struct life *life_of_birth(const struct history *h, uint64_t seq)
{
	struct life key = {0}, *l;

	if (!read_birth(ring_get(h->births, seq), &key))
		return NULL;
	l = history_find(h, &key.local.addr, key.proto, key.spi_in);
	return l && l->birth_seq == seq ? l : NULL;
}

/* An earlier life under the same SPI is over: the index holds the newest. */
static int life_index(struct history *h, struct life *l)
{
	struct life *before = history_find(h, &l->local.addr, l->proto, l->spi_in);

	if (before)
		life_drop(h, before);
	return table_insert(h->lives, &l->node, life_hash(h, l->spi_in));
}

/* ---- loading --------------------------------------------------------------------------------------- */

static int load_births(struct history *h)
{
	for (uint64_t seq = ring_oldest(h->births); seq <= ring_newest(h->births); seq++) {
		struct life *l, read = {0};

		if (!read_birth(ring_get(h->births, seq), &read))
			continue;
		read.birth_seq = seq;
		l = alloc_copy(&read, sizeof(read));
		if (!l || life_index(h, l)) {
			alloc_free(l);
			return -ENOMEM;
		}
	}
	return 0;
}

static void load_graves(struct history *h)
{
	for (uint64_t seq = ring_oldest(h->graves); seq <= ring_newest(h->graves); seq++) {
		struct life g = {0}, *l;

		if (!read_grave(ring_get(h->graves, seq), &g))
			continue;
		l = history_find(h, &g.local.addr, g.proto, g.spi_in);
		if (!l || l->birth_seq != g.birth_seq || l->why != SA_DEATH_NONE)
			continue; /* an earlier life's grave; wall clocks jump, numbers do not */
		l->why = g.why;
		l->died_wall_ms = g.died_wall_ms;
		l->by = g.by;
		l->last_seq = g.last_seq;
		l->successor = g.successor;
	}
}

struct history *history_open(int state_dir, const uint8_t boot_id[16], struct error *err)
{
	struct history *h = alloc_zero(sizeof(*h));

	if (!h) {
		error_set(err, -ENOMEM, "no memory for births and grave");
		return NULL;
	}
	memcpy(h->boot_id, boot_id, sizeof(h->boot_id));
	h->lives = table_new();
	h->births = h->lives ? ring_open(state_dir, &birth_shape, err) : NULL;
	h->graves = h->births ? ring_open(state_dir, &grave_shape, err) : NULL;
	if (!h->graves || load_births(h)) {
		error_set(err, -ENOMEM, "no memory for births and grave");
		history_close(h);
		return NULL;
	}
	load_graves(h);
	return h;
}

void history_close(struct history *h)
{
	struct table_cursor c = {0};
	struct table_node *n;

	if (!h)
		return;
	while (h->lives && (n = table_next(h->lives, &c)))
		life_drop(h, table_entry(n, struct life, node));
	table_free(h->lives);
	ring_close(h->births);
	ring_close(h->graves);
	alloc_free(h);
}

/* ---- births and deaths ------------------------------------------------------------------------------- */

/* The slot that is about to be overwritten takes its life with it. */
static void forget_overwritten(struct history *h)
{
	uint64_t oldest = ring_oldest(h->births);
	struct life *l;

	if (ring_newest(h->births) < HISTORY_SLOTS)
		return;
	l = life_of_birth(h, oldest);
	if (l)
		life_drop(h, l);
}

struct life *history_born(struct history *h, const struct life *birth)
{
	uint8_t buf[BIRTH_SLOT_LEN];
	struct writer w = writer_new(buf, sizeof(buf));
	struct life *l = alloc_copy(birth, sizeof(*birth));

	if (!l)
		return NULL;
	memset(&l->node, 0, sizeof(l->node));
	l->away = false;
	memcpy(l->boot_id, h->boot_id, sizeof(l->boot_id));
	l->why = SA_DEATH_NONE;
	forget_overwritten(h);
	l->birth_seq = ring_append(h->births, write_birth(&w, l));
	if (!l->birth_seq || life_index(h, l)) {
		alloc_free(l);
		return NULL;
	}
	return l;
}

void history_died(struct history *h, struct life *l, enum sa_death why, uint64_t wall_ms,
		  uint64_t now_ms, const struct xfrm_author *by, uint32_t last_seq)
{
	uint8_t buf[GRAVE_SLOT_LEN];
	struct writer w = writer_new(buf, sizeof(buf));

	if (l->why != SA_DEATH_NONE)
		return;
	l->why = why;
	l->died_wall_ms = wall_ms;
	l->died_ms = now_ms;
	l->last_seq = last_seq;
	if (by)
		l->by = *by;
	ring_append(h->graves, write_grave(&w, l));
}

void history_succeeded(struct life *l, uint32_t successor)
{
	l->successor = successor;
}

bool history_same_boot(const struct history *h, const struct life *l)
{
	return !memcmp(h->boot_id, l->boot_id, sizeof(h->boot_id));
}

struct life *history_next(const struct history *h, uint64_t *seq)
{
	uint64_t at = *seq ? *seq : ring_oldest(h->births);

	for (; at <= ring_newest(h->births); at++) {
		struct life *l = life_of_birth(h, at);

		if (l) {
			*seq = at + 1;
			return l;
		}
	}
	*seq = at;
	return NULL;
}

bool history_dirty(const struct history *h)
{
	return ring_dirty(h->births) || ring_dirty(h->graves);
}

int history_flush(struct history *h)
{
	int births = ring_flush(h->births), graves = ring_flush(h->graves);

	return births ? births : graves;
}

void history_counts(const struct history *h, uint64_t *births, uint64_t *births_overwritten,
		    uint64_t *graves, uint64_t *graves_overwritten)
{
	*births = ring_newest(h->births);
	*births_overwritten = ring_oldest(h->births) - 1;
	*graves = ring_newest(h->graves);
	*graves_overwritten = ring_oldest(h->graves) - 1;
}
