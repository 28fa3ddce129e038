/*
 * box: the machine that the daemon runs on, for shows: clock, parts, memory, load, our processes, our
 * folders, packets dropped. Each value is read at the moment it is asked for; what a mean needs is
 * sampled each 5 s. Owns no kernel state and changes none.
 */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/timex.h>

struct box;
struct link;
struct loop;

/* A process of the daemon; false: there is no such index. pid 0: it does not run now. */
typedef bool box_process_fn(void *ctx, size_t index, const char **role, int *pid);

struct box_config {
	const char *root; /* before /proc and /sys; "" but in tests */
	/* Descriptors of the folders and their names; borrowed. -1: there is no such file system. */
	int flash_fd, nvram_fd;
	const char *flash_folder, *nvram_folder;
	int serial_fd; /* product_serial of DMI, which root alone may open; -1 */
	const struct link *link;
	box_process_fn *process;
	void *process_ctx;
	int (*adjust)(struct timex *t); /* NULL: adjtimex() */
};

/* cfg is copied, what it points to is borrowed. NULL: no memory. */
struct box *box_new(struct loop *loop, const struct box_config *cfg);
void box_free(struct box *b);	/* NULL is fine */
void box_sample(struct box *b); /* what the timer does each 5 s */

enum box_trust { BOX_CLOCK_SYNCHRONISED, BOX_CLOCK_LOST, BOX_CLOCK_NEVER };

struct box_clock {
	uint64_t wall_ms, error_us; /* error: only while synchronised */
	enum box_trust trust;
};
void box_clock(struct box *b, struct box_clock *out);

#define BOX_TEXT 128
struct box_machine {
	char vendor[BOX_TEXT], product[BOX_TEXT], version[BOX_TEXT],
		serial[BOX_TEXT]; /* "" = none */
	char kernel[BOX_TEXT], architecture[BOX_TEXT], processor[BOX_TEXT], image[256];
	uint32_t processors;
	uint64_t uptime_ms;
};
void box_machine(const struct box *b, struct box_machine *out);

struct box_memory {
	uint64_t total, free, lowest, largest; /* bytes */
};
/* 0 or -errno. */
int box_memory(struct box *b, struct box_memory *out);

/* Percent of all processors' time. */
struct box_load {
	uint8_t five_seconds, interrupts, one_minute, five_minutes;
};
void box_load(const struct box *b, struct box_load *out);

struct box_process {
	const char *role;
	int pid;
	uint64_t runtime_ms, invoked, held, most_held, locked; /* the last three: bytes */
	uint32_t five_seconds, one_minute, five_minutes;       /* hundredths of a percent */
};
bool box_process_get(const struct box *b, size_t index, struct box_process *out);

struct box_file_system {
	const char *name, *folder; /* "flash:" */
	uint64_t size, free;
	bool writable;
	uint64_t kind; /* statfs.f_type */
};
bool box_file_system_get(const struct box *b, size_t index, struct box_file_system *out);

#define BOX_FILES_MAX 1000 /* of a folder; more are not shown */
enum box_file_kind { BOX_FILE, BOX_DIRECTORY, BOX_LINK, BOX_OTHER };
struct box_file {
	const char *file_system;
	uint32_t number; /* from 1, by name */
	char name[256];
	enum box_file_kind kind;
	uint32_t mode;
	uint64_t length, modified_ms;
};
/* Calls each for the files of a file system from `number` on, at most max; returns the number to go on
 * with, 0 = no more, or -errno. */
int box_files(const struct box *b, const char *file_system, uint32_t number, size_t max,
	      int (*each)(void *arg, const struct box_file *f), void *arg);

enum box_drop_set { BOX_DROPS_STATISTICS, BOX_DROPS_IPSEC, BOX_DROP_SETS };
struct box_drop {
	enum box_drop_set set;
	uint32_t number;
	const char *name, *source; /* source: NULL = Linux has none, and packets is 0 */
	uint64_t packets;
	uint64_t cleared_ms; /* wall clock; 0 = never */
};
void box_drops_read(struct box *b); /* the counters, once for all rows */
bool box_drop_get(const struct box *b, size_t index, struct box_drop *out);
void box_drops_clear(struct box *b, enum box_drop_set set);

#endif
