/*
 * The supervisor gives a new pair by itself whenever router or ike is started. A pair that breaks between
 * two living processes (the other end did not read, or sent what is no message) is asked for again here,
 * after the while in which a dead ike is started again. An ike process that says nothing over a new pair
 * is stuck: the supervisor is asked to start it anew. Both are asked for until there is a pair that speaks.
 */
#include "main/pair.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "engine/link.h"
#include "engine/router.h"
#include "log/log.h"

#define BROKEN_MS                                                                                  \
	1000 /* longer than an ike process that died takes to come back, the first times */
#define SILENT_MS 20000 /* from a new pair to the other's HELLO */

struct pair {
	struct loop *loop;
	struct engine *engine;
	struct log *log;
	pair_ask *ask;
	void *ctx;
	struct engine_link *link;
	struct loop_timer missing;
	uint64_t broken_ms, silent_ms;
	bool quiet;
};

static void missing(void *arg)
{
	struct pair *p = arg;

	if (p->quiet || engine_speaks(p->engine))
		return;
	p->ask(p->ctx, p->link != NULL);
	loop_timer_set(&p->missing, p->silent_ms);
}

void pair_waits(struct pair *p, uint64_t broken_ms, uint64_t silent_ms)
{
	p->broken_ms = broken_ms;
	p->silent_ms = silent_ms;
}

struct pair *pair_new(struct loop *loop, struct engine *engine, struct log *log, pair_ask *ask,
		      void *ctx)
{
	struct pair *p = alloc_zero(sizeof(*p));

	if (!p)
		return NULL;
	p->loop = loop;
	p->engine = engine;
	p->log = log;
	p->ask = ask;
	p->ctx = ctx;
	pair_waits(p, BROKEN_MS, SILENT_MS);
	loop_timer_init(&p->missing, loop, "engine pair", missing, p);
	return p;
}

static void drop(struct pair *p)
{
	engine_detach(p->engine);
	engine_link_free(p->link);
	p->link = NULL;
}

void pair_free(struct pair *p)
{
	if (!p)
		return;
	loop_timer_stop(&p->missing);
	drop(p);
	alloc_free(p);
}

static void message(void *ctx, struct engine_msg *m)
{
	struct pair *p = ctx;

	engine_receive(p->engine, m);
}

static void broken(void *ctx, const char *why)
{
	struct pair *p = ctx;

	log_debug(p->log, LOG_DEBUG_IKEV2, NULL, "IKEv2: the link to the IKE process broke: %s",
		  why);
	drop(p);
	loop_timer_set(&p->missing, p->broken_ms);
}

static const struct engine_link_ops link_ops = {.message = message, .broken = broken};

void pair_take(struct pair *p, int fd)
{
	drop(p);
	p->link = engine_link_new(p->loop, fd, &link_ops, p);
	if (p->link)
		engine_attach(p->engine, engine_link_port(p->link));
	else
		close(fd);
	loop_timer_set(&p->missing, p->link ? p->silent_ms : p->broken_ms);
}

void pair_quiet(struct pair *p)
{
	p->quiet = true;
}
