/*
 * show access-lists [N], show ip access-lists [N]
 *
 * The lists are those of the running configuration; how often their rules matched is the daemon's state, which
 * is read first: a rule may be in use by several crypto map entries and by access-class.
 */
#include "cli/show.h"

#include "base/alloc.h"
#include "cli/running.h"

#define LISTS "/spindle-acl:access-lists"
#define STATE "/spindle-acl:access-list-state/rule"

struct acl_show {
	struct show *sh;
	json_t *matches; /* by "LIST SEQUENCE" */
	struct rule_lines *lines;
	bool standard;
};

static void key_of(const char *list, const json_t *rule, char *key, size_t size)
{
	snprintf(key, size, "%s %llu", list, (unsigned long long)data_number(rule, "sequence"));
}

static bool keep_matches(void *arg, const json_t *rule)
{
	json_t *all = arg;
	char key[128];
	json_int_t sum;

	key_of(data_text(rule, "list", ""), rule, key, sizeof(key));
	sum = json_integer_value(json_object_get(all, key)) +
	      (json_int_t)data_number(rule, "matches");
	return json_object_set_new(all, key, json_integer(sum)) == 0;
}

/* "permit 10.1.0.0, wildcard bits 0.0.255.255": shows write the sources of standard lists so. */
static void put_wildcard(struct text *line)
{
	const char *text = text_str(line), *source = strrchr(text, ' ');
	struct text out;

	if (!source || !strchr(source, '.') || strchr(text, ' ') == source)
		return;
	text_init(&out, line->len + 32);
	text_addf(&out, "%.*s, wildcard bits%s", (int)(source - text), text, source);
	text_free(line);
	*line = out;
}

static void print_rule(const struct acl_show *as, const char *list, const json_t *rule)
{
	struct cli_session *s = as->sh->s;
	struct text line;
	char key[128];
	json_int_t sum;

	key_of(list, rule, key, sizeof(key));
	sum = json_integer_value(json_object_get(as->matches, key));
	text_init(&line, 1024);
	if (rule_line(as->lines, rule, &line)) {
		if (as->standard)
			put_wildcard(&line);
		cli_printf(s, "    %llu %s", (unsigned long long)data_number(rule, "sequence"),
			   text_str(&line));
		if (sum)
			cli_printf(s, " (%lld match%s)", (long long)sum, sum == 1 ? "" : "es");
		cli_printf(s, "\n");
	}
	text_free(&line);
}

static bool print_list(void *arg, const json_t *list)
{
	const struct acl_show *as = arg;
	const char *name = data_text(list, "name", "");
	json_t **rules;
	size_t count;

	if (!show_is(as->sh, list, "name", "name"))
		return true;
	cli_printf(as->sh->s, "%s IP access list %s\n", as->standard ? "Standard" : "Extended",
		   name);
	rules = cli_rules_sorted(list, &count);
	for (size_t i = 0; rules && i < count; i++)
		print_rule(as, name, rules[i]);
	alloc_free(rules);
	return true;
}

static int print_kind(struct acl_show *as, bool standard, struct error *err)
{
	int rc;

	as->standard = standard;
	as->lines = rule_lines_new(standard);
	rc = cli_config_each(as->sh->s, standard ? LISTS "/standard" : LISTS "/extended",
			     print_list, as, err);
	rule_lines_free(as->lines);
	return rc;
}

static bool of_list(struct show *sh, const json_t *rule)
{
	return show_is(sh, rule, "list", "name");
}

/* JSON has what became of the rules; the rules are the configuration's. */
static enum cli_result show_json(struct cli_session *s, const struct cli_match *m)
{
	static const struct show_part parts[] = {{.path = STATE, .wanted = of_list}};

	return show_parts(s, m, parts, 1, NULL);
}

CLI_HANDLER(cli_show_access_lists)
{
	struct show sh = {.s = s, .m = m};
	struct acl_show as = {.sh = &sh};
	struct error err = {0};
	int rc;

	(void)form;
	if (cli_wants_json(s))
		return show_json(s, m);
	as.matches = json_object();
	rc = cli_state_each(s, STATE, keep_matches, as.matches, &err);
	if (rc >= 0)
		rc = print_kind(&as, true, &err);
	if (rc >= 0)
		rc = print_kind(&as, false, &err);
	json_decref(as.matches);
	return rc < 0 ? cli_fail_error(s, &err) : CLI_OK;
}
