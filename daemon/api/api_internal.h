/* api: what its files share: sessions, requests, the ways of answering. */
#ifndef API_API_INTERNAL_H
#define API_API_INTERNAL_H

#include <sys/types.h>

#include "aaa/aaa.h"
#include "api/api.h"
#include "base/addr.h"
#include "base/frame.h"
#include "base/list.h"
#include "base/loop.h"

struct config_candidate;
struct log_record;
struct ly_ctx;

#define API_SESSIONS_MAX  64
#define API_KEPT	  8   /* of them, for root and the daemon's own user */
#define API_PERSON_MAX	  32  /* of one other person, and of the telnet service */
#define API_STRANGERS_MAX 8   /* who may nothing and have not been told yet; beside the others */
#define API_REQUESTS_MAX  16  /* that run in one session at a time */
#define API_SUBS_MAX	  8   /* subscriptions of a session */
#define API_ASKS_MAX	  64  /* commands held for an answer */
#define API_PAGE	  256 /* entries in a frame, at most */
#define API_WINDOW	  8   /* frames of an answer before credit */
#define API_WINDOW_MAX	  1024
#define API_OUT_HIGH	  (2u << 20)  /* bytes waiting; more: input is not read */
#define API_OUT_LOW	  (64u << 10) /* less: lists and the log go on */
#define API_OUT_MAX	  (8u << 20)  /* bytes waiting; more: the client is dropped */
#define API_STALL_MS	  30000	      /* nothing taken for so long: the client is dropped */
#define API_USER_MAX	  65
#define API_PROVIDED	  1 /* modules that other programs serve */

/*
 * access.c: who is at the other end, and what they may.
 */
struct access {
	gid_t admin;  /* group spindle-admin; (gid_t)-1: there is none */
	uid_t telnet; /* user spindle-telnet, who speaks for others; (uid_t)-1: there is none */
	uid_t eem;    /* user spindle-eem, the event manager; (uid_t)-1: there is none */
	uid_t own;    /* who the daemon runs as */
};

struct access access_load(void);
/* 15 or 0. groups: all of theirs, the primary one included. */
uint8_t access_privilege(const struct access *a, uid_t uid, const gid_t *groups, size_t count);
/* From a file like /etc/passwd or /etc/group: the number of a name, UINT32_MAX: it is not there; the name
 * of a number, "uid N". */
uint32_t access_number(const char *path, const char *name);
void access_name(const char *path, uid_t uid, char user[API_USER_MAX]);
/* Asks the socket. 0 or -errno. */
int access_peer(const struct access *a, int fd, char user[API_USER_MAX], uid_t *uid,
		uint8_t *privilege);

/*
 * rows.c: state rows laid over the schema; documents made of their entries.
 */
struct api_row {
	const struct api_state *state;
	bool is_list;
};

int rows_check(const struct api *a, struct api_row *rows, struct error *err);
/* Does a request for `path` (a schema path, "" = all) mean this row? */
bool row_matches(const struct api_row *row, const char *path);
/* Takes keys in brackets out of path ("…/ikev2-sa[id='3']"): the bare path, and a filter or NULL. */
int path_split(const char *path, char *bare, size_t size, json_t **filter);
/* Entries that differ from the filter in a member go. */
void rows_filter(json_t *entries, const json_t *filter, const char *but);
/* Hangs entries into doc at the row's path. Borrows entries. */
int row_place(json_t *doc, const struct api_row *row, json_t *entries);
bool action_is_known(const struct api *a, const char *path);
/* The modules' rpc at path ("spindle-crypto:clear-sa"): is this a good input for it? NULL = {}. */
int action_check(const struct ly_ctx *ctx, const char *path, const json_t *input,
		 struct error *err);

/*
 * session.c
 */
enum session_phase { SESSION_NEW, SESSION_READY, SESSION_CLOSING };

/* Where a person's terminal is, and the line that it has. */
struct terminal {
	bool given; /* hello spoke of one */
	enum aaa_way way;
	struct addr from;
	char tty[32];
	int line; /* number among all lines; -1 = none */
	struct aaa_line settings;
};

struct session {
	struct list node;
	uint32_t number;
	uid_t uid;
	bool is_user;	    /* there is a username of that name */
	bool login_due;	    /* of the telnet service: nobody yet */
	bool configuring;   /* in configuration mode */
	bool acts;	    /* for a policy of the event manager (act-as) */
	uint8_t own;	    /* privilege that needs no password */
	bool asking;	    /* a password is being checked */
	unsigned int tries; /* wrong passwords */
	uint64_t since_wall_ms, heard_ms;
	struct terminal term;
	struct api *api;
	int fd;
	struct loop_fd *lf;
	struct loop_timer stall, more;
	enum session_phase phase;
	uint8_t privilege;
	char user[API_USER_MAX];
	struct config_candidate *candidate; /* NULL: none */
	json_t *candidate_commands; /* what its edits stand for; written down at the commit */
	struct frame_buffer in;
	struct list out; /* chunks */
	size_t out_bytes;
	struct list calls, streams, subs;
	size_t requests; /* calls and streams */
	size_t sub_count;
};

/* A request that somebody else answers later. Outlives its session. */
struct call {
	struct list node;
	struct session *session; /* NULL: it went */
	uint32_t id;
};

void session_open(struct api *a, int fd); /* takes fd */
void session_close(struct session *s);
/* Queues one frame; borrows json. -EMSGSIZE: longer than a frame may be, nothing was queued. */
int session_send(struct session *s, uint32_t id, uint8_t flags, const json_t *json);
/* Queues, or drops the session where it cannot. Takes json (NULL: no memory). */
void session_answer(struct session *s, uint32_t id, uint8_t flags, json_t *json);
void session_refuse(struct session *s, uint32_t id, int code, const struct error *why);
/* The last word: an ERROR frame, then the end. */
void session_fail(struct session *s, uint32_t id, const struct error *why);
void session_go_on(struct session *s);		   /* there is something to do in the next turn */
void session_wait(struct session *s, uint64_t ms); /* … a little later */
bool session_is_busy(const struct session *s,
		     uint32_t id); /* a request or subscription of that id */

struct call *call_new(struct session *s,
		      uint32_t id); /* NULL: answered already (no memory, too many) */
void call_done(struct call *c, int err, const struct error *why, json_t *answer); /* takes answer */

/*
 * people.c: who a session is: the person at the other end, the terminal, the line, the privilege.
 */
void people_open(struct session *s);  /* the socket's person is known */
void people_close(struct session *s); /* the line is free again */
/* The members of hello that tell of a terminal. 0, or -errno with the sentence: the session ends. */
int people_hello(struct session *s, const json_t *request, struct error *err);
json_t *people_greeting(const struct session *s); /* the answer to hello; NULL: no memory */
/* An action that is about sessions themselves: true, and it is answered. */
bool people_action(struct session *s, uint32_t id, const char *path, json_t *request);
/* Least privilege of an operation, action or state path. */
uint8_t people_least(const struct api *a, const char *operation, uint8_t usual);
const char *people_line(const struct session *s, char *buf, size_t size); /* "vty 0"; "" = none */

/*
 * people_state.c: what shows read of people and lines.
 */
#define PEOPLE_STATES 4
void people_states(struct api *a, struct api_state rows[PEOPLE_STATES]);

/*
 * edits.c: from a request to config's edit; the log of commands.
 */
void edit_config(struct session *s, uint32_t id, json_t *request, bool only_check);
void commands_free(struct api *a);
void command_write_down(struct session *s, const char *text); /* where that is wanted */

/* A command that changed the configuration. */
struct command {
	struct list node;
	uint64_t index, wall_ms;
	uint32_t session;
	char user[API_USER_MAX], line[16];
	char *text;
};

/*
 * candidate.c: a session's candidate configuration; guards; stored configurations.
 */
void candidate_op(struct session *s, uint32_t id, json_t *request);
void candidate_commit_op(struct session *s, uint32_t id, json_t *request);
void candidate_discard_op(struct session *s, uint32_t id, json_t *request);
void candidate_validate(struct session *s, uint32_t id);
void candidate_drop(struct session *s); /* none is fine */
/* The edit of that command became part of the candidate. */
void candidate_remember(struct session *s, const char *command);
void confirm_op(struct session *s, uint32_t id, json_t *request);
void guard_op(struct session *s, uint32_t id, json_t *request);
void revert_op(struct session *s, uint32_t id, json_t *request);
void copy_config_op(struct session *s, uint32_t id, json_t *request);
void delete_config_op(struct session *s, uint32_t id, json_t *request);
/* The configuration that a request names by "source" and "index": enum config_source, or -errno. */
int api_source(const json_t *request, const char *member, unsigned int *index, struct error *err);

/*
 * ops.c: one row an operation.
 */
void ops_run(struct session *s, uint32_t id, json_t *request); /* borrows */

/*
 * stream.c: answers that are lists.
 */
void stream_get(struct session *s, uint32_t id, const json_t *request);
void stream_get_config(struct session *s, uint32_t id, const json_t *request);
bool streams_pump(struct session *s); /* true: more can be sent in another turn */
void streams_free(struct session *s);
void stream_credit(struct session *s, uint32_t id, unsigned int frames);
void stream_cancel(struct session *s, uint32_t id); /* none of that id: nothing */
bool stream_runs(const struct session *s, uint32_t id);

/*
 * events.c: subscriptions; commands that wait for somebody's answer.
 */
int events_init(struct api *a);
void event_subscribe(struct session *s, uint32_t id, const json_t *request);
void event_unsubscribe(struct session *s, uint32_t id, const json_t *request);
void event_reply(struct session *s, uint32_t id, const json_t *request);
void event_command(struct session *s, uint32_t id, const json_t *request);
bool events_pump(struct session *s);
void events_free(struct session *s);
void asks_free(struct api *a);
void events_config_touched(void *api, const char *row); /* of a commit; NULL: those were all */
json_t *log_record_json(const struct log_record *r);
json_t *api_u64(uint64_t v); /* 64-bit numbers are strings: RFC 7951, 6.1 */
/* RFC 3339 in UTC with milliseconds, as yang:date-and-time. buf ≥ 32. */
const char *api_time(uint64_t wall_ms, char *buf, size_t size);

/*
 * provide.c: state and actions that another program serves.
 */
struct provider {
	struct session *session; /* NULL: nobody */
	uint32_t id;		 /* of its request */
};

/* data: the state document, or the action's output; borrowed. next: where it goes on; NULL = at its end. */
typedef void provide_done(void *arg, int err, const struct error *why, json_t *data,
			  const json_t *next);

/* The number of the module that is provided, or -1. */
int provide_of_path(const char *path);
int provide_of_action(const char *path, uint8_t *least);
bool provide_is_trusted(const struct session *s); /* root, the daemon's own user, spindle-eem */
/* Asks the provider: `what` (borrowed) gets event, user, privilege. Calls done once, later, or fails. */
int provide_ask(struct session *s, size_t module, json_t *what, bool is_action, provide_done *done,
		void *arg, struct error *err);
void provide_cancel(struct api *a, const void *arg); /* done(-ECANCELED), now; none is fine */
/* An rpc of a provided module, its input checked. */
void provide_action(struct session *s, uint32_t id, size_t module, const char *path,
		    const json_t *input);
void provide_op(struct session *s, uint32_t id, json_t *request);
bool provide_reply(struct session *s, uint32_t id, const json_t *request); /* false: not for it */
void provide_close(struct session *s);					   /* the provider goes */
/* people.c: the session becomes a person's, for a policy of the event manager. */
void act_as_op(struct session *s, uint32_t id, json_t *request);

struct api {
	struct loop *loop;
	struct config *config;
	struct log *log;
	int listen_fd;
	struct loop_fd *listener;
	struct loop_timer listen_again;
	uint64_t stall_ms; /* API_STALL_MS; tests have less time */
	struct access access;
	struct api_people people;
	uint32_t next_session;
	char hostname[65];    /* as it was read last */
	struct list commands; /* oldest first */
	size_t command_count;
	uint64_t next_command;
	struct api_state own_states[PEOPLE_STATES];
	struct api_row *rows;
	size_t row_count;
	const struct api_action *actions;
	size_t action_count;
	struct list sessions;
	struct list asks;
	size_t ask_count;
	uint64_t next_event;
	struct provider providers[API_PROVIDED];
	struct list forwards; /* to them */
	size_t forward_count;
	json_t *touched;      /* by the commit that is under way: top nodes; NULL: none yet */
	uint64_t last_record; /* of the log */
	struct api_stats stats;
};

/* 1 ≤ value ≤ max of an integer member; absent: usual. 0 or -EINVAL. */
int api_number(const json_t *request, const char *member, unsigned int usual, unsigned int max,
	       unsigned int *out, struct error *err);
/* A string member, or NULL: absent, or no string. */
const char *api_text(const json_t *request, const char *member);

#endif
