/*
 * cli/stored: configurations by name, and their texts: running-config, startup-config, archive:N, a file
 * of the person's. A name that a router has before a colon (system:, nvram:) is read too.
 */
#ifndef CLI_STORED_H
#define CLI_STORED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct cli_session;

enum stored_kind { STORED_RUNNING, STORED_STARTUP, STORED_ARCHIVE, STORED_CANDIDATE, STORED_FILE };

struct stored {
	enum stored_kind kind;
	uint32_t number;  /* of the archive */
	const char *file; /* borrowed from the name */
};

/* name NULL: that of kind `usual`. A sentence was printed when it is false. */
bool stored_named(struct cli_session *s, const char *name, enum stored_kind usual,
		  struct stored *out);
/* As the protocol calls it: "startup"; NULL: a file. */
const char *stored_source(const struct stored *c);
/* Appends its commands. 0 or -errno with the sentence. */
int stored_text(struct cli_session *s, const struct stored *c, struct text *out, struct error *err);

/*
 * May this session write a file of that name? Not a hidden one behind a ForceCommand: a shell that sshd
 * starts it with reads such files first (bash ~/.bashrc, zsh ~/.zshenv), and would run what stands there.
 * Nor one with a router's place before it (flash:, tftp:). 0, -EACCES or -EINVAL with the sentence.
 */
int stored_may_write(const struct cli_session *s, const char *name, struct error *err);
/* Where the file is: the name, or for a policy's session ("flash:x", "disk0:x", "x") the one in its folder,
 * which holds FLASH_MAX_BYTES at most. 0 or -errno with the sentence. */
#define STORED_PATH_MAX 320
int stored_path(const struct cli_session *s, const char *name, char path[STORED_PATH_MAX],
		struct error *err);
/* A file of the person's: no link, nothing but a file. The descriptor or -errno. */
int stored_open(const char *name, struct error *err);
int stored_write(const char *name, const char *text, struct error *err);

#endif
