/* cli/copy: saving, erasing, copying: running-config, startup-config, the archive and files of people. */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/handlers.h"
#include "cli/load.h"
#include "cli/running.h"
#include "cli/show.h"
#include "cli/stored.h"

#define TEXT_LIMIT     (64 << 20)
#define REFUSALS_LIMIT (64 << 10)
#define STARTUP_LIMIT  (64u << 20) /* the daemon reads no longer file */

static enum cli_result save(struct cli_session *s)
{
	struct error err = {0};

	cli_printf(s, "Building configuration...\n");
	if (s->backend->save(s->backend->ctx, &err) < 0)
		return cli_fail_error(s, &err);
	cli_printf(s, "[OK]\n");
	return CLI_OK;
}

CLI_HANDLER(cli_do_write)
{
	(void)m;
	(void)form;
	return save(s);
}

CLI_HANDLER(cli_do_erase)
{
	struct error err = {0};

	(void)m;
	(void)form;
	if (!cli_confirm(s, "Erasing the nvram filesystem will remove all configuration files! "
			    "Continue? [confirm]"))
		return CLI_OK;
	if (s->backend->order(s->backend->ctx, "delete-config",
			      json_pack("{s:s}", "target", "startup"), &err) < 0)
		return cli_fail_error(s, &err);
	cli_printf(s, "[OK]\nErase of nvram: complete\n");
	return CLI_OK;
}

/* ---- show startup-config --------------------------------------------------------------------------- */

static int show_text(struct cli_session *s, struct error *err)
{
	const struct stored startup = {.kind = STORED_STARTUP};
	struct text text;
	int rc;

	text_init(&text, TEXT_LIMIT);
	/* The same lines as in running, so that who compares the two sees what differs. */
	running_header(s, false, &text);
	rc = stored_text(s, &startup, &text, err);
	text_add(&text, "end\n");
	if (rc >= 0)
		cli_printf(s, "Using %zu out of %u bytes\n!\n%s", text.len, STARTUP_LIMIT,
			   text_str(&text));
	text_free(&text);
	return rc;
}

CLI_HANDLER(cli_show_startup)
{
	struct error err = {0};
	int rc;

	(void)m;
	(void)form;
	rc = cli_wants_json(s)
		     ? s->backend->get_stored(s->backend->ctx, "startup", 0, show_document, s, &err)
		     : show_text(s, &err);
	if (rc == -ENOENT) {
		cli_printf(s, "startup-config is not present\n");
		return CLI_OK;
	}
	return rc < 0 ? cli_fail_error(s, &err) : CLI_OK;
}

/* ---- files that are loaded ------------------------------------------------------------------------- */

/* Told when the text has been read: until then the session's errors are the loader's. */
static void note_refusal(void *arg, const struct load_refusal *r)
{
	text_addf(arg, "line %lu: %s: %s\n", r->line, r->reason, r->text);
}

static void print_refusals(struct cli_session *s, const char *lines)
{
	while (*lines) {
		int len = (int)strcspn(lines, "\n");

		cli_fail(s, "%.*s", len, lines);
		lines += len + (lines[len] == '\n');
	}
}

static int load_candidate(struct cli_session *s, int fd, struct error *err)
{
	struct load_source source = load_from_fd(&fd);
	struct load_report report = {0};
	struct load_hooks hooks = {.refused = note_refusal};
	struct text refusals;
	int rc;

	text_init(&refusals, REFUSALS_LIMIT);
	hooks.arg = &refusals;
	s->backend->target(s->backend->ctx, "candidate");
	rc = load_text(s, &source, &hooks, &report, err);
	s->backend->target(s->backend->ctx, NULL);
	print_refusals(s, text_str(&refusals));
	text_free(&refusals);
	if (rc < 0 && report.refused)
		error_set(err, rc, "%lu lines were not taken: nothing was changed", report.refused);
	return rc;
}

int cli_open_candidate(struct cli_session *s, const struct stored *from, bool replaces,
		       struct error *err)
{
	const char *source = stored_source(from);
	int fd = -1, rc;

	if (s->has_candidate)
		return error_set(err, -EBUSY,
				 "a candidate configuration is open: commit or discard it first");
	if (!source) {
		source = replaces ? "empty" : "running";
		fd = stored_open(from->file, err);
		if (fd < 0)
			return fd;
	}
	rc = s->backend->candidate(s->backend->ctx, source, from->number, err);
	if (rc >= 0 && fd >= 0) {
		rc = load_candidate(s, fd, err);
		if (rc < 0)
			s->backend->discard(s->backend->ctx, &(struct error){0});
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

/* All of the file's lines, or none. */
static enum cli_result merge_file(struct cli_session *s, const struct stored *from)
{
	struct error err = {0};
	json_t *counts = NULL;
	int rc = cli_open_candidate(s, from, false, &err);

	if (rc >= 0)
		rc = s->backend->commit(s->backend->ctx, 0, &counts, &err);
	json_decref(counts);
	if (rc < 0)
		return cli_fail_error(s, &err);
	cli_printf(s, "[OK]\n");
	return CLI_OK;
}

static enum cli_result merge_stored(struct cli_session *s, const struct stored *from)
{
	struct error err = {0};
	json_t *members =
		json_pack("{s:s,s:s}", "source", stored_source(from), "target", "running");

	if (members && from->number)
		json_object_set_new(members, "index", json_integer(from->number));
	if (s->backend->order(s->backend->ctx, "copy-config", members, &err) < 0)
		return cli_fail_error(s, &err);
	cli_printf(s, "[OK]\n");
	return CLI_OK;
}

enum cli_result cli_merge_startup(struct cli_session *s)
{
	return merge_stored(s, &(struct stored){.kind = STORED_STARTUP});
}

static enum cli_result write_file(struct cli_session *s, const struct stored *from,
				  const char *name)
{
	struct error err = {0};
	struct text text;
	int rc;

	if (stored_may_write(s, name, &err) < 0)
		return cli_fail_error(s, &err);
	text_init(&text, TEXT_LIMIT);
	rc = stored_text(s, from, &text, &err);
	if (rc >= 0 && from->kind != STORED_FILE)
		text_add(&text, "end\n");
	if (rc >= 0)
		rc = stored_write(name, text_str(&text), &err);
	if (rc >= 0)
		cli_printf(s, "%zu bytes copied\n", text.len);
	text_free(&text);
	return rc < 0 ? cli_fail_error(s, &err) : CLI_OK;
}

/* ---- copy ------------------------------------------------------------------------------------------ */

/* At a terminal the name is asked for, as routers do; there is no other one than the usual. */
static bool ask_name(struct cli_session *s, const char *usual)
{
	char prompt[64], answer[64];
	bool gone;

	snprintf(prompt, sizeof(prompt), "Destination filename [%s]? ", usual);
	if (!cli_ask(s, prompt, answer, sizeof(answer), &gone))
		return !gone;
	if (!*answer || strcasecmp(answer, usual) == 0)
		return true;
	cli_fail(s, "the name is %s; a file's stands in the command: copy running-config ./FILE",
		 usual);
	return false;
}

static enum cli_result copy_to_running(struct cli_session *s, const struct stored *from)
{
	if (from->kind == STORED_RUNNING)
		return cli_fail(s, "running-config is not copied to itself");
	if (!ask_name(s, "running-config"))
		return CLI_FAILED;
	return from->kind == STORED_FILE ? merge_file(s, from) : merge_stored(s, from);
}

static enum cli_result copy_to_startup(struct cli_session *s, const struct stored *from)
{
	if (from->kind != STORED_RUNNING)
		return cli_fail(s, "only running-config is copied to startup-config");
	return ask_name(s, "startup-config") ? save(s) : CLI_FAILED;
}

CLI_HANDLER(cli_do_copy)
{
	const char *from_word = cli_match_get(m, "from"), *to_word = cli_match_get(m, "to");
	struct stored from, to;

	(void)form;
	if (!from_word)
		from_word = cli_match_get(m, "source");
	if (!to_word)
		to_word = cli_match_get(m, "target");
	if (!stored_named(s, from_word, STORED_RUNNING, &from) ||
	    !stored_named(s, to_word, STORED_STARTUP, &to))
		return CLI_FAILED;
	switch (to.kind) {
	case STORED_RUNNING:
		return copy_to_running(s, &from);
	case STORED_STARTUP:
		return copy_to_startup(s, &from);
	case STORED_FILE:
		return write_file(s, &from, to.file);
	default:
		return cli_fail(s, "the archive is written by: archive config");
	}
}
