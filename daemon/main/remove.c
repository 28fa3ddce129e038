/*
 * spindled --remove: what is Spindle's goes from the kernel: policies by their reqids, SAs by births and
 * reqid. Refused while a spindled runs in this network namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/loop.h"
#include "conn/conn.h"
#include "crypto_map/crypto_map.h"
#include "link/link.h"
#include "log/log.h"
#include "main/router.h"
#include "net/unix.h"
#include "xfrm/xfrm.h"

struct removal {
	struct loop *loop;
	struct log *log;
	struct xfrm *xfrm;
	struct link *link;
	struct conn_table *conns;
	struct crypto_map *cm;
	bool begun;
	unsigned int sas, waiting;
	int err;
};

static void part_done(void *arg, int err)
{
	struct removal *r = arg;

	if (err && err != -ESRCH && err != -ENOENT)
		r->err = err;
	if (!--r->waiting)
		loop_stop(r->loop);
}

static void remove_sas(struct removal *r)
{
	void *ctx;
	const struct xfrm_ops *k = xfrm_ops(r->xfrm, &ctx);

	for (const struct xfrm_sa *s = NULL; (s = xfrm_sa_next(r->xfrm, s));) {
		if (!crypto_map_reqid_is_ours(s->reqid))
			continue;
		r->waiting += !k->sa_delete(ctx, &s->id, part_done, r);
		r->sas++;
	}
}

static void synced(void *ctx)
{
	struct removal *r = ctx;

	if (r->begun)
		return;
	r->begun = true;
	r->waiting = 1;
	remove_sas(r);
	if (crypto_map_remove_all(r->cm, part_done, r))
		part_done(r, -ENOMEM);
}

static const struct xfrm_watch_ops listener = {.resync = synced};

static int run(struct removal *r)
{
	r->loop = loop_new();
	r->log = r->loop ? log_new(r->loop, 4096) : NULL;
	r->xfrm = r->log ? xfrm_netlink_new(r->loop, r->log, false) : NULL;
	r->link = r->xfrm ? link_new(r->loop, r->log) : NULL;
	r->conns = conn_table_new();
	r->cm = r->link && r->conns
			? crypto_map_new(r->loop, r->conns, r->link, r->xfrm, NULL, r->log)
			: NULL;
	if (!r->cm || xfrm_watch(r->xfrm, &listener, r))
		return -ENOMEM;
	loop_run(r->loop);
	return r->err;
}

int remove_main(const struct options *o)
{
	struct removal r = {0};
	int hold = unix_hold_name("@spindled"), err;

	(void)o;
	if (hold < 0) {
		fprintf(stderr, "spindled: --remove: %s\n",
			hold == -EADDRINUSE ? "a spindled runs here: stop it first"
					    : strerror(-hold));
		return 1;
	}
	err = run(&r);
	crypto_map_free(r.cm);
	conn_table_free(r.conns);
	link_free(r.link);
	xfrm_free(r.xfrm);
	log_free(r.log);
	loop_free(r.loop);
	close(hold);
	if (err)
		fprintf(stderr, "spindled: --remove: %s\n", strerror(-err));
	return err ? 1 : 0;
}
