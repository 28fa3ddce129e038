#include "main/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <libyang/libyang.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/leaf.h"
#include "base/loop.h"
#include "base/text.h"
#include "log/log.h"
#include "main/settings_log.h"
#include "recovery/recovery.h"
#include "spi/spi.h"

/* As the YANG modules have them. */
#define GRACE_MS 200

#define FLOWS_MAX 4096

struct values {
	struct spi_config spi;
	struct recovery_config recovery;
	struct log_config log;
	bool hold_packets;
};

struct settings {
	struct config_room room;
	struct loop *loop;
	struct spi *spi;
	struct recovery *recovery;
	struct log *log;
	struct values now, next;
	const char *larval_drop;
	bool is_known; /* how the kernel stands, which an earlier life may have set */
};

/* ---- rows ------------------------------------------------------------------------------------------ */

static void take_ipsec(struct values *v, const struct lyd_node *n)
{
	v->hold_packets = leaf_flag(n, "hold-packets");
}

static void take_invalid_spi(struct values *v, const struct lyd_node *n)
{
	v->spi.grace_ms = v->recovery.grace_ms = leaf_u32(n, "grace", GRACE_MS);
	v->spi.log_interface = leaf_flag(n, "log-interface");
	v->recovery.notify = leaf_flag(n, "notify");
}

static void take_recovery(struct values *v, const struct lyd_node *n)
{
	v->recovery.enabled = leaf_flag(n, "enabled");
	v->recovery.at_start = leaf_flag(n, "at-start");
}

static void take_logging(struct values *v, const struct lyd_node *n)
{
	settings_log_take(&v->log, n);
}

static void take_system(struct values *v, const struct lyd_node *n)
{
	const char *name = leaf_text(n, "hostname");

	text_copy(v->log.hostname, sizeof(v->log.hostname), name ? name : "");
}

static void (*const takes[])(struct values *v, const struct lyd_node *n) = {
	take_ipsec, take_invalid_spi, take_recovery, take_logging, take_system,
};

#define LOG_HOST_PATH "/spindle-logging:logging/host"

/* Of the object that takes[] reads at the same place; then a list. */
static const char *const paths[] = {"/spindle-crypto:crypto/ipsec",
				    "/spindle-crypto:crypto/ipsec/invalid-spi",
				    "/spindle-crypto:crypto/isakmp/invalid-spi-recovery",
				    "/spindle-logging:logging",
				    "/spindle-system:system",
				    LOG_HOST_PATH,
				    NULL};

const char *const *settings_paths(void)
{
	return paths;
}

/* ---- the room -------------------------------------------------------------------------------------- */

static int prepare(void *ctx, const struct config_change *c, struct error *err)
{
	struct settings *s = ctx;

	if (!strcmp(LOG_HOST_PATH, c->path))
		return settings_log_host(&s->next.log, c, err);
	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		if (strcmp(paths[i], c->path))
			continue;
		if (c->new)
			takes[i](&s->next, c->new);
		return 0;
	}
	return error_set(err, -EINVAL, "%s is not handled", c->path);
}

/* The kernel queues the packets of a policy whose SA is being negotiated, or drops them
 * (net/xfrm/xfrm_policy.c, xfrm_lookup_with_ifid()); one setting a network namespace. */
static int hold_packets(const char *path, bool hold)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t wrote = fd < 0 ? -1 : write(fd, hold ? "0\n" : "1\n", 2);
	int err = wrote == 2 ? 0 : -errno;

	if (fd >= 0)
		close(fd);
	return err;
}

static bool holds_packets(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = '1';
	bool holds = fd >= 0 && read(fd, &c, 1) == 1 && c == '0';

	if (fd >= 0)
		close(fd);
	return holds;
}

static void commit(void *ctx, config_done *done, void *arg)
{
	struct settings *s = ctx;
	struct error why = {0};
	int err = 0;

	if (!s->is_known)
		s->now.hold_packets = holds_packets(s->larval_drop);
	s->is_known = true;

	if (s->next.hold_packets != s->now.hold_packets)
		err = hold_packets(s->larval_drop, s->next.hold_packets);
	if (err) {
		s->next = s->now;
		error_set(&why, err, "crypto ipsec hold-packets: net.core.xfrm_larval_drop: %s",
			  strerror(-err));
		done(arg, err, &why);
		return;
	}
	log_configure(s->log, &s->next.log);
	spi_configure(s->spi, &s->next.spi);
	recovery_configure(s->recovery, &s->next.recovery);
	s->now = s->next;
	done(arg, 0, NULL);
}

static void abort_prepared(void *ctx)
{
	struct settings *s = ctx;

	s->next = s->now;
}

struct settings *settings_new(struct loop *loop, struct spi *spi, struct recovery *recovery,
			      struct log *log)
{
	struct settings *s = alloc_zero(sizeof(*s));

	if (!s)
		return NULL;
	s->room = (struct config_room){.name = "settings",
				       .ctx = s,
				       .prepare = prepare,
				       .commit = commit,
				       .abort = abort_prepared};
	s->larval_drop = "/proc/sys/net/core/xfrm_larval_drop";
	s->loop = loop;
	s->spi = spi;
	s->recovery = recovery;
	s->log = log;
	s->now.spi = (struct spi_config){.grace_ms = GRACE_MS, .flows_max = FLOWS_MAX};
	s->now.recovery.grace_ms = GRACE_MS;
	log_config_default(&s->now.log, SETTINGS_BUFFERED_SIZE);
	s->next = s->now;
	return s;
}

void settings_larval_drop_at(struct settings *s, const char *path)
{
	s->larval_drop = path;
}

void settings_free(struct settings *s)
{
	alloc_free(s);
}

const struct config_room *settings_room(const struct settings *s)
{
	return &s->room;
}
