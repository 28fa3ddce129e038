/*
 * state_world: every room that the state tables read, on one simulated clock over a fake kernel: the
 * configuration is real, a test plays the engine, the kernel and the packets. It notes each value of
 * each leaf that it reads, and holds them against the schema.
 */
#ifndef TESTS_UNIT_STATE_WORLD_H
#define TESTS_UNIT_STATE_WORLD_H

#include <jansson.h>

#include "api/api_internal.h"
#include "api/state.h"
#include "box/box.h"
#include "link/routes.h"
#include "recorder/recorder.h"
#include "recovery/recovery.h"
#include "spi/spi.h"
#include "tests/unit/map_world.h"
#include "tests/unit/router_world.h"

#define STATE_CRYPTO   "/spindle-crypto:crypto-state"
#define STATE_SYSTEM   "/spindle-system:system-state"
#define STATE_LOGGING  "/spindle-logging:log-state"
#define STATE_LINKS    "/spindle-interface-state:interface-state"
#define STATE_ROUTES   "/spindle-routing-state:routing-state"
#define STATE_PLATFORM "/spindle-platform-state:platform-state"

#define STATE_RECORDER	 "/spindle-flight-recorder:flight-recorder"
#define STATE_ACL	 "/spindle-acl:access-list-state"
#define STATE_ROUTES_MAX 8

struct state_world {
	struct map_world *m;	/* loop, log, configuration, links, fake kernel */
	struct router_world rw; /* the same rooms, and engine and sa: for router_world_*() */
	struct spi *spi;
	struct recorder *recorder;
	struct recovery *recovery;
	struct spi_source source;
	struct spi_source_sums source_sums;
	struct engine_stats stats; /* what the engine tells */
	int stat_fd, state_dir;
	char state_path[40];
	struct api api; /* its sums alone are looked at */
	struct api *api_there;
	struct api_process processes[2];
	struct box *box;
	int nvram_fd, serial_fd;
	char root[40]; /* what stands for /proc and /sys */
	struct timex timex;
	struct route routes[STATE_ROUTES_MAX]; /* played, by destination */
	size_t route_count;
	struct api_rooms rooms;
	struct api_tables *tables;
};

/* boot: which boot of the machine it is. with_source: packets can be played by state_world_packet().
 * state_path: a state folder of before, or NULL for a new one. */
struct state_world *state_world_new(const char *state_path, uint8_t boot, bool with_source);
void state_world_free(struct state_world *t);
void state_world_forget(struct state_world *t); /* removes its state folder */
void state_world_packet(struct state_world *t, const struct spi_refusal *r);
void state_world_kernel_counted(struct state_world *t, unsigned int packets); /* XfrmInNoStates */

/* All entries of a list (or the container) as the tables give them, two a page; fresh figures; each is
 * valid data of the modules. The caller's. */
json_t *state_world_list(struct state_world *t, const char *path);
/* The same, asked for with a filter (taken). */
json_t *state_world_asked(struct state_world *t, const char *path, json_t *filter);
/* The entry whose leaf has that value, borrowed; fails when there is none. */
json_t *state_world_pick(const json_t *list, const char *leaf, json_t *value);
void state_world_tell_stats(struct state_world *t); /* the engine answers ENGINE_STATS, if asked */
/* Reads every list: what is seen counts for state_world_unchanged(). */
void state_world_read_all(struct state_world *t);
/* A leaf of the state that had fewer than two values (none counts as one) in all that was read so far,
 * by its path; NULL: no further one. *index from 0. */
const char *state_world_unchanged(const struct state_world *t, size_t *index);
void state_world_seen_free(void);

/* A world that is ready: its engine is up. For cmocka. */
int state_world_setup(void **state);
int state_world_teardown(void **state);
/* A file of the played /proc or /sys: its whole text. */
void state_world_file(struct state_world *t, const char *path, const char *text);
/* The tests of tests/unit/state_box.c; how many failed. */
int state_box_tests(void);
int state_route_tests(void); /* of tests/unit/state_routes.c */
/* The tests of tests/unit/state_more.c; how many failed. */
int state_more_tests(void);
int state_crypto_tests(void); /* … state_crypto.c */
int state_log_tests(void);    /* … of tests/unit/state_log.c */

/* The one entry of a list; what a leaf holds: fail where it is otherwise. */
json_t *only(json_t *list);
const char *text_of(const json_t *entry, const char *leaf);
void expect_text(const json_t *entry, const char *leaf, const char *want); /* NULL: absent */
void expect_number(const json_t *entry, const char *leaf, json_int_t want);
void expect_true(const json_t *entry, const char *leaf, bool want);

#endif
