/* applet: forms, rows and statements, shared by the files of the room; see applet.h. */
#ifndef LUA_APPLET_APPLET_INTERNAL_H
#define LUA_APPLET_APPLET_INTERNAL_H

#include "lua/applet/applet.h"

#include "base/text.h"

#define APPLET_ROWS_MAX 24 /* of one form */

/* What kind of value an option takes. */
enum applet_kind {
	APPLET_FLAG,	/* none: the keyword says it */
	APPLET_CHOICE,	/* one of `choices`, may be abbreviated */
	APPLET_NUMBER,	/* decimal, within min and max */
	APPLET_SPI,	/* 0x… or decimal, 32 bits */
	APPLET_SECONDS, /* S[.mmm], within min and max seconds */
	APPLET_STRING,	/* any text; printed in quotes */
	APPLET_PATTERN, /* a regular expression of base/regex; printed in quotes */
	APPLET_CRON,	/* five fields or @daily …; printed in quotes */
	APPLET_WORD,	/* no blanks; printed as it is */
	APPLET_NAME,	/* of a variable */
	APPLET_OPERAND, /* $name as it is, anything else in quotes */
	APPLET_LABEL,	/* of an action; in quotes where it has blanks */
	APPLET_OID,	/* 1.3.6… */
	APPLET_ADDRESS, /* IPv4 or IPv6 */
	APPLET_REST,	/* the rest of the line as it stands */
};

enum applet_row_flags {
	APPLET_REQUIRED = 1,
	APPLET_PLACE = 2, /* stands at its place, without keyword */
	APPLET_LUA = 4,	  /* only in a Lua registration */
};

/* One option: a row of a table. */
struct applet_row {
	const char *name;
	enum applet_kind kind;
	unsigned int flags;
	int64_t min, max;
	const char *choices; /* "yes|no" */
	const char *help;
};

/* What a verb does to the flow of an applet (compile.c). */
enum applet_role {
	APPLET_DO,
	APPLET_IF,
	APPLET_ELSEIF,
	APPLET_ELSE,
	APPLET_WHILE,
	APPLET_FOREACH,
	APPLET_END,
	APPLET_GOTO,
	APPLET_BREAK,
	APPLET_CONTINUE,
	APPLET_REMARK,
};

struct applet_statement;

/* A detector or a verb. */
struct applet_form {
	const char *name; /* one word or two */
	const char *help;
	const char *refusal; /* why it is not for this box; NULL: it is ours */
	const struct applet_row *rows;
	size_t count;
	int what; /* enum applet_detector or enum applet_role */
	/* Rules between options: NULL, or the sentence. */
	const char *(*check)(const struct applet_statement *st);
	const char *vars;   /* detectors: names in event_reqinfo(), by blanks */
	const char *prefix; /* detectors: of its variables, "_syslog_" */
};

/* A table of forms, in the order of help. */
struct applet_forms {
	const char *what; /* "event detector", "action" */
	const struct applet_form *forms;
	size_t count;
	bool variables; /* values may hold $name, put in when the applet runs */
};

extern const struct applet_forms applet_events, applet_actions, applet_triggers, applet_attributes,
	applet_sets;

/* A line that was taken: its form and the value of each row (canonical, no quotes; NULL: not given). */
struct applet_statement {
	const struct applet_form *form;
	char *values[APPLET_ROWS_MAX];
};

void applet_statement_clear(struct applet_statement *st);
const char *applet_statement_value(const struct applet_statement *st, const char *row);
bool applet_same_name(const char *name, const char *row); /* "_" of name may be "-" of row */

/* Where a line is being read. */
struct applet_line_reader {
	const char *text;
	size_t at;
	size_t column; /* of the token last read, for errors */
};

struct applet_token {
	const char *start;
	size_t len, column;
	bool quoted;
};

/* 1: a token; 0: the line is over; -EINVAL: err. */
int applet_token_next(struct applet_line_reader *r, struct applet_token *out, struct error *err);
bool applet_token_begins(const struct applet_token *t, const char *word); /* word starts with it */
bool applet_token_is(const struct applet_token *t, const char *word);
int applet_text_check(const char *text, struct error *err, size_t *column);

/* The form whose words stand next in the line. */
int applet_form_read(const struct applet_forms *forms, struct applet_line_reader *r,
		     const struct applet_form **out, struct error *err);
/* The rest of the line by the form. On failure `st` is empty. */
int applet_statement_read(const struct applet_forms *forms, const struct applet_form *form,
			  struct applet_line_reader *r, struct applet_statement *st,
			  struct error *err);
/* As far as the line goes, whatever is missing: *open is the option whose value must follow. st->form is
 * NULL where the line is wrong. */
void applet_statement_scan(const struct applet_forms *forms, const struct applet_form *form,
			   struct applet_line_reader *r, struct applet_statement *st,
			   const struct applet_row **open);
/* Required rows and rules between them. */
int applet_statement_check(const struct applet_statement *st, struct error *err);
/* One value by its row: canonical text in *out. */
int applet_value_read(const struct applet_row *row, bool variables, const char *s, size_t len,
		      char **out, struct error *err);
/* "action LABEL text" or "set LABEL text", with its column. */
int applet_action_read(const struct applet_forms *forms, const char *label, const char *text,
		       struct applet_statement *st, struct error *err, size_t *column);
void applet_statement_add(struct text *t, const struct applet_statement *st); /* canonical */
const char *applet_value_name(const struct applet_row *row, char *buf, size_t size);
uint64_t applet_ms(const char *seconds);

#endif
