#include "cli/main/way.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t"

/* The first word without its folders; its length. */
static size_t program_of(const char *text, const char **name)
{
	const char *at = text + strspn(text, BLANKS);
	size_t len = strcspn(at, BLANKS "\r\n");

	*name = at;
	for (size_t i = 0; i < len; i++)
		if (at[i] == '/')
			*name = at + i + 1;
	return (size_t)(at + len - *name);
}

static bool begins_with_program(const char *text, const char *program)
{
	const char *name;
	size_t len = program_of(text, &name);

	return len == strlen(program) && !strncmp(name, program, len);
}

static size_t split(char *text, char *words[WAY_WORDS_MAX + 1])
{
	size_t count = 0;

	for (char *at = text + strspn(text, BLANKS); *at; at += strspn(at, BLANKS)) {
		if (count == WAY_WORDS_MAX)
			return 0;
		words[count++] = at;
		at += strcspn(at, BLANKS);
		if (*at)
			*at++ = '\0';
	}
	words[count] = NULL;
	return count;
}

size_t way_own_words(char *text, char *words[WAY_WORDS_MAX + 1])
{
	const char *last = strrchr(text, ' ');

	if (!begins_with_program(text, "spindle") || !last || strcmp(last + 1, "--ssh") != 0)
		return 0;
	return split(text, words);
}

bool way_is_transfer(const char *text)
{
	static const char *const programs[] = {"sftp-server", "internal-sftp", "scp", "rsync"};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (begins_with_program(text, programs[i]))
			return true;
	return false;
}

const char *way_line(const char *text, char *line, size_t size)
{
	size_t len = strcspn(text, "\r\n");

	snprintf(line, size, "%.*s", (int)(len < size ? len : size - 1), text);
	text += len;
	if (text[0] == '\r' && text[1] == '\n')
		text++;
	return text[0] && text[1] ? text + 1 : NULL;
}
