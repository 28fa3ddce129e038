/* box/load: processors and our processes, from /proc/stat, /proc/PID/stat and /proc/PID/status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "box/box_internal.h"

#define HUNDREDTHS   10000
#define ONE_MINUTE   12 /* samples */
#define FIVE_MINUTES 60
#define STAT_NUMBERS 8
#define UTIME_BEHIND 12 /* numbers and letters between the name and utime */
#define KIB	     1024u

/* "cpu  user nice system idle iowait irq softirq steal …" */
bool box_ticks_of_machine(const char *proc_stat, struct box_ticks *out)
{
	enum { IDLE = 3, IOWAIT, IRQ, SOFTIRQ };
	uint64_t n[STAT_NUMBERS] = {0};
	char *end;

	*out = (struct box_ticks){0};
	if (strncmp(proc_stat, "cpu ", 4) != 0)
		return false;
	for (size_t i = 0; i < STAT_NUMBERS; i++, proc_stat = end) {
		n[i] = strtoull(i ? proc_stat : proc_stat + 4, &end, 10);
		out->total += n[i];
	}
	out->busy = out->total - n[IDLE] - n[IOWAIT];
	out->interrupts = n[IRQ] + n[SOFTIRQ];
	return out->total > 0;
}

/* The name may hold blanks and parentheses: what counts begins behind the last one. */
bool box_ticks_of_process(const char *proc_pid_stat, struct box_ticks *out)
{
	const char *at = strrchr(proc_pid_stat, ')');
	char *end;

	*out = (struct box_ticks){0};
	for (int i = 0; at && i < UTIME_BEHIND; i++) {
		at = strchr(at + 1, ' ');
	}
	if (!at)
		return false;
	out->busy = strtoull(at, &end, 10);
	if (end == at)
		return false;
	out->busy += strtoull(end, NULL, 10);
	return true;
}

void box_course_add(struct box_course *c, const struct box_ticks *t)
{
	c->at = c->count ? (c->at + 1) % BOX_SAMPLES : 0;
	c->sample[c->at] = *t;
	if (c->count < BOX_SAMPLES)
		c->count++;
}

bool box_course_since(const struct box_course *c, size_t samples, struct box_ticks *out)
{
	const struct box_ticks *now = &c->sample[c->at], *then;

	if (c->count < 2)
		return false;
	if (samples > c->count - 1)
		samples = c->count - 1;
	then = &c->sample[(c->at + BOX_SAMPLES - samples) % BOX_SAMPLES];
	*out = (struct box_ticks){now->total - then->total, now->busy - then->busy,
				  now->interrupts - then->interrupts};
	return true;
}

static void sample_process(struct box *b, size_t index)
{
	struct box_course *c = &b->process[index];
	struct box_ticks t;
	const char *role;
	char path[64], text[1024];
	int pid;

	if (!b->cfg.process(b->cfg.process_ctx, index, &role, &pid))
		return;
	if (pid != c->pid)
		*c = (struct box_course){.pid = pid};
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (!pid || box_read(b, path, text, sizeof(text)) < 0 || !box_ticks_of_process(text, &t))
		return;
	t.total = b->all.sample[b->all.at].total;
	box_course_add(c, &t);
}

void box_load_sample(struct box *b)
{
	struct box_ticks t;
	char text[BOX_FILE_BUFFER];

	if (box_read(b, "/proc/stat", text, sizeof(text)) < 0 || !box_ticks_of_machine(text, &t))
		return;
	box_course_add(&b->all, &t);
	for (size_t i = 0; i < BOX_PROCESSES; i++)
		sample_process(b, i);
}

/* In `whole`ths of all the time there was. */
static uint64_t share(const struct box_course *c, size_t samples, uint64_t whole, bool interrupts)
{
	struct box_ticks t;

	if (!box_course_since(c, samples, &t) || !t.total)
		return 0;
	return (interrupts ? t.interrupts : t.busy) * whole / t.total;
}

void box_load(const struct box *b, struct box_load *out)
{
	*out = (struct box_load){(uint8_t)share(&b->all, 1, 100, false),
				 (uint8_t)share(&b->all, 1, 100, true),
				 (uint8_t)share(&b->all, ONE_MINUTE, 100, false),
				 (uint8_t)share(&b->all, FIVE_MINUTES, 100, false)};
}

/* A process has at most its threads' share of all processors: told of one processor. */
static uint32_t of_one(const struct box_course *c, size_t samples)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return (uint32_t)(share(c, samples, HUNDREDTHS, false) *
			  (uint64_t)(processors > 0 ? processors : 1));
}

static void read_status(const struct box *b, struct box_process *out)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%d/status", out->pid);
	if (box_read(b, path, text, sizeof(text)) < 0)
		return;
	out->held = KIB * box_number_of(text, "VmRSS");
	out->most_held = KIB * box_number_of(text, "VmHWM");
	out->locked = KIB * box_number_of(text, "VmLck");
	out->invoked = box_number_of(text, "voluntary_ctxt_switches") +
		       box_number_of(text, "nonvoluntary_ctxt_switches");
}

bool box_process_get(const struct box *b, size_t index, struct box_process *out)
{
	const struct box_course *c = &b->process[index < BOX_PROCESSES ? index : 0];
	char path[64], text[1024];
	struct box_ticks t;

	*out = (struct box_process){0};
	if (index >= BOX_PROCESSES ||
	    !b->cfg.process(b->cfg.process_ctx, index, &out->role, &out->pid))
		return false;
	if (!out->pid)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/stat", out->pid);
	if (box_read(b, path, text, sizeof(text)) >= 0 && box_ticks_of_process(text, &t))
		out->runtime_ms = t.busy * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	read_status(b, out);
	if (c->pid != out->pid)
		return true;
	out->five_seconds = of_one(c, 1);
	out->one_minute = of_one(c, ONE_MINUTE);
	out->five_minutes = of_one(c, FIVE_MINUTES);
	return true;
}
