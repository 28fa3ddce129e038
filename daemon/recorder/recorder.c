/*
 * The recorder. Who calls: main's listeners on the rooms write; api and incident read. Who owns: the slots
 * are the supervisor's memfd, or memory of ours; all else is ours. What may fail: nothing once it is made.
 */
#include "recorder/recorder.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "recorder/recorder_internal.h"

#define HEAD_MAGIC 0x53504652u /* "SPFR" */
#define SEQ_BITS   16
/* A note of process ike is no older: so long it keeps some without a router. */
#define LATE_MS		 60000
#define OFFSET_JITTER_MS 20 /* a turn seldom takes longer */

/* ---- life --------------------------------------------------------------------------------------- */

static int map_slots(struct recorder *r, int fd, struct error *err)
{
	struct stat st;

	r->map_len = RECORDER_HEAD_LEN + (size_t)r->slot_count * RECORDER_SLOT_LEN;
	if (fd >= 0 && (fstat(fd, &st) ||
			((uint64_t)st.st_size < r->map_len && ftruncate(fd, (off_t)r->map_len))))
		return error_set(err, -errno, "the flight recorder's memory: %s", strerror(errno));
	r->map = mmap(NULL, r->map_len, PROT_READ | PROT_WRITE,
		      fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
	if (r->map == MAP_FAILED) {
		r->map = NULL;
		return error_set(err, -errno, "no memory for the flight recorder: %s",
				 strerror(errno));
	}
	r->head = r->map;
	r->slots = (struct recorder_slot *)((uint8_t *)r->map + RECORDER_HEAD_LEN);
	return 0;
}

static void begin_head(struct recorder *r)
{
	struct recorder_head *h = r->head;

	if (h->magic == HEAD_MAGIC && h->slot_len == RECORDER_SLOT_LEN &&
	    h->slots == r->slot_count && h->used <= r->slot_count)
		r->used = h->used;
	*h = (struct recorder_head){HEAD_MAGIC, RECORDER_SLOT_LEN, r->slot_count, r->used};
}

static int make(struct recorder *r, int fd, struct error *err)
{
	if (map_slots(r, fd, err))
		return err->code;
	begin_head(r);
	r->places = alloc_array(r->slot_count, sizeof(*r->places));
	if (!r->places || recorder_lanes_init(r))
		return error_set(err, -ENOMEM, "no memory for the flight recorder");
	recorder_resume(r);
	return 0;
}

struct recorder *recorder_new(struct loop *loop, const struct recorder_config *cfg,
			      struct error *err)
{
	struct recorder *r = alloc_zero(sizeof(*r));

	if (!r) {
		error_set(err, -ENOMEM, "no memory for the flight recorder");
		return NULL;
	}
	r->loop = loop;
	r->names = cfg->names;
	r->off = cfg->off;
	r->slot_count = cfg->slots ? cfg->slots : RECORDER_SLOTS;
	if (!r->off && make(r, cfg->fd, err)) {
		recorder_free(r);
		return NULL;
	}
	return r;
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	recorder_lanes_free(r);
	alloc_free(r->places);
	if (r->map)
		munmap(r->map, r->map_len);
	alloc_free(r);
}

void recorder_set_known(struct recorder *r, bool (*known)(void *ctx, const struct addr *a),
			void *ctx)
{
	r->known = known;
	r->known_ctx = ctx;
}

/* ---- writing ------------------------------------------------------------------------------------- */

/*
 * The wall clock's time of a moment of the loop. The two are read at different moments of a turn, so that
 * their difference is the least that was seen, unless somebody set the clock.
 */
static uint64_t wall_of(struct recorder *r, uint64_t boot_ms)
{
	uint64_t offset_ms = clock_wall_ms() - loop_now(r->loop);

	if (offset_ms < r->offset_ms || offset_ms > r->offset_ms + OFFSET_JITTER_MS)
		r->offset_ms = offset_ms;
	return boot_ms + r->offset_ms;
}

void recorder_note(struct recorder *r, const struct recorder_note *n)
{
	uint8_t args[RECORDER_ARGS_MAX];
	struct recorder_packed p = {.id = n->id, .spi = n->spi, .stranger = n->stranger};

	if (!r || r->off)
		return;
	if (n->peer)
		p.peer = *n->peer;
	p.boot_ms = n->boot_ms ? n->boot_ms : loop_now(r->loop);
	p.args = (struct view){args, recorder_args_pack(n, args)};
	recorder_store(r, &p, wall_of(r, p.boot_ms));
}

/* Its clock is ours; what it says of it is taken within bounds. */
static void take(struct recorder *r, struct recorder_packed *p, uint64_t now_ms)
{
	uint64_t oldest_ms = now_ms > LATE_MS ? now_ms - LATE_MS : 0;

	if (p->boot_ms > now_ms)
		p->boot_ms = now_ms;
	if (p->boot_ms < oldest_ms)
		p->boot_ms = oldest_ms;
	recorder_store(r, p, wall_of(r, p->boot_ms));
}

int recorder_take(struct recorder *r, struct view batch, uint32_t lost)
{
	struct reader in = reader_of(batch);
	struct recorder_packed p;
	uint64_t now_ms;

	if (!r || r->off)
		return 0;
	now_ms = loop_now(r->loop);
	if (lost) {
		struct recorder_note n = {.id = RECORD_IKE_LOST, .stranger = true, .n = {lost}};

		r->lost += lost;
		recorder_note(r, &n);
	}
	while (reader_left(&in)) {
		if (!recorder_note_read(&in, &p))
			return -EBADMSG;
		take(r, &p, now_ms);
	}
	return 0;
}

/* ---- reading -------------------------------------------------------------------------------------- */

/* From where the last reader stopped, if that is not behind; else from the beginning. */
static uint32_t seek(const struct recorder *r, uint64_t from_seq)
{
	uint32_t at = r->hint && recorder_place(r, r->hint)->seq < from_seq ? r->hint : r->first;

	while (at && recorder_place(r, at)->seq < from_seq)
		at = recorder_place(r, at)->after;
	return at;
}

static struct addr slot_peer(const struct recorder_slot *s)
{
	struct addr a = {.family = s->family};

	memcpy(a.bytes, s->addr, sizeof(s->addr));
	return a;
}

/* A peer's own lane needs no look at the slot; in the strangers' its address tells. */
static bool is_of(const struct recorder *r, uint32_t place, const struct addr *peer)
{
	const struct recorder_lane *l = recorder_place(r, place)->lane;
	struct addr a;

	if (!peer)
		return true;
	if (l != &r->strangers)
		return addr_equal(&l->peer, peer);
	a = slot_peer(recorder_slot(r, place));
	return addr_equal(&a, peer);
}

/* About no peer, which concerns all. */
static bool is_general(const struct recorder *r, uint32_t place)
{
	const struct recorder_lane *l = recorder_place(r, place)->lane;

	return l == &r->nobody || (l == &r->strangers && !recorder_slot(r, place)->family);
}

static void read_slot(const struct recorder_names *names, const struct recorder_slot *s,
		      struct recorder_record *out, char *buf, size_t size)
{
	enum recorder_id id = (enum recorder_id)s->id;

	*out = (struct recorder_record){.seq = s->seq,
					.wall_ms = s->wall_ms,
					.boot_ms = s->seq >> SEQ_BITS,
					.kind = recorder_id_kind(id),
					.id = id,
					.peer = slot_peer(s),
					.spi = s->spi};
	out->text = recorder_args_format(id, (struct view){s->args, s->len}, names, buf, size);
}

bool recorder_get(const struct recorder *r, uint64_t from_seq, const struct addr *peer,
		  struct recorder_record *out, char *buf, size_t size)
{
	struct recorder *own = (struct recorder *)(uintptr_t)r; /* the hint alone is changed */
	uint32_t at;

	if (!r || r->off)
		return false;
	at = seek(r, from_seq);
	while (at && !is_of(r, at, peer))
		at = recorder_place(r, at)->after;
	if (!at)
		return false;
	own->hint = at;
	read_slot(r->names, recorder_slot(r, at), out, buf, size);
	return true;
}

void recorder_stats(const struct recorder *r, struct recorder_stats *out)
{
	*out = (struct recorder_stats){.on = r && !r->off};
	if (!out->on)
		return;
	out->written = r->written;
	out->replaced = r->replaced;
	out->lost = r->lost;
	out->survived = r->survived;
	out->peers = table_count(r->lanes);
	out->records = r->kept;
	out->bytes = out->records * RECORDER_SLOT_LEN;
	out->bytes_max = (uint64_t)r->slot_count * RECORDER_SLOT_LEN;
	if (r->first) {
		out->oldest_wall_ms = recorder_slot(r, r->first)->wall_ms;
		out->oldest_boot_ms = recorder_place(r, r->first)->seq >> SEQ_BITS;
	}
}

/* ---- a copy ---------------------------------------------------------------------------------------- */

struct recorder_frozen {
	const struct recorder_names *names;
	size_t count;
	struct recorder_slot slots[];
};

/* The oldest place to be copied, and how many there are from it on. */
static uint32_t freeze_from(const struct recorder *r, const struct addr *peer, uint64_t since_seq,
			    size_t *count)
{
	uint32_t first = 0;

	*count = 0;
	for (uint32_t at = r->last; at && *count < RECORDER_FROZEN_MAX;
	     at = recorder_place(r, at)->before) {
		if (recorder_place(r, at)->seq < since_seq)
			break;
		if (!is_of(r, at, peer) && !is_general(r, at))
			continue;
		first = at;
		(*count)++;
	}
	return first;
}

struct recorder_frozen *recorder_freeze(struct recorder *r, const struct addr *peer,
					uint64_t since_boot_ms)
{
	struct recorder_frozen *f;
	uint32_t at = 0;
	size_t count = 0;

	if (r && !r->off)
		at = freeze_from(r, peer, recorder_seq_at(since_boot_ms), &count);
	f = alloc_zero(sizeof(*f) + count * sizeof(f->slots[0]));
	if (!f)
		return NULL;
	f->names = r ? r->names : NULL;
	for (; at && f->count < count; at = recorder_place(r, at)->after)
		if (is_of(r, at, peer) || is_general(r, at))
			f->slots[f->count++] = *recorder_slot(r, at);
	return f;
}

bool recorder_frozen_get(const struct recorder_frozen *f, size_t index, struct recorder_record *out,
			 char *buf, size_t size)
{
	if (index >= f->count)
		return false;
	read_slot(f->names, &f->slots[index], out, buf, size);
	return true;
}

void recorder_frozen_free(struct recorder_frozen *f)
{
	alloc_free(f);
}
