/*
 * aaa: who people are and what they may: users, passwords, privileges of commands, terminal lines.
 *
 * A room of the commit: the configuration of people and lines becomes small objects here. Passwords are
 * checked on a worker, one at a time, an unknown user's against a hash that nobody has, so that both take
 * as long; a wrong one is answered late, counted, and may shut logins for a while or one user out. What a
 * session is, and who may ask, is api's business; api drives. Owns no password longer than its check.
 */
#ifndef AAA_AAA_H
#define AAA_AAA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

struct aaa;
struct config_room;
struct jobs;
struct log;
struct loop;
struct secret;

#define AAA_HASH_MAX   400 /* "9 " and a hash */
#define AAA_NAME_MAX   65
#define AAA_VTY_LEAST  16 /* virtual terminals, where no line says more */
#define AAA_VTY_NUMBER 2  /* number of vty 0 among all lines; the console is 0 */

struct aaa *aaa_new(struct loop *loop, struct jobs *jobs, struct log *log); /* NULL: no memory */
void aaa_free(struct aaa *a); /* checks that run answer -ECANCELED; before jobs */
const struct config_room *aaa_room(const struct aaa *a);
const char *const *aaa_paths(void); /* schema paths of its rows, NULL-terminated */

/*
 * People.
 */
/* False: there is no such user. *privilege: 0–15, or `otherwise` where the user has none of his own. */
bool aaa_user(const struct aaa *a, const char *name, uint8_t otherwise, uint8_t *privilege);

typedef void aaa_done(void *arg, int err, const struct error *why);

/* Where a login comes from, for messages; copied. */
struct aaa_source {
	const char *address; /* "" = not known */
	uint16_t port;	     /* the service: 23 telnet */
};
/* Is it the user's password? done comes once, never before it returns: 0, -EACCES "Login invalid",
 * -EBUSY (quiet mode, or too many at once), -ENOMEM, -ECANCELED. password is borrowed. */
void aaa_login(struct aaa *a, const char *user, const struct secret *password,
	       const struct aaa_source *from, aaa_done *done, void *arg);
/* Is it the enable secret of that level (1–15)? As aaa_login(); -ENOENT: there is none. */
void aaa_enable(struct aaa *a, uint8_t level, const struct secret *password, aaa_done *done,
		void *arg);
bool aaa_has_enable(const struct aaa *a, uint8_t level); /* a secret of that level is set */
/* Hashes the passwords that an edit carries in clear, in place, on a worker; wipes the clear text at
 * once. edit is borrowed until done. Without any, done comes before it returns. */
void aaa_hash_edit(struct aaa *a, json_t *edit, aaa_done *done, void *arg);

/*
 * What operations take.
 */
/* Least privilege for an operation of the control socket: an action ("spindle-crypto:clear-sa"), a state
 * path or an operation's name ("edit-config"): `usual`, unless privilege exec level says otherwise for a
 * command that needs it. Of several commands the one that takes least counts. */
uint8_t aaa_least(const struct aaa *a, const char *operation, uint8_t usual);
/* Walks privilege exec level …; index from 0; false at the end. */
bool aaa_exec_privilege(const struct aaa *a, size_t index, const char **command, uint8_t *level);

/*
 * Lines.
 */
enum aaa_line_kind { AAA_CON, AAA_VTY };
enum aaa_way { AAA_LOCAL, AAA_SSH, AAA_TELNET };

struct aaa_line {
	uint32_t exec_timeout_s; /* 0 = never */
	char access_class[AAA_NAME_MAX];
	bool ssh, telnet; /* let in */
	bool synchronous;
	bool has_privilege, has_length, has_width;
	uint8_t privilege;
	uint16_t length, width, history;
	uint8_t session_limit;		 /* 0 = none; on the lines … */
	uint8_t limit_first, limit_last; /* … from, to */
};
/* The settings of one line: each from the narrowest entry that has the line and sets it. */
void aaa_line(const struct aaa *a, enum aaa_line_kind kind, uint8_t number, struct aaa_line *out);
unsigned int aaa_vty_count(const struct aaa *a);

enum aaa_banner { AAA_MOTD, AAA_LOGIN_BANNER, AAA_EXEC, AAA_BANNERS };
const char *aaa_banner(const struct aaa *a, enum aaa_banner which); /* NULL: none */

/*
 * Logins as they went.
 */
struct aaa_logins {
	bool watched; /* login block-for is set */
	uint16_t block_for_s, attempts, within_s;
	uint8_t delay_s;
	bool quiet;
	uint64_t quiet_left_s;
	uint32_t window_failures;
	uint64_t failures, successes;
};
void aaa_logins(const struct aaa *a, struct aaa_logins *out);

struct aaa_lockout {
	const char *user;
	uint64_t since_wall_ms;
	uint32_t failures;
};
/* Walks who is locked out; index from 0; false at the end. */
bool aaa_lockout(const struct aaa *a, size_t index, struct aaa_lockout *out);
/* -ENOENT: no such user. NULL: everybody, and the quiet time ends. */
int aaa_clear_lockout(struct aaa *a, const char *user);

/*
 * archive, log config.
 */
struct aaa_log_config {
	bool enabled, notify;
	uint16_t size;
};
void aaa_log_config(const struct aaa *a, struct aaa_log_config *out);

#endif
