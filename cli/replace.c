/* cli/replace: configure replace, what is undone unless it is confirmed, the candidate's mode. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cli/data.h"
#include "cli/differences.h"
#include "cli/handlers.h"
#include "cli/stored.h"

#define TEXT_LIMIT    (64 << 20)
#define MINUTES_USUAL 10

/* A number that the grammar has checked; absent: usual. */
static uint32_t minutes_of(const struct cli_match *m, uint32_t usual)
{
	const char *value = cli_match_get(m, "minutes");
	uint32_t n = usual;

	if (value)
		text_u32(value, 1, UINT32_MAX, &n);
	return n;
}

/* ---- what two configurations differ in ------------------------------------------------------------- */

int cli_differences(struct cli_session *s, const struct stored *old, const struct stored *new,
		    enum differences_form form, struct text *out, struct error *err)
{
	struct text a, b;
	int rc;

	text_init(&a, TEXT_LIMIT);
	text_init(&b, TEXT_LIMIT);
	rc = stored_text(s, old, &a, err);
	if (rc >= 0)
		rc = stored_text(s, new, &b, err);
	if (rc >= 0 && differences(text_str(&a), text_str(&b), form, out) < 0)
		rc = error_set(err, -ENOMEM, "no memory for the comparison");
	text_free(&a);
	text_free(&b);
	return rc;
}

/* What leads from running to the candidate. */
static int commands_to_candidate(struct cli_session *s, struct text *out, struct error *err)
{
	const struct stored old = {.kind = STORED_RUNNING}, new = {.kind = STORED_CANDIDATE};

	return cli_differences(s, &old, &new, DIFFERENCES_COMMANDS, out, err);
}

/* ---- configure replace ----------------------------------------------------------------------------- */

static bool is_sure(struct cli_session *s)
{
	char answer[16];
	bool gone;

	if (!s->terminal.ops)
		return true;
	cli_printf(s, "This will apply all necessary additions and deletions\n"
		      "to replace the current running configuration with the\n"
		      "contents of the specified configuration file, which is\n"
		      "assumed to be a complete configuration, not a partial\n");
	if (!cli_ask(s, "configuration. Enter Y if you are sure you want to proceed. ? [no]: ",
		     answer, sizeof(answer), &gone))
		return !gone;
	return *answer == 'y' || *answer == 'Y';
}

static void print_counts(struct cli_session *s, const json_t *counts)
{
	cli_printf(s, "Entries: %llu created, %llu changed, %llu deleted\n",
		   (unsigned long long)data_number(counts, "created"),
		   (unsigned long long)data_number(counts, "changed"),
		   (unsigned long long)data_number(counts, "deleted"));
}

static enum cli_result replaced(struct cli_session *s, const json_t *counts)
{
	bool changed = data_number(counts, "created") || data_number(counts, "changed") ||
		       data_number(counts, "deleted");

	if (changed)
		print_counts(s, counts);
	cli_printf(s, "Total number of passes: %d\nRollback Done\n", changed ? 1 : 0);
	return CLI_OK;
}

static enum cli_result aborted(struct cli_session *s, const struct text *commands,
			       const struct error *err)
{
	enum cli_result result = cli_fail_error(s, err);

	cli_printf(s,
		   "The rollback configlet from the last pass is listed below:\n********\n"
		   "!List of Rollback Commands:\n%send\n********\n\n\n"
		   "Rollback aborted after 1 passes\n",
		   text_str(commands));
	return result;
}

static enum cli_result commit_replace(struct cli_session *s, const struct cli_match *m)
{
	struct error err = {0};
	enum cli_result result;
	json_t *counts = NULL;
	struct text commands;
	int rc;

	text_init(&commands, TEXT_LIMIT);
	rc = commands_to_candidate(s, &commands, &err);
	if (rc >= 0 && cli_match_get(m, "list") && commands.len > 0)
		cli_printf(s, "!Pass 1\n!List of Commands:\n%send\n\n", text_str(&commands));
	if (rc >= 0)
		rc = s->backend->commit(s->backend->ctx, minutes_of(m, 0), &counts, &err);
	if (rc < 0) {
		result = aborted(s, &commands, &err);
		s->backend->discard(s->backend->ctx, &(struct error){0});
	} else {
		result = replaced(s, counts);
	}
	json_decref(counts);
	text_free(&commands);
	return result;
}

CLI_HANDLER(cli_do_replace)
{
	struct error err = {0};
	struct stored from;

	(void)form;
	if (!stored_named(s, cli_match_get(m, "source"), STORED_STARTUP, &from))
		return CLI_FAILED;
	if (from.kind == STORED_RUNNING)
		return cli_fail(s, "running-config is not replaced by itself");
	if (!cli_match_get(m, "force") && !is_sure(s))
		return CLI_OK;
	if (cli_open_candidate(s, &from, true, &err) < 0)
		return cli_fail_error(s, &err);
	return commit_replace(s, m);
}

/* ---- what is undone unless it is confirmed --------------------------------------------------------- */

static enum cli_result order(struct cli_session *s, const char *op, json_t *members)
{
	struct error err = {0};

	return s->backend->order(s->backend->ctx, op, members, &err) < 0 ? cli_fail_error(s, &err)
									 : CLI_OK;
}

CLI_HANDLER(cli_do_confirm)
{
	(void)m;
	(void)form;
	return order(s, "confirm", NULL);
}

CLI_HANDLER(cli_do_revert)
{
	uint32_t minutes = minutes_of(m, 0);

	(void)form;
	return order(s, "revert", minutes ? json_pack("{s:i}", "minutes", (int)minutes) : NULL);
}

CLI_HANDLER(cli_do_configure_revert)
{
	enum cli_result result =
		order(s, "guard", json_pack("{s:i}", "minutes", (int)minutes_of(m, MINUTES_USUAL)));

	return result == CLI_OK ? cli_do_configure(s, m, form) : result;
}

/* ---- configure alone ------------------------------------------------------------------------------- */

CLI_HANDLER(cli_do_configure_ask)
{
	char answer[32];
	bool gone;

	if (!cli_ask(s, "Configuring from terminal, memory, or network [terminal]? ", answer,
		     sizeof(answer), &gone))
		return gone ? CLI_OK : cli_do_configure(s, m, form);
	if (!*answer || strncasecmp("terminal", answer, strlen(answer)) == 0)
		return cli_do_configure(s, m, form);
	if (strncasecmp("memory", answer, strlen(answer)) == 0)
		return cli_merge_startup(s);
	if (strncasecmp("network", answer, strlen(answer)) == 0)
		return cli_fail(s, "nothing is read from the network: copy ./FILE running-config");
	return cli_fail(s, "Unknown source %s", answer);
}

CLI_HANDLER(cli_do_configure_memory)
{
	(void)m;
	(void)form;
	return cli_merge_startup(s);
}

/* ---- the candidate's mode -------------------------------------------------------------------------- */

static enum cli_result enter_candidate(struct cli_session *s)
{
	s->backend->target(s->backend->ctx, "candidate");
	s->candidate = true;
	if (cli_push(s, CLI_MODE_CONFIG, NULL))
		return CLI_OK;
	cli_leave_candidate(s);
	return cli_fail(s, "too many modes");
}

static enum cli_result begin_candidate(struct cli_session *s)
{
	struct error err = {0};

	if (s->backend->candidate(s->backend->ctx, "running", 0, &err) < 0)
		return cli_fail_error(s, &err);
	s->has_candidate = true;
	s->touched = false;
	return CLI_OK;
}

CLI_HANDLER(cli_do_configure_candidate)
{
	enum cli_result result = CLI_OK;

	(void)m;
	(void)form;
	if (s->has_candidate)
		cli_printf(s, "Going on with the candidate configuration.\n");
	else
		result = begin_candidate(s);
	if (result != CLI_OK)
		return result;
	cli_printf(s, "Enter configuration commands, one per line; \"commit\" puts them in force.  "
		      "End with CNTL/Z.\n");
	return enter_candidate(s);
}

void cli_leave_candidate(struct cli_session *s)
{
	struct error err = {0};

	s->backend->target(s->backend->ctx, NULL);
	s->candidate = false;
	if (!s->has_candidate)
		return;
	if (s->touched) {
		cli_printf(s,
			   "The candidate configuration is kept: \"configure candidate\" goes on "
			   "with it.\n");
		return;
	}
	s->backend->discard(s->backend->ctx, &err);
	s->has_candidate = false;
}

static enum cli_result no_candidate(struct cli_session *s)
{
	return cli_fail(s, "there is no candidate configuration: configure candidate begins one");
}

CLI_HANDLER(cli_do_commit)
{
	uint32_t minutes = cli_match_get(m, "confirmed") ? minutes_of(m, MINUTES_USUAL) : 0;
	struct error err = {0};
	json_t *counts = NULL;

	(void)form;
	if (!s->candidate)
		return no_candidate(s);
	if (s->backend->commit(s->backend->ctx, minutes, &counts, &err) < 0)
		return cli_fail_error(s, &err);
	print_counts(s, counts);
	json_decref(counts);
	s->has_candidate = false;
	if (minutes)
		cli_printf(s, "Undone in %u minute%s unless confirmed: configure confirm\n",
			   minutes, minutes == 1 ? "" : "s");
	return begin_candidate(s);
}

CLI_HANDLER(cli_do_discard)
{
	(void)m;
	(void)form;
	return s->candidate ? begin_candidate(s) : no_candidate(s);
}

CLI_HANDLER(cli_show_candidate_differences)
{
	const struct stored old = {.kind = STORED_RUNNING}, new = {.kind = STORED_CANDIDATE};

	(void)m;
	(void)form;
	return s->has_candidate ? cli_print_differences(s, &old, &new) : no_candidate(s);
}
