#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/data.h"
#include "cli/term/clean.h"
#include "cli/term/term_internal.h"

static int subscribe(struct term *t, struct error *err)
{
	json_t *request =
		json_pack("{s:s,s:s,s:b}", "op", "subscribe", "stream", "log", "monitor", 1);
	int rc = request ? client_call(t->c, request, NULL, NULL, err) : -ENOMEM;

	json_decref(request);
	t->subscription = client_last_request(t->c);
	return rc;
}

static int unsubscribe(struct term *t, struct error *err)
{
	json_t *request =
		json_pack("{s:s,s:I}", "op", "unsubscribe", "request", (json_int_t)t->subscription);
	int rc = request ? client_call(t->c, request, NULL, NULL, err) : -ENOMEM;

	json_decref(request);
	return rc;
}

int term_monitor(struct term *t, bool on, struct error *err)
{
	int rc;

	if (on == t->subscribed)
		return 0;
	rc = on ? subscribe(t, err) : unsubscribe(t, err);
	if (rc < 0)
		return error_set(err, rc, "no lines of the log");
	t->subscribed = on;
	return 0;
}

static void add_line(struct text *to, const char *line)
{
	clean_add(to, line, strlen(line));
	text_add(to, "\r\n");
}

static void add_lost(struct text *to, uint64_t lost)
{
	if (lost > 0)
		text_addf(to, "(%" PRIu64 " lines of the log were not shown)\r\n", lost);
}

static void add_event(struct text *to, const json_t *event)
{
	const json_t *records =
		data_at(json_object_get(event, "data"), "/spindle-logging:log-state/record");
	json_t *record;
	size_t i;

	add_lost(to, data_number(event, "lost"));
	json_array_foreach(records, i, record)
	{
		const char *line = data_text(record, "line", NULL);

		if (line)
			add_line(to, line);
	}
}

/* Without `logging synchronous` a line comes where the cursor is, and the row is not shown again
 * before the next key. */
static void step_aside(struct term *t)
{
	if (t->front == TERM_FRONT_MORE) {
		text_addf(&t->out, "\r%*s\r", (int)strlen(t->more), "");
	} else if (t->front == TERM_FRONT_LINE && t->o.synchronous) {
		editor_hide(t->editor);
	} else if (t->front == TERM_FRONT_LINE && !t->half_typed) {
		editor_abandon(t->editor);
		t->half_typed = true;
	}
}

static void step_back(struct term *t)
{
	if (t->front == TERM_FRONT_MORE)
		text_add(&t->out, t->more);
	else if (t->front == TERM_FRONT_LINE && t->o.synchronous)
		editor_show(t->editor);
}

bool term_show_log(struct term *t)
{
	struct text lines;
	uint64_t lost;
	json_t *event;
	bool any;

	if (!t->subscribed)
		return false;
	text_init(&lines, 0);
	while ((event = client_kept_event(t->c, &lost))) {
		add_lost(&lines, lost);
		add_event(&lines, event);
		json_decref(event);
	}
	if (lines.len > 0) {
		step_aside(t);
		text_add(&t->out, text_str(&lines));
		step_back(t);
	}
	any = lines.len > 0;
	text_free(&lines);
	return any;
}
