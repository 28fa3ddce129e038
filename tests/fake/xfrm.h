/*
 * fake/xfrm: the kernel's SAD and SPD in memory, usable wherever `struct xfrm` is.
 *
 * It keeps Linux's rules: the youngest outbound SA is used; a larval SA lives 30 s and answers
 * packets with XfrmAcquireError; the same identifiers twice are EEXIST; limits by time (the loop's
 * clock, simulated or real) and by volume, soft before hard; traffic without an SA is an ACQUIRE,
 * once in 30 s. Foreign hands delete and flush. Faults are given per operation: the n-th call
 * fails, its reply is lost, answers are late, events are lost until ENOBUFS is noticed. The mirror
 * is the real one (daemon/xfrm/mirror.c); calls take effect at the end of the turn.
 */
#ifndef FAKE_XFRM_H
#define FAKE_XFRM_H

#include "base/reader.h"
#include "xfrm/xfrm.h"

enum fake_op {
	FAKE_SPI_ALLOC,
	FAKE_SA_ADD,
	FAKE_SA_UPDATE,
	FAKE_SA_DELETE,
	FAKE_SA_GET,
	FAKE_POLICY_PUT,
	FAKE_POLICY_DELETE,
	FAKE_OP_COUNT
};

#define FAKE_LARVAL_MS	 30000	       /* net.core.xfrm_acq_expires */
#define FAKE_WALL_BASE_S 1700000000ULL /* wall clock when the loop stands at 0 */

struct xfrm *xfrm_fake_new(struct loop *loop); /* empty, synced after the first turn */

/* Faults. n = 1: the next call of that operation. */
void xfrm_fake_fail(struct xfrm *x, enum fake_op op, unsigned int n,
		    int err); /* done(err), no effect */
void xfrm_fake_lose_reply(struct xfrm *x, enum fake_op op,
			  unsigned int n);	   /* effect; -ETIMEDOUT at 5 s */
void xfrm_fake_delay(struct xfrm *x, uint64_t ms); /* each answer comes so much later; 0 = none */
/* true: events are lost, as with a full buffer; false: ENOBUFS is noticed, a dump follows. */
void xfrm_fake_lose_events(struct xfrm *x, bool on);
unsigned long xfrm_fake_calls(const struct xfrm *x, enum fake_op op);
/* The SPI that the next spi_alloc gives; 0 = any. */
void xfrm_fake_next_spi(struct xfrm *x, uint32_t spi);

/* Another program's hand. NULL author: pid 4711, name "foreign". */
int xfrm_fake_foreign_add(struct xfrm *x, const struct xfrm_sa *sa, const struct xfrm_author *by);
int xfrm_fake_foreign_delete(struct xfrm *x, const struct xfrm_sa_id *id,
			     const struct xfrm_author *by);
void xfrm_fake_foreign_flush(struct xfrm *x, const struct xfrm_author *by);
int xfrm_fake_foreign_policy_delete(struct xfrm *x, const struct xfrm_policy *p,
				    const struct xfrm_author *by);
void xfrm_fake_foreign_policy_flush(struct xfrm *x, const struct xfrm_author *by);

/*
 * Packets. `traffic`: ESP that came in for (dst, spi): 0 when decrypted; -ESRCH: no SA
 * (XfrmInNoStates, on_refused); -EAGAIN: larval (XfrmAcquireError); -EKEYEXPIRED: its limit is used
 * up by these (XfrmInStateExpired).
 */
int xfrm_fake_traffic(struct xfrm *x, const struct addr *dst, uint32_t spi, uint64_t packets,
		      uint64_t bytes);
/* What goes out, by the out policy of highest precedence: *used is the SA that encrypts. -ENOENT:
 * no policy, in clear; -EACCES: blocked; -EAGAIN: no SA, an ACQUIRE. */
int xfrm_fake_send(struct xfrm *x, const struct selector *packet, uint64_t packets, uint64_t bytes,
		   struct xfrm_sa *used);
/* Both: from's packets, encrypted by its youngest SA, arrive at `to`; -EBADMSG when the keys differ
 * (XfrmInStateProtoError). */
int xfrm_fake_carry(struct xfrm *from, struct xfrm *to, const struct selector *packet,
		    uint64_t packets, uint64_t bytes);
/* An ESP-in-UDP packet from elsewhere. */
void xfrm_fake_moved(struct xfrm *x, const struct xfrm_sa_id *id, const struct endpoint *from);
/* Called for each packet refused for want of an SA; src is unset when `traffic` made it. */
typedef void xfrm_fake_refused(void *ctx, const struct addr *src, const struct addr *dst,
			       uint8_t proto, uint32_t spi, uint32_t seq);
void xfrm_fake_on_refused(struct xfrm *x, xfrm_fake_refused *fn, void *ctx);

/* A counter of /proc/net/xfrm_stat, e.g. "XfrmInNoStates"; 0 for one that never moved. */
uint64_t xfrm_fake_stat(const struct xfrm *x, const char *name);
size_t xfrm_fake_sa_count(const struct xfrm *x); /* the kernel's own, larval ones too */
size_t xfrm_fake_policy_count(const struct xfrm *x);
const struct xfrm_sa *xfrm_fake_sa(const struct xfrm *x, const struct xfrm_sa_id *id);
/* Keys of an SA as installed; empty when there is none. */
struct view xfrm_fake_encr_key(const struct xfrm *x, const struct xfrm_sa_id *id);
struct view xfrm_fake_integ_key(const struct xfrm *x, const struct xfrm_sa_id *id);

#endif
