/*
 * The armed tap: two packet sockets, made by the supervisor with the filter of bpf/tap.bpf.c, that
 * stand on no protocol until the kernel's counter of refusals moves; then on IP and IPv6 for two
 * seconds, each move anew; then on an EtherType that never comes (a bind to protocol 0 would leave
 * them where they are). Binding waits for the kernel's readers (5 to 16 ms seen), so a worker does it;
 * what comes up meanwhile is not believed. The filter's candidates come by the ring; tap_judge.c decides.
 * The packet that moved the counter first was not seen: it counts as not looked at.
 */
#include "spi/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/jobs.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/text.h"
#include "spi/bpf/record.h"
#include "spi/record.h"
#include "spi/ring.h"
#include "spi/tap_judge.h"

#define ARMED_MS       2000
#define FORGET_MS      1000
#define RECORDS_A_TURN 128
#define ETHERTYPE_NONE 0x88B5 /* IEEE 802, local experimental 1: nobody sends it */

enum tap_state { TAP_OFF, TAP_ARMING, TAP_ARMED, TAP_DISARMING };

/* Where the sockets are to stand; all that the worker touches. */
struct stand {
	int fd4, fd6; /* borrowed */
	uint16_t type4, type6;
	int rc;
};

struct tap {
	struct spi_source base;
	struct loop *loop;
	struct jobs *jobs;
	struct stand stand;
	int ring_fd; /* borrowed */
	struct loop_fd *readable;
	struct spi_ring *ring;
	struct spi_tap_shared *shared; /* written by the filter, but for `ignore` */
	struct tap_judge *judge;
	struct loop_timer disarm, forget;
	enum tap_state state;
	uint64_t refused, malformed, lost_before;
	uint64_t unbelieved; /* came up while it was not known when the counter counted them */
	uint32_t ifindex;    /* of the name below */
	char interface[16];
};

static int bind_to(int fd, uint16_t ethertype)
{
	struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_protocol = htons(ethertype)};

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : 0;
}

static uint64_t lost_now(const struct tap *t)
{
	return __atomic_load_n(&t->shared->sums.lost, __ATOMIC_RELAXED) +
	       __atomic_load_n(&t->shared->sums.held, __ATOMIC_RELAXED);
}

/* By the packet socket: the filter cannot name the interface. */
static void name_interface(struct tap *t, struct spi_refusal *r)
{
	struct ifreq req = {.ifr_ifindex = (int)r->ifindex};

	if (r->ifindex != t->ifindex || !t->interface[0]) {
		t->ifindex = r->ifindex;
		t->interface[0] = '\0';
		if (ioctl(t->stand.fd4, SIOCGIFNAME, &req) == 0)
			text_copy(t->interface, sizeof(t->interface), req.ifr_name);
	}
	text_copy(r->interface, sizeof(r->interface), t->interface);
}

static void tap_record(void *ctx, const void *data, size_t len)
{
	struct tap *t = ctx;
	struct spi_refusal r;

	if (spi_record_parse(data, len, &r))
		t->malformed++;
	else if (t->state == TAP_ARMED)
		tap_judge_candidate(t->judge, &r);
	else
		t->unbelieved++;
}

static bool tap_drain(void *ctx)
{
	struct tap *t = ctx;
	size_t n = spi_ring_drain(t->ring, RECORDS_A_TURN, tap_record, t);
	uint64_t lost = lost_now(t);

	if (lost != t->lost_before)
		tap_judge_lossy(t->judge);
	t->lost_before = lost;
	return n > 0;
}

static void tap_missed(void *ctx, struct tap_missed *out)
{
	const struct tap *t = ctx;

	out->gone = lost_now(t) + t->malformed + t->unbelieved +
		    __atomic_load_n(&t->shared->ignored, __ATOMIC_RELAXED);
	out->waiting = spi_ring_waiting(t->ring) / sizeof(struct spi_record);
}

static void tap_readable(void *arg, int events)
{
	struct tap *t = arg;

	(void)events;
	if (tap_drain(t) && t->state == TAP_ARMED)
		tap_judge_close(t->judge);
}

static int tap_counter(void *ctx, uint64_t *out)
{
	struct tap *t = ctx;

	return t->base.counter(t->base.ctx, out);
}

static void tap_refused(void *ctx, const struct spi_refusal *r)
{
	struct tap *t = ctx;
	struct spi_refusal named = *r;

	t->refused++;
	name_interface(t, &named);
	t->base.refused(t->base.ctx, &named);
}

static void tap_ignore(void *ctx, uint64_t tag)
{
	struct tap *t = ctx;

	__atomic_store_n(&t->shared->ignore[spi_tag_slot(tag)], tag, __ATOMIC_RELAXED);
}

static const struct tap_judge_ops JUDGE_OPS = {.counter = tap_counter,
					       .drain = tap_drain,
					       .refused = tap_refused,
					       .ignore = tap_ignore,
					       .missed = tap_missed};

static void forget(void *arg)
{
	struct tap *t = arg;

	memset(t->shared->ignore, 0, sizeof(t->shared->ignore));
	if (t->state == TAP_ARMED)
		loop_timer_set(&t->forget, FORGET_MS);
}

static void stand_run(void *arg)
{
	struct stand *s = arg;

	s->rc = bind_to(s->fd4, s->type4);
	if (s->rc == 0)
		s->rc = bind_to(s->fd6, s->type6);
	if (s->rc) /* both or none */
		bind_to(s->fd4, ETHERTYPE_NONE);
}

static void stand_off(struct tap *t)
{
	t->stand.type4 = t->stand.type6 = ETHERTYPE_NONE;
}

static void stand_done(void *arg, int err)
{
	struct stand *s = arg;
	struct tap *t = list_entry(s, struct tap, stand);

	if (t->state == TAP_DISARMING || err || s->rc) {
		t->state = TAP_OFF;
		return;
	}
	tap_drain(t); /* not believed: it is not known when the counter counted it */
	t->state = TAP_ARMED;
	forget(t);
	tap_judge_begin(t->judge);
	loop_timer_set(&t->disarm, ARMED_MS);
}

static void disarm(void *arg)
{
	struct tap *t = arg;

	loop_timer_stop(&t->forget);
	stand_off(t);
	tap_judge_end(t->judge);
	t->state = TAP_DISARMING;
	if (jobs_submit(t->jobs, stand_run, stand_done, &t->stand)) {
		t->state = TAP_ARMED; /* no memory: it is tried again */
		loop_timer_set(&t->disarm, ARMED_MS);
	}
}

static void arm(struct tap *t)
{
	t->stand.type4 = ETH_P_IP;
	t->stand.type6 = ETH_P_IPV6;
	t->state = TAP_ARMING;
	if (jobs_submit(t->jobs, stand_run, stand_done, &t->stand))
		t->state = TAP_OFF;
}

static void tap_moved(struct spi_source *s)
{
	struct tap *t = (struct tap *)s;

	if (t->state == TAP_OFF)
		arm(t);
	if (t->state != TAP_ARMED)
		return;
	loop_timer_set(&t->disarm, ARMED_MS);
	tap_drain(t);
	tap_judge_close(
		t->judge); /* an empty window tells that something is counted and not seen */
}

static int tap_start(struct spi_source *s)
{
	struct tap *t = (struct tap *)s;

	int rc = s->counter ? tap_judge_begin(t->judge) : -EINVAL;

	if (rc)
		return rc;
	stand_off(t); /* an earlier router may have died while it was armed */
	stand_run(&t->stand);
	if (t->stand.rc)
		return t->stand.rc;
	t->readable = loop_fd_add(t->loop, t->ring_fd, LOOP_READ, "armed tap", tap_readable, t);
	return t->readable ? 0 : -ENOMEM;
}

static void tap_free(struct spi_source *s)
{
	struct tap *t = (struct tap *)s;

	jobs_free(t->jobs);
	stand_off(t);
	stand_run(&t->stand);
	loop_timer_stop(&t->disarm);
	loop_timer_stop(&t->forget);
	loop_fd_del(t->readable);
	tap_judge_free(t->judge);
	spi_ring_free(t->ring);
	spi_array_unmap(t->shared, sizeof(*t->shared));
	alloc_free(t);
}

static void tap_sums(struct spi_source *s, struct spi_source_sums *out)
{
	const struct tap *t = (const struct tap *)s;

	*out = (struct spi_source_sums){.seen = t->refused, .lost = lost_now(t) + t->malformed};
	tap_judge_sums(t->judge, &out->unlooked, &out->pending);
	if (t->state == TAP_ARMED)
		return;
	out->unlooked += out->pending;
	out->pending = 0;
}

static const struct spi_source_ops TAP = {.name = "armed tap",
					  .start = tap_start,
					  .free = tap_free,
					  .sums = tap_sums,
					  .counter_moved = tap_moved};

struct spi_source *spi_tap_new(struct loop *loop, struct xfrm *xfrm, const struct spi_fds *fds)
{
	struct tap *t = alloc_zero(sizeof(*t));

	if (!t)
		return NULL;
	t->base.ops = &TAP;
	t->loop = loop;
	t->stand.fd4 = fds->tap4;
	t->stand.fd6 = fds->tap6;
	t->ring_fd = fds->tap_ring;
	loop_timer_init(&t->disarm, loop, "tap disarm", disarm, t);
	loop_timer_init(&t->forget, loop, "tap forget", forget, t);
	t->jobs = jobs_new(loop, 1, 1);
	t->judge = tap_judge_new(loop, xfrm, &JUDGE_OPS, t);
	t->ring = spi_ring_map(fds->tap_ring, SPI_RING_BYTES);
	t->shared = t->ring ? spi_array_map(fds->tap_sums, sizeof(*t->shared)) : NULL;
	if (!t->jobs || !t->judge || !t->shared) {
		tap_free(&t->base);
		return NULL;
	}
	return &t->base;
}
