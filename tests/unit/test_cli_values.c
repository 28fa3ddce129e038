/*
 * cli: each value of the daemon's state has its place in a show, by the schema: one leaf is changed, and
 * the layout of some show must be another. A new leaf fails until a show prints it or it is named here.
 * And the other way round: a name that a show reads must be a node of the modules.
 */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "../cli/fake_daemon.h"
#include "base/text.h"
#include "cli/handlers.h"

#define CRYPTO	 "/spindle-crypto:crypto-state"
#define SYSTEM	 "/spindle-system:system-state"
#define LOGGING	 "/spindle-logging:log-state"
#define LINES	 "/spindle-line:line-state"
#define AAA	 "/spindle-aaa:aaa-state"
#define LINKS	 "/spindle-interface-state:interface-state"
#define ROUTES	 "/spindle-routing-state:routing-state"
#define MACHINE	 "/spindle-platform-state:platform-state"
#define RECORDER "/spindle-flight-recorder:flight-recorder"
#define ARCHIVE	 "/spindle-archive:archive-state"
#define EEM	 "/spindle-eem:event-manager-state"

/* For programs: `| json` has them. Not worth a line for people, or said by another leaf. */
static const char *const json_only[] = {
	CRYPTO "/ipsec-sa/sequence",   /* of the map: `map` and `connection` say it */
	CRYPTO "/ipsec-sa/reqid",      /* the kernel's */
	CRYPTO "/ipsec-sa/ikev2-sa",   /* show crypto session says which */
	CRYPTO "/ipsec-sa/child",      /* its idents say it; what belongs together is one block */
	CRYPTO "/ipsec-sa/protocol",   /* the heading says ESP */
	CRYPTO "/ipsec-sa/local-port", /* the IKE SA shows it */
	CRYPTO "/ipsec-sa/extended-sequence", /* */
	CRYPTO "/ipsec-sa/initiator",	      /* */
	CRYPTO "/ipsec-sa/reason",	      /* the IKE SA shows its own */
	CRYPTO "/ipsec-sa/replaces",	      /* `replaced-by` of the other is shown */
	CRYPTO "/ipsec-sa/age",		      /* `remaining` */
	CRYPTO "/ipsec-sa/lifetime",	      /* … and what was configured */
	CRYPTO "/ipsec-sa/bytes-in",	      /* */
	CRYPTO "/ipsec-sa/bytes-out",	      /* */
	CRYPTO "/ipsec-sa/sequence-in",	      /* */
	CRYPTO "/ipsec-sa/sequence-out",      /* */
	CRYPTO "/session/flow/child",	      /* as above */
	CRYPTO "/invalid-spi-recovery/decision/index",
	CRYPTO "/crypto-map/connection",	/* its name and number again */
	CRYPTO "/ikev2-default-proposal/index", /* they come in their order */
	LOGGING "/logged", /* what went each way is shown, and counts by message */
	LOGGING "/debug-lines",
	LOGGING "/record/seq", /* `line` has the rest, as it is printed */
	LOGGING "/record/time",
	LOGGING "/record/since-boot",
	LOGGING "/record/clock-synchronised",
	LOGGING "/record/debug",
	LOGGING "/record/facility",
	LOGGING "/record/severity",
	LOGGING "/record/mnemonic",
	LOGGING "/record/peer",
	LOGGING "/record/spi",
	LOGGING "/record/verdict",
	LOGGING "/record/cause",
	LOGGING "/record/text",
	LINES "/session/id",	   /* marks one's own */
	LINES "/session/terminal", /* `from` says enough */
	LINES "/session/tty",
	LINES "/session/privilege", /* show privilege, of one's own */
	LINES "/session/since",
	AAA "/successes",
	AAA "/lockout/failures",
	ARCHIVE "/command/time", /* the message has it */
	LINKS "/interface/index",
	LINKS "/interface/address/secondary", /* routers call every further one so */
	ROUTES "/ipv4/default/interface",
	ROUTES "/ipv4/route/protocol", /* `source` says it */
	ROUTES "/ipv4/match/protocol",
	ROUTES "/ipv6/route/protocol",
	ROUTES "/ipv6/match/protocol",
	ROUTES "/ipv4/route/type", /* shown of routes without a next hop: test_cli_box */
	ROUTES "/ipv4/match/type",
	ROUTES "/ipv6/route/type",
	ROUTES "/ipv6/match/type",
	ROUTES "/ipv4/route/next-hops", /* the rows are there to be counted */
	ROUTES "/ipv6/route/next-hops",
	ROUTES "/ipv4/route/next-hop/index",
	ROUTES "/ipv4/match/next-hop/index",
	ROUTES "/ipv6/route/next-hop/index",
	ROUTES "/ipv6/match/next-hop/index",
	ROUTES "/ipv4/route/next-hop/weight", /* show ip route A.B.C.D has it */
	ROUTES "/ipv6/route/next-hop/weight",
	MACHINE "/drop/linux-source", /* doc/drops.md */
	RECORDER "/record/seq",
};

static const char *const shows[] = {
	"show running-config",
	"show crypto ikev2 sa detailed",
	"show crypto ikev2 stats",
	"show crypto ikev2 proposal",
	"show crypto ipsec sa",
	"show crypto ipsec sa detail",
	"show crypto session detail",
	"show crypto invalid-spi",
	"show crypto invalid-spi detail",
	"show crypto isakmp invalid-spi-recovery",
	"show crypto map",
	"show logging",
	"show logging count",
	"show logging explain mnemonic",
	"show crypto debug-condition",
	"show processes",
	"show version",
	"show debugging",
	"show users",
	"show login",
	"show aaa local user lockout",
	"show archive log config all",
	"show interfaces",
	"show interfaces description",
	"show ip interface",
	"show ip interface brief",
	"show ipv6 interface",
	"show ipv6 interface brief",
	"show ip route",
	"show ip route summary",
	"show ip route 10.1.1.1",
	"show ipv6 route",
	"show ipv6 route summary",
	"show ipv6 route 10.1.1.1",
	"show clock detail",
	"show inventory",
	"show memory statistics",
	"show processes cpu",
	"show processes memory",
	"show file systems",
	"dir",
	"show flight-recorder",
	"show platform hardware qfp active statistics drop",
	"show platform hardware qfp active feature ipsec datapath drops all",
	"show event manager policy registered detailed name-ordered",
	"show event manager policy registered",
	"show event manager policy available",
	"show event manager policy available detailed name",
	"show event manager policy pending",
	"show event manager policy active",
	"show event manager history events detailed maximum 3",
	"show event manager history traps",
	"show event manager environment all",
	"show event manager environment name",
	"show event manager detector all detailed",
	"show event manager version",
	"show event manager statistics policy",
	"show event manager directory user policy",
	"show event manager directory user library",
	"show event manager directory user repository",
	"show event manager session cli username",
	"show event manager scheduler thread detailed",
	"show event manager metric processes",
};

static struct grammar *grammar;
static struct fake_daemon fake;
static struct ly_ctx *ctx;

static int setup_group(void **state)
{
	static const char *const modules[] = {"spindle-types",
					      "spindle-acl",
					      "spindle-interface",
					      "spindle-crypto",
					      "spindle-system",
					      "spindle-logging",
					      "spindle-aaa",
					      "spindle-line",
					      "spindle-archive",
					      "spindle-interface-state",
					      "spindle-routing-state",
					      "spindle-platform-state",
					      "spindle-flight-recorder",
					      "spindle-eem"};

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	grammar = grammar_new(NULL, 0, NULL);
	assert_int_equal(ly_ctx_new(TEST_YANG, 0, &ctx), LY_SUCCESS);
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		assert_non_null(ly_ctx_load_module(ctx, modules[i], NULL, NULL));
	return grammar ? 0 : -1;
}

static int teardown_group(void **state)
{
	(void)state;
	grammar_free(grammar);
	ly_ctx_destroy(ctx);
	return 0;
}

/* ---- data made of the schema -------------------------------------------------------------------------- */

static bool named(const struct lysc_node *n, const char *what)
{
	return strstr(n->name, what) != NULL;
}

/* How one leaf differs from the others' samples. */
enum change { CHANGE_NONE, CHANGE_VALUE, CHANGE_GONE };

struct sample {
	bool zero; /* numbers are 0, else 7: much is printed only with one of them */
	const struct lysc_node *changed;
	enum change how;
};

static json_t *string_sample(const struct lysc_node *n, bool other, bool zero)
{
	const struct lysc_type *type = ((const struct lysc_node_leaf *)n)->type;

	if (!strcmp(n->name, "ip") && zero)
		return json_string(other ? "2001:db8::9" : "2001:db8::1");
	/* What a show of one thing asks for. */
	if (!strcmp(n->name, "file-system") ||
	    (!strcmp(n->name, "name") && !strcmp(n->parent->name, "file-system")))
		return json_string(other ? "nvram:" : "flash:");

	if (type->basetype == LY_TYPE_UNION && named(n, "prefix"))
		return json_string(other ? "10.3.3.0/24" : "10.2.0.0/16");
	if (type->basetype == LY_TYPE_UNION)
		return json_string(other ? "10.9.9.9" : "10.1.1.1");
	if (named(n, "encryption"))
		return json_string(other ? "AES-GCM" : "AES-CBC");
	if (named(n, "-spi"))
		return json_string(other ? "E0419B1DB02DE6AE" : "000D3669857A0F82");
	if (named(n, "prefix"))
		return json_string(other ? "10.3.3.0/24" : "10.2.0.0/16");
	if (named(n, "first") || named(n, "last") || named(n, "born") || named(n, "died") ||
	    named(n, "started") || named(n, "registered") || named(n, "time") ||
	    named(n, "modified") || named(n, "cleared"))
		return json_string(other ? "2026-10-03T14:28:58.808+00:00"
					 : "2026-09-02T13:27:57.707+00:00");
	return json_string(other ? "another" : n->name);
}

static json_t *value_of(const struct lysc_node *n, bool other, bool zero)
{
	const struct lysc_type *type = ((const struct lysc_node_leaf *)n)->type;
	const struct lysc_type_bitenum_item *enums;

	switch (type->basetype) {
	case LY_TYPE_UINT8:
	case LY_TYPE_UINT16:
	case LY_TYPE_UINT32:
		return json_integer(other ? 250 : zero ? 0 : 7);
	case LY_TYPE_UINT64:
		return json_string(other ? "123456789" : zero ? "0" : "7");
	case LY_TYPE_BOOL:
		return json_boolean(!other);
	case LY_TYPE_ENUM:
		enums = ((const struct lysc_type_enum *)type)->enums;
		/* Of two tables, each has its turn. */
		return json_string(enums[other ^ (zero && !strcmp(n->name, "set"))].name);
	default:
		return string_sample(n, other, zero);
	}
}

static json_t *children_of(const struct lysc_node *parent, const struct sample *s);

static json_t *node_of(const struct lysc_node *n, const struct sample *s)
{
	bool leaf = n->nodetype & (LYS_LEAF | LYS_LEAFLIST);
	json_t *value = leaf ? value_of(n, n == s->changed, s->zero) : children_of(n, s);

	return n->nodetype & (LYS_LIST | LYS_LEAFLIST) ? json_pack("[o]", value) : value;
}

/* One entry of each list, each leaf with its sample. */
static json_t *children_of(const struct lysc_node *parent, const struct sample *s)
{
	const struct lysc_node *n = NULL;
	json_t *o = json_object();

	while ((n = lys_getnext(n, parent, NULL, 0)))
		if (n != s->changed || s->how != CHANGE_GONE)
			json_object_set_new(o, n->name, node_of(n, s));
	return o;
}

static json_t *state_with(const struct sample *s)
{
	static const char *const tops[] = {CRYPTO, SYSTEM,  LOGGING,  LINKS,
					   ROUTES, MACHINE, RECORDER, EEM};
	json_t *doc = json_object();

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		json_object_set_new(doc, tops[i] + 1,
				    children_of(lys_find_path(ctx, NULL, tops[i], 0), s));
	return doc;
}

/* What all shows print; free(). */
static char *printed(const struct sample *s)
{
	struct cli_backend backend;
	struct cli_session session;
	char *text;

	fake_init(&fake);
	json_decref(fake.state);
	fake.state = state_with(s);
	backend = fake_backend(&fake);
	fake_session(&fake, &backend, grammar, &session, 15);
	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
		if (cli_run_line(&session, shows[i]) != CLI_OK && !s->changed)
			fail_msg("%s: %s", shows[i], fake.error);
	text = strdup(fake.out);
	cli_session_end(&session);
	fake_end(&fake);
	return text;
}

static bool is_json_only(const char *path)
{
	for (size_t i = 0; i < sizeof(json_only) / sizeof(json_only[0]); i++)
		if (!strcmp(json_only[i], path))
			return true;
	return false;
}

struct outcome {
	char *base[2]; /* numbers are 7, are 0 */
	size_t leaves, missing;
};

static bool changes_a_show(const struct lysc_node *leaf, const struct outcome *o)
{
	bool changes = false;

	for (int zero = 0; zero < 2 && !changes; zero++)
		for (enum change how = CHANGE_VALUE; how <= CHANGE_GONE && !changes; how++) {
			struct sample s = {.zero = zero, .changed = leaf, .how = how};
			char *text = printed(&s);

			changes = strcmp(text, o->base[zero]) != 0;
			free(text);
		}
	return changes;
}

static void look_at(const struct lysc_node *leaf, struct outcome *o)
{
	bool same = !changes_a_show(leaf, o);
	char path[256];

	assert_non_null(lysc_path(leaf, LYSC_PATH_DATA, path, sizeof(path)));
	if (same && !is_json_only(path))
		print_error("%s is in no show, and not named as one for programs\n", path);
	else if (!same && is_json_only(path))
		print_error("%s is named as one for programs, but a show prints it\n", path);
	o->missing += same != is_json_only(path);
	o->leaves++;
}

static void look_below(const struct lysc_node *parent, struct outcome *o)
{
	const struct lysc_node *n = NULL;

	while ((n = lys_getnext(n, parent, NULL, 0))) {
		if (n->nodetype & (LYS_LEAF | LYS_LEAFLIST))
			look_at(n, o);
		else
			look_below(n, o);
	}
}

static void test_each_leaf_of_the_state_changes_a_show(void **state)
{
	struct sample sevens = {0}, zeros = {.zero = true};
	struct outcome o = {.base = {printed(&sevens), printed(&zeros)}};

	(void)state;
	look_below(lys_find_path(ctx, NULL, CRYPTO, 0), &o);
	look_below(lys_find_path(ctx, NULL, SYSTEM, 0), &o);
	look_below(lys_find_path(ctx, NULL, LOGGING, 0), &o);
	look_below(lys_find_path(ctx, NULL, LINKS, 0), &o);
	look_below(lys_find_path(ctx, NULL, ROUTES, 0), &o);
	look_below(lys_find_path(ctx, NULL, MACHINE, 0), &o);
	look_below(lys_find_path(ctx, NULL, RECORDER, 0), &o);
	look_below(lys_find_path(ctx, NULL, EEM, 0), &o);
	assert_int_equal(o.missing, 0);
	assert_true(o.leaves > 150);
	free(o.base[0]);
	free(o.base[1]);
}

/* ---- names that shows read ---------------------------------------------------------------------------- */

static void names_below(const struct lysc_node *parent, const struct lysc_module *module,
			json_t *names)
{
	const struct lysc_node *n = NULL;

	while ((n = lys_getnext(n, parent, module, 0))) {
		json_object_set_new(names, n->name, json_true());
		if (n->nodetype & (LYS_CONTAINER | LYS_LIST))
			names_below(n, NULL, names);
	}
}

static json_t *all_names(void)
{
	const struct lys_module *m;
	json_t *names = json_object();
	uint32_t i = 0;

	while ((m = ly_ctx_get_module_iter(ctx, &i)))
		if (m->implemented && m->compiled)
			names_below(NULL, m->compiled, names);
	return names;
}

/* The second argument of each call of that reader. */
static size_t unknown_names(const char *file, const char *source, const char *reader,
			    const json_t *names, size_t *count)
{
	size_t unknown = 0;

	for (const char *at = source; (at = strstr(at, reader));) {
		char name[64];

		at += strcspn(at, ",;");
		at += strspn(at, ", \t\n");
		if (*at++ != '"')
			continue; /* by a variable, or the reader itself */
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, "\""), at);
		(*count)++;
		if (json_object_get(names, name))
			continue;
		print_error("%s reads \"%s\", which is no node of the modules\n", file, name);
		unknown++;
	}
	return unknown;
}

static char *read_source(const char *name)
{
	static char source[1 << 16];
	char path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", TEST_CLI, name);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(source, 1, sizeof(source) - 1, f);
	source[n] = '\0';
	fclose(f);
	return source;
}

static void test_a_show_reads_only_what_the_modules_have(void **state)
{
	static const char *const readers[] = {"data_text(",  "data_number(", "data_true(",
					      "data_has(",   "data_time(",   "num(",
					      "show_time(e", "show_net(e",   "json_object_get("};
	json_t *names = all_names();
	size_t unknown = 0, count = 0;
	DIR *dir = opendir(TEST_CLI);
	struct dirent *entry;

	(void)state;
	assert_non_null(dir);
	/* What a view makes of a transform set, for one. */
	json_object_set_new(names, "family", json_true());
	json_object_set_new(names, "bits", json_true());
	while ((entry = readdir(dir)))
		for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
			if (!strncmp(entry->d_name, "show_", 5))
				unknown += unknown_names(entry->d_name, read_source(entry->d_name),
							 readers[i], names, &count);
	closedir(dir);
	json_decref(names);
	assert_int_equal(unknown, 0);
	assert_true(count > 100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_leaf_of_the_state_changes_a_show),
		cmocka_unit_test(test_a_show_reads_only_what_the_modules_have),
	};

	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
