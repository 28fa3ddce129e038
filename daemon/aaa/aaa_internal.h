/* aaa: what its files share: the objects, the changes that wait for their commit, the checks under way. */
#ifndef AAA_AAA_INTERNAL_H
#define AAA_AAA_INTERNAL_H

#include "aaa/model.h"
#include "aaa/watch.h"
#include "base/loop.h"
#include "config/config.h"

struct aaa {
	struct loop *loop;
	struct jobs *jobs;
	struct log *log;
	struct config_room room;
	struct list objects;
	struct list changes; /* prepared */
	struct watch watch;
	struct loop_timer quiet_over;
	char nobody[AAA_HASH_MAX];
	/* check.c */
	struct list checks; /* waiting for the worker, and the one that it has */
	size_t check_count;
	bool checking;
	struct list late; /* refused, but told only after the delay */
	struct list hashings;
};

/* What is set, or what counts without. */
struct settings_object aaa_settings(const struct aaa *a);
const struct object *aaa_object(const struct aaa *a, enum object_kind kind, const char *key);

/* check.c */
void aaa_checks_end(struct aaa *a); /* all answer -ECANCELED */

#endif
