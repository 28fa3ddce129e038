/* applet/detector: what the tables say about detectors and verbs, for shows and refusals. */
#include "lua/applet/applet_internal.h"

#include <string.h>

#include "base/alloc.h"

static const struct applet_form *form_at(const struct applet_forms *forms, size_t index)
{
	return index < forms->count ? &forms->forms[index] : NULL;
}

static const struct applet_form *form_named(const struct applet_forms *forms, const char *name)
{
	for (size_t i = 0; i < forms->count; i++) {
		if (!strcmp(forms->forms[i].name, name))
			return &forms->forms[i];
	}
	return NULL;
}

const char *applet_detector_name(size_t index)
{
	const struct applet_form *f = form_at(&applet_events, index);

	return f ? f->name : NULL;
}

const char *applet_detector_help(size_t index)
{
	const struct applet_form *f = form_at(&applet_events, index);

	return f ? f->help : NULL;
}

const char *applet_action_name(size_t index)
{
	const struct applet_form *f = form_at(&applet_actions, index);

	return f ? f->name : NULL;
}

const char *applet_detector_refusal(const char *name)
{
	const struct applet_form *f = form_named(&applet_events, name);

	return f ? f->refusal : NULL;
}

const char *applet_action_refusal(const char *verb)
{
	const struct applet_form *f = form_named(&applet_actions, verb);

	return f ? f->refusal : NULL;
}

/* The forms of our detectors stand in the order of the enum. */
static const struct applet_form *form_of(enum applet_detector d)
{
	return (unsigned int)d < APPLET_DETECTORS ? &applet_events.forms[d] : NULL;
}

static char *taken(struct text *t)
{
	if (!t->failed)
		return t->data ? text_take(t) : alloc_text("");
	text_free(t);
	return NULL;
}

/* "pattern REGULAR-EXPRESSION", "sync {yes|no}", "enter". */
static void add_option(struct text *t, const struct applet_row *row, const char *name,
		       const char *between)
{
	bool required = row->flags & APPLET_REQUIRED, place = row->flags & APPLET_PLACE;
	char value[512];

	text_add(t, required ? " " : " [");
	if (!place)
		text_add(t, name);
	if (row->kind != APPLET_FLAG) {
		bool choice = row->kind == APPLET_CHOICE;

		applet_value_name(row, value, sizeof(value));
		text_addf(t, choice ? "%s{%s}" : "%s%s", place ? "" : between, value);
	}
	text_add(t, required ? "" : "]");
}

char *applet_detector_syntax(enum applet_detector d)
{
	const struct applet_form *f = form_of(d);
	struct text t;

	text_init(&t, 0);
	text_addf(&t, "[no] event [tag WORD] %s", f ? f->name : "");
	for (size_t i = 0; f && i < f->count; i++) {
		if (!(f->rows[i].flags & APPLET_LUA))
			add_option(&t, &f->rows[i], f->rows[i].name, " ");
	}
	return taken(&t);
}

/* An option's name as Lua has it. */
static void lua_name(const char *name, char *buf, size_t size)
{
	text_copy(buf, size, name);
	for (char *p = buf; *p; p++) {
		if (*p == '-')
			*p = '_';
	}
}

char *applet_detector_lua(enum applet_detector d)
{
	const struct applet_form *f = form_of(d);
	char name[64];
	struct text t;

	text_init(&t, 0);
	lua_name(f ? f->name : "", name, sizeof(name));
	text_addf(&t, "eem.event_register_%s {[tag = WORD]", name);
	for (size_t i = 0; f && i < f->count; i++) {
		struct applet_row row = f->rows[i];

		row.flags &= ~(unsigned int)APPLET_PLACE;
		lua_name(row.name, name, sizeof(name));
		text_add(&t, ",");
		add_option(&t, &row, name, row.kind == APPLET_FLAG ? "" : " = ");
	}
	text_add(&t, "}");
	return taken(&t);
}

static const char common_fields[] =
	"event_id job_id event_type event_type_string event_pub_time event_pub_sec event_pub_msec "
	"event_severity";

static void add_names(struct text *t, const char *prefix, const char *names)
{
	while (*names) {
		size_t n = strcspn(names, " ");

		text_addf(t, "%s%.*s\n", prefix, (int)n, names);
		names += n + (names[n] == ' ');
	}
}

static char *names_of(enum applet_detector d, bool variables)
{
	const struct applet_form *f = form_of(d);
	struct text t;

	text_init(&t, 0);
	add_names(&t, variables ? "$_" : "", common_fields);
	if (f) {
		char prefix[32] = "";

		if (variables) {
			prefix[0] = '$';
			text_copy(prefix + 1, sizeof(prefix) - 1, f->prefix);
		}
		add_names(&t, prefix, f->vars);
	}
	return taken(&t);
}

char *applet_detector_fields(enum applet_detector d)
{
	return names_of(d, false);
}

char *applet_detector_variables(enum applet_detector d)
{
	return names_of(d, true);
}
