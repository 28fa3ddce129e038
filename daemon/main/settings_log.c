#include "main/settings_log.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <string.h>

#include "base/leaf.h"
#include "base/text.h"
#include "config/config.h"
#include "log/log.h"

#define DEBUGGING     7
#define INFORMATIONAL 6
#define LOCAL7	      23
#define PORT_UDP      514 /* RFC 5426, 3.3 */
#define PORT_TCP      601 /* IANA: syslog-conn */

static int level(const struct lyd_node *n, const char *level_leaf, const char *off_leaf,
		 uint32_t usual)
{
	return leaf_flag(n, off_leaf) ? LOG_OFF : (int)leaf_u32(n, level_leaf, usual);
}

static bool has_option(const struct lyd_node *n, const char *list, const char *value)
{
	const struct lyd_node *c;

	LY_LIST_FOR(lyd_child(n), c)
	{
		if (!strcmp(c->schema->name, list) && !strcmp(lyd_get_value(c), value))
			return true;
	}
	return false;
}

static struct log_stamp stamp(const struct lyd_node *n, const char *kind, const char *options)
{
	const char *text = leaf_text(n, kind);
	struct log_stamp s = {
		.local = has_option(n, options, "localtime"),
		.zone = has_option(n, options, "show-timezone"),
		.year = has_option(n, options, "year"),
	};

	if (!text)
		return (struct log_stamp){0};
	if (!strcmp(text, "none"))
		s.kind = LOG_STAMP_NONE;
	else if (!strcmp(text, "uptime"))
		s.kind = LOG_STAMP_UPTIME;
	else
		s.kind = has_option(n, options, "msec") ? LOG_STAMP_DATETIME_MSEC
							: LOG_STAMP_DATETIME;
	return s;
}

static void take_origin(struct log_config *c, const struct lyd_node *n)
{
	const char *kind = leaf_text(n, "origin-id"), *text = leaf_text(n, "origin-id-string");

	c->origin = LOG_ORIGIN_NONE;
	if (kind)
		c->origin = strcmp(kind, "ip") ? LOG_ORIGIN_HOSTNAME : LOG_ORIGIN_IP;
	else if (text)
		c->origin = LOG_ORIGIN_STRING;
	text_copy(c->origin_string, sizeof(c->origin_string), text ? text : "");
	text = leaf_text(n, "source-interface");
	text_copy(c->source, sizeof(c->source), text ? text : "");
}

static void take_rate(struct log_config *c, const struct lyd_node *n)
{
	c->rate = leaf_u32(n, "rate-limit", 0);
	c->rate_console = leaf_text(n, "rate-limit-way");
	c->rate_debug = leaf_text(n, "rate-limit-kind");
	c->rate_except = leaf_text(n, "rate-limit-except")
				 ? (int)leaf_u32(n, "rate-limit-except", 0)
				 : LOG_OFF;
}

void settings_log_take(struct log_config *c, const struct lyd_node *n)
{
	c->off = leaf_flag(n, "off");
	c->buffer_bytes = leaf_u32(n, "buffered-size", SETTINGS_BUFFERED_SIZE);
	c->buffer = level(n, "buffered-level", "buffered-off", DEBUGGING);
	c->console = level(n, "console-level", "console-off", DEBUGGING);
	c->monitor = level(n, "monitor-level", "monitor-off", DEBUGGING);
	c->trap = level(n, "trap-level", "trap-off", INFORMATIONAL);
	c->facility = (uint8_t)leaf_u32(n, "facility", LOCAL7);
	c->userinfo = leaf_flag(n, "userinfo");
	c->count = leaf_flag(n, "count");
	c->sequence = leaf_flag(n, "sequence-numbers");
	c->stamp[0] = stamp(n, "timestamps-log", "timestamps-log-option");
	c->stamp[1] = stamp(n, "timestamps-debug", "timestamps-debug-option");
	take_origin(c, n);
	take_rate(c, n);
}

static bool is_word(const struct lyd_node *n, const char *leaf, const char *word)
{
	const char *text = leaf_text(n, leaf);

	return text && !strcmp(text, word);
}

static size_t find(const struct log_config *c, const struct addr *a)
{
	size_t i = 0;

	while (i < c->host_count && !addr_equal(&c->hosts[i].addr, a))
		i++;
	return i;
}

static int too_many(const struct log_config *c, const char *address, struct error *err)
{
	size_t tcp[2] = {0};

	for (size_t i = 0; i < c->host_count; i++)
		if (c->hosts[i].tcp)
			tcp[c->hosts[i].addr.family == AF_INET6]++;
	if (tcp[0] <= LOG_TCP_MAX && tcp[1] <= LOG_TCP_MAX)
		return 0;
	return error_set(err, -ENOSPC, "logging host %s: %d hosts by TCP are the most", address,
			 LOG_TCP_MAX);
}

int settings_log_host(struct log_config *c, const struct config_change *change, struct error *err)
{
	const struct lyd_node *n = change->new ? change->new : change->old;
	const char *address = leaf_text(n, "address");
	struct log_host_config h = {0};
	size_t at;

	if (!address || addr_parse(&h.addr, address))
		return error_set(err, -EINVAL, "logging host: no address");
	at = find(c, &h.addr);
	if (!change->new) {
		if (at < c->host_count)
			memmove(&c->hosts[at], &c->hosts[at + 1],
				(--c->host_count - at) * sizeof(c->hosts[0]));
		return 0;
	}
	if (at == LOG_HOSTS_MAX)
		return error_set(err, -ENOSPC, "logging host %s: %d hosts are the most", address,
				 LOG_HOSTS_MAX);
	h.tcp = is_word(n, "transport", "tcp");
	h.rfc5424 = is_word(n, "format", "rfc5424");
	h.port = (uint16_t)leaf_u32(n, "port", h.tcp ? PORT_TCP : PORT_UDP);
	c->hosts[at] = h;
	c->host_count += at == c->host_count;
	return too_many(c, address, err);
}
