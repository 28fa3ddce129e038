/*
 * show crypto map [interface I|tag M], show crypto ipsec transform-set, … security-association lifetime
 *
 * What was configured, and what became of it: the entries come from the daemon's state, once for each
 * interface; their words, lists and transforms from the running configuration, which is read first.
 */
#include "cli/show_crypto.h"

#include "cli/running.h"

#define CRYPTO "/spindle-crypto:crypto"

struct map_show {
	json_t *entries; /* configured, by "NAME SEQUENCE" */
	json_t *lists;	 /* access lists, by name */
	json_t *sets;	 /* transform sets, by name */
	json_t *limits;	 /* of all that have none of their own; may be NULL */
	struct rule_lines *rules;
	json_t *pending;    /* the entry whose interfaces still come */
	json_t *interfaces; /* … so far */
};

static const json_t *one_of(const json_t *index, const char *name)
{
	return json_object_get(index, name);
}

static void key_of(const json_t *e, char *key, size_t size)
{
	snprintf(key, size, "%s %llu", data_text(e, "name", ""),
		 (unsigned long long)data_number(e, "sequence"));
}

static bool keep_entry(void *arg, const json_t *e)
{
	char key[128];

	key_of(e, key, sizeof(key));
	return json_object_set(arg, key, (json_t *)(uintptr_t)e) == 0;
}

static bool keep_named(void *arg, const json_t *e)
{
	return json_object_set(arg, data_text(e, "name", ""), (json_t *)(uintptr_t)e) == 0;
}

static void print_peers(struct show *sh, const json_t *config)
{
	json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(config, "peer"), i, peer)
	{
		cli_printf(sh->s, "\tPeer = %s\n", json_string_value(peer));
	}
}

static void print_list(struct show *sh, const char *name)
{
	const struct map_show *ms = sh->ctx;
	const json_t *list = one_of(ms->lists, name);
	json_t *rule;
	size_t i;

	cli_printf(sh->s, "\tExtended IP access list %s%s\n", name,
		   list ? "" : " (does not exist)");
	json_array_foreach(json_object_get(list, "rule"), i, rule)
	{
		struct text line;

		text_init(&line, 1024);
		if (rule_line(ms->rules, rule, &line))
			cli_printf(sh->s, "\t    access-list %s %s\n", name, text_str(&line));
		text_free(&line);
	}
}

/* Its own limit, else that of all, else what the daemon has from the start (yang/spindle-crypto.yang). */
static unsigned long long limit_of(const json_t *own, const json_t *all, const char *leaf,
				   unsigned long long absent)
{
	if (data_has(own, leaf))
		return data_number(own, leaf);
	return data_has(all, leaf) ? data_number(all, leaf) : absent;
}

void show_limits_text(const json_t *own, const json_t *all, char *out, size_t size)
{
	unsigned long long kilobytes = limit_of(own, all, "lifetime-kilobytes", 4608000);
	unsigned long long seconds = limit_of(own, all, "lifetime-seconds", 3600);

	if (kilobytes)
		snprintf(out, size, "%llu kilobytes/%llu seconds", kilobytes, seconds);
	else
		snprintf(out, size, "KB Vol Rekey Disabled/%llu seconds", seconds);
}

static void print_limits(struct show *sh, const json_t *config)
{
	const struct map_show *ms = sh->ctx;
	char text[64];

	show_limits_text(config, ms->limits, text, sizeof(text));
	cli_printf(sh->s, "\tSecurity association lifetime: %s\n", text);
	if (data_has(config, "pfs-group"))
		cli_printf(sh->s, "\tPFS (Y/N): Y\n\tDH group:  group%llu\n",
			   (unsigned long long)data_number(config, "pfs-group"));
	else
		cli_printf(sh->s, "\tPFS (Y/N): N\n");
}

/* "esp-256-aes esp-sha256-hmac ", as shows write it. */
void show_set_text(const json_t *set, char *out, size_t size)
{
	json_t *view = cli_view_transform_set(set);
	const char *family = data_text(view, "family", ""),
		   *hash = data_text(view, "integrity", "");
	unsigned long long bits = data_number(view, "bits");
	char cipher[32];

	if (bits == 0 || bits == 128)
		text_copy(cipher, sizeof(cipher), family);
	else if (strcmp(family, "esp-aes") == 0)
		snprintf(cipher, sizeof(cipher), "esp-%llu-aes", bits);
	else
		snprintf(cipher, sizeof(cipher), "%s %llu", family, bits);
	snprintf(out, size, "%s%s%s ", cipher, *hash ? " " : "", hash);
	json_decref(view);
}

static void print_sets(struct show *sh, const json_t *config)
{
	const struct map_show *ms = sh->ctx;
	char text[96];
	json_t *name;
	size_t i;

	cli_printf(sh->s, "\tTransform sets={ \n");
	json_array_foreach(json_object_get(config, "transform-set"), i, name)
	{
		const json_t *set = one_of(ms->sets, json_string_value(name));

		if (set)
			show_set_text(set, text, sizeof(text));
		cli_printf(sh->s, "\t\t%s:  { %s } , \n", json_string_value(name),
			   set ? text : "does not exist");
	}
	cli_printf(sh->s, "\t}\n");
}

static void print_config(struct show *sh, const json_t *config)
{
	if (data_has(config, "description"))
		cli_printf(sh->s, "\tDescription: %s\n", data_text(config, "description", ""));
	print_peers(sh, config);
	if (data_has(config, "ikev2-profile"))
		cli_printf(sh->s, "\tIKEv2 Profile: %s\n", data_text(config, "ikev2-profile", ""));
	if (data_has(config, "match-address"))
		print_list(sh, data_text(config, "match-address", ""));
}

/* Prints the entry whose interfaces are all known, and lets go of it. */
static void print_pending(struct show *sh)
{
	struct map_show *ms = sh->ctx;
	const json_t *e = ms->pending, *config;
	json_t *interface;
	char key[128];
	size_t i;

	if (!e)
		return;
	key_of(e, key, sizeof(key));
	config = one_of(ms->entries, key);
	cli_printf(sh->s, "Crypto Map IPv4 \"%s\" %llu ipsec-isakmp\n", data_text(e, "name", ""),
		   (unsigned long long)data_number(e, "sequence"));
	if (data_has(e, "incomplete"))
		cli_printf(sh->s,
			   "\tWARNING: This crypto map is in an incomplete state!\n\t\t(%s)\n",
			   data_text(e, "incomplete", ""));
	print_config(sh, config);
	if (data_has(e, "current-peer"))
		cli_printf(sh->s, "\tCurrent peer: %s\n", data_text(e, "current-peer", ""));
	print_limits(sh, config);
	print_sets(sh, config);
	cli_printf(sh->s, "\tInterfaces using crypto map %s:\n", data_text(e, "name", ""));
	json_array_foreach(ms->interfaces, i, interface)
	{
		cli_printf(sh->s, "\t\t%s\n", json_string_value(interface));
	}
	cli_printf(sh->s, "\n");
	json_decref(ms->pending);
	ms->pending = NULL;
	json_array_clear(ms->interfaces);
}

static void gather_entry(struct show *sh, const json_t *e)
{
	struct map_show *ms = sh->ctx;
	const char *interface = data_text(e, "interface", "");

	if (ms->pending && (strcmp(data_text(ms->pending, "name", ""), data_text(e, "name", "")) ||
			    data_number(ms->pending, "sequence") != data_number(e, "sequence")))
		print_pending(sh);
	/* What keeps it down on one interface is said, though it works on another. */
	if (!ms->pending || data_has(e, "incomplete")) {
		json_decref(ms->pending);
		ms->pending = json_incref((json_t *)(uintptr_t)e);
	}
	if (*interface)
		json_array_append_new(ms->interfaces, json_string(interface));
}

static int read_config(struct cli_session *s, struct map_show *ms, struct error *err)
{
	int rc = cli_config_each(s, CRYPTO "/map", keep_entry, ms->entries, err);

	if (rc >= 0)
		rc = cli_config_each(s, "/spindle-acl:access-lists/extended", keep_named, ms->lists,
				     err);
	if (rc >= 0)
		rc = cli_config_each(s, CRYPTO "/ipsec/transform-set", keep_named, ms->sets, err);
	if (rc >= 0)
		ms->limits = cli_config_container(s, SHOW_LIMITS_PATH);
	return rc;
}

static bool is_wanted(struct show *sh, const json_t *e)
{
	return show_is(sh, e, "interface", "interface") && show_is(sh, e, "name", "tag");
}

CLI_HANDLER(cli_show_crypto_map)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-crypto:crypto-state/crypto-map",
		 .print = gather_entry,
		 .wanted = is_wanted,
		 .after = print_pending},
	};
	struct map_show ms = {.entries = json_object(),
			      .lists = json_object(),
			      .sets = json_object(),
			      .interfaces = json_array(),
			      .rules = rule_lines_new(false)};
	struct error err = {0};
	enum cli_result result;
	int rc;

	(void)form;
	rc = cli_wants_json(s) ? 0 : read_config(s, &ms, &err);
	result = rc < 0 ? cli_fail_error(s, &err) : show_parts(s, m, parts, 1, &ms);
	if (result == CLI_OK && !cli_wants_json(s) && json_object_size(ms.entries) == 0)
		cli_printf(s, "No crypto maps found.\n");
	json_decref(ms.entries);
	json_decref(ms.lists);
	json_decref(ms.sets);
	json_decref(ms.limits);
	json_decref(ms.pending);
	json_decref(ms.interfaces);
	rule_lines_free(ms.rules);
	return result;
}
