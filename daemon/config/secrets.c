/*
 * config/secrets: secrets in JSON, before libyang sees them.
 *
 * libyang keeps values in a dictionary that outlives trees and is never wiped. So clear text is sealed
 * while it is still jansson's, in memory that we can wipe.
 */
#include "config/config_internal.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "seal/seal.h"

#define CLEAR_PREFIX "0 "

struct sealing {
	const struct config_schema *schema;
	const struct seal *seal; /* NULL: only wipe */
	bool *sealed;
	struct error *err;
};

/* "module:name" or "name" below parent. */
static const struct lysc_node *schema_of(const struct sealing *s, const struct lysc_node *parent,
					 const char *member)
{
	const char *colon = strchr(member, ':');
	const struct lys_module *m = parent ? parent->module : NULL;
	char name[65];

	if (colon && (size_t)(colon - member) < sizeof(name)) {
		memcpy(name, member, (size_t)(colon - member));
		name[colon - member] = '\0';
		m = ly_ctx_get_module_implemented(s->schema->ctx, name);
	}
	if (!m)
		return NULL;
	return lys_find_child(parent, m, colon ? colon + 1 : member, 0, 0, 0);
}

static void wipe_string(const json_t *string)
{
	const char *text = json_string_value(string);

	if (text)
		secret_wipe((char *)(uintptr_t)text, json_string_length(string));
}

/* text → buf, sealed; what is sealed already must open here. */
static int seal_value(const struct sealing *s, const char *text, char buf[SEAL_TEXT_MAX])
{
	struct secret *out = NULL;
	int rc;

	if (seal_is_sealed(text)) {
		rc = seal_unseal(s->seal, text, &out, s->err);
		secret_free(out);
		buf[0] = '\0';
		return rc;
	}
	if (!strncmp(text, CLEAR_PREFIX, strlen(CLEAR_PREFIX)))
		text += strlen(CLEAR_PREFIX);
	rc = seal_text(s->seal, text, strlen(text), buf, SEAL_TEXT_MAX);
	if (rc == -EINVAL)
		return error_set(s->err, rc, "a secret has 1 to %d characters", SEAL_CLEAR_MAX);
	return rc ? error_set(s->err, rc, "the secret could not be sealed: %s", strerror(-rc)) : 0;
}

/* An empty value with an operation that removes it needs no sealing. */
static int seal_member(const struct sealing *s, const char *member, json_t *value)
{
	char buf[SEAL_TEXT_MAX];
	int rc = seal_value(s, json_string_value(value), buf);

	if (!rc && *buf) {
		wipe_string(value);
		rc = json_string_set(value, buf) ? -ENOMEM : 0;
		*s->sealed = true;
	}
	error_prefix(s->err, "%s", member);
	return rc;
}

/* "9 $y$…": what the type password-hash takes. */
static bool is_hash(const char *text)
{
	size_t len = strlen(text), method;

	if (len < 5 || len > 400 || (text[0] != '5' && text[0] != '9') ||
	    strncmp(text + 1, " $", 2) != 0)
		return false;
	method = strspn(text + 3, "0123456789abcdefghijklmnopqrstuvwxyz");
	if (!method || text[3 + method] != '$' || !text[4 + method])
		return false;
	for (const char *at = text + 4 + method; *at; at++)
		if (*at <= ' ' || *at > '~')
			return false;
	return true;
}

/* Said here, without the value: libyang would print what it does not like. */
static int check_password(const struct sealing *s, const char *member, json_t *value)
{
	const char *text = json_string_value(value);

	if (is_hash(text))
		return 0;
	return error_set(s->err, -EINVAL,
			 "%s: no hash of crypt(5) behind 5 or 9; a password in clear is hashed on "
			 "its way in, never loaded from a file",
			 member);
}

bool config_is_mask(const char *value)
{
	if (value[0] >= '0' && value[0] <= '9' && value[1] == ' ')
		value += 2;
	return !strcmp(value, CONFIG_MASK);
}

static int seal_leaf(const struct sealing *s, const struct lysc_node *schema, const char *member,
		     json_t *value)
{
	if (config_is_mask(json_string_value(value)))
		return error_set(s->err, -EINVAL,
				 "%s: " CONFIG_MASK
				 " stands for a secret that was not shown; it is "
				 "to be typed, or read by someone who may see it",
				 member);
	return config_is_secret(schema) ? seal_member(s, member, value)
					: check_password(s, member, value);
}

static int seal_object(const struct sealing *s, const struct lysc_node *parent, json_t *object);

static int seal_under(const struct sealing *s, const struct lysc_node *schema, const char *member,
		      json_t *value)
{
	json_t *entry;
	size_t i;
	int rc = 0;

	if (json_is_object(value))
		return seal_object(s, schema, value);
	if (json_is_array(value)) {
		json_array_foreach(value, i, entry) rc = rc ? rc
							    : seal_under(s, schema, member, entry);
		return rc;
	}
	if (!json_is_string(value) || !(schema->nodetype & LYD_NODE_TERM) ||
	    !(config_is_secret(schema) || config_is_password(schema)))
		return 0;
	if (s->seal)
		return seal_leaf(s, schema, member, value);
	wipe_string(value);
	return 0;
}

static int seal_object(const struct sealing *s, const struct lysc_node *parent, json_t *object)
{
	const char *member;
	json_t *value;
	int rc = 0;

	json_object_foreach(object, member, value)
	{
		const struct lysc_node *schema = *member == '@' ? NULL
								: schema_of(s, parent, member);

		if (rc || *member == '@')
			continue;
		/* libyang knows more spellings of a name (":peer"): what passes by here is not sealed. */
		if (schema)
			rc = seal_under(s, schema, member, value);
		else if (s->seal)
			rc = error_set(s->err, -EINVAL, "\"%s\" is no node of the modules here",
				       member);
	}
	return rc;
}

int config_seal_json(const struct config_schema *schema, const struct seal *seal, json_t *json,
		     bool *sealed, struct error *err)
{
	struct sealing s = {.schema = schema, .seal = seal, .sealed = sealed, .err = err};

	return seal_object(&s, NULL, json);
}

void config_wipe_json(const struct config_schema *schema, json_t *json)
{
	struct sealing s = {.schema = schema};

	seal_object(&s, NULL, json);
}
