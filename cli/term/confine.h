/*
 * term/confine: what a session's process may still do once it has begun: talk on what is open, read
 * and write files as the person. No sockets, no programs, no new privileges; and the terminal's
 * input cannot be forged for the shell that waits behind it. A violation kills the process.
 */
#ifndef CLI_TERM_CONFINE_H
#define CLI_TERM_CONFINE_H

struct error;

int term_confine(struct error *err);
/* And no file can be opened any more: that fails with EACCES, the process goes on. */
int term_confine_without_files(struct error *err);

#endif
