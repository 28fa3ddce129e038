/* box: life, reading of files, clock, parts, memory. */
#include "box/box.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "box/box_internal.h"

#define SAMPLE_MS 5000
#define DMI	  "/sys/class/dmi/id/"

/* ---- files ----------------------------------------------------------------------------------------- */

static ssize_t read_whole(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len + 1 < size && (n = pread(fd, buf + len, size - 1 - len, (off_t)len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

ssize_t box_read(const struct box *b, const char *path, char *buf, size_t size)
{
	char full[256];
	ssize_t len;
	int fd;

	buf[0] = '\0';
	if ((size_t)snprintf(full, sizeof(full), "%s%s", b->cfg.root, path) >= sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read_whole(fd, buf, size);
	close(fd);
	return len;
}

uint64_t box_number_of(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
		if (strncmp(at, name, len) != 0 ||
		    (at[len] != ':' && at[len] != ' ' && at[len] != '\t'))
			continue;
		return strtoull(at + len + 1, NULL, 10);
	}
	return 0;
}

/* Nothing of a file that a machine's maker filled is printed unseen. */
static void tidy(char *text)
{
	size_t n = 0;

	for (const char *at = text; *at && *at != '\n'; at++)
		if (*at >= ' ' && *at < 0x7f)
			text[n++] = *at;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
}

/* ---- clock ----------------------------------------------------------------------------------------- */

void box_clock(struct box *b, struct box_clock *out)
{
	struct timex t = {0};
	int rc = b->cfg.adjust ? b->cfg.adjust(&t) : adjtimex(&t);
	bool synchronised = rc >= 0 && !(t.status & STA_UNSYNC);

	b->was_synchronised |= synchronised;
	*out = (struct box_clock){.wall_ms = clock_wall_ms(), .trust = BOX_CLOCK_NEVER};
	if (synchronised) {
		out->trust = BOX_CLOCK_SYNCHRONISED;
		out->error_us = t.maxerror > 0 ? (uint64_t)t.maxerror : 0;
	} else if (b->was_synchronised) {
		out->trust = BOX_CLOCK_LOST;
	}
}

/* ---- parts ----------------------------------------------------------------------------------------- */

static void read_line(const struct box *b, const char *path, char *out)
{
	if (box_read(b, path, out, BOX_TEXT) < 0)
		out[0] = '\0';
	tidy(out);
}

static void read_serial(const struct box *b, char *out)
{
	out[0] = '\0';
	if (b->cfg.serial_fd >= 0 && read_whole(b->cfg.serial_fd, out, BOX_TEXT) < 0)
		out[0] = '\0';
	tidy(out);
}

static void read_processor(const struct box *b, struct box_machine *out)
{
	char text[BOX_FILE_BUFFER];
	const char *at;

	out->processors = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	if (box_read(b, "/proc/cpuinfo", text, sizeof(text)) < 0)
		return;
	at = strstr(text, "model name");
	at = at ? strchr(at, ':') : NULL;
	if (!at)
		return;
	at += 1 + strspn(at + 1, " \t");
	snprintf(out->processor, sizeof(out->processor), "%.*s", (int)strcspn(at, "\n"), at);
	tidy(out->processor);
}

static void read_image(const struct box *b, struct box_machine *out)
{
	char path[256];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/proc/self/exe", b->cfg.root);
	n = readlink(path, out->image, sizeof(out->image) - 1);
	out->image[n > 0 ? n : 0] = '\0';
	tidy(out->image);
}

void box_machine(const struct box *b, struct box_machine *out)
{
	struct utsname u;

	*out = (struct box_machine){.uptime_ms = clock_boot_ms()};
	read_line(b, DMI "sys_vendor", out->vendor);
	read_line(b, DMI "product_name", out->product);
	read_line(b, DMI "product_version", out->version);
	read_serial(b, out->serial);
	if (!uname(&u)) {
		snprintf(out->kernel, sizeof(out->kernel), "%.40s %.80s", u.sysname, u.release);
		text_copy(out->architecture, sizeof(out->architecture), u.machine);
	}
	if (!out->product[0])
		text_copy(out->product, sizeof(out->product), out->architecture);
	read_processor(b, out);
	read_image(b, out);
}

/* ---- memory ---------------------------------------------------------------------------------------- */

/* "Node 0, zone  Normal  12 5 0 …": how many free blocks there are of 1, 2, 4 … pages. */
static uint64_t largest_block(const char *line)
{
	const char *at = strstr(line, "zone");
	uint64_t largest = 0, pages = 1;
	char *end;

	at = at ? at + 4 + strspn(at + 4, " ") : line;
	at += strcspn(at, " \n");
	for (;; pages *= 2) {
		unsigned long long n = strtoull(at, &end, 10);

		if (end == at || memchr(at, '\n', (size_t)(end - at)))
			return largest * (uint64_t)sysconf(_SC_PAGESIZE);
		largest = n ? pages : largest;
		at = end;
	}
}

static uint64_t largest_free(const struct box *b)
{
	char text[BOX_FILE_BUFFER];
	uint64_t largest = 0;

	if (box_read(b, "/proc/buddyinfo", text, sizeof(text)) < 0)
		return 0;
	for (const char *at = text; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
		uint64_t n = largest_block(at);

		largest = n > largest ? n : largest;
	}
	return largest;
}

int box_memory(struct box *b, struct box_memory *out)
{
	char text[BOX_FILE_BUFFER];
	ssize_t rc = box_read(b, "/proc/meminfo", text, sizeof(text));

	*out = (struct box_memory){0};
	if (rc < 0)
		return (int)rc;
	out->total = 1024 * box_number_of(text, "MemTotal");
	out->free = 1024 * box_number_of(text, "MemAvailable");
	if (!b->lowest_free || out->free < b->lowest_free)
		b->lowest_free = out->free;
	out->lowest = b->lowest_free;
	out->largest = largest_free(b);
	return 0;
}

/* ---- life ------------------------------------------------------------------------------------------ */

void box_sample(struct box *b)
{
	struct box_memory memory;
	struct box_clock clock;

	box_memory(b, &memory);
	box_clock(b, &clock);
	box_load_sample(b);
}

static void on_timer(void *arg)
{
	struct box *b = arg;

	loop_timer_set(&b->timer, SAMPLE_MS);
	box_sample(b);
}

struct box *box_new(struct loop *loop, const struct box_config *cfg)
{
	struct box *b = alloc_zero(sizeof(*b));

	if (!b)
		return NULL;
	b->cfg = *cfg;
	b->loop = loop;
	loop_timer_init(&b->timer, loop, "box", on_timer, b);
	if (loop_timer_set(&b->timer, SAMPLE_MS)) {
		alloc_free(b);
		return NULL;
	}
	box_sample(b);
	return b;
}

void box_free(struct box *b)
{
	if (!b)
		return;
	loop_timer_stop(&b->timer);
	alloc_free(b);
}
