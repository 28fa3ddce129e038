/*
 * show crypto ikev2 proposal, policy, profile: what is configured, and what is taken where nothing is.
 */
#include "cli/show_crypto.h"

#include <ctype.h>

#define IKEV2 "/spindle-crypto:crypto/ikev2"

struct named {
	struct show *sh;
	void (*print)(struct show *sh, const json_t *entry);
};

static bool print_named(void *arg, const json_t *entry)
{
	const struct named *n = arg;

	if (show_is(n->sh, entry, "name", "name"))
		n->print(n->sh, entry);
	return true;
}

static enum cli_result show_config(struct show *sh, const char *path,
				   void (*print)(struct show *sh, const json_t *entry))
{
	struct named n = {sh, print};
	struct error err = {0};

	if (cli_wants_json(sh->s))
		return show_config_json(sh->s, path);
	return cli_config_each(sh->s, path, print_named, &n, &err) < 0 ? cli_fail_error(sh->s, &err)
								       : CLI_OK;
}

/* ---- proposals -------------------------------------------------------------------------------------- */

/* "aes-cbc-256" as people read it: "AES-CBC-256". */
static void print_words(struct show *sh, const char *label, const json_t *values)
{
	json_t *value;
	size_t i;

	cli_printf(sh->s, "     %-11s: ", label);
	json_array_foreach(values, i, value)
	{
		const char *word = json_string_value(value);
		char upper[32] = "";

		for (size_t k = 0; word && word[k] && k + 1 < sizeof(upper); k++)
			upper[k] = (char)toupper((unsigned char)word[k]);
		cli_printf(sh->s, "%s%s", i ? " " : "", upper);
	}
	cli_printf(sh->s, "%s\n", json_array_size(values) ? "" : "none");
}

static void print_groups(struct show *sh, const json_t *groups)
{
	static const struct {
		unsigned int number;
		const char *name;
	} names[] = {
		{14, "DH_GROUP_2048_MODP"}, {19, "DH_GROUP_256_ECP"}, {31, "DH_GROUP_CURVE25519"}};
	json_t *group;
	size_t i;

	cli_printf(sh->s, "     DH Group   : ");
	json_array_foreach(groups, i, group)
	{
		const char *word = json_string_value(group), *name = "DH_GROUP";
		unsigned int number = 0;

		number = json_is_integer(group) ? (unsigned int)json_integer_value(group) : 0;
		if (word && text_u32(word, 0, UINT16_MAX, &number) < 0)
			number = 0;
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (names[k].number == number)
				name = names[k].name;
		cli_printf(sh->s, "%s%s/Group %u", i ? " " : "", name, number);
	}
	cli_printf(sh->s, "%s\n", json_array_size(groups) ? "" : "none");
}

/* Without prf, those of integrity are taken. */
static void print_proposal(struct show *sh, const json_t *p)
{
	const char *prf = data_has(p, "prf") ? "prf" : "integrity";

	cli_printf(sh->s, " IKEv2 proposal: %s\n", data_text(p, "name", "default"));
	print_words(sh, "Encryption", json_object_get(p, "encryption"));
	print_words(sh, "Integrity", json_object_get(p, "integrity"));
	print_words(sh, "PRF", json_object_get(p, prf));
	print_groups(sh, json_object_get(p, "group"));
}

static bool is_named(const struct show *sh, const char *name)
{
	const char *wanted = cli_match_get(sh->m, "name");

	return !wanted || strcmp(wanted, name) == 0;
}

static bool print_default(void *arg, const json_t *entry)
{
	print_proposal(arg, entry);
	return true;
}

CLI_HANDLER(cli_show_ikev2_proposal)
{
	struct show sh = {.s = s, .m = m};
	struct error err = {0};
	enum cli_result result;

	(void)form;
	result = show_config(&sh, IKEV2 "/proposal", print_proposal);
	if (result != CLI_OK || cli_wants_json(s) || !is_named(&sh, "default"))
		return result;
	return cli_state_each(s, "/spindle-crypto:crypto-state/ikev2-default-proposal",
			      print_default, &sh, &err) < 0
		       ? cli_fail_error(s, &err)
		       : CLI_OK;
}

/* ---- policies ----------------------------------------------------------------------------------------- */

static void print_policy(struct show *sh, const json_t *p)
{
	json_t *proposal;
	size_t i;

	cli_printf(sh->s, " IKEv2 policy : %s\n", data_text(p, "name", ""));
	cli_printf(sh->s, "      Match fvrf : any\n      Match address local : %s\n",
		   data_text(p, "match-address-local", "any"));
	json_array_foreach(json_object_get(p, "proposal"), i, proposal)
	{
		cli_printf(sh->s, "      Proposal    : %s\n", json_string_value(proposal));
	}
	sh->count++;
}

/* What is taken for an address of ours that no policy matches. */
CLI_HANDLER(cli_show_ikev2_policy)
{
	struct show sh = {.s = s, .m = m};
	enum cli_result result;

	(void)form;
	result = show_config(&sh, IKEV2 "/policy", print_policy);
	if (result == CLI_OK && !cli_wants_json(s) && is_named(&sh, "default"))
		cli_printf(s, " IKEv2 policy : default\n      Match fvrf : any\n"
			      "      Match address local : any\n      Proposal    : default\n");
	return result;
}

/* ---- profiles ------------------------------------------------------------------------------------------- */

static void print_identities(struct show *sh, const json_t *p, const char *kind)
{
	char leaf[64];
	json_t *value;
	size_t i;

	snprintf(leaf, sizeof(leaf), "match-identity-remote-%s", kind);
	json_array_foreach(json_object_get(p, leaf), i, value)
	{
		cli_printf(sh->s, "   %s %s\n", kind, json_string_value(value));
	}
}

static void print_addresses(struct show *sh, const json_t *p)
{
	json_t *value;
	size_t i;

	json_array_foreach(json_object_get(p, "match-identity-remote-address"), i, value)
	{
		json_t *one = json_pack("{sO}", "p", value);
		char net[SHOW_BUF], *slash;

		show_net(one, "p", net, sizeof(net));
		slash = strchr(net, '/');
		if (slash && !strchr(net, ':'))
			*slash = ' ';
		cli_printf(sh->s, "   address %s \n", net);
		json_decref(one);
	}
}

static void print_own_identity(struct show *sh, const json_t *p)
{
	static const char *const kinds[] = {"address", "fqdn", "email", "key-id"};
	char leaf[64];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(leaf, sizeof(leaf), "identity-local-%s", kinds[i]);
		if (!data_has(p, leaf))
			continue;
		cli_printf(sh->s, " Local identity: %s %s\n", kinds[i], data_text(p, leaf, ""));
		return;
	}
	cli_printf(sh->s, " Local identity: none\n");
}

static void print_dpd(struct show *sh, const json_t *p)
{
	const json_t *dpd = json_object_get(p, "dpd");

	if (data_has(dpd, "interval"))
		cli_printf(sh->s, " DPD: interval %llu, retry-interval %llu, %s\n",
			   (unsigned long long)data_number(dpd, "interval"),
			   (unsigned long long)data_number(dpd, "retry"),
			   data_text(dpd, "mode", "on-demand"));
	else
		cli_printf(sh->s, " DPD: disabled\n");
}

/* Lines that a router fills with features of its own are left out. */
static void print_profile(struct show *sh, const json_t *p)
{
	cli_printf(sh->s, "\nIKEv2 profile: %s\n Match criteria: \n  Local address/interface: %s\n",
		   data_text(p, "name", ""), data_text(p, "match-address-local", "none"));
	cli_printf(sh->s, "  Identities: \n");
	print_addresses(sh, p);
	print_identities(sh, p, "fqdn");
	print_identities(sh, p, "email");
	print_identities(sh, p, "key-id");
	if (data_has(p, "match-identity-remote-any"))
		cli_printf(sh->s, "   any\n");
	print_own_identity(sh, p);
	cli_printf(sh->s, " Local authentication method: %s\n",
		   data_text(p, "authentication-local", "none"));
	cli_printf(sh->s, " Remote authentication method(s): %s\n",
		   data_text(p, "authentication-remote", "none"));
	cli_printf(sh->s, " Keyring: %s\n Lifetime: %llu seconds\n",
		   data_text(p, "keyring", "none"),
		   data_has(p, "lifetime") ? (unsigned long long)data_number(p, "lifetime")
					   : 86400ull);
	print_dpd(sh, p);
}

CLI_HANDLER(cli_show_ikev2_profile)
{
	struct show sh = {.s = s, .m = m};

	(void)form;
	return show_config(&sh, IKEV2 "/profile", print_profile);
}
