/*
 * Bytes into lines, whichever of CR and LF ends them. What no text has (NUL) becomes a character that no command takes.
 */
#include "cli/load_internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static long read_fd(void *ctx, char *buf, size_t size)
{
	ssize_t n;

	do {
		n = read(*(const int *)ctx, buf, size);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

struct load_source load_from_fd(const int *fd)
{
	return (struct load_source){.ctx = (void *)(uintptr_t)fd, .read = read_fd};
}

static long read_text(void *ctx, char *buf, size_t size)
{
	const char **at = ctx;
	size_t n = strnlen(*at, size);

	memcpy(buf, *at, n);
	*at += n;
	return (long)n;
}

struct load_source load_from_text(const char **at)
{
	return (struct load_source){.ctx = at, .read = read_text};
}

/* The next byte: 1; 0 at the end; -errno. */
static int next_byte(struct load_lines *l, char *c)
{
	if (l->at == l->have) {
		long n = l->source->read(l->source->ctx, l->buf, sizeof(l->buf));

		l->at = l->have = 0;
		if (n <= 0)
			return (int)n;
		l->have = (size_t)n;
	}
	*c = l->buf[l->at++];
	return 1;
}

/* The marks that editors put before a text. */
static int first_line(struct load_lines *l, size_t *len)
{
	if (*len >= 2 &&
	    (memcmp(l->text, "\xff\xfe", 2) == 0 || memcmp(l->text, "\xfe\xff", 2) == 0))
		return -EILSEQ;
	if (*len < 3 || memcmp(l->text, "\xef\xbb\xbf", 3) != 0)
		return 0;
	*len -= 3;
	memmove(l->text, l->text + 3, *len);
	return 0;
}

int load_next_line(struct load_lines *l)
{
	size_t len = 0, read = 0;
	bool after_cr = false;
	char c = '\0';
	int rc;

	while ((rc = next_byte(l, &c)) == 1 && c != '\n') {
		read++;
		if (after_cr && c != '\r' && len > 0) {
			l->at--; /* CR alone ends a line, too */
			break;
		}
		after_cr = c == '\r';
		if (!after_cr && len + 1 < sizeof(l->text))
			l->text[len++] = c ? c : '\x01';
	}
	if (rc < 0 || (rc == 0 && read == 0))
		return rc;
	rc = l->number++ == 0 ? first_line(l, &len) : 0;
	l->text[len] = '\0';
	l->indent = strspn(l->text, " \t");
	return rc < 0 ? rc : 1;
}
