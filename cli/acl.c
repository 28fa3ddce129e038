/*
 * Rules of access lists: typed in a router's words, kept as prefixes and numbers.
 */
#include "cli/handlers.h"

#include <errno.h>

#include "base/addr.h"
#include "cli/data.h"
#include "cli/spec.h"

#define SEQUENCE_STEP 10

/* One end of a typed rule as a prefix; "" = any. */
static void end_prefix(const struct cli_match *m, char end, char *out, size_t size)
{
	char name[16];
	const char *address, *wildcard;
	struct prefix p;
	struct addr w;
	char buf[PREFIX_STRLEN];

	out[0] = '\0';
	snprintf(name, sizeof(name), "%chost", end);
	address = cli_match_get(m, name);
	if (address) {
		snprintf(out, size, "%s/32", address);
		return;
	}
	snprintf(name, sizeof(name), "%cprefix", end);
	address = cli_match_get(m, name);
	if (address && prefix_parse(&p, address) == 0) {
		text_copy(out, size, prefix_format(&p, buf));
		return;
	}
	snprintf(name, sizeof(name), "%cnet", end);
	address = cli_match_get(m, name);
	snprintf(name, sizeof(name), "%cwild", end);
	wildcard = cli_match_get(m, name);
	if (!address || !wildcard || prefix_parse(&p, address) < 0 || addr_parse(&w, wildcard) < 0)
		return;
	p = prefix_make(&p.addr, (unsigned int)prefix_len_from_wildcard(
					 (uint32_t)w.bytes[0] << 24 | w.bytes[1] << 16 |
					 w.bytes[2] << 8 | w.bytes[3]));
	text_copy(out, size, prefix_format(&p, buf));
}

static int set_number(json_t *rule, const char *leaf, const char *digits)
{
	uint32_t v;

	if (!digits || text_u32(digits, 0, UINT32_MAX, &v) < 0)
		return 0;
	return json_object_set_new(rule, leaf, json_integer(v));
}

/* A network 0.0.0.0/0 is any: two ways to say one thing would be two rules. */
static int set_prefix(json_t *rule, const char *leaf, const struct cli_match *m, char end)
{
	char prefix[PREFIX_STRLEN];

	end_prefix(m, end, prefix, sizeof(prefix));
	if (!prefix[0] || strcmp(prefix, "0.0.0.0/0") == 0)
		return 0;
	return json_object_set_new(rule, leaf, json_string(prefix));
}

/* The rule without its sequence number; NULL: no memory. */
static json_t *rule_json(const struct cli_match *m)
{
	json_t *rule = json_pack("{ss}", "action", cli_match_get(m, "action"));

	if (!rule || set_number(rule, "protocol", cli_match_get(m, "protocol")) < 0 ||
	    set_prefix(rule, "source", m, 's') < 0 || set_prefix(rule, "destination", m, 'd') < 0 ||
	    set_number(rule, "source-port", cli_match_get(m, "sport")) < 0 ||
	    set_number(rule, "destination-port", cli_match_get(m, "dport")) < 0) {
		json_decref(rule);
		return NULL;
	}
	return rule;
}

struct search {
	const json_t *rule; /* to be found, NULL: only the highest number is asked */
	uint64_t highest, found;
};

static bool same_leaf(const json_t *a, const json_t *b, const char *leaf)
{
	const json_t *x = json_object_get(a, leaf), *y = json_object_get(b, leaf);

	if (strcmp(leaf, "protocol") == 0)
		return data_number(a, leaf) == data_number(b, leaf);
	return x == y || (x && y && json_equal((json_t *)(uintptr_t)x, (json_t *)(uintptr_t)y));
}

static void search_rule(struct search *find, const json_t *entry)
{
	static const char *const leaves[] = {"action",	    "protocol",	   "source",
					     "source-port", "destination", "destination-port"};
	uint64_t sequence = data_number(entry, "sequence");
	bool same = find->rule != NULL;

	for (size_t i = 0; same && i < sizeof(leaves) / sizeof(leaves[0]); i++)
		same = same_leaf(find->rule, entry, leaves[i]);
	if (same)
		find->found = sequence;
	if (sequence > find->highest)
		find->highest = sequence;
}

static bool search_list(void *arg, const json_t *list)
{
	json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(list, "rule"), i, rule)
	{
		search_rule(arg, rule);
	}
	return true;
}

static int search(struct cli_session *s, const json_t *list, struct search *find, struct error *err)
{
	struct text path;
	int rc;

	text_init(&path, 1024);
	spec_place_path(list, &path);
	rc = cli_config_each(s, text_str(&path), search_list, find, err);
	text_free(&path);
	return rc;
}

static enum cli_result edit_rule(struct cli_session *s, const json_t *list, json_t *rule,
				 uint64_t sequence, const char *operation)
{
	json_t *place = json_copy((json_t *)(uintptr_t)list), *edit = NULL;
	struct error err = {0};

	if (place && json_array_append_new(place, json_pack("[s{sI}]", "rule", "sequence",
							    (json_int_t)sequence)) == 0)
		edit = spec_document(place, rule, operation);
	json_decref(place);
	if (!edit)
		return cli_fail(s, "no memory");
	s->touched = true;
	if (s->backend->edit(s->backend->ctx, edit, &err) < 0)
		return cli_fail_error(s, &err);
	return CLI_OK;
}

/* Without a number a rule goes behind the last one; one that is there already stays where it is. */
static enum cli_result add_rule(struct cli_session *s, const json_t *list,
				const struct cli_match *m, json_t *rule)
{
	struct search find = {.rule = rule};
	struct error err = {0};
	uint32_t sequence = 0;
	const char *typed = cli_match_get(m, "sequence");

	if (typed && text_u32(typed, 1, UINT32_MAX, &sequence) == 0)
		return edit_rule(s, list, rule, sequence, "replace");
	if (search(s, list, &find, &err) < 0)
		return cli_fail_error(s, &err);
	if (find.found)
		return CLI_OK;
	if (find.highest > UINT32_MAX - SEQUENCE_STEP)
		return cli_fail(s, "no sequence number is left behind %llu",
				(unsigned long long)find.highest);
	return edit_rule(s, list, rule, (find.highest / SEQUENCE_STEP + 1) * SEQUENCE_STEP, NULL);
}

static enum cli_result remove_rule(struct cli_session *s, const json_t *list, const json_t *rule)
{
	struct search find = {.rule = rule};
	struct error err = {0};

	if (search(s, list, &find, &err) < 0)
		return cli_fail_error(s, &err);
	if (!find.found)
		return cli_fail(s, "Access rule can't be deleted, it does not exist");
	return edit_rule(s, list, NULL, find.found, "remove");
}

static enum cli_result change_rule(struct cli_session *s, const json_t *list,
				   const struct cli_match *m, enum cli_form form)
{
	json_t *rule = rule_json(m);
	enum cli_result result;

	if (!rule)
		return cli_fail(s, "no memory");
	result = form == CLI_SET ? add_rule(s, list, m, rule) : remove_rule(s, list, rule);
	json_decref(rule);
	return result;
}

CLI_HANDLER(cli_do_rule)
{
	return change_rule(s, cli_place(s), m, form);
}

CLI_HANDLER(cli_do_no_rule)
{
	uint32_t sequence = 0;

	(void)form;
	if (text_u32(cli_match_get(m, "sequence"), 1, UINT32_MAX, &sequence) < 0)
		return cli_fail(s, "not a sequence number");
	return edit_rule(s, cli_place(s), NULL, sequence, "remove");
}

/* access-list 101 …: the list is made by its first rule; `no access-list 101` takes it whole. */
CLI_HANDLER(cli_do_numbered_rule)
{
	json_t *list = spec_place(NULL, "/spindle-acl:access-lists/extended[name=$<name>]", m);
	enum cli_result result;

	if (!list)
		return cli_fail(s, "no memory");
	if (cli_match_get(m, "action")) {
		result = change_rule(s, list, m, form);
	} else {
		json_t *edit = spec_document(list, NULL, "remove");
		struct error err = {0};
		int rc;

		s->touched = true;
		rc = edit ? s->backend->edit(s->backend->ctx, edit, &err) : -ENOMEM;
		result = rc < 0 ? cli_fail_error(s, &err) : CLI_OK;
	}
	json_decref(list);
	return result;
}

/* A prefix in the words of a rule's end. */
static int view_end(json_t *view, const char *text, char end)
{
	struct prefix p;
	char name[16], buf[PREFIX_STRLEN];
	struct addr wild;

	if (!*text || prefix_parse(&p, text) < 0)
		return 0;
	if (p.addr.family == AF_INET6) {
		snprintf(name, sizeof(name), "%cprefix", end);
		return json_object_set_new(view, name, json_string(text));
	}
	addr_format(&p.addr, buf);
	snprintf(name, sizeof(name), "%c%s", end, p.len == 32 ? "host" : "net");
	if (json_object_set_new(view, name, json_string(buf)) < 0)
		return -ENOMEM;
	if (p.len == 32)
		return 0;
	wild = addr_v4(p.len ? ~(UINT32_MAX << (32 - p.len)) : UINT32_MAX);
	snprintf(name, sizeof(name), "%cwild", end);
	return json_object_set_new(view, name, json_string(addr_format(&wild, buf)));
}

static void view_port(json_t *view, const json_t *entry, const char *leaf, const char *name)
{
	const json_t *port = json_object_get(entry, leaf);

	if (port)
		json_object_set(view, name, (json_t *)(uintptr_t)port);
}

json_t *cli_view_rule(const json_t *entry)
{
	json_t *view = json_copy((json_t *)(uintptr_t)entry);

	if (!view)
		return NULL;
	if (!data_has(view, "protocol"))
		json_object_set_new(view, "protocol", json_integer(0));
	view_end(view, data_text(entry, "source", ""), 's');
	view_end(view, data_text(entry, "destination", ""), 'd');
	view_port(view, entry, "source-port", "sport");
	view_port(view, entry, "destination-port", "dport");
	return view;
}
