/*
 * report/render: the four files that are made of an incident, in this process (pure) or in a child that
 * has nothing: no files, no sockets, no privileges, little memory and time. The parent believes nothing
 * of it but counted bytes.
 */
#ifndef LUA_REPORT_RENDER_H
#define LUA_REPORT_RENDER_H

#include "base/text.h"
#include "lua/report/report.h"

enum render_part { RENDER_PAGE, RENDER_LETTER, RENDER_PACKETS, RENDER_JSON, RENDER_PARTS };

struct render_source {
	const json_t *incident; /* borrowed; or NULL: the text below */
	const char *json;
	size_t json_len;
	const struct report_file *files;
	size_t count;
	size_t limit; /* bytes of all parts together */
};

struct render {
	struct text part[RENDER_PARTS];
};

/* "report.html" and so on. */
const char *render_name(enum render_part part);
/* 0; -ENOMEM, -EFBIG, -EBADMSG (the text is no JSON object). *out is to be freed in any case. */
int render_here(const struct render_source *source, struct render *out);
/* The same in a child; -EPROTO: it ended or hung. */
int render_apart(const struct render_source *source, struct render *out, struct error *err);
void render_free(struct render *out);

#endif
