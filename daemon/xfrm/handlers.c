/*
 * xfrm/handlers: makes the kernel's ESP and AH present. Without them nothing is counted and a
 * packet is answered with "protocol unreachable". Adding an SA loads the module (xfrm_get_type()
 * in net/xfrm/xfrm_state.c asks for it); what is added is deleted at once. Its key is random and
 * its addresses are loopback, so it serves nobody meanwhile.
 *
 * Ciphers too: the first SA with one would wait for its modules, 0.7 s in the middle of a recovery.
 *
 * One pair of calls a row, one after the other. Only ESP on IPv4 counts for the result: a kernel
 * without IPv6, AH or one of the ciphers is a fine kernel.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/secret.h"
#include "log/log.h"
#include "xfrm/xfrm_internal.h"

#define KEY_LEN	     32 /* AES-256 */
#define GCM_KEY_LEN  36 /* and 4 bytes of salt (RFC 4106 8.1) */
#define INTEG_LEN    64 /* at most */
#define GCM_ICV_BITS 128

struct handler {
	const char *name;
	int family;
	uint8_t proto;
	bool needed;
	const char *integ; /* NULL: AES-GCM, which needs none */
	uint8_t integ_len;
	uint16_t icv_bits;
};

static const struct handler handlers[] = {
	{"ESP on IPv4", AF_INET, IPPROTO_ESP, true, "hmac(sha256)", 32, 128},
	{"ESP on IPv6", AF_INET6, IPPROTO_ESP, false, "hmac(sha256)", 32, 128},
	{"AH on IPv4", AF_INET, IPPROTO_AH, false, "hmac(sha256)", 32, 128},
	{"AH on IPv6", AF_INET6, IPPROTO_AH, false, "hmac(sha256)", 32, 128},
	{"AES-GCM", AF_INET, IPPROTO_ESP, false, NULL, 0, GCM_ICV_BITS},
	{"SHA-384", AF_INET, IPPROTO_ESP, false, "hmac(sha384)", 48, 192},
	{"SHA-512", AF_INET, IPPROTO_ESP, false, "hmac(sha512)", INTEG_LEN, 256},
};
#define HANDLER_COUNT (sizeof(handlers) / sizeof(handlers[0]))

struct loading {
	struct xfrm *x;
	size_t at;
	struct xfrm_sa_id id;
	int err; /* the first that counts */
	xfrm_done *done;
	void *arg;
};

static void load_next(struct loading *l);

static void on_deleted(void *arg, int err)
{
	struct loading *l = arg;

	/* Gone by a foreign hand is as good. */
	l->at = err == -ECANCELED ? HANDLER_COUNT : l->at + 1;
	load_next(l);
}

static void note(struct loading *l, int err)
{
	const struct handler *h = &handlers[l->at];

	if (err < 0 && h->needed && l->err == 0)
		l->err = err;
	if (err < 0 && l->x->log)
		log_debug(l->x->log, LOG_DEBUG_IPSEC, NULL, "the kernel has no handler for %s: %s",
			  h->name, strerror(-err));
}

static void on_added(void *arg, int err)
{
	struct loading *l = arg;

	note(l, err);
	if (err == 0 && l->x->ops->sa_delete(l->x, &l->id, on_deleted, l) == 0)
		return;
	l->at = err == -ECANCELED ? HANDLER_COUNT : l->at + 1;
	load_next(l);
}

static struct addr loopback(int family)
{
	const uint8_t v6[16] = {[15] = 1};

	return family == AF_INET ? addr_v4(INADDR_LOOPBACK) : addr_from_bytes(AF_INET6, v6);
}

static struct secret *random_key(size_t len)
{
	struct secret *s = secret_zero(len);

	if (s)
		random_bytes(secret_bytes(s), len);
	return s;
}

static int add_one(struct loading *l)
{
	const struct handler *h = &handlers[l->at];
	struct secret *encr = random_key(h->integ ? KEY_LEN : GCM_KEY_LEN),
		      *integ = random_key(h->integ ? h->integ_len : 1);
	bool esp = h->proto == IPPROTO_ESP;
	struct xfrm_keys keys = {
		.aead = h->integ ? NULL : "rfc4106(gcm(aes))",
		.encr = esp && h->integ ? "cbc(aes)" : NULL,
		.encr_key = esp ? encr : NULL,
		.integ = h->integ,
		.integ_key = h->integ ? integ : NULL,
		.icv_bits = h->icv_bits,
	};
	struct xfrm_sa sa = {.src = loopback(h->family), .mode = XFRM_KIND_TRANSPORT};
	int err = -ENOMEM;

	sa.id.dst = sa.src;
	sa.id.proto = h->proto;
	sa.id.spi = random_u32() | (XFRM_SPI_RESERVED + 1);
	l->id = sa.id;
	if (encr && integ)
		err = l->x->ops->sa_add(l->x, &sa, &keys, on_added, l);
	secret_free(encr);
	secret_free(integ);
	return err;
}

static void load_next(struct loading *l)
{
	int err;

	for (; l->at < HANDLER_COUNT; l->at++) {
		err = add_one(l);
		if (err == 0)
			return;
		note(l, err);
	}
	if (l->done)
		l->done(l->arg, l->err);
	alloc_free(l);
}

int xfrm_load_handlers(struct xfrm *x, xfrm_done *done, void *arg)
{
	struct loading *l;

	if (!x->ops->sa_add)
		return -EPERM;
	l = alloc_zero(sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->x = x;
	l->done = done;
	l->arg = arg;
	load_next(l);
	return 0;
}
