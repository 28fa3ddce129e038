/* cli/archive: snapshots of the configuration: archive config, show archive, what differs. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/differences.h"
#include "cli/show.h"
#include "cli/stored.h"

#define ARCHIVE_PATH  "/spindle-archive:archive-state"
#define MAXIMUM_USUAL 10
#define TEXT_LIMIT    (64 << 20)

CLI_HANDLER(cli_do_archive_config)
{
	(void)m;
	(void)form;
	return cli_act(s, "spindle-archive:archive-config", NULL);
}

CLI_HANDLER(cli_do_archive_path)
{
	(void)m;
	(void)form;
	return cli_fail(s, "snapshots lie in the state folder of the daemon, and nowhere else");
}

/* ---- show archive ---------------------------------------------------------------------------------- */

struct listing {
	json_t *container, *snapshots;
};

static void keep_container(struct show *sh, const json_t *entry)
{
	((struct listing *)sh->ctx)->container = json_incref((json_t *)(uintptr_t)entry);
}

static void keep_snapshot(struct show *sh, const json_t *entry)
{
	json_array_append(((struct listing *)sh->ctx)->snapshots, (json_t *)(uintptr_t)entry);
}

/* "archive:cfg-Sep-27-15-04-18.414-PDT-7" */
static void print_name(struct cli_session *s, const json_t *e)
{
	char date[32] = "", zone[16] = "";
	uint64_t ms = 0;
	time_t seconds;
	struct tm tm;

	if (data_time(e, "time", &ms)) {
		seconds = (time_t)(ms / 1000);
		localtime_r(&seconds, &tm);
		strftime(date, sizeof(date), "%b-%d-%H-%M-%S", &tm);
		strftime(zone, sizeof(zone), "%Z", &tm);
	}
	cli_printf(s, "archive:cfg-%s.%03u-%s-%llu", date, (unsigned int)(ms % 1000), zone,
		   (unsigned long long)data_number(e, "number"));
}

static size_t maximum(struct cli_session *s)
{
	json_t *settings = cli_config_container(s, "/spindle-archive:archive");
	size_t n = (size_t)data_number(settings, "maximum");

	json_decref(settings);
	return n ? n : MAXIMUM_USUAL;
}

static void print_rows(struct cli_session *s, const struct listing *l, size_t most)
{
	size_t count = json_array_size(l->snapshots);

	for (size_t i = 0; i < count || i < most; i++) {
		cli_printf(s, "   %-9zu", i + 1);
		if (i < count)
			print_name(s, json_array_get(l->snapshots, i));
		cli_printf(s, "%s\n", i + 1 == count ? " <- Most Recent" : "");
	}
}

static void print_listing(struct cli_session *s, const struct listing *l)
{
	const json_t *waits = json_object_get(l->container, "unconfirmed");
	size_t most = maximum(s);

	cli_printf(s, "The maximum archive configurations allowed is %zu.\n", most);
	cli_printf(s, "There are currently %zu archive configurations saved.\n",
		   json_array_size(l->snapshots));
	cli_printf(s, "The next archive file will be named archive:cfg-<timestamp>-%llu\n",
		   (unsigned long long)data_number(l->container, "next"));
	cli_printf(s, " Archive #  Name\n");
	print_rows(s, l, most);
	if (waits)
		cli_printf(s, "Rollback in %llu seconds unless confirmed, configured by %s\n",
			   (unsigned long long)data_number(waits, "remaining"),
			   data_text(waits, "user", "-"));
}

CLI_HANDLER(cli_show_archive)
{
	static const struct show_part parts[] = {
		{.path = ARCHIVE_PATH, .print = keep_container, .lists = "command snapshot"},
		{.path = ARCHIVE_PATH "/snapshot", .print = keep_snapshot},
	};
	struct listing l = {.snapshots = json_array()};
	enum cli_result result;

	(void)form;
	result = show_parts(s, m, parts, 2, &l);
	if (result == CLI_OK && !cli_wants_json(s))
		print_listing(s, &l);
	json_decref(l.container);
	json_decref(l.snapshots);
	return result;
}

/* ---- differences ----------------------------------------------------------------------------------- */

static enum cli_result print_with(struct cli_session *s, const struct stored *old,
				  const struct stored *new, enum differences_form form,
				  const char *heading)
{
	struct error err = {0};
	struct text text;
	int rc;

	text_init(&text, TEXT_LIMIT);
	rc = cli_differences(s, old, new, form, &text, &err);
	if (rc >= 0)
		cli_printf(s, "%s%s%s", heading, text_str(&text),
			   text.len ? "" : "!No changes were found\n");
	text_free(&text);
	return rc < 0 ? cli_fail_error(s, &err) : CLI_OK;
}

enum cli_result cli_print_differences(struct cli_session *s, const struct stored *old,
				      const struct stored *new)
{
	return print_with(s, old, new, DIFFERENCES_CONTEXT, "!Contextual Config Diffs:\n");
}

CLI_HANDLER(cli_show_differences)
{
	struct stored old, new;

	(void)form;
	if (!stored_named(s, cli_match_get(m, "old"), STORED_STARTUP, &old) ||
	    !stored_named(s, cli_match_get(m, "new"), STORED_RUNNING, &new))
		return CLI_FAILED;
	return cli_print_differences(s, &old, &new);
}

CLI_HANDLER(cli_show_incremental)
{
	const struct stored running = {.kind = STORED_RUNNING};
	struct stored file;

	(void)form;
	if (!stored_named(s, cli_match_get(m, "file"), STORED_STARTUP, &file))
		return CLI_FAILED;
	return print_with(s, &running, &file, DIFFERENCES_ADDED, "!List of Commands:\n");
}
