#include "cli/handlers.h"

#include <errno.h>

#include "base/alloc.h"
#include "cli/data.h"
#include "cli/spec.h"

static enum cli_result no_memory(struct cli_session *s)
{
	return cli_fail(s, "no memory");
}

enum cli_result cli_send_edit(struct cli_session *s, json_t *edit)
{
	struct error err = {0};

	if (!edit)
		return no_memory(s);
	s->touched = true;
	if (s->backend->edit(s->backend->ctx, edit, &err) < 0)
		return cli_fail_error(s, &err);
	return CLI_OK;
}

static enum cli_result enter_at(struct cli_session *s, const struct cli_match *m, const char *spec)
{
	json_t *place = spec_place(cli_place(s), spec, m);

	if (!place)
		return no_memory(s);
	return cli_push(s, (enum cli_mode)m->row->enters, place) ? CLI_OK
								 : cli_fail(s, "too many modes");
}

static enum cli_result enter(struct cli_session *s, const struct cli_match *m)
{
	return enter_at(s, m, m->row->data);
}

CLI_HANDLER(cli_do_edit)
{
	enum cli_form as = !(m->row->forms & CLI_INVERSE) ? form
			   : form == CLI_NO		  ? CLI_SET
							  : CLI_NO;
	enum cli_result result = cli_send_edit(s, spec_edit(cli_place(s), m->row->data, m, as));

	if (result == CLI_OK && form == CLI_SET && m->row->enters)
		result = enter(s, m);
	return result;
}

CLI_HANDLER(cli_do_hostname)
{
	enum cli_result result = cli_do_edit(s, m, form);

	if (result == CLI_OK)
		cli_read_hostname(s);
	return result;
}

CLI_HANDLER(cli_do_version)
{
	(void)s;
	(void)m;
	(void)form;
	return CLI_OK;
}

static bool exists(struct cli_session *s, const struct cli_match *m, const char *spec)
{
	json_t *place = spec_place(cli_place(s), spec, m), *entry = NULL;
	struct text path;

	text_init(&path, 1024);
	if (place && spec_place_path(place, &path))
		entry = cli_config_container(s, text_str(&path));
	json_decref(place);
	json_decref(entry);
	text_free(&path);
	return entry != NULL;
}

CLI_HANDLER(cli_do_crypto_map)
{
	/* Nobody reads the note while text is loaded; the question would be one a map. */
	bool is_new = form == CLI_SET && !s->refused && !exists(s, m, m->row->data);
	enum cli_result result = cli_do_edit(s, m, form);

	if (result == CLI_OK && is_new)
		cli_printf(s, "%% NOTE: This new crypto map will remain disabled until a peer\n"
			      "        and a valid access list have been configured.\n");
	return result;
}

/* An entry that is there is opened without its kind; a new one needs it. */
CLI_HANDLER(cli_do_crypto_map_again)
{
	const char *name = cli_match_get(m, "name"), *sequence = cli_match_get(m, "sequence");

	(void)form;
	if (exists(s, m, CLI_MAP_SPEC))
		return enter_at(s, m, CLI_MAP_SPEC);
	return cli_fail(s,
			"There is no crypto map %s %s; a new entry needs its kind: "
			"crypto map %s %s ipsec-isakmp",
			name, sequence, name, sequence);
}

/* ---- no crypto map NAME -------------------------------------------------------------------------- */

struct whole_map {
	const char *name;
	json_t *removals; /* of its entries */
	char interface[64];
};

static bool take_entry(void *arg, const json_t *e)
{
	struct whole_map *w = arg;

	if (strcmp(data_text(e, "name", ""), w->name) != 0)
		return true;
	return json_array_append_new(w->removals,
				     json_pack("{s:{s:s},s:s,s:I}", "@", "spindle-types:operation",
					       "remove", "name", w->name, "sequence",
					       (json_int_t)data_number(e, "sequence"))) == 0;
}

static bool take_interface(void *arg, const json_t *e)
{
	struct whole_map *w = arg;

	if (strcmp(data_text(e, "crypto-map", ""), w->name) != 0)
		return true;
	text_copy(w->interface, sizeof(w->interface), data_text(e, "name", ""));
	return false;
}

/* All entries at once; not from under an interface, whose traffic would leave unprotected. */
CLI_HANDLER(cli_do_no_crypto_map)
{
	struct whole_map w = {.name = cli_match_get(m, "name"), .removals = json_array()};
	struct error err = {0};
	enum cli_result result;
	int rc;

	(void)form;
	rc = cli_config_each(s, "/spindle-crypto:crypto/map", take_entry, &w, &err);
	if (rc >= 0)
		rc = cli_config_each(s, "/spindle-interface:interfaces/interface", take_interface,
				     &w, &err);
	if (rc < 0)
		result = cli_fail_error(s, &err);
	else if (json_array_size(w.removals) == 0)
		result = CLI_OK; /* it need not be there to be removed, as with everything else */
	else if (w.interface[0])
		result = cli_fail(s,
				  "Crypto map %s is in use by interface %s: "
				  "remove it there first (no crypto map)",
				  w.name, w.interface);
	else
		result = cli_send_edit(
			s, json_pack("{s:{s:O}}", "spindle-crypto:crypto", "map", w.removals));
	json_decref(w.removals);
	return result;
}

/* esp-aes 256 → "esp-aes-256"; without bits 128, as routers take it. */
static json_t *transform_json(const struct cli_match *m)
{
	const char *family = cli_match_get(m, "family"), *bits = cli_match_get(m, "bits");
	const char *integrity = cli_match_get(m, "integrity");
	char cipher[32];
	json_t *node = json_object();
	bool ok = node != NULL;

	if (ok && (family || integrity))
		ok = json_object_set_new(
			     node, "@",
			     json_pack("{ss}", "spindle-types:remove", "cipher integrity")) == 0;
	if (ok && family) {
		snprintf(cipher, sizeof(cipher), "%s-%s", family, bits ? bits : "128");
		ok = json_object_set_new(node, "cipher", json_string(cipher)) == 0;
	}
	if (ok && integrity)
		ok = json_object_set_new(node, "integrity", json_string(integrity)) == 0;
	if (ok)
		return node;
	json_decref(node);
	return NULL;
}

CLI_HANDLER(cli_do_transform_set)
{
	json_t *place, *content, *edit = NULL;
	enum cli_result result;

	if (form != CLI_SET)
		content = json_object();
	else
		content = transform_json(m);
	place = spec_place(NULL, m->row->data, m);
	if (place && content)
		edit = spec_document(place, content, form == CLI_SET ? NULL : "remove");
	json_decref(content);
	json_decref(place);
	result = cli_send_edit(s, edit);
	return result == CLI_OK && form == CLI_SET ? enter(s, m) : result;
}

json_t *cli_view_transform_set(const json_t *entry)
{
	json_t *view = json_copy((json_t *)(uintptr_t)entry);
	const char *cipher = data_text(entry, "cipher", ""), *bits = strrchr(cipher, '-');
	char family[32];

	if (!view || !bits)
		return view;
	snprintf(family, sizeof(family), "%.*s", (int)(bits - cipher), cipher);
	json_object_set_new(view, "family", json_string(family));
	/* 128 bits are what the short form means, and what routers print for it. */
	if (strcmp(bits + 1, "128") != 0)
		json_object_set_new(view, "bits", json_string(bits + 1));
	return view;
}
