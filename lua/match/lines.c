/*
 * Lines against patterns. Each field of a line has its automaton, over the different patterns of all entries
 * for that field; a pattern knows who asks it. The field with the pattern of a message's text leads: an entry
 * is looked at when its first pattern is found, and then asked for its others. Entries without any pattern
 * are looked at for each line.
 *
 * The automata are made anew at the first line after a change, so that a thousand registrations cost one.
 */
#include "lua/match/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/regex.h"
#include "base/table.h"

/* A different pattern of a field. */
struct pattern {
	struct table_node node;
	uint32_t index;	 /* in the automaton */
	uint32_t asked;	 /* by so many entries */
	uint64_t line;	 /* the latest that it was found in */
	struct list led; /* entries that it leads */
	char text[];
};

struct match_entry {
	struct list node; /* of its leading pattern, or of those that have none */
	struct pattern *want[MATCH_FIELDS];
	void *own;
	uint64_t order;
	uint8_t severities;
};

/* One field of the lines. */
struct field {
	struct table *patterns;
	struct pattern **by_index; /* of the automaton; NULL: it is to be made */
	struct regex_set *set;
	uint32_t *found;
	bool stale;
};

struct match_lines {
	struct field fields[MATCH_FIELDS];
	struct list bare; /* entries without a pattern */
	struct match_entry **hits;
	size_t hit_room;
	uint64_t next_order;
	struct match_lines_stats stats;
};

static void field_clear(struct field *f)
{
	regex_set_free(f->set);
	alloc_free(f->by_index);
	alloc_free(f->found);
	f->set = NULL;
	f->by_index = NULL;
	f->found = NULL;
}

struct match_lines *match_lines_new(void)
{
	struct match_lines *m = alloc_zero(sizeof(*m));

	if (!m)
		return NULL;
	list_init(&m->bare);
	for (int i = 0; i < MATCH_FIELDS; i++) {
		m->fields[i].patterns = table_new();
		if (!m->fields[i].patterns) {
			match_lines_free(m);
			return NULL;
		}
	}
	return m;
}

static void free_entries(struct list *head)
{
	struct list *it, *next;

	list_for_each_safe(it, next, head)
	{
		alloc_free(list_entry(it, struct match_entry, node));
	}
}

void match_lines_free(struct match_lines *m)
{
	if (!m)
		return;
	for (int i = 0; i < MATCH_FIELDS; i++) {
		struct table_cursor c = {0};
		struct table_node *n;

		field_clear(&m->fields[i]);
		while (m->fields[i].patterns && (n = table_next(m->fields[i].patterns, &c))) {
			struct pattern *p = table_entry(n, struct pattern, node);

			free_entries(&p->led);
			table_remove(m->fields[i].patterns, n);
			alloc_free(p);
		}
		table_free(m->fields[i].patterns);
	}
	free_entries(&m->bare);
	alloc_free(m->hits);
	alloc_free(m);
}

static bool is_pattern(const struct table_node *node, const void *key)
{
	return !strcmp(table_entry(node, const struct pattern, node)->text, key);
}

/* Its memory is what a person's mistake may cost: it is compiled alone once, and thrown away. */
static int try_pattern(const char *text, struct error *err)
{
	struct error why = {0};
	struct regex *re = regex_new(text, &why);

	if (!re)
		return error_set(err, why.code, "%s", why.text);
	regex_free(re);
	return 0;
}

static struct pattern *pattern_get(struct match_lines *m, enum match_field which, const char *text,
				   struct error *err)
{
	struct field *f = &m->fields[which];
	size_t len = strlen(text);
	uint32_t hash = hash_bytes(text, len, table_seed(f->patterns));
	struct table_node *n = table_find(f->patterns, hash, is_pattern, text);
	struct pattern *p;

	if (n)
		return table_entry(n, struct pattern, node);
	if (try_pattern(text, err))
		return NULL;
	p = alloc_zero(sizeof(*p) + len + 1);
	if (p && table_insert(f->patterns, &p->node, hash)) {
		alloc_free(p);
		p = NULL;
	}
	if (!p) {
		error_set(err, -ENOMEM, "no memory for the pattern");
		return NULL;
	}
	memcpy(p->text, text, len);
	list_init(&p->led);
	f->stale = true;
	m->stats.patterns++;
	return p;
}

static void pattern_put(struct match_lines *m, enum match_field which, struct pattern *p)
{
	if (!p || --p->asked)
		return;
	table_remove(m->fields[which].patterns, &p->node);
	m->fields[which].stale = true;
	m->stats.patterns--;
	alloc_free(p);
}

static int want_patterns(struct match_lines *m, struct match_entry *e, const struct match_ask *ask,
			 struct error *err)
{
	for (int i = 0; i < MATCH_FIELDS; i++) {
		if (!ask->pattern[i])
			continue;
		e->want[i] = pattern_get(m, i, ask->pattern[i], err);
		if (!e->want[i])
			return err && err->code ? err->code : -ENOMEM;
		e->want[i]->asked++;
	}
	return 0;
}

static struct list *leader(struct match_lines *m, const struct match_entry *e)
{
	for (int i = 0; i < MATCH_FIELDS; i++)
		if (e->want[i])
			return &e->want[i]->led;
	return &m->bare;
}

static void entry_free(struct match_lines *m, struct match_entry *e)
{
	list_remove(&e->node);
	for (int i = 0; i < MATCH_FIELDS; i++)
		pattern_put(m, i, e->want[i]);
	alloc_free(e);
}

int match_lines_add(struct match_lines *m, const struct match_ask *ask, void *own,
		    struct match_entry **out, struct error *err)
{
	struct error why = {0};
	struct match_entry *e = alloc_zero(sizeof(*e));

	if (!e)
		return error_set(err, -ENOMEM, "no memory for the event");
	list_init(&e->node);
	if (want_patterns(m, e, ask, &why)) {
		entry_free(m, e);
		return error_set(err, why.code, "%s", why.text);
	}
	e->own = own;
	e->severities = ask->severities ? ask->severities : 0xFF;
	e->order = m->next_order++;
	list_append(leader(m, e), &e->node);
	m->stats.entries++;
	*out = e;
	return 0;
}

void match_lines_remove(struct match_lines *m, struct match_entry *e)
{
	if (!e)
		return;
	m->stats.entries--;
	entry_free(m, e);
}

/* ---- the automata ---------------------------------------------------------------------------------- */

static size_t gather(const struct field *f, struct pattern **by_index, const char **texts)
{
	struct table_cursor c = {0};
	struct table_node *n;
	size_t count = 0;

	while ((n = table_next(f->patterns, &c))) {
		struct pattern *p = table_entry(n, struct pattern, node);

		p->index = (uint32_t)count;
		p->line = 0;
		by_index[count] = p;
		texts[count++] = p->text;
	}
	return count;
}

/* Without memory the field stays stale, finds nothing, and is made at the next line. */
static void field_make(struct match_lines *m, struct field *f)
{
	size_t count = table_count(f->patterns);
	const char **texts;

	if (f->set)
		m->stats.overruns += regex_set_overruns(f->set);
	field_clear(f);
	f->stale = false;
	if (!count)
		return;
	texts = alloc_array(count, sizeof(*texts));
	f->by_index = alloc_array(count, sizeof(struct pattern *));
	f->found = alloc_array(count, sizeof(*f->found));
	if (texts && f->by_index && f->found) {
		gather(f, f->by_index, texts);
		f->set = regex_set_new(texts, count, NULL);
	}
	f->stale = !f->set;
	alloc_free(texts);
}

/* ---- a line ---------------------------------------------------------------------------------------- */

static bool hit_room(struct match_lines *m, size_t wanted)
{
	size_t room = m->hit_room ? m->hit_room : 16;
	struct match_entry **more;

	if (wanted <= m->hit_room)
		return true;
	while (room < wanted)
		room *= 2;
	more = alloc_grow(m->hits, m->hit_room, room, sizeof(struct match_entry *));
	if (!more)
		return false;
	m->hits = more;
	m->hit_room = room;
	return true;
}

static bool wants(const struct match_entry *e, const struct match_line *line, uint64_t number)
{
	if (!(e->severities & 1u << (line->severity & 7)))
		return false;
	for (int i = 0; i < MATCH_FIELDS; i++)
		if (e->want[i] && e->want[i]->line != number)
			return false;
	return true;
}

static size_t take_wanting(struct match_lines *m, const struct list *head,
			   const struct match_line *line, size_t count)
{
	const struct list *it;

	list_for_each(it, head)
	{
		struct match_entry *e = list_entry(it, struct match_entry, node);

		if (wants(e, line, m->stats.lines) && hit_room(m, count + 1))
			m->hits[count++] = e;
	}
	return count;
}

/* Marks what is found in one field; how many patterns that are. */
static size_t find(struct match_lines *m, struct field *f, const char *text)
{
	size_t found, count = table_count(f->patterns);

	if (!text)
		text = "";
	if (f->stale)
		field_make(m, f);
	if (!f->set)
		return 0;
	found = regex_set_match(f->set, text, strlen(text), f->found, count);
	for (size_t i = 0; i < found; i++)
		f->by_index[f->found[i]]->line = m->stats.lines;
	return found;
}

static int by_order(const void *a, const void *b)
{
	const struct match_entry *const *x = a, *const *y = b;

	return ((*x)->order > (*y)->order) - ((*x)->order < (*y)->order);
}

size_t match_lines_run(struct match_lines *m, const struct match_line *line, match_hit *hit,
		       void *ctx)
{
	size_t found[MATCH_FIELDS], count;

	m->stats.lines++;
	for (int i = 0; i < MATCH_FIELDS; i++)
		found[i] = find(m, &m->fields[i], line->field[i]);
	count = take_wanting(m, &m->bare, line, 0);
	for (int i = 0; i < MATCH_FIELDS; i++)
		for (size_t k = 0; k < found[i]; k++)
			count = take_wanting(m, &m->fields[i].by_index[m->fields[i].found[k]]->led,
					     line, count);
	if (count > 1)
		qsort(m->hits, count, sizeof(struct match_entry *), by_order);
	for (size_t i = 0; i < count; i++)
		hit(ctx, m->hits[i]->own);
	m->stats.hits += count;
	return count;
}

void match_lines_stats(const struct match_lines *m, struct match_lines_stats *out)
{
	*out = m->stats;
	for (int i = 0; i < MATCH_FIELDS; i++)
		if (m->fields[i].set)
			out->overruns += regex_set_overruns(m->fields[i].set);
}
