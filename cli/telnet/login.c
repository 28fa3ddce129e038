#include "cli/telnet/login.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/telnet/entry.h"

#define TRIES 3

struct dialogue {
	struct wire *w;
	int fd;
	struct client *c;
	uint64_t until_ms;
	struct entry name, password;
};

/* A key, or what was queued went out. 0, -ETIMEDOUT, -EPIPE. */
static int wait_for_client(const struct dialogue *d)
{
	int flushed = wire_flush(d->w);
	uint64_t now = clock_boot_ms();
	struct pollfd p[] = {
		{.fd = d->fd, .events = POLLIN | (flushed == -EAGAIN ? POLLOUT : 0)},
		{.fd = client_fd(d->c), .events = POLLIN},
	};
	struct error err = {0};

	if (flushed && flushed != -EAGAIN)
		return flushed;
	if (now >= d->until_ms)
		return -ETIMEDOUT;
	poll(p, 2, (int)(d->until_ms - now));
	/* The daemon tells a stranger nothing unasked: it closes, or the line was cleared. */
	return p[1].revents && client_pump(d->c, &err) < 0 ? -EPIPE : 0;
}

static int next_key(const struct dialogue *d)
{
	int rc = 0, key;

	while ((key = wire_key(d->w)) == WIRE_EMPTY && !rc)
		rc = wait_for_client(d);
	if (key >= 0)
		return key;
	return rc ? rc : -EPIPE;
}

/* 0: it was typed; -errno. */
static int ask(const struct dialogue *d, const char *prompt, bool shown, struct entry *e)
{
	enum entry_step step = ENTRY_MORE;
	int key = 0;

	wire_say(d->w, prompt);
	entry_begin(e, shown);
	while (step == ENTRY_MORE && (key = next_key(d)) >= 0) {
		struct text echo;

		text_init(&echo, 0);
		step = entry_key(e, key, &echo);
		wire_text(d->w, text_str(&echo), echo.len);
		text_free(&echo);
	}
	if (key == -ETIMEDOUT) {
		wire_say(d->w, "\n% ");
		wire_say(d->w, prompt);
		wire_say(d->w, " timeout expired!\n");
	}
	return key < 0 ? key : step == ENTRY_ABORT ? -ECANCELED : 0;
}

/* An empty name is asked for again, without more time. */
static int ask_both(struct dialogue *d)
{
	int rc;

	do
		rc = ask(d, "Username: ", true, &d->name);
	while (!rc && d->name.len == 0);
	return rc ? rc : ask(d, "Password: ", false, &d->password);
}

static int try(struct dialogue *d, struct login *out, struct error *err)
{
	bool too_long = d->name.too_long || d->password.too_long;
	json_t *input, *output = NULL;
	const char *user;
	int rc;

	/* A text that is no UTF-8, or was too long, is nobody's: it is sent as an empty one, and counts. */
	input = too_long ? NULL
			 : json_pack("{s:s,s:s}", "username", d->name.text, "password",
				     d->password.text);
	if (!input)
		input = json_pack("{s:s,s:s}", "username", "", "password", "");
	rc = client_action(d->c, "spindle-aaa:login", input, &output, err);
	if (!rc) {
		user = json_string_value(json_object_get(output, "user"));
		text_copy(out->user, sizeof(out->user), user ? user : d->name.text);
		out->privilege = (int)json_integer_value(json_object_get(output, "privilege"));
	}
	json_decref(output);
	return rc;
}

static int one_try(struct dialogue *d, uint32_t answer_s, struct login *out, struct error *err)
{
	int rc;

	d->until_ms = clock_boot_ms() + answer_s * 1000ull;
	rc = ask_both(d);
	if (rc)
		return error_set(err, rc, "%s",
				 rc == -ETIMEDOUT ? "nobody logged in in time"
						  : "it left before the login");
	rc = try(d, out, err);
	if (rc == -EACCES) {
		wire_say(d->w, "% Login invalid\n\n");
	} else if (rc && rc != -EPIPE) {
		wire_say(d->w, "% ");
		wire_say(d->w, err->text);
		wire_say(d->w, "\n");
	}
	return rc;
}

int login_run(struct wire *w, int fd, struct client *c, uint32_t answer_s, struct login *out,
	      struct error *err)
{
	struct dialogue d = {.w = w, .fd = fd, .c = c};
	int rc = -EACCES;

	wire_say(w, "\nUser Access Verification\n\n");
	for (int i = 0; i < TRIES && rc == -EACCES; i++)
		rc = one_try(&d, answer_s, out, err);
	entry_wipe(&d.name);
	entry_wipe(&d.password);
	if (rc)
		wire_flush(w);
	return rc;
}
