/*
 * A daemon in a few lines, for tests of the command line: configuration and state are JSON documents in
 * memory, edits are applied as doc/control-protocol.md says, lists come in pages of three.
 */
#ifndef TESTS_CLI_FAKE_DAEMON_H
#define TESTS_CLI_FAKE_DAEMON_H

#include <jansson.h>

#include "cli/session.h"

struct fake_daemon {
	json_t *config, *state;
	json_t *candidate;	    /* NULL: none was begun */
	bool to_candidate;	    /* edits and reads go there */
	const char *commit_refusal; /* a commit fails with this sentence */
	unsigned int commits;
	json_t *actions;	   /* [[path, input], …] */
	json_t *startup, *archive; /* NULL: not present; of every number */
	json_t *orders;		   /* [[op, members], …] */
	json_t *outputs;	   /* what the next actions answer, each once; NULL: nothing */
	bool masked;		   /* secrets, as the session asked for */
	unsigned int edits, saves;
	const char *secret;  /* enable takes it; NULL: takes none */
	char command[1200];  /* the last that edits stood for */
	char asked[256];     /* the last path of state that was read */
	const char *refusal; /* every edit and action fails with this sentence */
	int refusal_code;    /* … and this code; 0: -EINVAL */
	const char *absent;  /* why nobody serves state */
	char out[1 << 20];   /* what a session printed */
	char error[1 << 16];
};

void fake_init(struct fake_daemon *f); /* keeps nothing of before: fake_end() first */
void fake_end(struct fake_daemon *f);
struct cli_backend fake_backend(struct fake_daemon *f);
/* A session on it whose output is gathered. */
void fake_session(struct fake_daemon *f, const struct cli_backend *backend, const struct grammar *g,
		  struct cli_session *s, int privilege);
void fake_clear_output(struct fake_daemon *f);
/* Applies an edit (borrowed) to a document. */
void fake_apply(json_t *config, const json_t *edit);

#endif
