#include "cli/main/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/session.h"

static int only_once(const struct intake *in)
{
	if (!in->load && !in->import)
		return 0;
	fprintf(stderr, "spindle: one --load or --import at a time\n");
	return -EINVAL;
}

int intake_load(struct intake *in, const char *file)
{
	int rc = only_once(in);

	in->load = file;
	return rc;
}

int intake_import(struct intake *in, const char *file)
{
	int rc = only_once(in);

	in->import = file;
	return rc;
}

int intake_interface(struct intake *in, const char *name)
{
	if (in->name_count < IMPORT_NAMES_MAX &&
	    import_name_parse(name, &in->names[in->name_count]) == 0) {
		in->name_count++;
		return 0;
	}
	fprintf(stderr,
		"spindle: --interface takes ROUTER=KERNEL, as in "
		"GigabitEthernet0/0=eth0; %d of them\n",
		IMPORT_NAMES_MAX);
	return -EINVAL;
}

int intake_word(struct intake *in, const char *word)
{
	if (!in->import || in->partial || strcmp(word, "partial") != 0)
		return 0;
	in->partial = true;
	return 1;
}

int intake_check(const struct intake *in, bool has_commands)
{
	const char *why = NULL;

	if (intake_wanted(in) && has_commands)
		why = "--load and --import stand without -c";
	else if (in->name_count && !in->import)
		why = "--interface belongs to --import";
	if (!why)
		return 0;
	fprintf(stderr, "spindle: %s\n", why);
	return -EINVAL;
}

bool intake_wanted(const struct intake *in)
{
	return in->load || in->import;
}

static int open_file(const char *file)
{
	struct stat st;
	int fd = strcmp(file, "-") == 0 ? STDIN_FILENO
					: open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		fd = -1; /* the process ends with it */
		errno = EISDIR;
	}
	if (fd < 0)
		fprintf(stderr, "%% %s: %s\n", file, strerror(errno));
	return fd;
}

int intake_run(const struct intake *in, struct cli_session *s)
{
	const char *file = in->load ? in->load : in->import;
	struct import_options o = {.file = strcmp(file, "-") == 0 ? "standard input" : file,
				   .names = in->names,
				   .name_count = in->name_count,
				   .partial = in->partial};
	int fd = open_file(file);
	struct load_source source = load_from_fd(&fd);
	int status = LOAD_FAILED;

	if (fd < 0)
		return status;
	status = in->load ? load_whole(s, &source, o.file) : import_text(s, &source, &o);
	if (fd != STDIN_FILENO)
		close(fd);
	return status;
}
