/*
 * The router process. Order of start: descriptors from the supervisor, privileges, log, folders, the
 * kernel's ESP and AH handlers, rooms from the lowest up, seccomp, loop. Then, each step when the one
 * before has ended: the kernel's tables are read, startup loaded and committed, SAs adopted, ike ordered;
 * READY when its LIST is through (or its ports are taken: detection works without).
 * A clean stop fails closed: IKE SAs are closed by DELETE, SAs removed, policies stay.
 */
#include "main/router.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "aaa/aaa.h"
#include "api/api.h"
#include "api/state.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/jobs.h"
#include "base/loop.h"
#include "base/text.h"
#include "box/box.h"
#include "config/config.h"
#include "conn/conn.h"
#include "crypto_map/crypto_map.h"
#include "engine/router.h"
#include "link/link.h"
#include "link/routes.h"
#include "log/log.h"
#include "main/pair.h"
#include "main/recording.h"
#include "main/router_internal.h"
#include "main/settings.h"
#include "net/handover.h"
#include "net/icmp.h"
#include "net/privileges.h"
#include "recovery/recovery.h"
#include "sa/sa.h"
#include "seal/seal.h"
#include "spi/spi.h"

#define RING_BYTES    65536
#define JOB_THREADS   2
#define JOB_QUEUE     256
#define ROUTER_USER   "spindle"
#define STOP_CLOSE_MS 2500 /* how long a clean stop waits for the peers' answers */
#define HANDLERS_MAX  64
#define STARTUP_FILE  "startup.json"

struct router {
	const struct options *opt;
	struct loop *loop;
	struct loop_fd *supervisor;
	struct jobs *jobs;
	struct log *log;
	struct seal *seal;
	struct xfrm *xfrm;
	struct link *link;
	struct conn_table *conns;
	struct engine *engine;
	struct pair *pair;
	struct crypto_map *crypto_map;
	struct sa *sa;
	struct recorder *recorder;
	struct recording *recording;
	struct spi *spi;
	struct recovery *recovery;
	struct settings *settings;
	struct config *config;
	struct aaa *aaa;
	struct api_tables *tables;
	struct api *api;
	struct icmp *icmp;
	struct box *box;
	struct config_room crypto_map_room;
	struct process {
		int pid;
		uint32_t restarts;
		char last_death[48];
	} processes[HANDOVER_ROLE_END]; /* by role */
	int supervisor_fd, config_dir, state_dir, control_fd, stat_fd;
	int serial_fd, recorder_fd, icmp_fd[2]; /* IPv4, IPv6 */
	int engine_fd; /* our end of a new pair, while the start goes on; -1 */
	struct spi_fds spi_fds;
	bool kept_root, startup_asked, started, ready_said, stopping;
	char boot_id[40];
	struct loop_timer stop_timer;
	int status;
};

/* ---- the engine ------------------------------------------------------------------------------------ */

/* Not before the connections are there to be put and the SAs adopted that LIST will speak of. */
static void take_pair(struct router *r)
{
	int fd = r->engine_fd;

	r->engine_fd = -1;
	pair_take(r->pair, fd);
}

static void ask_for_pair(void *ctx, bool silent)
{
	const struct router *r = ctx;
	struct handover h = {.kind = HANDOVER_PAIR, .role = HANDOVER_IKE, .number = silent};

	handover_send(r->supervisor_fd, &h);
}

static void say_ready(struct router *r, const char *how)
{
	if (r->ready_said)
		return;
	r->ready_said = true;
	log_say(r->log, NULL, RESTART, PACKAGE_VERSION, how);
	sd_notifyf(0, "READY=1\nSTATUS=%s", how);
}

static void engine_up(void *ctx)
{
	struct router *r = ctx;

	/* A process that was started again knows nothing of "debug". */
	api_tables_trace(r->tables);
	say_ready(r, "ready");
}

static const struct engine_ops engine_listener = {.up = engine_up};

/* ---- the supervisor ---------------------------------------------------------------------------------- */

static void take_fd(int *place, struct handover *h, size_t index)
{
	if (index >= h->fd_count)
		return;
	if (*place >= 0)
		close(*place);
	*place = h->fds[index];
	h->fds[index] = -1;
}

static void take_source(struct spi_fds *f, struct handover *h)
{
	if (h->kind == HANDOVER_PROBE) {
		take_fd(&f->ring, h, 0);
		take_fd(&f->sums, h, 1);
		text_copy(f->probe_kind, sizeof(f->probe_kind), h->text);
	} else if (h->kind == HANDOVER_TAP) {
		take_fd(&f->tap4, h, 0);
		take_fd(&f->tap6, h, 1);
		take_fd(&f->tap_ring, h, 2);
		take_fd(&f->tap_sums, h, 3);
	} else {
		text_copy(f->why, sizeof(f->why), h->text);
	}
}

static const char *role_name(uint32_t role)
{
	return role == HANDOVER_IKE ? "ike" : "router";
}

static void process_started(struct router *r, const struct handover *h)
{
	struct process *p = &r->processes[h->role];

	p->pid = h->pid;
	p->restarts = h->number;
	text_copy(p->last_death, sizeof(p->last_death), h->text);
}

static void process_died(struct router *r, const struct handover *h)
{
	struct process *p = &r->processes[h->role];

	p->pid = 0;
	text_copy(p->last_death, sizeof(p->last_death), h->text);
	log_say(r->log, NULL, PROCESS_DIED, role_name(h->role), h->pid, p->last_death);
	recorder_note(r->recorder, &(struct recorder_note){.id = RECORD_PROCESS_DIED,
							   .n = {h->role, (uint64_t)h->pid},
							   .text = p->last_death});
}

static const char *process_user(const struct router *r, uint32_t role)
{
	if (r->kept_root)
		return "root";
	return role == HANDOVER_IKE ? "spindle-ike" : ROUTER_USER;
}

/* The supervisor, which is our parent, then its roles. */
static bool process_get(void *ctx, size_t index, struct api_process *out)
{
	const struct router *r = ctx;
	const struct process *p;

	if (index >= HANDOVER_ROLE_END)
		return false;
	if (index == 0) {
		*out = (struct api_process){"supervisor", "root", "", getppid(), 0};
		return true;
	}
	p = &r->processes[index];
	*out = (struct api_process){role_name((uint32_t)index), process_user(r, (uint32_t)index),
				    p->last_death, p->pid, p->restarts};
	return true;
}

static void port_busy(struct router *r, const struct handover *h)
{
	log_say(r->log, NULL, IKE_PORT_BUSY, h->text, 10u);
	say_ready(r, "ready; IKE waits for its ports");
}

static void stop(struct router *r);

/* While the rooms are not made yet, only descriptors come. True when the start is complete. */
static bool handed(struct router *r, struct handover *h)
{
	switch (h->kind) {
	case HANDOVER_CONTROL:
		take_fd(&r->control_fd, h, 0);
		break;
	case HANDOVER_XFRM_STAT:
		take_fd(&r->stat_fd, h, 0);
		break;
	case HANDOVER_SERIAL:
		take_fd(&r->serial_fd, h, 0);
		break;
	case HANDOVER_RECORDER:
		take_fd(&r->recorder_fd, h, 0);
		break;
	case HANDOVER_ICMP:
		take_fd(&r->icmp_fd[h->number == AF_INET6], h, 0);
		break;
	case HANDOVER_PROBE:
	case HANDOVER_TAP:
	case HANDOVER_SOURCE:
		take_source(&r->spi_fds, h);
		break;
	case HANDOVER_ENGINE:
		take_fd(&r->engine_fd, h, 0);
		if (r->started)
			take_pair(r);
		break;
	case HANDOVER_STARTED:
		process_started(r, h);
		break;
	case HANDOVER_DIED:
		process_died(r, h);
		break;
	case HANDOVER_PORT_BUSY:
		port_busy(r, h);
		break;
	case HANDOVER_STOP:
		stop(r);
		break;
	default:
		break;
	}
	for (size_t i = 0; i < h->fd_count; i++)
		if (h->fds[i] >= 0)
			close(h->fds[i]);
	return h->kind == HANDOVER_COMPLETE;
}

static void supervisor_readable(void *arg, int events)
{
	struct router *r = arg;
	struct handover h;
	int got;

	(void)events;
	while ((got = handover_recv(r->supervisor_fd, &h)) == 1)
		handed(r, &h);
	if (got != -EAGAIN)
		loop_stop(r->loop); /* it died: so do we; the kernel keeps forwarding */
}

static int take_start(struct router *r)
{
	struct pollfd pfd = {.fd = r->supervisor_fd, .events = POLLIN};
	struct handover h;

	for (;;) {
		int got = handover_recv(r->supervisor_fd, &h);

		if (got == 1 && handed(r, &h))
			return 0;
		if (got == -EAGAIN)
			poll(&pfd, 1, -1);
		else if (got != 1)
			return -EPIPE;
	}
}

static void order_ike(struct router *r)
{
	struct handover h = {.kind = HANDOVER_RUN, .role = HANDOVER_IKE};

	handover_send(r->supervisor_fd, &h);
}

/* ---- start, step by step ------------------------------------------------------------------------------ */

/* Nothing is started on half a configuration. Standard error tells it to who started us. */
static void startup_invalid(struct router *r, const char *why)
{
	const size_t name_len = strlen(STARTUP_FILE ": ");
	char path[PATH_MAX];

	if (!strncmp(why, STARTUP_FILE ": ", name_len))
		why += name_len;
	snprintf(path, sizeof(path), "%s/" STARTUP_FILE, r->opt->config_dir);
	log_say(r->log, NULL, STARTUP_INVALID, path, why);
	if (!r->opt->foreground)
		fprintf(stderr, "spindled: startup configuration %s was not loaded: %s\n", path,
			why);
	r->status = 1;
	loop_stop(r->loop);
}

/* What a stop, or the end of the supervisor, has broken off has no fault that anybody could mend. */
static void startup_done(void *arg, int err, const struct error *why)
{
	struct router *r = arg;

	if (r->stopping || err == -ECANCELED)
		return;
	if (err) {
		startup_invalid(r, why && why->text[0] ? why->text : strerror(-err));
		return;
	}
	sa_start(r->sa);
	r->started = true;
	api_accept(r->api, true);
	if (r->engine_fd >= 0)
		take_pair(r);
	crypto_map_reconcile_all(r->crypto_map, NULL, NULL); /* leftovers of an older one */
	order_ike(r);
}

/* The first time, the kernel's tables are known: go on. */
static void synced(void *ctx)
{
	struct router *r = ctx;

	if (r->startup_asked)
		return;
	r->startup_asked = true;
	config_load_startup(r->config, startup_done, r);
}

static const struct xfrm_watch_ops xfrm_listener = {.resync = synced};

/* ---- stop --------------------------------------------------------------------------------------------------- */

static void stopped(void *arg, int err)
{
	struct router *r = arg;

	(void)err;
	loop_stop(r->loop);
}

static void stop_sas(void *arg)
{
	struct router *r = arg;

	loop_timer_stop(&r->stop_timer);
	sa_stop(r->sa, stopped, r);
}

static void closed(void *arg, const struct engine_done *done)
{
	(void)done;
	stop_sas(arg);
}

static void stop(struct router *r)
{
	struct engine_msg m = {.type = ENGINE_CLOSE, .ref = {.why = ENGINE_WHY_STOP}};

	if (r->stopping)
		return;
	r->stopping = true;
	/* What goes now must not come back: the peers are told once. */
	sa_quiet(r->sa);
	recovery_quiet(r->recovery);
	pair_quiet(r->pair);
	sd_notify(0, "STOPPING=1");
	loop_timer_init(&r->stop_timer, r->loop, "stop", stop_sas, r);
	loop_timer_set(&r->stop_timer, STOP_CLOSE_MS);
	if (engine_request(r->engine, &m, closed, r))
		stop_sas(r);
}

/* ---- rooms, lowest first ---------------------------------------------------------------------------------- */

static void room_commit(void *ctx, config_done *done, void *arg)
{
	struct router *r = ctx;

	recording_committed(r->recording);
	crypto_map_commit(r->crypto_map, done, arg);
}

static int room_prepare(void *ctx, const struct config_change *c, struct error *err)
{
	struct crypto_map_change change = {c->path, c->old, c->new};
	struct router *r = ctx;

	recording_touched(r->recording, c->path);
	return crypto_map_prepare(r->crypto_map, &change, err);
}

static void room_abort(void *ctx)
{
	struct router *r = ctx;

	recording_aborted(r->recording);
	crypto_map_abort(r->crypto_map);
}

/* The first address of an interface that others can answer to. */
static bool source_address(void *ctx, const char *interface, int family, struct addr *out)
{
	const struct router *r = ctx;
	const struct link_info *info = link_by_name(r->link, interface);

	for (size_t i = 0; info && i < info->addr_count; i++) {
		const struct addr *a = &info->addrs[i].addr;

		if (a->family != family ||
		    (a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80 && family == AF_INET6))
			continue;
		*out = *a;
		return true;
	}
	return false;
}

/* Before the rooms that it listens to; what an earlier router wrote is in it. */
static int make_recorder(struct router *r, struct error *err)
{
	const struct recorder_config cfg = {
		.fd = r->recorder_fd, .off = r->opt->no_recorder, .names = &recording_names};
	struct recorder_stats st;

	r->recorder = recorder_new(r->loop, &cfg, err);
	if (!r->recorder)
		return err->code;
	recorder_stats(r->recorder, &st);
	recorder_note(r->recorder, &(struct recorder_note){.id = RECORD_ROUTER_STARTED,
							   .n = {(uint64_t)getpid(), st.survived},
							   .text = PACKAGE_VERSION});
	return 0;
}

static int make_low(struct router *r, struct error *err)
{
	struct sa_config sa_cfg = {.state_dir = r->state_dir};

	if (router_boot_id(sa_cfg.boot_id, r->boot_id))
		return error_set(err, -EINVAL, "the boot id of the machine cannot be read");
	r->jobs = jobs_new(r->loop, JOB_THREADS, JOB_QUEUE);
	r->seal = seal_open(r->state_dir, err);
	if (!r->seal) {
		error_prefix(err, "state folder %s", r->opt->state_dir);
		return err->code;
	}
	r->xfrm = xfrm_netlink_new(r->loop, r->log, false);
	r->link = link_new(r->loop, r->log);
	log_set_source(r->log, source_address, r);
	r->conns = conn_table_new();
	if (!r->jobs || !r->xfrm || !r->link || !r->conns)
		return error_set(err, -ENOMEM, "netlink cannot be opened: %s", strerror(errno));
	r->engine = engine_new(r->loop, r->conns, r->log);
	r->pair = r->engine ? pair_new(r->loop, r->engine, r->log, ask_for_pair, r) : NULL;
	r->crypto_map =
		r->pair ? crypto_map_new(r->loop, r->conns, r->link, r->xfrm, r->seal, r->log)
			: NULL;
	r->sa = r->crypto_map ? sa_new(r->loop, r->jobs, r->xfrm, r->conns, r->engine, r->log,
				       &sa_cfg, err)
			      : NULL;
	error_prefix(err, "state folder %s", r->opt->state_dir);
	r->recording = r->sa ? recording_new(r->recorder, r->conns, r->engine, r->xfrm, r->sa)
			     : NULL;
	if (!r->recording || engine_listen(r->engine, &engine_listener, r) ||
	    xfrm_watch(r->xfrm, &xfrm_listener, r))
		return error_set(err, -ENOMEM, "no memory");
	return 0;
}

static bool box_process_of(void *ctx, size_t index, const char **role, int *pid)
{
	struct api_process p;

	if (!process_get(ctx, index, &p))
		return false;
	*role = p.role;
	*pid = p.pid;
	return true;
}

/* What shows of the machine and probes need. */
static int make_box(struct router *r, struct error *err)
{
	struct box_config cfg = {.root = "",
				 .flash_fd = r->state_dir,
				 .nvram_fd = r->config_dir,
				 .flash_folder = r->opt->state_dir,
				 .nvram_folder = r->opt->config_dir,
				 .serial_fd = r->serial_fd,
				 .link = r->link,
				 .process = box_process_of,
				 .process_ctx = r};

	r->box = box_new(r->loop, &cfg);
	r->icmp = r->box ? icmp_new(r->loop, r->icmp_fd[0], r->icmp_fd[1]) : NULL;
	if (!r->icmp)
		return error_set(err, -ENOMEM, "no memory");
	r->icmp_fd[0] = r->icmp_fd[1] = -1;
	return 0;
}

static int make_source(struct router *r, struct error *err)
{
	const struct spi_fds *f = &r->spi_fds;
	struct spi_source *src = NULL;

	if (f->ring >= 0)
		src = spi_probe_new(r->loop, f);
	else if (f->tap_ring >= 0)
		src = spi_tap_new(r->loop, r->xfrm, f);
	if (spi_attach(r->spi, src, r->stat_fd, f->why))
		return error_set(err, -EIO, "the source of refused packets cannot be used: %s",
				 strerror(errno));
	return 0;
}

static int make_high(struct router *r, struct error *err)
{
	struct spi_config spi_cfg = {.grace_ms = 200, .flows_max = 4096};
	struct recovery_config rec_cfg = {.grace_ms = 200};

	r->spi = spi_new(r->loop, r->xfrm, r->sa, r->conns, r->log, &spi_cfg);
	r->recovery = r->spi && !recording_spi(r->recording, r->spi)
			      ? recovery_new(r->loop, r->spi, r->sa, r->conns, r->engine, r->log,
					     &rec_cfg)
			      : NULL;
	r->settings = r->recovery && !recording_recovery(r->recording, r->recovery)
			      ? settings_new(r->loop, r->spi, r->recovery, r->log)
			      : NULL;
	r->aaa = r->settings ? aaa_new(r->loop, r->jobs, r->log) : NULL;
	if (!r->aaa)
		return error_set(err, -ENOMEM, "no memory");
	return make_source(r, err);
}

static size_t add_rows(struct config_handler *rows, size_t n, const char *const *paths,
		       const struct config_room *room)
{
	for (; *paths && n < HANDLERS_MAX; paths++)
		rows[n++] = (struct config_handler){*paths, room};
	return n;
}

static int make_config(struct router *r, struct error *err)
{
	static const char *const archive_paths[] = {"/spindle-archive:archive", NULL};
	/* For its own program: the daemon keeps them. */
	static const char *const eem_paths[] = {"/spindle-eem:event-manager",
						"/spindle-eem:event-manager/applet",
						"/spindle-eem:event-manager/environment",
						"/spindle-eem:event-manager/policy",
						"/spindle-eem:event-manager/scheduler/thread",
						NULL};
	struct config_handler rows[HANDLERS_MAX];
	struct config_paths paths = {.yang_dir = r->opt->yang_dir,
				     .startup = STARTUP_FILE,
				     .config_dir = r->config_dir,
				     .state_dir = r->state_dir,
				     .seal = r->seal};
	size_t n;

	r->crypto_map_room = (struct config_room){.name = "crypto map",
						  .ctx = r,
						  .prepare = room_prepare,
						  .commit = room_commit,
						  .abort = room_abort};
	/* Settings first: what they change is simple to take back. */
	n = add_rows(rows, 0, settings_paths(), settings_room(r->settings));
	n = add_rows(rows, n, aaa_paths(), aaa_room(r->aaa));
	n = add_rows(rows, n, crypto_map_paths(), &r->crypto_map_room);
	n = add_rows(rows, n, archive_paths, &config_archive_room);
	n = add_rows(rows, n, eem_paths, &config_kept_room);
	r->config = config_new(r->loop, r->jobs, r->log, &paths, rows, n, err);
	return r->config ? 0 : err->code ? err->code : -EINVAL;
}

/* access-class: a list that does not exist lets everybody pass, as on routers. */
static bool passes(void *ctx, const char *list, const struct addr *from, uint16_t port)
{
	const struct router *r = ctx;

	return crypto_map_access(r->crypto_map, list, from, port) != 0;
}

static int make_api(struct router *r, struct error *err)
{
	struct api_people people = {.aaa = r->aaa, .passes = passes, .ctx = r};
	struct api_rooms rooms = {.loop = r->loop,
				  .log = r->log,
				  .config = r->config,
				  .conns = r->conns,
				  .crypto_map = r->crypto_map,
				  .engine = r->engine,
				  .link = r->link,
				  .recorder = r->recorder,
				  .recovery = r->recovery,
				  .sa = r->sa,
				  .spi = r->spi,
				  .xfrm = r->xfrm,
				  .box = r->box,
				  .routes = &route_kernel,
				  .icmp = r->icmp,
				  .version = PACKAGE_VERSION,
				  .boot_id = r->boot_id,
				  .api = &r->api,
				  .started_wall_ms = clock_wall_ms(),
				  .started_boot_ms = clock_boot_ms(),
				  .process_get = process_get,
				  .process_ctx = r};
	size_t states, actions;
	const struct api_state *state;
	const struct api_action *action;

	r->tables = api_tables_new(&rooms);
	if (!r->tables)
		return error_set(err, -ENOMEM, "no memory");
	state = api_tables_states(r->tables, &states);
	action = api_tables_actions(r->tables, &actions);
	r->api = api_new(r->loop, r->config, r->log, r->control_fd, state, states, action, actions,
			 err);
	if (!r->api)
		return err->code ? err->code : -ENOMEM;
	api_set_people(r->api, &people);
	api_accept(r->api, false); /* nobody is shown a configuration that is not loaded yet */
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------------------------ */

static int begin(struct router *r, struct error *err)
{
	static const int keep[] = {CAP_NET_ADMIN, -1};
	int code;

	r->loop = loop_new();
	if (!r->loop || take_start(r))
		return error_set(err, -EPIPE, "the supervisor is gone");
	if (privileges_drop(ROUTER_USER, keep, &r->kept_root, err))
		return err->code;
	r->log = log_new(r->loop, RING_BYTES);
	if (!r->log)
		return error_set(err, -ENOMEM, "no memory");
	log_to_stderr(r->log, r->opt->foreground);
	log_open_syslog(r->log); /* without one, there is the ring */
	log_open_hosts(r->log);	 /* as `show logging` says, where a family is not there */
	if (r->kept_root)
		fprintf(stderr, "spindled: router: there is no user %s: it stays root\n",
			ROUTER_USER);
	r->config_dir = router_open_dir(r->opt->config_dir, err);
	r->state_dir = router_open_dir(r->opt->state_dir, err);
	if (err->code || router_only_ours(r->state_dir, r->opt->state_dir, err))
		return err->code;
	code = router_load_handlers(r->log);
	if (code)
		log_say(r->log, NULL, KERNEL_REFUSED, "make its ESP and AH handlers present",
			strerror(-code));
	return 0;
}

static int listen_to_supervisor(struct router *r, struct error *err)
{
	r->supervisor = loop_fd_add(r->loop, r->supervisor_fd, LOOP_READ, "supervisor",
				    supervisor_readable, r);
	return r->supervisor ? 0 : error_set(err, -ENOMEM, "no memory");
}

static int make_rooms(struct router *r, struct error *err)
{
	int code = make_recorder(r, err);

	if (!code)
		code = make_low(r, err);
	if (!code)
		code = make_box(r, err);
	if (!code)
		code = make_high(r, err);
	if (!code)
		code = make_config(r, err);
	if (!code)
		code = make_api(r, err);
	return code;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void router_free(struct router *r)
{
	loop_fd_del(r->supervisor);
	api_free(r->api);
	api_tables_free(r->tables);
	icmp_free(r->icmp);
	box_free(r->box);
	jobs_free(r->jobs); /* what its workers have in hand belongs to the rooms below */
	pair_free(r->pair); /* those above the engine are told that it goes */
	config_free(r->config);
	aaa_free(r->aaa);
	settings_free(r->settings);
	recovery_free(r->recovery);
	spi_free(r->spi);
	sa_free(r->sa);
	recording_free(r->recording);
	crypto_map_free(r->crypto_map);
	engine_free(r->engine);
	conn_table_free(r->conns);
	log_set_source(r->log, NULL, NULL);
	link_free(r->link);
	xfrm_free(r->xfrm);
	recorder_free(r->recorder);
	seal_free(r->seal);
	log_free(r->log);
	close_fd(r->config_dir);
	close_fd(r->state_dir);
	close_fd(r->stat_fd);
	close_fd(r->serial_fd);
	close_fd(r->recorder_fd);
	close_fd(r->icmp_fd[0]);
	close_fd(r->icmp_fd[1]);
	close_fd(r->engine_fd);
	loop_free(r->loop);
	alloc_free(r);
}

int router_main(const struct options *o, int supervisor_fd)
{
	struct router *r = alloc_zero(sizeof(*r));
	struct error err = {0};
	int status;

	if (!r)
		return 1;
	r->opt = o;
	r->supervisor_fd = supervisor_fd;
	r->config_dir = r->state_dir = r->control_fd = r->stat_fd = r->engine_fd = -1;
	r->serial_fd = r->recorder_fd = r->icmp_fd[0] = r->icmp_fd[1] = -1;
	r->spi_fds = (struct spi_fds){-1, -1, -1, -1, -1, -1, "", ""};
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* a terminal's ^C goes to all: the supervisor decides */
	if (begin(r, &err) || make_rooms(r, &err) || router_seccomp(&err) ||
	    listen_to_supervisor(r, &err)) {
		fprintf(stderr, "spindled: router: %s\n", err.text);
		r->status = 1;
	} else {
		loop_run(r->loop);
	}
	status = r->status;
	router_free(r);
	return status;
}
