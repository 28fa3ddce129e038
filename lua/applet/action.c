/* applet/action: one action: label and line. */
#include "lua/applet/applet_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

int applet_label_check(const char *label, struct error *err)
{
	size_t len = strlen(label);

	if (!len || len > APPLET_LABEL_MAX)
		return error_set(err, -EINVAL, "a label has 1 to %d characters", APPLET_LABEL_MAX);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)label[i];

		if (c < 0x20 || c >= 0x7f || c == '"')
			return error_set(
				err, -EINVAL,
				"a label has printable ASCII characters but quotation marks");
	}
	return 0;
}

/* A line of one of the tables; its form is read first where the table has several. */
static int read_line(const struct applet_forms *forms, struct applet_line_reader *r,
		     struct applet_statement *st, struct error *err)
{
	const struct applet_form *form = forms->forms;
	int rc = forms->count > 1 ? applet_form_read(forms, r, &form, err) : 0;

	return rc < 0 ? rc : applet_statement_read(forms, form, r, st, err);
}

int applet_action_read(const struct applet_forms *forms, const char *label, const char *text,
		       struct applet_statement *st, struct error *err, size_t *column)
{
	struct applet_line_reader r = {.text = text};
	int rc = applet_label_check(label, err);

	if (column)
		*column = 0;
	if (rc == 0)
		rc = applet_text_check(text, err, column);
	if (rc < 0)
		return rc;
	rc = read_line(forms, &r, st, err);
	if (rc < 0 && column)
		*column = r.column;
	return rc;
}

static int check(const struct applet_forms *forms, const char *label, const char *text,
		 char **canonical, size_t skip, struct error *err, size_t *column)
{
	struct applet_statement st;
	struct text t;
	int rc = applet_action_read(forms, label, text, &st, err, column);

	if (rc < 0)
		return rc;
	text_init(&t, 0);
	applet_statement_add(&t, &st);
	applet_statement_clear(&st);
	*canonical = t.failed ? NULL : alloc_text(text_str(&t) + skip);
	text_free(&t);
	return *canonical ? 0 : error_set(err, -ENOMEM, "out of memory");
}

int applet_action_check(const char *label, const char *text, char **canonical, struct error *err,
			size_t *column)
{
	return check(&applet_actions, label, text, canonical, 0, err, column);
}

int applet_set_check(const char *label, const char *text, char **canonical, struct error *err,
		     size_t *column)
{
	static const char only[] = "_exit_status";
	int rc = check(&applet_sets, label, text, canonical, sizeof("set"), err, column);

	if (rc < 0 || !strncmp(*canonical, only, sizeof(only) - 1))
		return rc;
	alloc_free(*canonical);
	*canonical = NULL;
	if (column)
		*column = strspn(text, " \t");
	return error_set(err, -EINVAL, "set takes _exit_status only; use action LABEL set");
}
