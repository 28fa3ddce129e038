/*
 * config_fixture: a configuration in a folder of its own, with rooms that write down what they are told
 * and refuse when they are told to. TEST_YANG is the folder of the modules.
 */
#ifndef TESTS_UNIT_CONFIG_FIXTURE_H
#define TESTS_UNIT_CONFIG_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <libyang/libyang.h>

#include "base/jobs.h"
#include "base/loop.h"
#include "base/text.h"
#include "config/config.h"
#include "log/log.h"
#include "seal/seal.h"
#include "tests/unit/unit.h"

#define FIXTURE_ROOMS 3
#define FIXTURE_PATH  "/tmp/test_config.XXXXXX"

/* A room that records: "prepare PATH +new" lines, and answers as it is told. */
struct fixture_room {
	struct config_room room;
	struct text diary;
	const char *refuse; /* prepare refuses the row with this path */
	int commit_result;  /* answered once, then 0 */
	bool later;	    /* commit answers only when it is asked to */
	config_done *done;
	void *done_arg;
};

struct fixture {
	char path[sizeof(FIXTURE_PATH)];
	int dir;
	bool real_loop; /* set before fixture_open(): descriptors can be waited for */
	unsigned int
		threads; /* set before fixture_open(), with a real loop: workers that are beside it */
	struct loop *loop;
	struct jobs *jobs;
	struct log *log;
	struct seal *seal;
	struct config *config;
	struct fixture_room rooms[FIXTURE_ROOMS];
	struct config_room people;	     /* users and lines … */
	const struct config_room *people_to; /* … go to this one; NULL: nobody cares */
	struct config_handler handlers[40];
	size_t handler_count;
	struct error err;
	/* the last answer */
	unsigned int answers;
	int result;
	char why[ERROR_TEXT_MAX];
};

struct fixture *fixture_new(void); /* folder, key and rows; fixture_open() comes next */
int fixture_setup(void **state);
int fixture_teardown(void **state);
/* The parts, for tests that want them otherwise. */
int fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);

void fixture_answer(void *arg, int err, const struct error *why); /* a config_done */
void fixture_run(struct fixture *f);				  /* until nothing moves */
int fixture_load(struct fixture *f);
int fixture_edit(struct fixture *f, const char *json); /* with ' for " */
int fixture_check(struct fixture *f, const char *json);
int fixture_save(struct fixture *f);
json_t *fixture_json(const char *json); /* with ' for " */
void fixture_write(const struct fixture *f, const char *name, const char *text);
/* How many files the archive has; `remove`: they go, and it. */
size_t fixture_archive(const struct fixture *f, bool remove);
char *fixture_read(const struct fixture *f, const char *name); /* alloc_free */
/* All of running at and below path as compact text with sorted keys; free(). */
char *fixture_get(struct fixture *f, const char *path, unsigned int how);
void fixture_forget(struct fixture *f); /* empties the diaries */

#endif
