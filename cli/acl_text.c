/*
 * Access lists as text.
 *
 * A list with a number is written as `access-list 101 permit …`, which people read and tools (RANCID, their
 * filters) look for, as long as that is all of it: these lines have no place for a rule's sequence number and
 * load as 10, 20, 30. Rules that are numbered otherwise, and a list without rules, are written as a block
 * with its numbers, which is how newer routers write every list.
 */
#include "cli/handlers.h"

#include <errno.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "cli/data.h"
#include "cli/running.h"

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

static void view_leaf(json_t *view, const json_t *entry, const char *side, const char *leaf,
		      char end, const char *word)
{
	char name[48], param[16];
	json_t *value;

	snprintf(name, sizeof(name), "%s-port%s", side, leaf);
	snprintf(param, sizeof(param), "%c%s", end, word);
	value = json_object_get(entry, name);
	if (value)
		json_object_set(view, param, value);
}

static void view_ports(json_t *view, const json_t *entry, const char *side, char end)
{
	char name[48];
	bool is_range;

	snprintf(name, sizeof(name), "%s-port-operator", side);
	is_range = strcmp(data_text(entry, name, "eq"), "range") == 0;
	view_leaf(view, entry, side, "", end, is_range ? "first" : "port");
	if (is_range) {
		view_leaf(view, entry, side, "-last", end, "last");
		return;
	}
	snprintf(name, sizeof(name), "%cop", end);
	json_object_set_new(view, name, json_string("eq"));
	view_leaf(view, entry, side, "-operator", end, "op");
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
	view_ports(view, entry, "source", 's');
	view_ports(view, entry, "destination", 'd');
	return view;
}

/* A host without its word, as routers write sources. */
json_t *cli_view_standard_rule(const json_t *entry)
{
	json_t *view = json_copy((json_t *)(uintptr_t)entry), *host;

	if (!view)
		return NULL;
	view_end(view, data_text(entry, "source", ""), 's');
	host = json_object_get(view, "shost");
	if (host)
		json_object_set(view, "snet", host);
	return view;
}

/* ---- the running configuration ---------------------------------------------------------------------- */

void cli_pad_deny(struct text *line)
{
	const char *text = text_str(line), *at = strstr(text, "deny ");
	struct text padded;

	/* The action stands first, or behind the number. */
	if (!at || strspn(text, "0123456789 ") != (size_t)(at - text))
		return;
	text_init(&padded, line->len + 8);
	text_addf(&padded, "%.*sdeny   %s", (int)(at - text), text, at + strlen("deny "));
	text_free(line);
	*line = padded;
}

static bool has_number(const char *name, bool standard)
{
	uint32_t n = 0;

	if (text_u32(name, 1, 2699, &n) < 0 || name[0] == '0')
		return false;
	return standard ? n < 100 || (n >= 1300 && n < 2000) : (n >= 100 && n < 200) || n >= 2000;
}

/* 10, 20, 30 …, as lines without numbers load; remarks alone do too. */
static bool is_plain(const json_t *list, json_t *const *rules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (data_number(rules[i], "sequence") != (i + 1) * 10)
			return false;
	return count > 0 || json_array_size(json_object_get(list, "remark")) > 0;
}

static void write_lines(const char *name, const json_t *list, json_t *const *rules, size_t count,
			const struct rule_lines *lines, struct text *out)
{
	json_t *remark;
	size_t i;

	json_array_foreach(json_object_get(list, "remark"), i, remark)
	{
		text_addf(out, "access-list %s remark %s\n", name, json_string_value(remark));
	}
	for (i = 0; i < count; i++) {
		struct text line;

		text_init(&line, 1024);
		if (rule_line(lines, rules[i], &line)) {
			cli_pad_deny(&line);
			text_addf(out, "access-list %s %s\n", name, text_str(&line));
		}
		text_free(&line);
	}
}

bool cli_write_numbered_list(const struct cli_row *row, const json_t *list, struct text *out)
{
	bool standard = row->enters == CLI_MODE_ACL_STANDARD;
	const char *name = data_text(list, "name", "");
	struct rule_lines *lines;
	json_t **rules;
	size_t count;
	bool plain;

	if (row->run != cli_do_access_list || !has_number(name, standard))
		return false;
	lines = rule_lines_new(standard);
	rules = cli_rules_sorted(list, &count);
	plain = lines && rules && is_plain(list, rules, count);
	if (plain)
		write_lines(name, list, rules, count, lines, out);
	alloc_free(rules);
	rule_lines_free(lines);
	return plain;
}
