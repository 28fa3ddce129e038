/* cli/people: users, enable secrets, lines, banners; enable and disable; what is known and refused. */
#include <errno.h>

#include "base/secret.h"
#include "cli/handlers.h"
#include "cli/show.h"
#include "cli/spec.h"

#define TRIES	    3
#define SECRET_SIZE 256
#define VTY_NUMBER  2	 /* of vty 0 among all lines */
#define BANNER_MAX  2000 /* characters, of up to four bytes */

#define IGNORED                                                                                    \
	(void)m;                                                                                   \
	(void)form

static enum cli_result no_memory(struct cli_session *s)
{
	return cli_fail(s, "no memory");
}

/* ---- enable, disable ------------------------------------------------------------------------------- */

/* The privilege that the daemon gave, or the one that was asked for. */
static void stand_at(struct cli_session *s, const json_t *output, int level)
{
	const json_t *given = json_object_get(output, "privilege");

	s->privilege = json_is_integer(given) ? (int)json_integer_value(given) : level;
	s->level[0].mode = s->privilege > CLI_SEES ? CLI_MODE_PRIV_EXEC : CLI_MODE_EXEC;
}

/* One try. secret NULL: without one. 0 or -errno. */
static int try_level(struct cli_session *s, const char *path, int level, const char *secret,
		     struct error *err)
{
	json_t *input = json_pack("{s:i}", "level", level), *output = NULL;
	int rc = input ? 0 : -ENOMEM;

	if (!rc && secret)
		rc = json_object_set_new(input, "secret", json_string(secret)) ? -ENOMEM : 0;
	if (rc) {
		json_decref(input);
		return error_set(err, rc, "no memory");
	}
	rc = s->backend->action(s->backend->ctx, path, input, &output, err);
	if (!rc)
		stand_at(s, output, level);
	json_decref(output);
	return rc;
}

static int ask(struct cli_session *s, char secret[SECRET_SIZE])
{
	const struct cli_terminal_ops *ops = s->terminal.ops;

	if (ops && ops->secret)
		return ops->secret(s->terminal.ctx, "Password: ", secret, SECRET_SIZE);
	return s->secret ? s->secret(s->io, "Password: ", secret, SECRET_SIZE) : -1;
}

static enum cli_result ask_for_level(struct cli_session *s, int level)
{
	char secret[SECRET_SIZE];

	for (int i = 0; i < TRIES && ask(s, secret) >= 0; i++) {
		struct error err = {0};
		int rc = try_level(s, "spindle-aaa:enable", level, secret, &err);

		secret_wipe(secret, sizeof(secret));
		if (!rc)
			return CLI_OK;
		if (rc != -EACCES && rc != -ENOKEY)
			return cli_fail_error(s, &err);
	}
	return cli_fail(s, "Bad secrets");
}

static int level_of(const struct cli_match *m, int usual)
{
	const char *text = cli_match_get(m, "level");
	uint32_t level;

	return text && !text_u32(text, 0, 15, &level) ? (int)level : usual;
}

CLI_HANDLER(cli_do_enable)
{
	int level = level_of(m, CLI_CHANGES);
	struct error err = {0};
	int rc = try_level(s, "spindle-aaa:enable", level, NULL, &err);

	(void)form;
	if (rc == -ENOKEY)
		return ask_for_level(s, level);
	return rc ? cli_fail_error(s, &err) : CLI_OK;
}

CLI_HANDLER(cli_do_disable)
{
	struct error err = {0};

	(void)form;
	return try_level(s, "spindle-aaa:disable", level_of(m, CLI_SEES), NULL, &err)
		       ? cli_fail_error(s, &err)
		       : CLI_OK;
}

/* ---- users ----------------------------------------------------------------------------------------- */

/* "0 TEXT": in clear, to be hashed by the daemon; "5 HASH", "9 HASH". */
static int put_secret(json_t *node, const struct cli_match *m)
{
	const char *type = cli_match_get(m, "type"), *secret = cli_match_get(m, "secret");
	json_t *value = secret ? json_sprintf("%s %s", type ? type : "0", secret) : NULL;

	return secret ? json_object_set_new(node, "secret", value) : 0;
}

/* scrypt and PBKDF2 as routers write them: no crypt(3) knows them, so no login could be checked. */
static bool is_routers_hash(const struct cli_match *m)
{
	const char *type = cli_match_get(m, "type"), *secret = cli_match_get(m, "secret");

	return type && secret && strcmp(type, "9") == 0 &&
	       (strncmp(secret, "$9$", 3) == 0 || strncmp(secret, "$8$", 3) == 0);
}

static enum cli_result refuse_routers_hash(struct cli_session *s)
{
	return cli_fail(s, "a hash of this kind ($8$, $9$) cannot be checked here: set the "
			   "password anew, in clear or as 9 $y$");
}

static enum cli_result send_entry(struct cli_session *s, const struct cli_match *m, json_t *content,
				  enum cli_form form)
{
	json_t *place = spec_place(NULL, m->row->data, m), *edit = NULL;

	if (place && content)
		edit = spec_document(place, content, form == CLI_SET ? NULL : "remove");
	json_decref(content);
	json_decref(place);
	return cli_send_edit(s, edit);
}

/* What the line does not say stays as it is. */
CLI_HANDLER(cli_do_username)
{
	const char *privilege = cli_match_get(m, "privilege");
	json_t *content = json_object();
	uint32_t level;
	int rc = 0;

	if (form == CLI_SET && is_routers_hash(m)) {
		json_decref(content);
		return refuse_routers_hash(s);
	}
	if (content && form == CLI_SET && privilege && !text_u32(privilege, 0, 15, &level))
		rc = json_object_set_new(content, "privilege", json_integer(level));
	if (content && form == CLI_SET && !rc)
		rc = put_secret(content, m);
	if (!rc)
		return send_entry(s, m, content, form);
	json_decref(content);
	return no_memory(s);
}

/* The match with one more parameter, where the line left it out. */
static struct cli_match with(const struct cli_match *m, const char *name, const char *value)
{
	struct cli_match full = *m;
	struct cli_arg *a;

	if (cli_match_get(m, name) || full.count == CLI_ARGS_MAX)
		return full;
	a = &full.arg[full.count++];
	*a = (struct cli_arg){.name = name, .number = true};
	text_copy(a->value, sizeof(a->value), value);
	return full;
}

CLI_HANDLER(cli_do_enable_secret)
{
	struct cli_match full = with(m, "level", "15");
	json_t *content = json_object();
	enum cli_result result;

	if (form == CLI_SET && is_routers_hash(m)) {
		json_decref(content);
		result = refuse_routers_hash(s);
	} else if (!content || (form == CLI_SET && put_secret(content, m))) {
		json_decref(content);
		result = no_memory(s);
	} else {
		result = send_entry(s, &full, content, form);
	}
	cli_match_wipe(&full);
	return result;
}

json_t *cli_view_enable(const json_t *entry)
{
	json_t *view = json_copy((json_t *)(uintptr_t)entry);

	if (view && data_number(entry, "level") == 15)
		json_object_del(view, "level");
	return view;
}

/* Words parted by one blank each, so that they can be held against a command's. */
CLI_HANDLER(cli_do_exec_privilege)
{
	struct cli_match full = *m;

	for (size_t i = 0; i < full.count; i++) {
		char *to = full.arg[i].value;

		for (const char *from = to; *from; from++)
			if (*from != ' ' || (from[1] != ' ' && from[1]))
				*to++ = *from;
		*to = '\0';
	}
	return cli_do_edit(s, &full, form);
}

CLI_HANDLER(cli_do_no_password)
{
	IGNORED;
	return cli_fail(s, "passwords that can be read back are not kept: use secret");
}

CLI_HANDLER(cli_do_no_servers)
{
	IGNORED;
	return cli_fail(s, "servers elsewhere (RADIUS, TACACS+) are not supported: users are those "
			   "of this configuration");
}

CLI_HANDLER(cli_do_no_line_password)
{
	IGNORED;
	return cli_fail(s, "lines have no password: login local asks for a user's");
}

/* ---- lines ----------------------------------------------------------------------------------------- */

/* A mode for a container: nothing is to be made first. */
CLI_HANDLER(cli_do_enter)
{
	json_t *place;

	if (form != CLI_SET)
		return cli_do_edit(s, m, form);
	place = spec_place(cli_place(s), m->row->data, m);
	if (!place)
		return no_memory(s);
	return cli_push(s, (enum cli_mode)m->row->enters, place) ? CLI_OK
								 : cli_fail(s, "too many modes");
}

CLI_HANDLER(cli_do_line)
{
	struct cli_match full = with(m, "last", cli_match_get(m, "first"));

	return cli_do_edit(s, &full, form);
}

json_t *cli_view_line(const json_t *entry)
{
	json_t *view = json_copy((json_t *)(uintptr_t)entry);

	if (view && data_number(entry, "first") == data_number(entry, "last"))
		json_object_del(view, "last");
	return view;
}

/* `no exec-timeout` is never; the default is ten minutes. */
CLI_HANDLER(cli_do_exec_timeout)
{
	bool never = form == CLI_NO && !cli_match_get(m, "minutes");
	struct cli_match full = with(m, "minutes", "0");

	full = with(&full, "seconds", "0");
	return cli_do_edit(s, &full, never ? CLI_SET : form);
}

CLI_HANDLER(cli_do_clear_line)
{
	const char *vty = cli_match_get(m, "vty"), *line = cli_match_get(m, "line");
	uint32_t number = 0;
	json_t *input;

	(void)form;
	if (vty && !text_u32(vty, 0, 63, &number))
		number += VTY_NUMBER;
	else if (line)
		text_u32(line, 0, 65, &number);
	input = json_pack("{s:i}", "number", (int)number);
	return input ? cli_act(s, "spindle-line:clear-line", input) : no_memory(s);
}

CLI_HANDLER(cli_do_clear_lockout)
{
	const char *user = cli_match_get(m, "username");
	json_t *input = user ? json_pack("{s:s}", "username", user) : json_object();

	(void)form;
	return input ? cli_act(s, "spindle-aaa:clear-lockout", input) : no_memory(s);
}

/* ---- banners --------------------------------------------------------------------------------------- */

static const char *banner_leaf(const struct cli_row *row)
{
	return strncmp(row->syntax, "banner motd", 11) == 0    ? "motd"
	       : strncmp(row->syntax, "banner login", 12) == 0 ? "login"
							       : "exec";
}

static size_t characters(const char *utf8)
{
	size_t n = 0;

	for (; *utf8; utf8++)
		n += ((unsigned char)*utf8 & 0xc0) != 0x80;
	return n;
}

static enum cli_result send_banner(struct cli_session *s, const char *leaf, const char *text)
{
	if (!*text || characters(text) > BANNER_MAX)
		return cli_fail(s, "a banner has 1 to %d characters", BANNER_MAX);
	return cli_send_edit(
		s, json_pack("{s:{s:{s:s}}}", "spindle-line:lines", "banner", leaf, text));
}

/* One line of a text that goes on to its delimiter. */
static enum cli_result collect(struct cli_session *s, const char *line)
{
	const char *end = strstr(line, s->delimiter);
	enum cli_result result = CLI_OK;

	text_add_n(&s->collected, line, end ? (size_t)(end - line) : strcspn(line, "\r\n"));
	if (!end) {
		text_add(&s->collected, "\n");
		return CLI_OK;
	}
	s->collect = NULL;
	if (s->collected.failed)
		result = cli_fail(s, "a banner has 1 to %d characters", BANNER_MAX);
	else
		result = send_banner(s, s->collect_leaf, text_str(&s->collected));
	text_free(&s->collected);
	return result;
}

/* ^C is a delimiter also where it was written as two characters, as configurations have it. */
CLI_HANDLER(cli_do_banner)
{
	const char *text;
	size_t len;

	if (form != CLI_SET)
		return cli_do_edit(s, m, form);
	/* As typed: blanks at the end belong to the text. */
	text = s->line + cli_match_arg(m, "text", 0)->from;
	len = strncmp(text, "^C", 2) == 0 ? 2 : 1;
	snprintf(s->delimiter, sizeof(s->delimiter), "%.*s", (int)len, text);
	s->collect_leaf = banner_leaf(m->row);
	text_init(&s->collected, 4 * BANNER_MAX + 2);
	s->collect = collect;
	if (strstr(text + len, s->delimiter) || text[len])
		return collect(s, text + len);
	text_add(&s->collected, "\n");
	cli_printf(s, "Enter TEXT message.  End with the character '%s'.\n", s->delimiter);
	return CLI_OK;
}

/* A character that the text has not. No text of the modules has a control character. */
static void banner_delimiter(const char *text, char out[4])
{
	static const char usual[] =
		"#%$&@~|+=!\"'()*,-./0123456789:;<>?ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_`"
		"abcdefghijklmnopqrstuvwxyz{}";
	const char *c = usual;

	text_copy(out, 4, "^C");
	if (!strstr(text, out))
		return;
	while (*c && strchr(text, *c))
		c++;
	out[0] = *c ? *c : '\x02';
	out[1] = '\0';
}

void cli_write_banner(const struct cli_row *row, const json_t *container, struct text *out)
{
	const char *leaf = banner_leaf(row), *text = data_text(container, leaf, NULL);
	char delimiter[4];

	if (!text)
		return;
	banner_delimiter(text, delimiter);
	text_addf(out, "banner %s %s%s%s\n", leaf, delimiter, text, delimiter);
}
