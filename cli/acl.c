/*
 * Rules of access lists: typed in a router's words, kept as prefixes and numbers.
 */
#include "cli/handlers.h"

#include <errno.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/alloc.h"
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
	if (!address || prefix_parse(&p, address) < 0)
		return;
	if (!wildcard) { /* standard lists: a host */
		snprintf(out, size, "%s/32", address);
		return;
	}
	if (addr_parse(&w, wildcard) < 0)
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

static const char *of_end(const struct cli_match *m, char end, const char *what)
{
	char name[16];

	snprintf(name, sizeof(name), "%c%s", end, what);
	return cli_match_get(m, name);
}

/* `eq` is what a port without an operator means: two ways to say one thing would be two rules. */
static int set_ports(json_t *rule, const char *side, const struct cli_match *m, char end)
{
	const char *first = of_end(m, end, "first");
	const char *op = first ? "range" : of_end(m, end, "op");
	char leaf[40];
	int rc;

	snprintf(leaf, sizeof(leaf), "%s-port", side);
	rc = set_number(rule, leaf, first ? first : of_end(m, end, "port"));
	if (rc < 0 || !op || strcmp(op, "eq") == 0)
		return rc;
	snprintf(leaf, sizeof(leaf), "%s-port-operator", side);
	if (json_object_set_new(rule, leaf, json_string(op)) < 0)
		return -ENOMEM;
	snprintf(leaf, sizeof(leaf), "%s-port-last", side);
	return set_number(rule, leaf, of_end(m, end, "last"));
}

/* The rule without its sequence number; NULL: no memory. */
static json_t *rule_json(const struct cli_match *m)
{
	json_t *rule = json_pack("{ss}", "action", cli_match_get(m, "action"));

	if (!rule || set_number(rule, "protocol", cli_match_get(m, "protocol")) < 0 ||
	    set_prefix(rule, "source", m, 's') < 0 || set_prefix(rule, "destination", m, 'd') < 0 ||
	    set_ports(rule, "source", m, 's') < 0 || set_ports(rule, "destination", m, 'd') < 0) {
		json_decref(rule);
		return NULL;
	}
	return rule;
}

struct search {
	const json_t *rule; /* to be found, NULL: only the highest number is asked */
	uint64_t highest, found;
	size_t rules, remarks;
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
	static const char *const leaves[] = {"action",
					     "protocol",
					     "source",
					     "source-port",
					     "source-port-operator",
					     "source-port-last",
					     "destination",
					     "destination-port",
					     "destination-port-operator",
					     "destination-port-last"};
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
	struct search *find = arg;
	json_t *rule;
	size_t i;

	find->remarks += json_array_size(json_object_get(list, "remark"));
	json_array_foreach(json_object_get(list, "rule"), i, rule)
	{
		search_rule(find, rule);
		find->rules++;
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

static enum cli_result remove_rule(struct cli_session *s, const json_t *list, const json_t *rule,
				   bool numbered)
{
	struct search find = {.rule = rule};
	struct error err = {0};

	if (search(s, list, &find, &err) < 0)
		return cli_fail_error(s, &err);
	if (!find.found)
		return CLI_OK; /* it need not be there to be removed */
	/* A list of lines is made by its first one, and goes with its last. */
	if (numbered && find.rules == 1 && !find.remarks)
		return cli_send_edit(s, spec_document(list, NULL, "remove"));
	return edit_rule(s, list, NULL, find.found, "remove");
}

static enum cli_result change_rule(struct cli_session *s, const json_t *list,
				   const struct cli_match *m, enum cli_form form, bool numbered)
{
	const char *beyond = cli_match_get(m, "beyond");
	enum cli_result result;
	json_t *rule;

	if (beyond)
		return cli_fail(
			s,
			"%s is not supported: protocol, addresses and ports alone decide, in "
			"the kernel's policies and in access-class. The line was not taken",
			beyond);
	rule = rule_json(m);
	if (!rule)
		return cli_fail(s, "no memory");
	result = form == CLI_SET ? add_rule(s, list, m, rule)
				 : remove_rule(s, list, rule, numbered);
	json_decref(rule);
	return result;
}

CLI_HANDLER(cli_do_rule)
{
	return change_rule(s, cli_place(s), m, form, false);
}

CLI_HANDLER(cli_do_standard_rule)
{
	return change_rule(s, cli_place(s), m, form, false);
}

CLI_HANDLER(cli_do_no_rule)
{
	uint32_t sequence = 0;

	(void)form;
	if (text_u32(cli_match_get(m, "sequence"), 1, UINT32_MAX, &sequence) < 0)
		return cli_fail(s, "not a sequence number");
	return edit_rule(s, cli_place(s), NULL, sequence, "remove");
}

#define EXTENDED_SPEC "/spindle-acl:access-lists/extended[name=$<name>]"
#define STANDARD_SPEC "/spindle-acl:access-lists/standard[name=$<name>]"

/* Numbers say which kind a list is. */
static const char *spec_of_number(const struct cli_match *m)
{
	uint32_t n = 0;

	text_u32(cli_match_get(m, "name"), 0, UINT32_MAX, &n);
	return n < 100 || (n >= 1300 && n < 2000) ? STANDARD_SPEC : EXTENDED_SPEC;
}

/* access-list 101 …: the list is made by its first rule; `no access-list 101` takes it whole. */
CLI_HANDLER(cli_do_numbered_rule)
{
	json_t *list = spec_place(NULL, spec_of_number(m), m);
	enum cli_result result;

	if (!list)
		return cli_fail(s, "no memory");
	if (cli_match_get(m, "action"))
		result = change_rule(s, list, m, form, true);
	else
		result = cli_send_edit(s, spec_document(list, NULL, "remove"));
	json_decref(list);
	return result;
}

CLI_HANDLER(cli_do_remark)
{
	char spec[96];

	snprintf(spec, sizeof(spec), "%s remark+$<text>", spec_of_number(m));
	return cli_send_edit(s, spec_edit(NULL, spec, m, form));
}

struct one_list {
	json_t *entry;
};

static bool take_list(void *arg, const json_t *entry)
{
	struct one_list *one = arg;

	one->entry = json_incref((json_t *)(uintptr_t)entry);
	return false;
}

/* The list that the place names, the caller's; NULL: there is none. */
static json_t *read_list(struct cli_session *s, const json_t *place, struct error *err)
{
	struct one_list one = {0};
	struct text path;

	text_init(&path, 1024);
	if (place && spec_place_path(place, &path))
		cli_config_each(s, text_str(&path), take_list, &one, err);
	text_free(&path);
	return one.entry;
}

/* Both kinds may have one name; the extended list is then the one that is used. */
static void warn_of_other(struct cli_session *s, const struct cli_match *m)
{
	bool standard = m->row->enters == CLI_MODE_ACL_STANDARD;
	json_t *place = spec_place(NULL, standard ? EXTENDED_SPEC : STANDARD_SPEC, m), *list;
	struct error err = {0};

	list = read_list(s, place, &err);
	if (list)
		cli_printf(s,
			   "%% Warning: there is %s access list %s too; the extended one is used\n",
			   standard ? "an extended" : "a standard", cli_match_get(m, "name"));
	json_decref(list);
	json_decref(place);
}

CLI_HANDLER(cli_do_access_list)
{
	enum cli_result result = cli_do_edit(s, m, form);

	if (result == CLI_OK && form == CLI_SET)
		warn_of_other(s, m);
	return result;
}

/* ---- resequence ------------------------------------------------------------------------------------ */

static int by_sequence(const void *a, const void *b)
{
	uint64_t x = data_number(*(json_t *const *)a, "sequence");
	uint64_t y = data_number(*(json_t *const *)b, "sequence");

	return x < y ? -1 : x > y;
}

json_t **cli_rules_sorted(const json_t *list, size_t *count)
{
	const json_t *rules = json_object_get(list, "rule");
	json_t **sorted;

	*count = json_array_size(rules);
	sorted = alloc_array(*count + 1, sizeof(*sorted));
	for (size_t i = 0; sorted && i < *count; i++)
		sorted[i] = json_array_get(rules, i);
	if (sorted)
		qsort(sorted, *count, sizeof(*sorted), by_sequence);
	return sorted;
}

/* Numbers that nobody has any more go, the others are written anew. */
static json_t *resequenced(json_t *const *rules, size_t count, uint64_t start, uint64_t step)
{
	json_t *all = json_array();

	for (size_t i = 0; all && i < count; i++) {
		uint64_t was = data_number(rules[i], "sequence");

		if (was < start || (was - start) % step || (was - start) / step >= count)
			json_array_append_new(all,
					      json_pack("{s{ss}sI}", "@", "spindle-types:operation",
							"remove", "sequence", (json_int_t)was));
	}
	for (size_t i = 0; all && i < count; i++) {
		json_t *rule = json_copy(rules[i]);

		json_object_set_new(rule, "sequence", json_integer((json_int_t)(start + i * step)));
		json_object_set_new(rule, "@",
				    json_pack("{ss}", "spindle-types:operation", "replace"));
		json_array_append_new(all, rule);
	}
	return all;
}

static enum cli_result resequence(struct cli_session *s, const json_t *place, const json_t *list,
				  uint32_t start, uint32_t step)
{
	size_t count;
	json_t **rules = cli_rules_sorted(list, &count);
	json_t *content = NULL, *edit = NULL;

	if (!rules)
		return cli_fail(s, "no memory");
	if (count && start + (count - 1) * (uint64_t)step > UINT32_MAX) {
		alloc_free(rules);
		return cli_fail(s,
				"Access-list resequence would exceed the maximum sequence number");
	}
	content = json_pack("{so*}", "rule", resequenced(rules, count, start, step));
	edit = content ? spec_document(place, content, NULL) : NULL;
	json_decref(content);
	alloc_free(rules);
	return cli_send_edit(s, edit);
}

CLI_HANDLER(cli_do_resequence)
{
	static const char *const specs[] = {EXTENDED_SPEC, STANDARD_SPEC};
	enum cli_result result = CLI_FAILED;
	uint32_t start = 0, step = 0;
	json_t *list = NULL;

	(void)form;
	text_u32(cli_match_get(m, "start"), 1, UINT32_MAX, &start);
	text_u32(cli_match_get(m, "step"), 1, UINT32_MAX, &step);
	for (size_t i = 0; !list && i < sizeof(specs) / sizeof(specs[0]); i++) {
		json_t *place = spec_place(NULL, specs[i], m);
		struct error err = {0};

		list = read_list(s, place, &err);
		if (list)
			result = resequence(s, place, list, start, step);
		json_decref(place);
	}
	if (!list)
		return cli_fail(s, "There is no access list %s", cli_match_get(m, "name"));
	json_decref(list);
	return result;
}
