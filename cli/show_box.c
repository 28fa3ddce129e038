/* show clock, inventory, memory, processes cpu|memory, file systems, drops; dir. */
#include <time.h>

#include "cli/show.h"

#define PATH	   "/spindle-platform-state:platform-state/"
#define LINE_WIDTH 72
#define PATH_SIZE  128

static unsigned long long num(const json_t *e, const char *leaf)
{
	return data_number(e, leaf);
}

/* ---- show clock ------------------------------------------------------------------------------------ */

static void print_clock(struct show *sh, const json_t *e)
{
	const char *trust = data_text(e, "trust", "never");
	char date[SHOW_BUF], clock[SHOW_BUF];
	uint64_t ms = 0;
	time_t seconds;
	struct tm tm;

	data_time(e, "time", &ms);
	seconds = (time_t)(ms / 1000);
	localtime_r(&seconds, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	strftime(date, sizeof(date), "%Z %a %b %-d %Y", &tm);
	cli_printf(sh->s, "%s%s.%03u %s\n",
		   strcmp(trust, "never") == 0	? "*"
		   : strcmp(trust, "lost") == 0 ? "."
						: "",
		   clock, (unsigned int)(ms % 1000), date);
	if (!cli_match_get(sh->m, "detail"))
		return;
	cli_printf(sh->s, "Time source is %s\n",
		   strcmp(data_text(e, "source", ""), "ntp") ? "hardware calendar" : "NTP");
	if (data_has(e, "error"))
		cli_printf(sh->s, "Greatest error is %llu us\n", num(e, "error"));
}

CLI_HANDLER(cli_show_clock)
{
	static const struct show_part part = {.path = PATH "clock", .print = print_clock};

	(void)form;
	return show_parts(s, m, &part, 1, NULL);
}

/* ---- show inventory -------------------------------------------------------------------------------- */

static void print_item(struct cli_session *s, const char *name, const char *what, const char *pid,
		       const char *vid, const char *sn)
{
	cli_printf(s, "NAME: \"%s\", DESCR: \"%s\"\n", name, what);
	cli_printf(s, "PID: %-18s, VID: %-5s, SN: %s\n\n", pid, vid, sn);
}

static void print_inventory(struct show *sh, const json_t *e)
{
	const char *product = data_text(e, "product", "");
	char what[2 * SHOW_BUF];

	snprintf(what, sizeof(what), "%s%s%s, %s", data_text(e, "vendor", ""),
		 data_has(e, "vendor") ? " " : "", product, data_text(e, "kernel", ""));
	print_item(sh->s, "Chassis", what, product, data_text(e, "product-version", ""),
		   data_text(e, "serial-number", ""));
	snprintf(what, sizeof(what), "%llu x %s", num(e, "processors"),
		 data_text(e, "processor", data_text(e, "architecture", "")));
	print_item(sh->s, "CPU", what, data_text(e, "architecture", ""), "", "");
}

CLI_HANDLER(cli_show_inventory)
{
	static const struct show_part part = {.path = PATH "machine", .print = print_inventory};

	(void)form;
	return show_parts(s, m, &part, 1, NULL);
}

/* ---- show memory statistics, show processes -------------------------------------------------------- */

/* No pool of ours has a first address that anybody should know. */
static void print_memory(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%20s%12s%12s%12s%12s%12s\n", "Head", "Total(b)", "Used(b)", "Free(b)",
		   "Lowest(b)", "Largest(b)");
	/* Two blanks at least between figures: tools look for that. */
	cli_printf(sh->s, "Processor%11s  %10llu  %10llu  %10llu  %10llu  %10llu\n", "-",
		   num(e, "total"), num(e, "used"), num(e, "free"), num(e, "lowest"),
		   num(e, "largest"));
}

CLI_HANDLER(cli_show_memory)
{
	static const struct show_part part = {.path = PATH "memory", .print = print_memory};

	(void)form;
	return show_parts(s, m, &part, 1, NULL);
}

static void print_load(struct show *sh, const json_t *e)
{
	cli_printf(sh->s,
		   "CPU utilization for five seconds: %llu%%/%llu%%; one minute: %llu%%; five "
		   "minutes: %llu%%\n",
		   num(e, "five-seconds"), num(e, "interrupts"), num(e, "one-minute"),
		   num(e, "five-minutes"));
}

static void cpu_head(struct show *sh)
{
	cli_printf(sh->s, " PID Runtime(ms)     Invoked      uSecs   5Sec   1Min   5Min TTY "
			  "Process \n");
}

static double percent(const json_t *e, const char *leaf)
{
	return (double)data_number(e, leaf) / 100;
}

static void print_cpu(struct show *sh, const json_t *e)
{
	unsigned long long runtime = num(e, "runtime"), invoked = num(e, "invoked");

	cli_printf(sh->s, "%4llu %11llu %11llu %10llu %5.2f%% %5.2f%% %5.2f%% %3d %s\n",
		   num(e, "pid"), runtime, invoked, invoked ? runtime * 1000 / invoked : 0,
		   percent(e, "five-seconds"), percent(e, "one-minute"), percent(e, "five-minutes"),
		   0, data_text(e, "role", ""));
}

CLI_HANDLER(cli_show_processes_cpu)
{
	static const struct show_part parts[] = {
		{.path = PATH "load", .print = print_load},
		{.path = PATH "process", .print = print_cpu, .before = cpu_head},
	};

	(void)form;
	return show_parts(s, m, parts, 2, NULL);
}

static void print_pool(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "Processor Pool Total: %11llu Used: %11llu Free: %11llu\n\n",
		   num(e, "total"), num(e, "used"), num(e, "free"));
}

static void holding_head(struct show *sh)
{
	cli_printf(sh->s, " PID TTY  Allocated      Freed    Holding     Locked Process\n");
}

/* What it held at the most, and what of that it gave back. */
static void print_holding(struct show *sh, const json_t *e)
{
	unsigned long long most = num(e, "most-held"), now = num(e, "held");

	cli_printf(sh->s, "%4llu %3d %10llu %10llu %10llu %10llu %s\n", num(e, "pid"), 0, most,
		   most > now ? most - now : 0, now, num(e, "locked"), data_text(e, "role", ""));
}

CLI_HANDLER(cli_show_processes_memory)
{
	static const struct show_part parts[] = {
		{.path = PATH "memory", .print = print_pool},
		{.path = PATH "process", .print = print_holding, .before = holding_head},
	};

	(void)form;
	return show_parts(s, m, parts, 2, NULL);
}

/* ---- dir, show file systems ------------------------------------------------------------------------ */

static void file_systems_head(struct show *sh)
{
	cli_printf(sh->s, "File Systems:\n\n%14s %13s %9s %6s  %s\n", "Size(b)", "Free(b)", "Type",
		   "Flags", "Prefixes");
}

static const char *type_of(const json_t *e)
{
	static const struct {
		const char *kind, *name;
	} kinds[] = {{"ef53", "ext"},	      {"58465342", "xfs"},  {"9123683e", "btrfs"},
		     {"794c7630", "overlay"}, {"1021994", "tmpfs"}, {"6969", "nfs"}};
	const char *kind = data_text(e, "kind", "");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].name;
	return kind;
}

static void print_file_system(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%c%13llu %13llu %9s %6s  %s (%s)\n", sh->count == 0 ? '*' : ' ',
		   num(e, "size"), num(e, "free"), type_of(e),
		   data_true(e, "writable") ? "rw" : "ro", data_text(e, "name", ""),
		   data_text(e, "folder", ""));
}

CLI_HANDLER(cli_show_file_systems)
{
	static const struct show_part part = {.path = PATH "file-system",
					      .print = print_file_system,
					      .before = file_systems_head};

	(void)form;
	return show_parts(s, m, &part, 1, NULL);
}

static const char *place_of(const struct cli_match *m)
{
	const char *place = cli_match_get(m, "file-system");

	return place ? place : "flash:";
}

static void dir_head(struct show *sh)
{
	cli_printf(sh->s, "Directory of %s/\n\n", place_of(sh->m));
}

/* "-rw-": what it is, and what its owner may. */
static void letters_of(const json_t *e, char out[5])
{
	const char *kind = data_text(e, "kind", "file");
	unsigned int mode = (unsigned int)num(e, "mode");

	out[0] = strcmp(kind, "directory") == 0 ? 'd' : strcmp(kind, "link") == 0 ? 'l' : '-';
	if (strcmp(kind, "other") == 0)
		out[0] = '?';
	out[1] = mode & 0400 ? 'r' : '-';
	out[2] = mode & 0200 ? 'w' : '-';
	out[3] = mode & 0100 ? 'x' : '-';
	out[4] = '\0';
}

/* "Nov 24 2026 18:12:15 +00:00" */
static const char *date_of(const json_t *e, char *buf, size_t size)
{
	char zone[8];
	uint64_t ms;
	time_t seconds;
	struct tm tm;
	size_t n;

	if (!data_time(e, "modified", &ms))
		return "never";
	seconds = (time_t)(ms / 1000);
	localtime_r(&seconds, &tm);
	n = strftime(buf, size, "%b %e %Y %H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(buf + n, size - n, " %.3s:%.2s", zone, zone + 3);
	return buf;
}

static void print_file(struct show *sh, const json_t *e)
{
	char letters[5], date[SHOW_BUF];

	letters_of(e, letters);
	cli_printf(sh->s, "%5llu  %s  %12llu  %s  %s\n", num(e, "number"), letters,
		   num(e, "length"), date_of(e, date, sizeof(date)), data_text(e, "name", ""));
}

static void dir_end(struct show *sh)
{
	if (sh->count == 0)
		cli_printf(sh->s, "No files in directory\n");
}

static void print_room(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "\n%llu bytes total (%llu bytes free)\n", num(e, "size"), num(e, "free"));
}

CLI_HANDLER(cli_do_dir)
{
	char files[PATH_SIZE], room[PATH_SIZE];
	const struct show_part parts[] = {
		{.path = files, .print = print_file, .before = dir_head, .after = dir_end},
		{.path = room, .print = print_room},
	};

	(void)form;
	snprintf(files, sizeof(files), PATH "file[file-system='%s']", place_of(m));
	snprintf(room, sizeof(room), PATH "file-system[name='%s']", place_of(m));
	return show_parts(s, m, parts, 2, NULL);
}

/* ---- drops ----------------------------------------------------------------------------------------- */

static void rule(struct show *sh, int width)
{
	char line[LINE_WIDTH + 8];

	memset(line, '-', sizeof(line));
	cli_printf(sh->s, "%.*s\n", width, line);
}

static void drops_head(struct show *sh)
{
	cli_printf(sh->s, "%-25s%24s%24s  \n", "Global Drop Stats", "Packets", "Octets");
	rule(sh, LINE_WIDTH + 1);
}

static void print_cleared(struct show *sh, const json_t *e)
{
	char time[SHOW_BUF];

	if (sh->count == 0 && data_has(e, "cleared"))
		cli_printf(sh->s, "Last cleared at %s\n",
			   show_time(e, "cleared", time, sizeof(time)));
}

/* Linux counts packets dropped, not their length. */
static void print_drop(struct show *sh, const json_t *e)
{
	print_cleared(sh, e);
	cli_printf(sh->s, "%-25s%24llu%24d\n", data_text(e, "name", ""), num(e, "packets"), 0);
}

static void ipsec_drops_head(struct show *sh)
{
	rule(sh, LINE_WIDTH);
	cli_printf(sh->s, "Drop Type  %-40s Packets\n", "Name");
	rule(sh, LINE_WIDTH);
}

static void print_ipsec_drop(struct show *sh, const json_t *e)
{
	print_cleared(sh, e);
	cli_printf(sh->s, "%9llu  %-40s%21llu\n", num(e, "number"), data_text(e, "name", ""),
		   num(e, "packets"));
}

static enum cli_result show_drops(struct cli_session *s, const struct cli_match *m,
				  const struct show_part *part, const char *set)
{
	enum cli_result result = show_parts(s, m, part, 1, NULL);
	json_t *input;

	if (result != CLI_OK || !strstr(m->row->syntax, " clear"))
		return result;
	input = json_pack("{ss}", "set", set);
	return input ? cli_act(s, "spindle-platform-state:clear-drops", input)
		     : cli_fail(s, "no memory");
}

CLI_HANDLER(cli_show_drops)
{
	static const struct show_part part = {
		.path = PATH "drop[set='statistics']", .print = print_drop, .before = drops_head};

	(void)form;
	return show_drops(s, m, &part, "statistics");
}

CLI_HANDLER(cli_show_ipsec_drops)
{
	static const struct show_part part = {.path = PATH "drop[set='ipsec']",
					      .print = print_ipsec_drop,
					      .before = ipsec_drops_head};

	(void)form;
	return show_drops(s, m, &part, "ipsec");
}
