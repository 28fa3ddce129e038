/*
 * api_fixture: a control socket on a real loop, a configuration behind it, state lists and actions made
 * for the tests, and peers: the client's end byte by byte.
 */
#ifndef TESTS_UNIT_API_FIXTURE_H
#define TESTS_UNIT_API_FIXTURE_H

#include "aaa/aaa.h"
#include "api/api.h"
#include "base/frame.h"
#include "tests/unit/config_fixture.h"

struct api_fixture {
	struct fixture *f; /* the configuration */
	struct api *api;
	size_t entries;	   /* of the list ipsec-sa */
	size_t entry_size; /* bytes of padding in each */
	unsigned int
		refreshed; /* pages of that list that were fetched first; see api_fixture_fetch() */
	uint64_t refreshed_behind; /* the sum of their cursors */
	int page_result;	   /* what the provider of ikev2-sa says */
	/* the action clear-session */
	bool later;
	api_action_done *done; /* of the last run */
	void *done_arg;
	void *unanswered[32]; /* earlier ones; answered when all is over */
	unsigned int runs;
	/* users and lines; NULL: without */
	struct aaa *aaa;
	bool shut_out; /* no access list lets an address pass */
};

/* One client. */
struct peer {
	struct api_fixture *a;
	int fd;
	struct frame_buffer in;
};

int api_fixture_setup(void **state);
int api_fixture_people_setup(void **state); /* the same, with users and lines */
int api_fixture_teardown(void **state);
int api_fixture_open(struct api_fixture *a); /* the api alone; 0 or -ENOMEM */
void api_fixture_fetch(bool on); /* each page of the list of IPsec SAs has to be fetched */
void api_fixture_long_entries(uint16_t most); /* of the list of IPsec SAs; 0 = as many as asked */
void api_fixture_answer(struct api_fixture *a, int err, const struct error *why); /* the last run */
void api_fixture_turns(struct api_fixture *a, int turns);

struct peer *peer_connect(struct api_fixture *a); /* without hello */
struct peer *peer_open(struct api_fixture *a);	  /* with */
void peer_close(struct peer *p);
void peer_leave(struct peer *p); /* as peer_close(), but the daemon has no turn to see it */
void peer_bytes(struct peer *p, const void *data, size_t len);
void peer_send(struct peer *p, uint32_t id, const char *json); /* ' for " */
/* The next frame (json_decref), or NULL: none came in many turns, or the daemon closed. */
json_t *peer_read(struct peer *p, uint32_t *id, uint8_t *flags);
bool peer_is_closed(struct peer *p);
/* Sends, and reads the one answer; it is an error answer whose sentence holds `words`. */
void peer_refused(struct peer *p, const char *json, const char *words);
/* Sends, and reads the one answer, which is no error (json_decref). */
json_t *peer_ask(struct peer *p, const char *json);

#endif
