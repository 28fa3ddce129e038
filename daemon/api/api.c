/*
 * api: the listening socket, the tables, the life of the room.
 *
 * Driven by the loop only: a descriptor that is ready, a timer, a room's answer. Sessions own what they
 * ask for; what a room answers after its session went is thrown away (struct call).
 */
#include "api/api.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "api/api_internal.h"
#include "base/alloc.h"
#include "config/config.h"
#include "net/unix.h"

#define ACCEPT_A_TURN 16
#define ACCEPT_AGAIN  1000 /* ms, when there are no descriptors */

static void on_accept(void *arg, int events)
{
	struct api *a = arg;

	(void)events;
	for (int n = 0; n < ACCEPT_A_TURN; n++) {
		int fd = unix_accept(a->listen_fd);

		if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM || fd == -ENOBUFS) {
			/* Ready it stays; without a pause the loop would spin. */
			if (!loop_timer_set(&a->listen_again, ACCEPT_AGAIN))
				loop_fd_want(a->listener, 0);
			return;
		}
		if (fd < 0)
			return;
		session_open(a, fd);
	}
}

static void on_listen_again(void *arg)
{
	struct api *a = arg;

	loop_fd_want(a->listener, LOOP_READ);
}

static int rows_init(struct api *a, const struct api_state *states, size_t count, struct error *err)
{
	a->rows = alloc_array(count + PEOPLE_STATES, sizeof(*a->rows));
	if (!a->rows)
		return -ENOMEM;
	a->row_count = count + PEOPLE_STATES;
	people_states(a, a->own_states);
	for (size_t i = 0; i < count; i++)
		a->rows[i].state = &states[i];
	for (size_t i = 0; i < PEOPLE_STATES; i++)
		a->rows[count + i].state = &a->own_states[i];
	return rows_check(a, a->rows, err);
}

static int actions_check(const struct api *a, struct error *err)
{
	for (size_t i = 0; i < a->action_count; i++)
		if (!action_is_known(a, a->actions[i].path))
			return error_set(err, -EINVAL, "%s is no rpc of the modules",
					 a->actions[i].path);
	return 0;
}

struct api *api_new(struct loop *loop, struct config *config, struct log *log, int listen_fd,
		    const struct api_state *states, size_t state_count,
		    const struct api_action *actions, size_t action_count, struct error *err)
{
	struct api *a = alloc_zero(sizeof(*a));

	if (!a) {
		error_set(err, -ENOMEM, "no memory for the control socket");
		return NULL;
	}
	a->loop = loop;
	a->config = config;
	a->log = log;
	a->listen_fd = listen_fd;
	a->actions = actions;
	a->action_count = action_count;
	a->access = access_load();
	a->stall_ms = API_STALL_MS;
	list_init(&a->sessions);
	list_init(&a->asks);
	list_init(&a->forwards);
	list_init(&a->commands);
	loop_timer_init(&a->listen_again, loop, "control: listen", on_listen_again, a);
	if (!rows_init(a, states, state_count, err) && !actions_check(a, err))
		a->listener =
			loop_fd_add(loop, listen_fd, LOOP_READ, "control: listen", on_accept, a);
	if (a->listener && !events_init(a)) {
		config_listen(config, events_config_touched, a);
		return a;
	}
	error_set(err, -ENOMEM, "no memory for the control socket");
	a->listen_fd = -1; /* still the caller's */
	api_free(a);
	return NULL;
}

void api_accept(struct api *a, bool on)
{
	loop_timer_stop(&a->listen_again);
	loop_fd_want(a->listener, on ? LOOP_READ : 0);
}

void api_free(struct api *a)
{
	if (!a)
		return;
	config_listen(a->config, NULL, NULL);
	while (!list_empty(&a->sessions))
		session_close(list_entry(a->sessions.next, struct session, node));
	asks_free(a);
	commands_free(a);
	json_decref(a->touched);
	loop_timer_stop(&a->listen_again);
	loop_fd_del(a->listener);
	if (a->listen_fd >= 0)
		close(a->listen_fd);
	alloc_free(a->rows);
	alloc_free(a);
}

void api_set_people(struct api *a, const struct api_people *people)
{
	a->people = *people;
}

void api_stats(const struct api *a, struct api_stats *out)
{
	*out = a->stats;
}
