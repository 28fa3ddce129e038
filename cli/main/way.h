/*
 * main/way: what sshd and login hand over when the program is somebody's login shell or a ForceCommand:
 * one text that was meant for a shell. Pure.
 */
#ifndef CLI_MAIN_WAY_H
#define CLI_MAIN_WAY_H

#include <stdbool.h>
#include <stddef.h>

#define WAY_WORDS_MAX 8

/* Words (taken apart in place) of a text that calls this program by "[PATH/]spindle … --ssh", as sshd hands
 * a ForceCommand to somebody whose login shell this is; 0: it is anything else. */
size_t way_own_words(char *text, char *words[WAY_WORDS_MAX + 1]);
/* Does the text begin the other end of sftp, scp or rsync? */
bool way_is_transfer(const char *text);
/* The next line of the text into `line` (cut to size); returns what is behind it, NULL: nothing. Lines end
 * with LF, CR or both: a router takes several commands in one request so, and `;` is data. */
const char *way_line(const char *text, char *line, size_t size);

#endif
