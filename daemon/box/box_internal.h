/* box, inside: what its files share. */
#ifndef BOX_BOX_INTERNAL_H
#define BOX_BOX_INTERNAL_H

#include <sys/types.h>

#include "base/loop.h"
#include "box/box.h"

#define BOX_SAMPLES	61 /* five minutes of 5 s, and where they begin */
#define BOX_PROCESSES	4
#define BOX_DROP_ROWS	64
#define BOX_FILE_BUFFER 16384

/* Clock ticks since start: of all processors, or of a process (`busy` alone). */
struct box_ticks {
	uint64_t total, busy, interrupts;
};

/* Samples, newest at `at`. */
struct box_course {
	struct box_ticks sample[BOX_SAMPLES];
	size_t at, count;
	int pid; /* of a process: another one begins anew */
};

struct box {
	struct box_config cfg;
	struct loop *loop;
	struct loop_timer timer;
	bool was_synchronised;
	uint64_t lowest_free;
	struct box_course all, process[BOX_PROCESSES];
	uint64_t drops[BOX_DROP_ROWS]; /* as read */
	uint64_t base[BOX_DROP_ROWS];  /* as cleared */
	uint64_t cleared_ms[BOX_DROP_SETS];
};

/* A whole small file into buf, terminated: its length, or -errno. */
ssize_t box_read(const struct box *b, const char *path, char *buf, size_t size);
/* The number behind a name at the beginning of a line ("MemTotal:  123 kB"); 0 = not there. */
uint64_t box_number_of(const char *text, const char *name);

bool box_ticks_of_machine(const char *proc_stat, struct box_ticks *out);
bool box_ticks_of_process(const char *proc_pid_stat, struct box_ticks *out);
void box_course_add(struct box_course *c, const struct box_ticks *t);
/* Difference of the newest and one `samples` before it (or the oldest there is); false: too few. */
bool box_course_since(const struct box_course *c, size_t samples, struct box_ticks *out);
void box_load_sample(struct box *b);

#endif
