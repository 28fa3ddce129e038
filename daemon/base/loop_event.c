/*
 * loop, the real half: libevent for descriptors, a timerfd for the earliest timer.
 *
 * A turn: wait, take the time once, run the descriptors' handlers, the due timers, the deferred
 * calls. The timerfd runs on CLOCK_BOOTTIME, which libevent's own timers do not know: a timer that
 * came due while the machine slept runs at once on waking. Signals are not seen here; main has a
 * signalfd.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/loop_internal.h"

struct loop_edge {
	struct loop *loop;
	struct event_base *base;
	struct event timer_event;
	struct list fds;
	int timer_fd;
	uint64_t timer_due; /* what the timerfd is set to; UINT64_MAX: off */
	bool time_taken;    /* in this turn */
	bool stopping;
};

struct loop_fd {
	struct list node;
	struct loop_edge *edge; /* NULL once the loop is gone */
	struct event event;
	int fd;
	const char *name;
	void (*fn)(void *arg, int events);
	void *arg;
};

static void take_time(struct loop_edge *edge)
{
	if (edge->time_taken)
		return;
	edge->loop->now_ms = clock_boot_ms();
	edge->time_taken = true;
}

/* Only wakes the loop; the timers themselves run after all descriptors. */
static void on_timer_fd(evutil_socket_t fd, short what, void *arg)
{
	struct loop_edge *edge = arg;
	uint64_t expirations;

	(void)what;
	if (read(fd, &expirations, sizeof(expirations)) > 0)
		edge->timer_due = UINT64_MAX;
}

static int arm_timer(struct loop_edge *edge, uint64_t due)
{
	struct itimerspec spec = {0};

	if (due == edge->timer_due)
		return 0;
	/* Zero would switch it off: time 0 is as much in the past as 1 ms. */
	if (due != UINT64_MAX) {
		spec.it_value.tv_sec = (time_t)(due / 1000);
		spec.it_value.tv_nsec = due ? (long)(due % 1000) * 1000000 : 1;
	}
	if (timerfd_settime(edge->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL))
		return -errno;
	edge->timer_due = due;
	return 0;
}

static struct event_base *base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (!config)
		return NULL;
	/* One thread: no locks, and no environment variable chooses the mechanism. */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static struct loop_edge *edge_new(struct loop *loop)
{
	struct loop_edge *edge = alloc_zero(sizeof(*edge));

	if (!edge)
		return NULL;
	list_init(&edge->fds);
	edge->loop = loop;
	edge->timer_due = UINT64_MAX;
	edge->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	/* In this order: libevent ends the process when it finds no descriptors. */
	edge->base = edge->timer_fd >= 0 ? base_new() : NULL;
	if (edge->base &&
	    !event_assign(&edge->timer_event, edge->base, edge->timer_fd, EV_READ | EV_PERSIST,
			  on_timer_fd, edge) &&
	    !event_add(&edge->timer_event, NULL))
		return edge;
	loop_edge_free(edge);
	return NULL;
}

struct loop *loop_new(void)
{
	struct loop *loop = loop_core_new(clock_boot_ms());

	if (!loop)
		return NULL;
	loop->edge = edge_new(loop);
	if (!loop->edge) {
		loop_free(loop);
		return NULL;
	}
	return loop;
}

void loop_edge_free(struct loop_edge *edge)
{
	struct list *it, *next;

	if (!edge)
		return;
	list_for_each_safe(it, next, &edge->fds)
	{
		struct loop_fd *lf = list_entry(it, struct loop_fd, node);

		event_del(&lf->event);
		list_remove(it);
		lf->edge = NULL;
	}
	if (edge->base && event_initialized(&edge->timer_event))
		event_del(&edge->timer_event);
	if (edge->base)
		event_base_free(edge->base);
	if (edge->timer_fd >= 0)
		close(edge->timer_fd);
	alloc_free(edge);
}

static void on_fd(evutil_socket_t fd, short what, void *arg)
{
	struct loop_fd *lf = arg;
	struct loop *loop = lf->edge->loop;
	const char *name = lf->name;
	int events = (what & EV_READ ? LOOP_READ : 0) | (what & EV_WRITE ? LOOP_WRITE : 0);
	uint64_t begun;

	(void)fd;
	take_time(lf->edge);
	begun = loop_core_begin(loop);
	lf->fn(lf->arg, events); /* may delete lf */
	loop_core_end(loop, name, begun);
}

struct loop_fd *loop_fd_add(struct loop *loop, int fd, int events, const char *name,
			    void (*fn)(void *arg, int events), void *arg)
{
	struct loop_fd *lf;

	if (!loop->edge || fd < 0)
		return NULL;
	lf = alloc_zero(sizeof(*lf));
	if (!lf)
		return NULL;
	*lf = (struct loop_fd){.edge = loop->edge, .fd = fd, .name = name, .fn = fn, .arg = arg};
	list_append(&loop->edge->fds, &lf->node);
	if (loop_fd_want(lf, events)) {
		loop_fd_del(lf);
		return NULL;
	}
	return lf;
}

int loop_fd_want(struct loop_fd *lf, int events)
{
	short what = EV_PERSIST;

	if (!lf->edge)
		return -EINVAL;
	if (event_initialized(&lf->event))
		event_del(&lf->event);
	if (!events)
		return 0;
	if (events & LOOP_READ)
		what |= EV_READ;
	if (events & LOOP_WRITE)
		what |= EV_WRITE;
	if (event_assign(&lf->event, lf->edge->base, lf->fd, what, on_fd, lf) ||
	    event_add(&lf->event, NULL))
		return -EINVAL;
	return 0;
}

void loop_fd_del(struct loop_fd *lf)
{
	if (!lf)
		return;
	if (lf->edge && event_initialized(&lf->event))
		event_del(&lf->event);
	list_remove(&lf->node);
	alloc_free(lf);
}

/*
 * One look at the descriptors a turn. EVLOOP_NONBLOCK by itself looks again until it finds none
 * ready, which never comes with one whose other end is gone, or in a flood; and the timers and
 * deferred calls for which we were not to block would wait for that. EVLOOP_ONCE ends it after the
 * first look that ran something.
 */
static int turn_until(struct loop *loop, uint64_t due)
{
	struct loop_edge *edge = loop->edge;
	bool ready = loop_core_has_deferred(loop) || due <= clock_boot_ms();
	int rc = ready ? 0 : arm_timer(edge, due);

	edge->time_taken = false;
	if (!rc && event_base_loop(edge->base, EVLOOP_ONCE | (ready ? EVLOOP_NONBLOCK : 0)) < 0)
		rc = errno ? -errno : -EIO;
	take_time(edge);
	loop_core_timers(loop);
	loop_core_deferred(loop);
	return rc;
}

int loop_turn(struct loop *loop, uint64_t wait_ms)
{
	uint64_t due = loop_core_due(loop), limit = clock_boot_ms() + wait_ms;

	return turn_until(loop, due < limit ? due : limit);
}

int loop_run(struct loop *loop)
{
	int rc = 0;

	while (!loop->edge->stopping && !rc)
		rc = turn_until(loop, loop_core_due(loop));
	loop->edge->stopping = false;
	return rc;
}

void loop_stop(struct loop *loop)
{
	if (loop->edge)
		loop->edge->stopping = true;
}
