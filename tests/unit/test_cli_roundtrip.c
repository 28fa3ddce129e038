/* cli: data, to text, to the same data, on generated configurations. */
#include "cli_fixture.h"

#include "cli/handlers.h"
#include "cli/running.h"

static enum cli_result run(const char *line)
{
	return cli_run_line(&session, line);
}

static int from_fake(void *ctx, const char *path, data_entry *fn, void *arg, struct error *err)
{
	return cli_config_each(ctx, path, fn, arg, err);
}

static char *text_of(struct cli_session *s)
{
	struct running_source source = {.ctx = s, .each = from_fake};
	struct text text;

	text_init(&text, 0);
	assert_int_equal(running_text(&source, &text, NULL), 0);
	return text.data ? text_take(&text) : alloc_text("");
}

/* Generated data: a small generator, so that a failing seed can be run again. */

struct dice {
	uint64_t seed;
};

static unsigned int roll(struct dice *d, unsigned int n)
{
	d->seed = d->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(d->seed >> 33) % n;
}

static void maybe(struct dice *d, json_t *o, const char *leaf, json_t *value)
{
	if (roll(d, 2))
		json_object_set_new(o, leaf, value);
	else
		json_decref(value);
}

/* Printable text: with blanks inside, or without any. */
static json_t *random_text(struct dice *d, bool blanks)
{
	char s[24];
	size_t n = 1 + roll(d, sizeof(s) - 2);

	for (size_t i = 0; i < n; i++)
		s[i] = (char)('!' + roll(d, '~' - '!' + 1));
	if (blanks && n > 2)
		s[1 + roll(d, (unsigned int)n - 2)] = ' ';
	s[n] = '\0';
	return json_string(s);
}

static json_t *random_name(struct dice *d)
{
	static unsigned int serial;
	char s[40];

	snprintf(s, sizeof(s), "%c%c%u", 'a' + (char)roll(d, 26), "#|\"!-_?"[roll(d, 7)], serial++);
	return json_string(s);
}

static json_t *random_ip(struct dice *d)
{
	static const char *const some[] = {"10.1.1.2", "192.0.2.200",	  "2001:db8::1",
					   "::1",      "255.255.255.255", "fe80::20"};

	return json_string(some[roll(d, 6)]);
}

static json_t *random_prefix(struct dice *d)
{
	static const char *const some[] = {
		"10.0.0.0/8", "0.0.0.0/0",   "10.1.1.2/32", "2001:db8::/32", "2001:db8::1/128",
		"0.0.0.0/32", "128.0.0.0/1", "::/0",	    "10.1.2.4/30"};

	return json_string(some[roll(d, 9)]);
}

static json_t *pick_one(struct dice *d, const char *const *from, unsigned int n)
{
	return json_string(from[roll(d, n)]);
}

/* A list of 1 to n different words of `from`. */
static json_t *pick_some(struct dice *d, const char *const *from, unsigned int n)
{
	json_t *list = json_array();
	unsigned int first = roll(d, n), count = 1 + roll(d, n);

	for (unsigned int i = 0; i < count; i++)
		json_array_append_new(list, json_string(from[(first + i) % n]));
	return list;
}

static const char *const ciphers[] = {"aes-cbc-256", "aes-cbc-128", "aes-gcm-256", "aes-gcm-128"};
static const char *const hashes[] = {"sha256", "sha384", "sha512"};
static const char *const groups[] = {"14", "19", "31"};
static const char *const names[] = {"A", "b|c", "9", "local", "\"q", "\"x\"", "0", "#"};

static json_t *random_proposal(struct dice *d)
{
	json_t *o = json_pack("{so}", "name", random_name(d));

	maybe(d, o, "encryption", pick_some(d, ciphers, 4));
	maybe(d, o, "integrity", pick_some(d, hashes, 3));
	maybe(d, o, "prf", pick_some(d, hashes, 3));
	maybe(d, o, "group", pick_some(d, groups, 3));
	return o;
}

static json_t *random_secret(struct dice *d)
{
	static const char *const some[] = {"6 YWJj", "6 Zm9vYmFyZm9vYmFy==", "6 x"};

	return json_string(some[roll(d, 3)]);
}

static json_t *random_keyring(struct dice *d)
{
	json_t *o = json_pack("{so}", "name", random_name(d)), *peers = json_array();

	for (unsigned int i = roll(d, 3); i > 0; i--) {
		json_t *p = json_pack("{so}", "name", random_name(d));

		maybe(d, p, "description", random_text(d, true));
		maybe(d, p, "address", random_prefix(d));
		maybe(d, p, "identity-address", random_ip(d));
		maybe(d, p, "identity-fqdn", random_text(d, false));
		maybe(d, p, "identity-email", random_text(d, false));
		maybe(d, p, "identity-key-id", random_text(d, false));
		if (roll(d, 2)) {
			maybe(d, p, "pre-shared-key", random_secret(d));
		} else {
			maybe(d, p, "pre-shared-key-local", random_secret(d));
			maybe(d, p, "pre-shared-key-remote", random_secret(d));
		}
		json_array_append_new(peers, p);
	}
	if (json_array_size(peers))
		json_object_set(o, "peer", peers);
	json_decref(peers);
	return o;
}

static json_t *random_dpd(struct dice *d)
{
	return json_pack("{sisiss}", "interval", (int)(10 + roll(d, 3591)), "retry",
			 (int)(2 + roll(d, 59)), "mode", roll(d, 2) ? "on-demand" : "periodic");
}

static json_t *random_profile(struct dice *d)
{
	static const char *const identities[] = {"fqdn", "email", "key-id"};
	json_t *o = json_pack("{so}", "name", random_name(d)), *prefixes = json_array();
	char leaf[64];

	for (unsigned int i = roll(d, 3); i > 0; i--) {
		json_t *prefix = random_prefix(d);
		size_t at = 0;

		while (at < json_array_size(prefixes) &&
		       !json_equal(json_array_get(prefixes, at), prefix))
			at++;
		if (at == json_array_size(prefixes))
			json_array_append(prefixes, prefix);
		json_decref(prefix);
	}
	if (json_array_size(prefixes))
		json_object_set(o, "match-identity-remote-address", prefixes);
	json_decref(prefixes);
	maybe(d, o, "match-identity-remote-fqdn", pick_some(d, names, 8));
	maybe(d, o, "match-identity-remote-key-id", pick_some(d, names, 8));
	maybe(d, o, "match-identity-remote-any", json_pack("[n]"));
	maybe(d, o, "match-address-local", random_ip(d));
	snprintf(leaf, sizeof(leaf), "identity-local-%s", identities[roll(d, 3)]);
	maybe(d, o, leaf, random_text(d, false));
	maybe(d, o, "authentication-local", json_string("pre-share"));
	maybe(d, o, "keyring", pick_one(d, names, 8));
	maybe(d, o, "lifetime", json_integer(120 + roll(d, 86281)));
	maybe(d, o, "dpd", random_dpd(d));
	return o;
}

static json_t *random_map(struct dice *d, int sequence)
{
	static const char *const peers[] = {"10.1.1.2", "2001:db8::1", "10.1.1.3"};
	json_t *o = json_pack("{sosi}", "name", random_name(d), "sequence", sequence);

	maybe(d, o, "description", random_text(d, true));
	maybe(d, o, "peer", pick_some(d, peers, 3));
	maybe(d, o, "transform-set", pick_some(d, names, 8));
	maybe(d, o, "pfs-group", pick_one(d, groups, 3));
	maybe(d, o, "match-address", pick_one(d, names, 8));
	maybe(d, o, "ikev2-profile", pick_one(d, names, 8));
	maybe(d, o, "lifetime-seconds", json_integer(120 + roll(d, 1000000)));
	maybe(d, o, "lifetime-kilobytes", json_integer(roll(d, 2) ? 0 : 2560 + roll(d, 100000)));
	return o;
}

static json_t *random_transform_set(struct dice *d)
{
	static const char *const set[] = {"esp-aes-128", "esp-aes-192", "esp-aes-256",
					  "esp-gcm-128", "esp-gcm-256"};
	static const char *const integrity[] = {"esp-sha256-hmac", "esp-sha384-hmac",
						"esp-sha512-hmac"};
	json_t *o = json_pack("{so}", "name", random_name(d));

	maybe(d, o, "cipher", pick_one(d, set, 5));
	maybe(d, o, "integrity", pick_one(d, integrity, 3));
	maybe(d, o, "mode", json_string("tunnel"));
	return o;
}

/* Any is the absence of an address in the data; a prefix of length 0 is not generated. */
static void maybe_net(struct dice *d, json_t *o, const char *leaf)
{
	json_t *prefix = random_prefix(d);

	if (strcmp(json_string_value(prefix), "0.0.0.0/0") != 0)
		maybe(d, o, leaf, prefix);
	else
		json_decref(prefix);
}

static json_t *random_list(struct dice *d)
{
	json_t *o = json_pack("{so}", "name", random_name(d)), *rules = json_array();
	int sequence = 0;

	for (unsigned int i = roll(d, 5); i > 0; i--) {
		json_t *r = json_pack("{sisssi}", "sequence", sequence += 1 + (int)roll(d, 20),
				      "action", roll(d, 2) ? "permit" : "deny", "protocol",
				      (int)roll(d, 256));

		maybe_net(d, r, "source");
		maybe_net(d, r, "destination");
		maybe(d, r, "source-port", json_integer(roll(d, 2) ? 500 : roll(d, 65536)));
		maybe(d, r, "destination-port", json_integer(roll(d, 65536)));
		json_array_append_new(rules, r);
	}
	if (json_array_size(rules))
		json_object_set(o, "rule", rules);
	json_decref(rules);
	maybe(d, o, "remark", pick_some(d, names, 8));
	return o;
}

static void put_list(json_t *into, const char *name, json_t *list)
{
	if (json_array_size(list))
		json_object_set(into, name, list);
	json_decref(list);
}

static json_t *random_ikev2(struct dice *d)
{
	json_t *o = json_object(), *proposals = json_array(), *keyrings = json_array(),
	       *profiles = json_array();

	for (unsigned int i = roll(d, 6); i > 0; i--) {
		json_array_append_new(proposals, random_proposal(d));
		json_array_append_new(keyrings, random_keyring(d));
		json_array_append_new(profiles, random_profile(d));
	}
	put_list(o, "proposal", proposals);
	put_list(o, "keyring", keyrings);
	put_list(o, "profile", profiles);
	maybe(d, o, "dpd", random_dpd(d));
	return o;
}

static json_t *random_ipsec(struct dice *d)
{
	json_t *o = json_object(), *sets = json_array(), *sa = json_object();

	for (unsigned int i = roll(d, 4); i > 0; i--)
		json_array_append_new(sets, random_transform_set(d));
	put_list(o, "transform-set", sets);
	maybe(d, sa, "lifetime-seconds", json_integer(120 + roll(d, 1000)));
	maybe(d, sa, "replay-window", json_integer(roll(d, 2) ? 0 : 128));
	if (json_object_size(sa))
		json_object_set(o, "security-association", sa);
	json_decref(sa);
	maybe(d, o, "hold-packets", json_true());
	return o;
}

/* A text of several lines, with every delimiter that a writer may think of. */
static json_t *random_banner(struct dice *d)
{
	static const char *const parts[] = {"\n", "Keep out!", "^C",	       "#",   "%", "$",
					    "&",  " blank ",   "! no comment", "end", "@", "~"};
	char text[200] = "x";

	for (unsigned int i = 1 + roll(d, 9); i > 0; i--)
		text_copy(text + strlen(text), sizeof(text) - strlen(text), parts[roll(d, 12)]);
	return json_string(text);
}

static json_t *random_hash(struct dice *d)
{
	static const char *const some[] = {"9 $y$j9T$abc/.$DEF", "5 $1$salt$ez2vlPGdaLYkJam5pWs/Y1",
					   "9 $6$salt$x"};

	return json_string(some[roll(d, 3)]);
}

static json_t *random_aaa(struct dice *d)
{
	json_t *o = json_object(), *users = json_array(), *enables = json_array(),
	       *levels = json_array();

	for (unsigned int i = roll(d, 4); i > 0; i--) {
		json_t *u = json_pack("{so}", "name", random_name(d));

		maybe(d, u, "privilege", json_integer(roll(d, 16)));
		maybe(d, u, "secret", random_hash(d));
		json_array_append_new(users, u);
		json_array_append_new(enables,
				      json_pack("{siso}", "level", (int)(3 * i + roll(d, 3)),
						"secret", random_hash(d)));
		json_array_append_new(levels, json_pack("{sssi}", "command",
							i == 1	 ? "clear crypto sa"
							: i == 2 ? "show"
								 : "debug all",
							"level", (int)roll(d, 16)));
	}
	put_list(o, "user", users);
	put_list(o, "enable", enables);
	put_list(o, "exec-privilege", levels);
	maybe(d, o, "new-model", json_true());
	maybe(d, o, "max-fail", json_integer(1 + roll(d, 65535)));
	maybe(d, o, "login",
	      json_pack("{sisisisi}", "block-for", (int)(1 + roll(d, 9)), "attempts", 3, "within",
			9, "delay", (int)(1 + roll(d, 10))));
	return o;
}

static json_t *random_line(struct dice *d, const char *kind, int first, int last)
{
	static const char *const ways[] = {"ssh", "telnet", "none"};
	json_t *o = json_pack("{sssisi}", "kind", kind, "first", first, "last", last);

	if (roll(d, 2)) {
		json_object_set_new(o, "exec-timeout-minutes", json_integer(roll(d, 35792)));
		json_object_set_new(o, "exec-timeout-seconds", json_integer(roll(d, 2147484)));
	}
	maybe(d, o, "login", json_string("local"));
	maybe(d, o, "access-class", pick_one(d, names, 8));
	maybe(d, o, "transport-input", pick_some(d, ways, 3));
	maybe(d, o, "privilege", json_integer(roll(d, 16)));
	maybe(d, o, "logging-synchronous", json_true());
	maybe(d, o, "length", json_integer(roll(d, 513)));
	maybe(d, o, "width", json_integer(roll(d, 513)));
	maybe(d, o, "history-size", json_integer(roll(d, 257)));
	maybe(d, o, "session-limit", json_integer(1 + roll(d, 64)));
	return o;
}

static json_t *random_lines(struct dice *d)
{
	json_t *o = json_object(), *lines = json_array(), *banner = json_object();

	if (roll(d, 2))
		json_array_append_new(lines, random_line(d, "con", 0, 0));
	for (int i = (int)roll(d, 4), at = 0; i > 0; i--) {
		int last = at + (int)roll(d, 9);

		json_array_append_new(lines, random_line(d, "vty", at, last));
		at = last + 1;
	}
	put_list(o, "line", lines);
	maybe(d, banner, "motd", random_banner(d));
	maybe(d, banner, "login", random_banner(d));
	maybe(d, banner, "exec", random_banner(d));
	json_object_set_new(o, "banner", banner);
	return o;
}

static json_t *random_archive(struct dice *d)
{
	json_t *o = json_object();

	maybe(d, o, "enabled", json_true());
	maybe(d, o, "size", json_integer(1 + roll(d, 1000)));
	maybe(d, o, "notify-syslog", json_true());
	maybe(d, o, "hide-keys", json_true());
	o = json_pack("{so}", "log-config", o);
	maybe(d, o, "maximum", json_integer(1 + roll(d, 14)));
	maybe(d, o, "time-period", json_integer(1 + roll(d, 525600)));
	maybe(d, o, "write-memory", json_true());
	return o;
}

static json_t *random_config(struct dice *d)
{
	json_t *crypto = json_pack("{soso}", "ikev2", random_ikev2(d), "ipsec", random_ipsec(d));
	json_t *root = json_pack("{so}", "spindle-crypto:crypto", crypto), *maps = json_array(),
	       *lists = json_array(), *interfaces = json_array();

	for (unsigned int i = 0, n = roll(d, 5); i < n; i++) {
		json_array_append_new(maps, random_map(d, (int)(1 + roll(d, 65535))));
		json_array_append_new(lists, random_list(d));
		json_array_append_new(interfaces, json_pack("{soso}", "name", random_name(d),
							    "crypto-map", pick_one(d, names, 8)));
	}
	put_list(crypto, "map", maps);
	if (json_array_size(lists)) {
		json_object_set_new(root, "spindle-acl:access-lists",
				    json_pack("{sO}", "extended", lists));
		json_object_set_new(root, "spindle-interface:interfaces",
				    json_pack("{sO}", "interface", interfaces));
	}
	json_decref(lists);
	json_decref(interfaces);
	json_object_set_new(root, "spindle-aaa:aaa", random_aaa(d));
	json_object_set_new(root, "spindle-line:lines", random_lines(d));
	json_object_set_new(root, "spindle-archive:archive", random_archive(d));
	return root;
}

/* Containers without anything in them say nothing. */
static void prune(json_t *o)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(o, next, key, value)
	{
		if (json_is_object(value))
			prune(value);
		if (json_is_object(value) && json_object_size(value) == 0)
			json_object_del(o, key);
	}
}

static void expect_same(json_t *want, json_t *have, const char *text, uint64_t seed)
{
	char *a, *b;

	prune(want);
	prune(have);
	if (json_equal(want, have))
		return;
	a = json_dumps(want, JSON_INDENT(1) | JSON_SORT_KEYS);
	b = json_dumps(have, JSON_INDENT(1) | JSON_SORT_KEYS);
	/* More than cmocka prints at once. */
	fprintf(stderr, "seed %llu\n%s\nwant %s\nhave %s\n%s\n", (unsigned long long)seed, text, a,
		b, fake.error);
	fail();
}

static void test_generated_data_to_text_to_the_same_data(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct dice d = {.seed = seed * 7919};
		json_t *data = random_config(&d);
		char *text, *again;

		json_decref(fake.config);
		fake.config = json_incref(data);
		text = text_of(&session);
		json_decref(fake.config);
		fake.config = json_object();
		session.failed = false;
		run("configure terminal");
		for (const char *at = text; *at;) {
			char line[1100];
			size_t len = strcspn(at, "\n");

			snprintf(line, sizeof(line), "%.*s", (int)len, at);
			run(line);
			at += len + 1;
		}
		run("end");
		expect_same(data, fake.config, text, seed);
		assert_false(session.failed);
		again = text_of(&session);
		if (strcmp(text, again) != 0)
			fprintf(stderr, "seed %llu\n%s\nagain %s\n", (unsigned long long)seed, text,
				again);
		assert_string_equal(text, again);
		alloc_free(text);
		alloc_free(again);
		json_decref(data);
		fake_clear_output(&fake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_generated_data_to_text_to_the_same_data,
						cli_fixture_setup, cli_fixture_teardown),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
