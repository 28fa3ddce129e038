/*
 * The kernel's handlers, on a loop and a netlink socket of their own that end with it: what the rooms'
 * loop counts as slow is then theirs alone, and the mirror never sees these SAs.
 */
#include <errno.h>

#include "base/loop.h"
#include "main/router_internal.h"
#include "xfrm/xfrm.h"

struct loading {
	struct loop *loop;
	int err;
};

static void loaded(void *arg, int err)
{
	struct loading *l = arg;

	l->err = err;
	loop_stop(l->loop);
}

int router_load_handlers(struct log *log)
{
	struct loading l = {.loop = loop_new(), .err = -ENOMEM};
	struct xfrm *x = l.loop ? xfrm_netlink_new(l.loop, log, false) : NULL;
	int err = x ? xfrm_load_handlers(x, loaded, &l) : -ENOMEM;

	if (!err)
		err = loop_run(l.loop);
	xfrm_free(x);
	loop_free(l.loop);
	return err ? err : l.err;
}
