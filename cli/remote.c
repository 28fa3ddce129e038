#include "cli/remote.h"

#include <errno.h>

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

static void remote_target(void *ctx, const char *name)
{
	client_set_target(ctx, name);
}

struct cli_backend cli_remote(struct client *client)
{
	return (struct cli_backend){
		.ctx = client,
		.get = remote_get,
		.get_config = remote_get_config,
		.edit = remote_edit,
		.action = remote_action,
		.save = remote_save,
		.command = remote_command,
		.candidate = remote_candidate,
		.commit = remote_commit,
		.discard = remote_discard,
		.target = remote_target,
	};
}
