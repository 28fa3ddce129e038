/*
 * cli/session: one CLI session: mode, place in the configuration, privilege, printing. It runs lines:
 * parse, explain or call the row's handler. It knows no terminal and no socket: what the daemon does
 * comes by struct cli_backend, what is printed goes to a sink.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/grammar.h"
#include "cli/parse.h"
#include "cli/table.h"
#include "cli/terminal.h"

struct cli_filter;

/* One document of an answer, borrowed; false: enough. */
typedef bool cli_document(void *arg, const json_t *document);

/* The daemon, as a session sees it. All calls block; 0 or -errno with the sentence in err. */
struct cli_backend {
	void *ctx;
	int (*get)(void *ctx, const char *path, cli_document *each, void *arg, struct error *err);
	int (*get_config)(void *ctx, const char *path, cli_document *each, void *arg,
			  struct error *err);
	int (*edit)(void *ctx, json_t *edit, struct error *err); /* takes edit */
	int (*action)(void *ctx, const char *path, json_t *input, json_t **output,
		      struct error *err); /* takes input */
	int (*save)(void *ctx, struct error *err);
	/* The command that edits until the next call stand for, secrets masked; NULL: none. May be NULL. */
	void (*command)(void *ctx, const char *line);
	/* This session's candidate (doc/control-protocol.md): begins one, makes it running, drops it. *counts
	 * (may be NULL) is the caller's. All may be NULL. */
	int (*candidate)(void *ctx, const char *from, uint32_t index, struct error *err);
	int (*commit)(void *ctx, uint32_t confirm_minutes, json_t **counts, struct error *err);
	int (*discard)(void *ctx, struct error *err);
	/* A configuration by name: "running", "startup", "archive" with its number, "candidate". */
	int (*get_stored)(void *ctx, const char *source, uint32_t index, cli_document *each,
			  void *arg, struct error *err);
	/* An operation of the protocol that answers nothing; takes its members (NULL: none). */
	int (*order)(void *ctx, const char *op, json_t *members, struct error *err);
	/* A command is about to run: its full words, the mode's name. False: it is not to run. output (the
	 * caller's, may be NULL): what is to be printed. May be NULL. */
	bool (*announce)(void *ctx, const char *line, const char *mode, char **output);
	/* What edit and get_config work on from now on: "candidate", or NULL: running. May be NULL. */
	void (*target)(void *ctx, const char *name);
	/* Secrets are masked from now on in what get_config gives, whatever the privilege. May be NULL. */
	void (*mask)(void *ctx, bool on);
	/* … and what was not set comes with its default. May be NULL. */
	void (*defaults)(void *ctx, bool on);
};

#define CLI_LEVELS_MAX	 4
#define CLI_HOSTNAME_MAX 65

struct cli_level {
	enum cli_mode mode;
	json_t *place; /* spec_place() of the entry that is edited */
};

struct cli_session {
	const struct grammar *grammar;
	const struct cli_backend *backend;
	struct cli_level level[CLI_LEVELS_MAX]; /* [0] EXEC, [1] global configuration, … */
	size_t depth;				/* the current one */
	int privilege, privilege_max;
	char user[64];
	char hostname[CLI_HOSTNAME_MAX];
	const char *flash; /* a policy's session: the folder of its files; NULL: a person's */
	bool forced;	   /* a ForceCommand: files whose names begin with a dot are not written */
	bool show_errors_with_line; /* nobody sees the line that was typed: print it with its caret */
	bool failed;		    /* some line failed, since the session began */
	/* printing */
	void (*out)(void *ctx, const char *line);   /* one line, without its end */
	void (*error)(void *ctx, const char *text); /* whole text, with newlines */
	void (*partial)(void *ctx,
			const char *text); /* part of a line, at once; NULL: not so here */
	void *io;
	/* While text is loaded (cli/load): told why a line is not taken, in place of `error`; nothing is
	 * printed. status PARSE_OK: the command refused it; offset: of the character at fault, or SIZE_MAX. */
	void (*refused)(void *ctx, enum parse_status status, size_t offset, const char *reason);
	void *refused_ctx;
	bool touched;		   /* … and has edits */
	bool candidate;		   /* configuration mode edits the candidate */
	bool has_candidate;	   /* there is one, in that mode or left for later */
	bool lost;		   /* the daemon does not answer any more */
	unsigned int entered;	   /* modes that were opened so far */
	size_t shown;		   /* bytes of the line without an end that partial() has had */
	struct text pending;	   /* a line that has no end yet */
	struct cli_filter *filter; /* of the command that runs; NULL: none */
	/* The person has seen enough of it (`q` at --More--, Ctrl-^): nothing more is asked or printed. */
	bool enough;
	struct cli_terminal terminal;
	/* Asks for a password, without echo: length, or -1: nobody answers. NULL: nobody is there. */
	int (*secret)(void *ctx, const char *prompt, char *out, size_t size);
	uint32_t number;  /* the daemon's, of this session; 0 = not known */
	const char *line; /* the one that runs, as it was typed */
	/* a text of many lines is being typed: each line goes here, until it sets collect to NULL */
	enum cli_result (*collect)(struct cli_session *s, const char *line);
	struct text collected;
	char delimiter[4];
	const char *collect_leaf;
};

/* Fills a session that the caller keeps; reads the hostname. Privilege 0–15. */
void cli_session_init(struct cli_session *s, const struct grammar *g,
		      const struct cli_backend *backend, const char *user, int privilege);
void cli_session_end(struct cli_session *s);
/* "R1(config-crypto-map)#" */
void cli_prompt(const struct cli_session *s, struct text *out);
/* Runs one line (with or without its newline). */
enum cli_result cli_run_line(struct cli_session *s, const char *line);

/* Where its lines are typed, for help. */
struct parse_place cli_parse_place(const struct cli_session *s);

/* For handlers. Text may hold any part of lines; a line is printed when it ends. */
void cli_printf(struct cli_session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What stands of the line so far is to be seen now: signs that come one by one. */
void cli_flush(struct cli_session *s);
/* A sentence that begins with "% ", to the error side; returns CLI_FAILED. */
enum cli_result cli_fail(struct cli_session *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The caret under a character of the line that runs, and a sentence about it. */
enum cli_result cli_fail_at(struct cli_session *s, size_t offset, const char *sentence);
enum cli_result cli_fail_error(struct cli_session *s, const struct error *err);
bool cli_wants_json(const struct cli_session *s);
/* Mode changes. push takes place; false: too deep. */
bool cli_push(struct cli_session *s, enum cli_mode mode, json_t *place);
void cli_pop(struct cli_session *s, size_t depth);    /* down to that depth */
const json_t *cli_place(const struct cli_session *s); /* NULL at the top */
/* The name as it is now; as it was, where the daemon does not tell it. */
void cli_read_hostname(struct cli_session *s);
/* Before a prompt of EXEC: another session, a revert or a replace may have named the router anew. */
void cli_refresh_hostname(struct cli_session *s);

#endif
