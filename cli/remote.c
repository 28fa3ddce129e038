#include "cli/remote.h"

#include <errno.h>

#include "base/text.h"
#include "cli/client.h"

/* From frames to the documents in them. */
struct unwrap {
	cli_document *each;
	void *arg;
};

static bool unwrap_frame(void *arg, const json_t *frame, bool more)
{
	const struct unwrap *u = arg;
	const json_t *document = json_object_get(frame, "data");

	(void)more;
	return document ? u->each(u->arg, document) : true;
}

static int remote_get(void *ctx, const char *path, cli_document *each, void *arg, struct error *err)
{
	struct unwrap u = {.each = each, .arg = arg};

	return client_get(ctx, path, unwrap_frame, &u, err);
}

static int remote_get_config(void *ctx, const char *path, cli_document *each, void *arg,
			     struct error *err)
{
	struct unwrap u = {.each = each, .arg = arg};

	return client_get_config(ctx, path, unwrap_frame, &u, err);
}

static int remote_edit(void *ctx, json_t *edit, struct error *err)
{
	return client_edit(ctx, edit, err);
}

static int remote_action(void *ctx, const char *path, json_t *input, json_t **output,
			 struct error *err)
{
	return client_action(ctx, path, input, output, err);
}

static void remote_command(void *ctx, const char *line)
{
	client_set_command(ctx, line);
}

static void remote_mask(void *ctx, bool on)
{
	client_set_masked(ctx, on);
}

static void remote_defaults(void *ctx, bool on)
{
	client_set_defaults(ctx, on);
}

static int remote_save(void *ctx, struct error *err)
{
	return client_save(ctx, err);
}

static int remote_candidate(void *ctx, const char *from, uint32_t index, struct error *err)
{
	return client_candidate(ctx, from, index, err);
}

static int remote_commit(void *ctx, uint32_t confirm_minutes, json_t **counts, struct error *err)
{
	return client_commit(ctx, confirm_minutes, counts, err);
}

static int remote_discard(void *ctx, struct error *err)
{
	return client_discard(ctx, err);
}

static int remote_get_stored(void *ctx, const char *source, uint32_t index, cli_document *each,
			     void *arg, struct error *err)
{
	struct unwrap u = {.each = each, .arg = arg};
	json_t *request = json_pack("{s:s,s:s}", "op", "get-config", "source", source);
	int rc = request ? 0 : -ENOMEM;

	if (!rc && index && json_object_set_new(request, "index", json_integer(index)))
		rc = -ENOMEM;
	rc = rc ? error_set(err, rc, "no memory")
		: client_call(ctx, request, unwrap_frame, &u, err);
	json_decref(request);
	return rc;
}

static int remote_order(void *ctx, const char *op, json_t *members, struct error *err)
{
	json_t *request = members ? members : json_object();
	int rc = request && !json_object_set_new(request, "op", json_string(op)) ? 0 : -ENOMEM;

	rc = rc ? error_set(err, rc, "no memory") : client_call(ctx, request, NULL, NULL, err);
	json_decref(request);
	return rc;
}

/* What programs had to say to a command. */
struct said {
	bool proceed;
	struct text output;
};

static bool take_said(void *arg, const json_t *frame, bool more)
{
	struct said *said = arg;
	const json_t *one;
	size_t i;

	(void)more;
	said->proceed = !json_is_false(json_object_get(frame, "proceed"));
	json_array_foreach(json_object_get(frame, "outputs"), i, one)
	{
		text_add(&said->output, json_is_string(one) ? json_string_value(one) : "");
	}
	return true;
}

static bool remote_announce(void *ctx, const char *line, const char *mode, char **output)
{
	json_t *request = json_pack("{s:s,s:s,s:s}", "op", "command", "line", line, "mode", mode);
	struct said said = {.proceed = true};
	struct error err = {0};

	text_init(&said.output, 1u << 20);
	/* Where it cannot be asked the command runs: watching is no lock. */
	if (request)
		client_call(ctx, request, take_said, &said, &err);
	json_decref(request);
	*output = text_take(&said.output);
	return said.proceed;
}

static void remote_target(void *ctx, const char *name)
{
	client_set_target(ctx, name);
}

struct cli_backend cli_remote(struct client *client)
{
	return (struct cli_backend){
		.ctx = client,
		.announce = remote_announce,
		.get = remote_get,
		.get_config = remote_get_config,
		.edit = remote_edit,
		.action = remote_action,
		.save = remote_save,
		.command = remote_command,
		.candidate = remote_candidate,
		.commit = remote_commit,
		.discard = remote_discard,
		.get_stored = remote_get_stored,
		.order = remote_order,
		.target = remote_target,
		.mask = remote_mask,
		.defaults = remote_defaults,
	};
}
