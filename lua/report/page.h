/*
 * report/page: the incident as one HTML page that needs nothing but itself: no script, no font, no
 * picture, no network (its own Content-Security-Policy refuses them), for any screen, light or dark.
 * Everything told by others is text in it. Pure.
 */
#ifndef LUA_REPORT_PAGE_H
#define LUA_REPORT_PAGE_H

#include "base/text.h"
#include "lua/report/report.h"
#include "lua/report/story.h"

#define PAGE_FILE_BYTES	 (64u << 10)  /* of an added file that are shown */
#define PAGE_FILES_BYTES (512u << 10) /* of all of them */

/* files: what was added, shown folded. */
void page_write(struct text *out, const struct story *s, const struct report_file *files,
		size_t count);

/* The one style sheet, and the hash of it that the policy names (tests compare them). */
const char *page_style(void);
const char *page_style_hash(void);

#endif
