/*
 * The event manager's configuration: applets and their lines. What a line may hold is lua/applet's to say:
 * here it is checked, made canonical and put into the data; what is wrong is named with its column.
 */
#include <errno.h>

#include "base/alloc.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/spec.h"
#include "lua/applet/applet.h"

#define UNTAGGED "-"

/* ---- places and edits ---------------------------------------------------------------------------------- */

/* An entry of a list of the applet that is edited. NULL: no memory. */
static json_t *entry_of(struct cli_session *s, const char *list, const char *key, const char *value)
{
	json_t *place = json_deep_copy((json_t *)(uintptr_t)cli_place(s));

	if (place && !json_array_append_new(place, json_pack("[s,{s:s}]", list, key, value)))
		return place;
	json_decref(place);
	return NULL;
}

/* Takes place and content. */
static enum cli_result put(struct cli_session *s, json_t *place, json_t *content,
			   const char *operation)
{
	json_t *edit = place && content ? spec_document(place, content, operation) : NULL;

	json_decref(place);
	json_decref(content);
	return cli_send_edit(s, edit);
}

static enum cli_result drop_entry(struct cli_session *s, const char *list, const char *key,
				  const char *value)
{
	return put(s, entry_of(s, list, key, value), json_object(), "remove");
}

/* The rest of the line from the statement on, as it was typed; the caller's. */
static char *statement_text(const struct cli_session *s, const struct cli_match *m, size_t *from)
{
	const struct cli_arg *a = cli_match_arg(m, "statement", 0);
	size_t len;

	*from = a ? a->from : 0;
	if (!a)
		return alloc_text("");
	len = strlen(s->line + a->from);
	while (len > 0 && strchr(" \t", s->line[a->from + len - 1]))
		len--;
	return alloc_printf("%.*s", (int)len, s->line + a->from);
}

/* ---- event manager applet, policy ---------------------------------------------------------------------- */

static bool put_flag(json_t *o, const struct cli_match *m, const char *leaf)
{
	return !cli_match_get(m, leaf) || !json_object_set_new(o, leaf, json_true());
}

static bool put_word(json_t *o, const struct cli_match *m, const char *leaf)
{
	const char *value = cli_match_get(m, leaf);

	return !value || !json_object_set_new(o, leaf, json_string(value));
}

/* What is not said stays as it is: an applet is entered again to add a line to it. */
static json_t *header(const struct cli_match *m)
{
	const char *persist = cli_match_get(m, "persist-time");
	json_t *o = json_object();
	uint32_t seconds;

	if (o && put_flag(o, m, "authorization-bypass") && put_flag(o, m, "trap") &&
	    put_word(o, m, "class") && put_word(o, m, "type") && put_word(o, m, "username") &&
	    (!persist || text_u32(persist, 0, UINT32_MAX, &seconds) ||
	     !json_object_set_new(o, "persist-time", json_integer(seconds))))
		return o;
	json_decref(o);
	return NULL;
}

CLI_HANDLER(cli_do_eem_policy)
{
	json_t *place = spec_place(cli_place(s), m->row->data, m);
	enum cli_result result;

	if (form != CLI_SET)
		return put(s, place, json_object(), "remove");
	result = put(s, json_incref(place), header(m), NULL);
	if (result != CLI_OK || !m->row->enters)
		json_decref(place);
	else if (!cli_push(s, (enum cli_mode)m->row->enters, place))
		result = cli_fail(s, "too many modes");
	return result;
}

/* Booleans are words of their own. */
json_t *cli_view_eem_policy(const json_t *entry)
{
	static const struct {
		const char *leaf, *word;
	} flags[] = {{"authorization-bypass", "bypass"}, {"trap", "trap"}};
	json_t *view = json_copy((json_t *)(uintptr_t)entry);

	for (size_t i = 0; view && i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (data_true(entry, flags[i].leaf))
			json_object_set_new(view, flags[i].leaf, json_string(flags[i].word));
		else
			json_object_del(view, flags[i].leaf);
	}
	if (strcmp(data_text(entry, "class", "default"), "default") == 0)
		json_object_del(view, "class");
	if (strcmp(data_text(entry, "type", "user"), "user") == 0)
		json_object_del(view, "type");
	return view;
}

static bool there_is_one(void *arg, const json_t *event)
{
	(void)event;
	*(bool *)arg = true;
	return false;
}

static bool nothing(void *arg, const json_t *entry)
{
	(void)arg;
	(void)entry;
	return false;
}

/* The router keeps applets; another program runs them, and its absence is no error of the line. */
static void warn_without_manager(struct cli_session *s, const char *name)
{
	struct error err = {0};

	if (cli_state_each(s, "/spindle-eem:event-manager-state/version", nothing, NULL, &err) ==
	    -ENOTCONN)
		cli_printf(s, "%% %s: applet %s is kept, and nothing runs it\n", err.text, name);
}

/* The applet's mode is left: without an event it is never run. */
void cli_applet_left(struct cli_session *s, const json_t *place)
{
	const char *name = data_text(json_array_get(json_array_get(place, 1), 1), "name", "");
	struct error err = {0};
	struct text path;
	bool has_event = false;
	int rc = -ENOMEM;

	text_init(&path, 1024);
	if (spec_place_path(place, &path)) {
		text_add(&path, "/event");
		rc = cli_config_each(s, text_str(&path), there_is_one, &has_event, &err);
	}
	text_free(&path);
	if (rc >= 0 && !has_event)
		cli_printf(s,
			   "%% EEM configuration: applet %s has no event: it is not registered\n",
			   name);
	else if (rc >= 0)
		warn_without_manager(s, name);
}

/* ---- event --------------------------------------------------------------------------------------------- */

/* "tag T syslog …" → "syslog …": the tag is the entry's key. */
static const char *without_tag(const char *text, const char *tag)
{
	return tag ? text + strlen("tag ") + strlen(tag) + 1 : text;
}

static enum cli_result put_event(struct cli_session *s, const struct applet_event *e)
{
	const char *tag = applet_event_tag(e);
	char *text = applet_event_text(e);
	enum cli_result result;

	if (!text)
		return cli_fail(s, "no memory");
	result = put(s, entry_of(s, "event", "tag", tag ? tag : UNTAGGED),
		     json_pack("{s:s}", "statement", without_tag(text, tag)), NULL);
	alloc_free(text);
	return result;
}

/* `no event tag T …`, `no event …`; `no event` alone: all of them. */
static enum cli_result drop_events(struct cli_session *s, const char *text)
{
	char tag[65] = UNTAGGED;

	if (!*text)
		return put(s, json_deep_copy((json_t *)(uintptr_t)cli_place(s)),
			   json_pack("{s:{s:s}}", "@", "spindle-types:remove", "event"), NULL);
	if (strncmp(text, "tag ", 4) == 0) {
		text += 4 + strspn(text + 4, " ");
		snprintf(tag, sizeof(tag), "%.*s", (int)strcspn(text, " "), text);
	}
	return drop_entry(s, "event", "tag", tag);
}

CLI_HANDLER(cli_do_applet_event)
{
	struct applet_event *e = NULL;
	struct error err = {0};
	size_t from, column = 0;
	char *text = statement_text(s, m, &from);
	enum cli_result result;

	if (!text)
		result = cli_fail(s, "no memory");
	else if (form != CLI_SET)
		result = drop_events(s, text);
	else if (applet_event_parse(text, &e, &err, &column))
		result = cli_fail_at(s, from + column, err.text);
	else
		result = put_event(s, e);
	applet_event_free(e);
	alloc_free(text);
	return result;
}

json_t *cli_view_event(const json_t *entry)
{
	json_t *view = json_copy((json_t *)(uintptr_t)entry);
	const char *tag = data_text(entry, "tag", UNTAGGED);

	if (view && strcmp(tag, UNTAGGED) != 0)
		json_object_set_new(
			view, "statement",
			json_sprintf("tag %s %s", tag, data_text(entry, "statement", "")));
	return view;
}

/* ---- action, set --------------------------------------------------------------------------------------- */

static enum cli_result
put_labelled(struct cli_session *s, const struct cli_match *m, const char *list,
	     int (*check)(const char *label, const char *text, char **canonical, struct error *err,
			  size_t *column))
{
	const char *label = cli_match_get(m, "label");
	struct error err = {0};
	size_t from, column = 0;
	char *text = statement_text(s, m, &from), *canonical = NULL;
	enum cli_result result;

	if (!text)
		result = cli_fail(s, "no memory");
	else if (check(label, text, &canonical, &err, &column))
		result = cli_fail_at(s, from + column, err.text);
	else
		result = put(s, entry_of(s, list, "label", label),
			     json_pack("{s:s}", "statement", canonical), NULL);
	alloc_free(canonical);
	alloc_free(text);
	return result;
}

CLI_HANDLER(cli_do_applet_action)
{
	return form == CLI_SET ? put_labelled(s, m, "action", applet_action_check)
			       : drop_entry(s, "action", "label", cli_match_get(m, "label"));
}

CLI_HANDLER(cli_do_applet_set)
{
	return form == CLI_SET ? put_labelled(s, m, "set", applet_set_check)
			       : drop_entry(s, "set", "label", cli_match_get(m, "label"));
}

/* ---- trigger ------------------------------------------------------------------------------------------- */

static const char *behind_word(const char *line)
{
	line += strcspn(line, " ");
	return line + strspn(line, " ");
}

CLI_HANDLER(cli_do_applet_correlate)
{
	struct applet_trigger *t = NULL;
	struct error err = {0};
	size_t from, column = 0;
	enum cli_result result;
	char *text;

	if (form != CLI_SET)
		return cli_do_edit(s, m, form);
	text = statement_text(s, m, &from);
	if (!text || applet_trigger_parse("", &t, &err, NULL))
		result = cli_fail(s, "no memory");
	else if (applet_trigger_correlate(t, text, &err, &column))
		result = cli_fail_at(s, from + column, err.text);
	else
		result =
			put(s, json_deep_copy((json_t *)(uintptr_t)cli_place(s)),
			    json_pack("{s:s}", "correlate", behind_word(applet_trigger_line(t, 1))),
			    NULL);
	applet_trigger_free(t);
	alloc_free(text);
	return result;
}

CLI_HANDLER(cli_do_eem_no_detector)
{
	(void)m;
	(void)form;
	return cli_fail(s, "there is no such detector here: show event manager detector all");
}
