#include "tests/unit/map_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "base/jobs.h"
#include "base/loop.h"
#include "base/text.h"
#include "link/link_internal.h"
#include "log/log.h"
#include "seal/seal.h"

/* ---- the rooms of the commit ------------------------------------------------------------------- */

static int crypto_prepare(void *ctx, const struct config_change *c, struct error *err)
{
	struct crypto_map_change change = {c->path, c->old, c->new};

	return crypto_map_prepare(((struct map_world *)ctx)->cm, &change, err);
}

static void crypto_commit(void *ctx, config_done *done, void *arg)
{
	crypto_map_commit(((struct map_world *)ctx)->cm, done, arg);
}

static void crypto_abort(void *ctx)
{
	crypto_map_abort(((struct map_world *)ctx)->cm);
}

static int rest_prepare(void *ctx, const struct config_change *c, struct error *err)
{
	(void)ctx;
	(void)c;
	(void)err;
	return 0;
}

static void rest_commit(void *ctx, config_done *done, void *arg)
{
	(void)ctx;
	done(arg, 0, NULL);
}

static void rest_abort(void *ctx)
{
	(void)ctx;
}

static size_t rows(struct map_world *w, struct config_handler *out)
{
	static const char *const others[] = {
		"/spindle-system:system",
		"/spindle-logging:logging",
		"/spindle-logging:logging/host",
		"/spindle-aaa:aaa",
		"/spindle-aaa:aaa/user",
		"/spindle-aaa:aaa/enable",
		"/spindle-aaa:aaa/exec-privilege",
		"/spindle-line:lines/line",
		"/spindle-line:lines/banner",
		"/spindle-archive:archive",
		"/spindle-eem:event-manager",
		"/spindle-eem:event-manager/applet",
		"/spindle-eem:event-manager/environment",
		"/spindle-eem:event-manager/policy",
		"/spindle-eem:event-manager/scheduler/thread",
		"/spindle-crypto:crypto/ipsec",
		"/spindle-crypto:crypto/ipsec/invalid-spi",
		"/spindle-crypto:crypto/isakmp/invalid-spi-recovery",
	};
	size_t n = 0;

	for (const char *const *p = crypto_map_paths(); *p; p++)
		out[n++] = (struct config_handler){*p, &w->crypto};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		out[n++] = (struct config_handler){others[i], &w->rest};
	return n;
}

/* ---- edits ------------------------------------------------------------------------------------------ */

static void answer(void *arg, int err, const struct error *why)
{
	struct map_world *w = arg;

	w->answers++;
	w->result = err;
	text_copy(w->why, sizeof(w->why), why ? why->text : "");
}

static int wait(struct map_world *w)
{
	for (int i = 0; i < 20000 && !w->answers; i++)
		loop_advance(w->loop, 1);
	loop_advance(w->loop, 1);
	return w->answers == 1 ? w->result : -EINPROGRESS;
}

void map_world_begin(struct map_world *w, const char *json)
{
	char *copy = strdup(json); /* not one of the allocations that fail */
	json_error_t where;
	json_t *edit;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	edit = json_loads(copy, JSON_REJECT_DUPLICATES, &where);
	if (!edit)
		fail_msg("%s: %s", copy, where.text);
	free(copy);
	w->answers = 0;
	config_edit(w->config, "console", edit, answer, w);
}

int map_world_edit(struct map_world *w, const char *json)
{
	map_world_begin(w, json);
	return wait(w);
}

const char *map_world_part(const char *what)
{
	static const char *const parts[][2] = {
		{"interface", "{'spindle-interface:interfaces':{'interface':[{'name':'eth0',"
			      "'crypto-map':'VPN'}]}}"},
		{"acl",
		 "{'spindle-acl:access-lists':{'extended':[{'name':'101','rule':[{'sequence':10,"
		 "'action':'permit','source':'10.10.0.0/16','destination':'10.20.0.0/16'}]}]}}"},
		{"set", "{'spindle-crypto:crypto':{'ipsec':{'transform-set':[{'name':'T1',"
			"'cipher':'esp-gcm-256'}]}}}"},
		{"keyring", "{'spindle-crypto:crypto':{'ikev2':{'keyring':[{'name':'K1','peer':[{"
			    "'name':'r2','address':'10.1.1.2/32','pre-shared-key':'secret'}]}]}}}"},
		{"profile",
		 "{'spindle-crypto:crypto':{'ikev2':{'profile':[{'name':'P1',"
		 "'match-identity-remote-address':['10.1.1.2/32'],"
		 "'authentication-local':'pre-share','authentication-remote':'pre-share',"
		 "'keyring':'K1'}]}}}"},
		{"map", "{'spindle-crypto:crypto':{'map':[{'name':'VPN','sequence':10,"
			"'peer':['10.1.1.2'],'transform-set':['T1'],'match-address':'101',"
			"'ikev2-profile':'P1'}]}}"},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(parts[i][0], what))
			return parts[i][1];
	fail_msg("no part %s", what);
	return NULL;
}

void map_world_complete(struct map_world *w)
{
	static const char *const all[] = {"interface", "acl", "set", "keyring", "profile", "map"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (map_world_edit(w, map_world_part(all[i])))
			fail_msg("%s: %s", all[i], w->why);
}

/* ---- around it ---------------------------------------------------------------------------------------- */

void map_world_address(struct map_world *w, int index, const char *name, const char *addr,
		       bool there)
{
	struct link_wire_event l = {
		.kind = LINK_WIRE_LINK, .index = index, .up = true, .running = true, .mtu = 1500};
	struct link_wire_event a = {.kind = there ? LINK_WIRE_ADDR : LINK_WIRE_ADDR_GONE,
				    .index = index};

	text_copy(l.name, sizeof(l.name), name);
	link_table_event(w->link, &l);
	if (addr) {
		assert_int_equal(addr_parse(&a.addr.addr, addr), 0);
		a.addr.len = strchr(addr, ':') ? 64 : 24;
		link_table_event(w->link, &a);
	}
	loop_advance(w->loop, 1);
}

const char *map_world_incomplete(const struct map_world *w, const char *map, uint32_t seq,
				 const char *interface)
{
	static char words[512];
	struct crypto_map_entry e;

	for (size_t i = 0; crypto_map_entries_get(w->cm, i, &e, 1); i++) {
		if (strcmp(e.map, map) || e.seq != seq || strcmp(e.interface, interface))
			continue;
		assert_int_equal(!e.incomplete[0], e.conn != 0);
		text_copy(words, sizeof(words), e.incomplete);
		return words;
	}
	return NULL;
}

const struct conn *map_world_conn(const struct map_world *w, const char *name,
				  const char *interface)
{
	for (const struct conn *c = NULL; (c = conn_next(w->conns, c));)
		if (!strcmp(c->name, name) && !strcmp(c->interface, interface))
			return c;
	return NULL;
}

unsigned long map_world_writes(const struct map_world *w)
{
	return xfrm_fake_calls(w->xfrm, FAKE_POLICY_PUT) +
	       xfrm_fake_calls(w->xfrm, FAKE_POLICY_DELETE);
}

size_t map_world_policies(const struct map_world *w)
{
	return xfrm_fake_policy_count(w->xfrm);
}

bool map_world_logged(const struct map_world *w, const char *text)
{
	char buf[LOG_LINE_MAX];
	struct log_record r;

	for (uint64_t seq = 1; log_ring_get(w->log, seq, &r, buf); seq = r.seq + 1)
		if (strstr(r.text, text))
			return true;
	return false;
}

/* ---- life ------------------------------------------------------------------------------------------------ */

static int rooms_up(struct map_world *w)
{
	w->loop = loop_new_simulated(1000000);
	w->jobs = w->loop ? jobs_new(w->loop, 0, 8) : NULL;
	w->log = w->jobs ? log_new(w->loop, 1 << 16) : NULL;
	if (w->log)
		w->seal = w->beside ? w->beside->seal : seal_new_random();
	w->xfrm = w->seal ? xfrm_fake_new(w->loop) : NULL;
	w->link = w->xfrm ? link_table_new(w->loop, w->log) : NULL;
	w->conns = w->link ? conn_table_new() : NULL;
	if (w->conns)
		map_world_address(w, 2, "eth0", "10.1.1.1", true);
	if (w->conns)
		map_world_address(w, 2, "eth0", "2001:db8::1", true);
	w->cm = w->conns ? crypto_map_new(w->loop, w->conns, w->link, w->xfrm, w->seal, w->log)
			 : NULL;
	return w->cm ? 0 : -ENOMEM;
}

static int config_up(struct map_world *w)
{
	static const int nowhere = -1;
	struct config_handler handlers[48];
	struct config_paths paths = {.yang_dir = TEST_YANG,
				     .startup = "/nonexistent/startup-config.json",
				     .config_dir = nowhere,
				     .state_dir = w->state_dir,
				     .seal = w->seal};
	struct error err = {0};

	w->crypto =
		(struct config_room){"crypto map", w, crypto_prepare, crypto_commit, crypto_abort};
	w->rest = (struct config_room){"rest", w, rest_prepare, rest_commit, rest_abort};
	w->config = config_new(w->loop, w->jobs, w->log, &paths, handlers, rows(w, handlers), &err);
	if (!w->config)
		return -ENOMEM;
	config_load_startup(w->config, answer, w);
	return wait(w);
}

struct map_world *map_world_new(void)
{
	return map_world_beside(NULL);
}

struct map_world *map_world_beside(const struct map_world *other)
{
	struct map_world *w = alloc_zero(sizeof(*w));

	if (w)
		w->state_dir = -1;
	if (w)
		w->beside = other;
	if (w && !rooms_up(w) && !config_up(w))
		return w;
	map_world_free(w);
	return NULL;
}

void map_world_free(struct map_world *w)
{
	if (!w)
		return;
	jobs_free(w->jobs);
	config_free(w->config);
	crypto_map_free(w->cm);
	conn_table_free(w->conns);
	link_table_free(w->link);
	xfrm_free(w->xfrm);
	if (!w->beside)
		seal_free(w->seal);
	log_free(w->log);
	loop_free(w->loop);
	if (w->state_dir >= 0)
		close(w->state_dir);
	alloc_free(w);
}

int map_world_setup(void **state)
{
	*state = map_world_new();
	return *state ? 0 : -1;
}

int map_world_teardown(void **state)
{
	map_world_free(*state);
	return 0;
}
