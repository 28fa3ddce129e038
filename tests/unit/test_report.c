/* Folders of incidents on a real file system: whole or not at all, bounded, and nothing through a link. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

#include "base/error.h"
#include "lua/report/render.h"
#include "lua/report/render_internal.h"
#include "lua/report/report.h"

#define ID "20261125T034512Z-1a2b3c4d"

/* What a file system that knows no such flags says to them (linked by --wrap). */
static int refused_flags;

int __real_renameat2(int from, const char *old, int to, const char *new, unsigned int flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned int flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned int flags)
{
	if (flags & (unsigned int)refused_flags) {
		errno = EINVAL;
		return -1;
	}
	return __real_renameat2(from, old, to, new, flags);
}

struct place {
	char base[64], root[80];
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->base, sizeof(p->base), "/tmp/test_report.XXXXXX");
	assert_non_null(mkdtemp(p->base));
	snprintf(p->root, sizeof(p->root), "%s/reports", p->base);
	*state = p;
	return 0;
}

static void remove_tree(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *e; d && (e = readdir(d));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			remove_tree(fd, e->d_name);
	if (d)
		closedir(d);
	unlinkat(at, name, d ? AT_REMOVEDIR : 0);
}

static int tear_down(void **state)
{
	struct place *p = *state;

	remove_tree(AT_FDCWD, p->base);
	free(p);
	return 0;
}

static const char *path(const struct place *p, const char *id, const char *name)
{
	static char buf[4][300];
	static unsigned int at;

	at = (at + 1) % 4;
	snprintf(buf[at], sizeof(buf[at]), "%s/%s%s%s", p->root, id, *name ? "/" : "", name);
	return buf[at];
}

static json_t *incident(const char *id)
{
	return json_pack("{s:s, s:s, s:i}", "id", id, "words", "it <b> happened", "spi", 7);
}

static int write_one(const struct place *p, const char *id, const struct report_limits *l)
{
	struct error err = {0};
	json_t *j = incident(id);
	int code = report_write(p->root, j, l, NULL, &err);

	assert_int_equal(code, err.code);
	assert_true(!code || *err.text);
	json_decref(j);
	return code;
}

static bool exists(const char *file)
{
	struct stat st;

	return lstat(file, &st) == 0;
}

static char *read_text(const char *file)
{
	static char buf[200000];
	FILE *f = fopen(file, "r");

	assert_non_null(f);
	buf[fread(buf, 1, sizeof(buf) - 1, f)] = 0;
	fclose(f);
	return buf;
}

static size_t entries(const char *folder)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void test_a_folder_has_its_four_files(void **state)
{
	struct place *p = *state;
	json_t *j = incident(ID), *back;
	char folder[REPORT_PATH_MAX];
	struct error err = {0};
	struct stat st;

	assert_int_equal(report_write(p->root, j, NULL, folder, &err), 0);
	assert_string_equal(folder, path(p, ID, ""));
	assert_int_equal(entries(folder), 4);
	assert_int_equal(entries(p->root), 1);
	assert_non_null(strstr(read_text(path(p, ID, "report.html")), "it &lt;b&gt; happened"));
	assert_non_null(strstr(read_text(path(p, ID, "report.txt")), "it <b> happened"));
	back = json_load_file(path(p, ID, "incident.json"), 0, NULL);
	assert_true(json_equal(j, back));
	assert_int_equal(stat(path(p, ID, "packets.pcapng"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0750);
	json_decref(back);
	json_decref(j);
}

static void test_ids_and_names_are_names_of_files_and_no_more(void **state)
{
	static const char *const bad[] = {
		"",	    ".",
		"..",	    "../x",
		"a/b",	    "/etc",
		".hidden",  "a b",
		"a\n",	    "-x",
		"\303\274", "a\\b",
		"a*",	    "12345678901234567890123456789012345678901234567890123456789012345"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(report_id_valid(bad[i]));
		assert_false(report_name_valid(bad[i]));
		assert_int_equal(write_one(*state, bad[i], NULL), -EINVAL);
	}
	assert_false(exists(((struct place *)*state)->root));
	assert_true(report_id_valid(ID));
	assert_true(report_id_valid(
		"1234567890123456789012345678901234567890123456789012345678901234"));
	assert_false(report_id_valid(NULL));
	assert_true(report_name_valid("show-crypto_ipsec.sa.txt"));
	assert_false(report_name_valid("report.html"));
	assert_false(report_name_valid("incident.json"));
}

static void test_an_incident_without_an_id_has_no_folder(void **state)
{
	struct place *p = *state;
	struct error err = {0};
	json_t *j = json_pack("{s:i}", "id", 7);

	assert_int_equal(report_write(p->root, j, NULL, NULL, &err), -EINVAL);
	assert_int_equal(report_write(p->root, NULL, NULL, NULL, NULL), -EINVAL);
	json_decref(j);
}

static void test_what_was_added_is_shown_and_stays(void **state)
{
	struct place *p = *state;
	struct error err = {0};
	json_t *j = incident(ID);

	assert_int_equal(report_write(p->root, j, NULL, NULL, &err), 0);
	assert_int_equal(report_add(p->root, ID, "show.txt", "a <i>b\n", 7, NULL, &err), 0);
	assert_non_null(strstr(read_text(path(p, ID, "report.html")), "<pre>a &lt;i&gt;b\n</pre>"));
	assert_string_equal(read_text(path(p, ID, "show.txt")), "a <i>b\n");
	/* The peer's answer comes later: the folder is written anew. */
	json_object_set_new(j, "words", json_string("now both have spoken"));
	assert_int_equal(report_write(p->root, j, NULL, NULL, &err), 0);
	assert_string_equal(read_text(path(p, ID, "show.txt")), "a <i>b\n");
	assert_non_null(strstr(read_text(path(p, ID, "report.html")), "now both have spoken"));
	assert_non_null(strstr(read_text(path(p, ID, "report.html")), "a &lt;i&gt;b"));
	assert_int_equal(report_add(p->root, ID, "show.txt", NULL, 0, NULL, &err), 0);
	assert_string_equal(read_text(path(p, ID, "show.txt")), "");
	assert_int_equal(entries(path(p, ID, "")), 5);
	assert_int_equal(entries(p->root), 1);
	json_decref(j);
}

static void test_files_come_along_with_the_first_writing(void **state)
{
	const struct report_file f[] = {
		{"a.txt", "one", 3}, {"b.txt", "two", 3}, {"a.txt", "three", 5}};
	struct place *p = *state;
	struct error err = {0};
	json_t *j = incident(ID);

	assert_int_equal(report_write_with(p->root, j, f, 3, NULL, NULL, &err), 0);
	assert_string_equal(read_text(path(p, ID, "a.txt")), "three");
	assert_string_equal(read_text(path(p, ID, "b.txt")), "two");
	json_decref(j);
}

static void test_nothing_is_added_to_what_is_not_there(void **state)
{
	struct place *p = *state;
	struct error err = {0};

	assert_int_equal(report_add(p->root, ID, "a.txt", "x", 1, NULL, &err), -ENOENT);
	assert_int_equal(write_one(p, ID, NULL), 0);
	err = (struct error){0};
	assert_int_equal(report_add(p->root, ID, "report.html", "x", 1, NULL, &err), -EINVAL);
	err = (struct error){0};
	assert_int_equal(report_add(p->root, ID, "../a", "x", 1, NULL, &err), -EINVAL);
	assert_false(exists(path(p, "a", "")));
}

static void test_added_files_are_counted(void **state)
{
	static struct report_file f[REPORT_ADDED_MAX + 1];
	static char names[REPORT_ADDED_MAX + 1][16];
	struct place *p = *state;
	struct error err = {0};
	json_t *j = incident(ID);

	for (size_t i = 0; i <= REPORT_ADDED_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "f%zu", i);
		f[i] = (struct report_file){names[i], "x", 1};
	}
	assert_int_equal(report_write_with(p->root, j, f, REPORT_ADDED_MAX + 1, NULL, NULL, &err),
			 -E2BIG);
	assert_false(exists(path(p, ID, "")));
	assert_int_equal(report_write_with(p->root, j, f, REPORT_ADDED_MAX, NULL, NULL, NULL), 0);
	assert_int_equal(report_add(p->root, ID, "one.more", "x", 1, NULL, NULL), -E2BIG);
	assert_int_equal(report_add(p->root, ID, "f0", "y", 1, NULL, NULL), 0);
	json_decref(j);
}

static void test_the_oldest_go_first(void **state)
{
	const struct report_limits three = {.keep = 3};
	struct place *p = *state;

	assert_int_equal(write_one(p, "9-first", &three), 0);
	assert_int_equal(write_one(p, "5-second", &three), 0);
	assert_int_equal(write_one(p, "7-third", &three), 0);
	assert_int_equal(write_one(p, "9-first", &three), 0); /* again: the youngest now */
	assert_int_equal(entries(p->root), 3);
	assert_int_equal(write_one(p, "1-fourth", &three), 0);
	assert_false(exists(path(p, "5-second", "")));
	assert_true(exists(path(p, "9-first", "report.html")));
	assert_int_equal(entries(p->root), 3);
}

static uint64_t bytes_of(const struct place *p, size_t *count)
{
	json_t *list = report_list(p->root), *one;
	uint64_t sum = 0;
	size_t i;

	json_array_foreach(list, i, one)
		sum += (uint64_t)json_integer_value(json_object_get(one, "bytes"));
	*count = json_array_size(list);
	json_decref(list);
	return sum;
}

static void test_bytes_are_bounded(void **state)
{
	struct place *p = *state;
	struct report_limits l = {0};
	uint64_t one;
	size_t count;

	assert_int_equal(write_one(p, "a0", &l), 0);
	one = bytes_of(p, &count);
	assert_true(one > 5000 && count == 1);
	l.keep_bytes = 3 * one + 100;
	for (int i = 1; i < 8; i++) {
		char id[8];

		snprintf(id, sizeof(id), "a%d", i);
		assert_int_equal(write_one(p, id, &l), 0);
		assert_true(bytes_of(p, &count) <= l.keep_bytes);
	}
	assert_int_equal(count, 3);
	assert_true(exists(path(p, "a7", "")) && !exists(path(p, "a4", "")));
}

/* What cannot fit takes nothing with it. */
static void test_what_has_no_room_removes_nothing(void **state)
{
	struct place *p = *state;
	struct report_limits l = {.keep_bytes = 100};

	assert_int_equal(write_one(p, "old", NULL), 0);
	assert_int_equal(write_one(p, "new", &l), -ENOSPC);
	l = (struct report_limits){.free_bytes = UINT64_MAX / 2};
	assert_int_equal(write_one(p, "new", &l), -ENOSPC);
	l = (struct report_limits){.one_bytes = 1000};
	assert_int_equal(write_one(p, "new", &l), -EFBIG);
	assert_true(exists(path(p, "old", "report.html")));
	assert_int_equal(entries(p->root), 1);
}

static void test_nothing_but_incidents_is_removed(void **state)
{
	const struct report_limits one = {.keep = 1};
	struct place *p = *state;

	assert_int_equal(write_one(p, "first", NULL), 0);
	assert_int_equal(mkdir(path(p, "others", ""), 0700), 0);
	assert_int_equal(mkdir(path(p, "nested", ""), 0700), 0);
	assert_int_equal(mkdir(path(p, "nested", "deeper"), 0700), 0);
	assert_int_equal(close(open(path(p, "nested", "incident.json"), O_CREAT | O_WRONLY, 0600)),
			 0);
	assert_int_equal(symlink(p->base, path(p, "link", "")), 0);
	assert_int_equal(write_one(p, "second", &one), 0);
	assert_false(exists(path(p, "first", "")));
	assert_true(exists(path(p, "others", "")) && exists(path(p, "nested", "deeper")));
	assert_true(exists(path(p, "link", "")) && exists(p->base));
	assert_int_equal(write_one(p, "others", NULL), -EEXIST);
	assert_int_equal(write_one(p, "nested", NULL), -EEXIST);
	assert_int_equal(entries(path(p, "others", "")), 0);
}

static void test_no_link_is_followed(void **state)
{
	struct place *p = *state;
	char target[100], link_root[100];
	struct error err = {0};
	json_t *j = incident(ID);

	snprintf(target, sizeof(target), "%s/target", p->base);
	snprintf(link_root, sizeof(link_root), "%s/link", p->base);
	assert_int_equal(mkdir(target, 0700), 0);
	assert_int_equal(symlink(target, link_root), 0);
	assert_int_equal(report_write(link_root, j, NULL, NULL, &err), -ELOOP);
	assert_int_equal(mkdir(p->root, 0700), 0);
	assert_int_equal(symlink(target, path(p, ID, "")), 0);
	assert_int_equal(write_one(p, ID, NULL), -ELOOP);
	assert_int_equal(entries(target), 0);
	assert_int_equal(unlink(path(p, ID, "")), 0);
	/* A link among the added files is not read, and is gone with the next writing. */
	assert_int_equal(write_one(p, ID, NULL), 0);
	assert_int_equal(symlink("/etc/passwd", path(p, ID, "show.txt")), 0);
	assert_int_equal(report_add(p->root, ID, "a.txt", "x", 1, NULL, &err), 0);
	assert_false(exists(path(p, ID, "show.txt")));
	assert_null(strstr(read_text(path(p, ID, "report.html")), "root:"));
	/* Nor is one in the place of the new folder. */
	assert_int_equal(symlink(target, path(p, ".new", "")), 0);
	assert_int_equal(write_one(p, "other", NULL), 0);
	assert_int_equal(entries(target), 0);
	json_decref(j);
}

/* A pipe among the files does not hold anybody up. */
static void test_a_pipe_in_a_folder_is_not_read(void **state)
{
	struct place *p = *state;

	assert_int_equal(write_one(p, ID, NULL), 0);
	assert_int_equal(mkfifo(path(p, ID, "show.txt"), 0600), 0);
	assert_int_equal(report_add(p->root, ID, "a.txt", "x", 1, NULL, NULL), 0);
	assert_int_equal(entries(path(p, ID, "")), 5);
}

static void test_what_a_dead_writer_left_is_cleared(void **state)
{
	struct place *p = *state;

	assert_int_equal(write_one(p, "one", NULL), 0);
	assert_int_equal(mkdir(path(p, ".new", ""), 0700), 0);
	assert_int_equal(close(open(path(p, ".new", "report.html"), O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(rename(path(p, "one", ""), path(p, ".old", "")), 0);
	assert_int_equal(write_one(p, "two", NULL), 0);
	assert_int_equal(entries(p->root), 1);
}

/* Where the disk or its rights refuse, the folder is as it was. */
static void test_a_failed_writing_leaves_the_old_folder(void **state)
{
	struct place *p = *state;
	struct rlimit before, small = {.rlim_cur = 3000, .rlim_max = RLIM_INFINITY};
	struct error err = {0};
	char *page;

	assert_int_equal(write_one(p, ID, NULL), 0);
	page = strdup(read_text(path(p, ID, "report.html")));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(report_add(p->root, ID, "a.txt", "x", 1, NULL, &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_string_equal(read_text(path(p, ID, "report.html")), page);
	assert_int_equal(entries(path(p, ID, "")), 4);
	assert_int_equal(entries(p->root), 1);
	free(page);
}

static void test_a_file_system_without_exchange_will_do(void **state)
{
	static const int each[] = {RENAME_EXCHANGE, RENAME_EXCHANGE | RENAME_NOREPLACE};
	struct place *p = *state;

	for (int i = 0; i < 2; i++) {
		refused_flags = each[i];
		assert_int_equal(write_one(p, i ? "one" : ID, NULL), 0);
		assert_int_equal(report_add(p->root, ID, "a.txt", "x", 1, NULL, NULL), 0);
		assert_int_equal(entries(path(p, ID, "")), 5);
		assert_int_equal(entries(p->root), 1 + (size_t)i);
	}
	assert_int_equal(mkdir(path(p, "others", ""), 0700), 0);
	assert_int_equal(write_one(p, "others", NULL), -EEXIST);
	refused_flags = 0;
}

static void test_the_root_s_parent_must_be_there(void **state)
{
	struct place *p = *state;
	json_t *j = incident(ID);
	struct error err = {0};

	assert_int_equal(report_write("/nowhere/at/all", j, NULL, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
	close(open(p->root, O_CREAT | O_WRONLY, 0600));
	err = (struct error){0};
	assert_int_equal(report_write(p->root, j, NULL, NULL, &err), -ELOOP);
	json_decref(j);
}

static void test_a_spoilt_incident_takes_nothing_more(void **state)
{
	struct place *p = *state;
	struct error err = {0};
	int fd;

	assert_int_equal(write_one(p, ID, NULL), 0);
	fd = open(path(p, ID, "incident.json"), O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "[[[", 3), 3);
	close(fd);
	assert_int_equal(report_add(p->root, ID, "a.txt", "x", 1, NULL, &err), -EBADMSG);
	assert_false(exists(path(p, ID, "a.txt")));
}

static void test_the_list_is_newest_first(void **state)
{
	struct place *p = *state;
	json_t *list = report_list(p->root);

	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	write_one(p, "z1", NULL);
	write_one(p, "a2", NULL);
	list = report_list(p->root);
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "id")),
			    "a2");
	assert_true(json_integer_value(json_object_get(json_array_get(list, 0), "time")) >
		    time(NULL) - 100);
	json_decref(list);
}

static int write_again(void *place)
{
	return write_one(place, ID, NULL);
}

static void test_without_memory_nothing_changes(void **state)
{
	struct place *p = *state;

	assert_int_equal(write_one(p, ID, NULL), 0);
	assert_int_equal(report_add(p->root, ID, "a.txt", "x", 1, NULL, NULL), 0);
	assert_true(unit_fail_each_allocation(write_again, p) > 2);
	assert_int_equal(entries(path(p, ID, "")), 5);
	assert_int_equal(entries(p->root), 1);
}

/* The child: whatever becomes of it, the caller goes on. */
static void test_a_child_that_crashes_is_an_error(void **state)
{
	const struct render_source source = {
		.json = (const char *)(uintptr_t)16, .json_len = 1000, .limit = 1 << 20};
	struct error err = {0};
	struct render r;

	(void)state;
	assert_int_equal(render_apart(&source, &r, &err), -EPROTO);
	render_free(&r);
}

static void test_the_child_s_errors_are_told(void **state)
{
	struct render_source source = {.json = "[", .json_len = 1, .limit = 1 << 20};
	struct error err = {0};
	struct render r;

	(void)state;
	assert_int_equal(render_apart(&source, &r, &err), -EBADMSG);
	render_free(&r);
	source.json = "{}";
	source.json_len = 2;
	source.limit = 10;
	err = (struct error){0};
	assert_int_equal(render_apart(&source, &r, &err), -EFBIG);
	render_free(&r);
	unit_forbid_descriptors(true);
	err = (struct error){0};
	assert_int_equal(render_apart(&source, &r, &err), -EMFILE);
	unit_forbid_descriptors(false);
	render_free(&r);
}

static void open_a_file(void)
{
	open("/etc/passwd", O_RDONLY);
}

static void open_a_socket(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void fork_once(void)
{
	fork();
}

static void run_a_program(void)
{
	execl("/bin/true", "true", NULL);
}

/* How a confined child ends that does this: as wait() tells it. */
static int ending_of(void (*deed)(void))
{
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (render_confine(pipes[1], 0))
			_exit(90);
		deed();
		_exit(91);
	}
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_the_child_may_do_nothing(void **state)
{
	(void)state;
#ifndef SPINDLE_SANITIZERS /* their runtime may open files */
	assert_int_equal(WTERMSIG(ending_of(open_a_file)), SIGSYS);
#else
	(void)open_a_file;
#endif
	assert_int_equal(WTERMSIG(ending_of(open_a_socket)), SIGSYS);
	assert_int_equal(WTERMSIG(ending_of(fork_once)), SIGSYS);
	assert_int_equal(WTERMSIG(ending_of(run_a_program)), SIGSYS);
}

static void take_memory(void)
{
	_exit(mmap(NULL, 1u << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			      MAP_FAILED
		      ? 1
		      : 2);
}

static void look_for_descriptors(void)
{
	int open_ones = 0;

	for (int fd = 0; fd < 256; fd++)
		open_ones += fcntl(fd, F_GETFD) >= 0;
	_exit(open_ones);
}

static void test_the_child_has_one_descriptor_and_little_memory(void **state)
{
	int pipes[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(WEXITSTATUS(ending_of(look_for_descriptors)), 1);
#ifndef SPINDLE_SANITIZERS
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		if (render_confine(pipes[1], 16 << 20))
			_exit(90);
		take_memory();
	}
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 1);
#else
	(void)pipes, (void)status, (void)pid, (void)take_memory;
#endif
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_a_folder_has_its_four_files),
		IN_PLACE(test_ids_and_names_are_names_of_files_and_no_more),
		IN_PLACE(test_an_incident_without_an_id_has_no_folder),
		IN_PLACE(test_what_was_added_is_shown_and_stays),
		IN_PLACE(test_files_come_along_with_the_first_writing),
		IN_PLACE(test_nothing_is_added_to_what_is_not_there),
		IN_PLACE(test_added_files_are_counted),
		IN_PLACE(test_the_oldest_go_first),
		IN_PLACE(test_bytes_are_bounded),
		IN_PLACE(test_what_has_no_room_removes_nothing),
		IN_PLACE(test_nothing_but_incidents_is_removed),
		IN_PLACE(test_no_link_is_followed),
		IN_PLACE(test_a_pipe_in_a_folder_is_not_read),
		IN_PLACE(test_what_a_dead_writer_left_is_cleared),
		IN_PLACE(test_a_failed_writing_leaves_the_old_folder),
		IN_PLACE(test_a_file_system_without_exchange_will_do),
		IN_PLACE(test_the_root_s_parent_must_be_there),
		IN_PLACE(test_a_spoilt_incident_takes_nothing_more),
		IN_PLACE(test_the_list_is_newest_first),
		IN_PLACE(test_without_memory_nothing_changes),
		cmocka_unit_test(test_a_child_that_crashes_is_an_error),
		cmocka_unit_test(test_the_child_s_errors_are_told),
		cmocka_unit_test(test_the_child_may_do_nothing),
		cmocka_unit_test(test_the_child_has_one_descriptor_and_little_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
