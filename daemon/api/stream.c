/*
 * api/stream: answers that are lists: pages of whole entries, one document a frame.
 *
 * A stream keeps a cursor, never a list. It sends while the client's window is open and little waits to
 * be written, one page a turn; each page is asked of its row's provider (state) or of config. A page
 * that would be longer than a frame may be is asked again with fewer entries.
 */
#include <errno.h>
#include <string.h>

#include "api/api_internal.h"
#include "base/alloc.h"
#include "base/text.h"
#include "config/config.h"

#define PATH_MAX_LEN 256
/* Pages without an entry that the filter lets through, in one turn. */
#define BARREN_MAX     4
#define PROVIDED_LEAST 1  /* privilege */
#define BUSY_MS	       20 /* until the configuration is asked again */

/* A row's figures on their way from the kernel. Outlives its stream. */
struct fetch {
	struct session *session;
	struct stream *stream; /* NULL: it ended */
};

struct stream {
	struct list node;
	struct fetch *fetch; /* under way */
	bool fetched;	     /* for the row that is being sent */
	uint32_t id;
	unsigned int window; /* frames that may still be sent */
	size_t page;	     /* entries in a frame */
	bool is_config;
	unsigned int how;	    /* CONFIG_GET_… */
	struct config_candidate *k; /* of a configuration other than running; a reference */
	char path[PATH_MAX_LEN];
	json_t *filter;
	bool is_provided; /* state that another program serves */
	json_t *doc;	  /* its page that is to be sent */
	json_t *next;	  /* where it goes on, as it said; NULL: at the beginning, or at the end */
	size_t row;	  /* state: the row that is being sent */
	uint64_t cursor;
};

static const struct api_state *current_state(const struct session *s, const struct stream *st)
{
	if (st->is_config || st->is_provided || st->row >= s->api->row_count)
		return NULL;
	return s->api->rows[st->row].state;
}

static void stream_end(struct session *s, struct stream *st)
{
	const struct api_state *state = current_state(s, st);

	if (st->cursor && state && state->drop)
		state->drop(state->ctx, st->cursor);
	list_remove(&st->node);
	s->requests--;
	if (st->fetch) {
		st->fetch->stream = NULL;
		provide_cancel(s->api, st->fetch);
	}
	json_decref(st->doc);
	json_decref(st->next);
	json_decref(st->filter);
	config_candidate_unref(st->k);
	alloc_free(st);
}

void streams_free(struct session *s)
{
	while (!list_empty(&s->streams))
		stream_end(s, list_entry(s->streams.next, struct stream, node));
}

static struct stream *find(const struct session *s, uint32_t id)
{
	struct list *it;

	list_for_each(it, &s->streams) if (list_entry(it, struct stream, node)->id ==
					   id) return list_entry(it, struct stream, node);
	return NULL;
}

bool stream_runs(const struct session *s, uint32_t id)
{
	return find(s, id);
}

void stream_credit(struct session *s, uint32_t id, unsigned int frames)
{
	struct stream *st = find(s, id);

	if (!st)
		return; /* its last frame crossed the credit on the way */
	st->window += frames;
	if (st->window > API_WINDOW_MAX)
		st->window = API_WINDOW_MAX;
	session_go_on(s);
}

void stream_cancel(struct session *s, uint32_t id)
{
	struct stream *st = find(s, id);

	if (st)
		stream_end(s, st);
}

static size_t next_row(const struct session *s, const struct stream *st, size_t from)
{
	const struct api *a = s->api;

	while (from < a->row_count &&
	       !(row_matches(&a->rows[from], st->path) &&
		 people_least(a, a->rows[from].state->path, a->rows[from].state->privilege) <=
			 s->privilege))
		from++;
	return from;
}

/* Entries of the current row into doc, and the cursor on. */
static int row_page(const struct session *s, struct stream *st, json_t *doc, size_t max,
		    size_t *got)
{
	const struct api_row *row = &s->api->rows[st->row];
	json_t *entries = json_array();
	int rc = entries ? 0 : -ENOMEM;

	if (!rc)
		rc = row->state->page(row->state->ctx, st->filter, &st->cursor, max, entries);
	if (!rc) {
		rows_filter(entries, st->filter, row->state->takes);
		*got = json_array_size(entries);
		rc = row_place(doc, row, entries);
	}
	json_decref(entries);
	if (!st->cursor || row->state->refresh_page)
		st->fetched = false;
	if (!st->cursor)
		st->row = next_row(s, st, st->row + 1);
	return rc;
}

static bool needs_fetch(const struct session *s, const struct stream *st)
{
	const struct api_state *state = current_state(s, st);

	if (!state || st->fetched)
		return false;
	return state->refresh_page || (state->refresh && !st->cursor);
}

static void fetched(void *arg)
{
	struct fetch *f = arg;

	if (f->stream) {
		f->stream->fetch = NULL;
		f->stream->fetched = true;
		session_go_on(f->session);
	}
	alloc_free(f);
}

/* Entries that one frame may hold when the current row's stand in it. */
static size_t frame_room(const struct session *s, const struct stream *st)
{
	const struct api_state *state = current_state(s, st);

	return state && state->most && state->most < st->page ? state->most : st->page;
}

/* True: the row's figures must come first, and are on their way. */
static bool must_fetch(struct session *s, struct stream *st)
{
	const struct api_state *state = current_state(s, st);
	struct fetch *f;

	if (!needs_fetch(s, st))
		return false;
	f = alloc_zero(sizeof(*f));
	st->fetched = true; /* older figures rather than none */
	if (!f)
		return false;
	f->session = s;
	f->stream = st;
	st->fetch = f;
	st->fetched = false;
	if (state->refresh_page)
		state->refresh_page(state->ctx, st->cursor, frame_room(s, st), fetched, f);
	else
		state->refresh(state->ctx, fetched, f);
	return st->fetch;
}

/* Fills doc from where the stream stands. *done: that was all. */
static int fill_state(const struct session *s, struct stream *st, json_t *doc, bool *done)
{
	size_t count = 0;
	int rc = 0;

	for (int barren = 0; !rc && barren < BARREN_MAX && count < frame_room(s, st) &&
			     st->row < s->api->row_count;) {
		size_t got = 0;

		rc = row_page(s, st, doc, frame_room(s, st) - count, &got);
		count += got;
		barren += !got && st->cursor;
		if (needs_fetch(s, st))
			break;
	}
	*done = st->row >= s->api->row_count;
	return rc;
}

/* ---- state that another program serves ------------------------------------------------------------- */

static void page_came(void *arg, int err, const struct error *why, json_t *data, const json_t *next)
{
	struct fetch *f = arg;
	struct stream *st = f->stream;

	if (st) {
		st->fetch = NULL;
		json_decref(st->next);
		st->next = next ? json_incref((json_t *)(uintptr_t)next) : NULL;
		st->doc = data ? json_incref(data) : json_object();
		if (!err) {
			session_go_on(f->session);
		} else {
			session_refuse(f->session, st->id, err, why);
			stream_end(f->session, st);
		}
	}
	alloc_free(f);
}

static json_t *page_wanted(const struct stream *st)
{
	json_t *what =
		json_pack("{s:s,s:s,s:i}", "kind", "get", "path", st->path, "max", (int)st->page);

	if (what && st->filter)
		json_object_set(what, "filter", st->filter);
	if (what && st->next)
		json_object_set(what, "cursor", st->next);
	return what;
}

static void ask_provider(struct session *s, struct stream *st)
{
	int module = provide_of_path(st->path);
	struct fetch *f = alloc_zero(sizeof(*f));
	json_t *what = f ? page_wanted(st) : NULL;
	struct error err = {0};

	if (f)
		*f = (struct fetch){.session = s, .stream = st};
	st->fetch = f;
	if (!f)
		error_set(&err, -ENOMEM, "no memory for the answer");
	else
		provide_ask(s, (size_t)module, what, false, page_came, f, &err);
	json_decref(what);
	if (!err.code)
		return;
	st->fetch = NULL;
	alloc_free(f);
	session_refuse(s, st->id, err.code, &err);
	stream_end(s, st);
}

static int fill(const struct session *s, struct stream *st, json_t **doc, bool *done,
		struct error *err)
{
	int rc;

	if (st->is_config) {
		rc = st->k ? config_candidate_get(st->k, st->path, st->how, &st->cursor, st->page,
						  doc, err)
			   : config_get(s->api->config, st->path, st->how, &st->cursor, st->page,
					doc, err);
		*done = !st->cursor;
		return rc;
	}
	if (st->is_provided) {
		*doc = st->doc;
		st->doc = NULL;
		*done = !st->next;
		return *doc ? 0 : -ENOMEM;
	}
	*doc = json_object();
	return *doc ? fill_state(s, st, *doc, done) : -ENOMEM;
}

static int send_page(struct session *s, struct stream *st, json_t *doc, bool done)
{
	json_t *frame = json_pack("{s:O}", "data", doc);
	int rc = frame ? session_send(s, st->id, done ? 0 : FRAME_MORE, frame) : -ENOMEM;

	json_decref(frame);
	if (!rc)
		st->window--;
	return rc;
}

static int too_long(struct stream *st, struct error *err)
{
	if (st->page == 1)
		return error_set(err, -EMSGSIZE, "an entry of %s is longer than a frame may be",
				 *st->path ? st->path : "the configuration");
	st->page = st->page / 4 ? st->page / 4 : 1;
	return 0;
}

static bool is_empty(const json_t *doc)
{
	return json_object_size(doc) == 0;
}

/* One page. True: the stream is at its end. */
static bool stream_step(struct session *s, struct stream *st)
{
	size_t row = st->row;
	uint64_t cursor = st->cursor;
	struct error err = {0};
	json_t *doc = NULL;
	bool done = false;
	int rc = fill(s, st, &doc, &done, &err);

	/* The configuration is being changed at large: the page comes after that. */
	if (rc == -EBUSY && st->is_config) {
		session_wait(s, BUSY_MS);
		return false;
	}
	/* A page that the filter left empty is not worth a frame, but for the last. */
	if (!rc && (done || !is_empty(doc)))
		rc = send_page(s, st, doc, done);
	json_decref(doc);
	if (rc == -EMSGSIZE) {
		st->row = row;
		st->cursor = cursor;
		st->fetched = true; /* just now */
		rc = too_long(st, &err);
		done = false;
	}
	if (rc && s->phase != SESSION_CLOSING)
		session_refuse(s, st->id, rc, &err);
	return rc || done;
}

bool streams_pump(struct session *s)
{
	struct list *it, *next;
	bool more = false;

	list_for_each_safe(it, next, &s->streams)
	{
		struct stream *st = list_entry(it, struct stream, node);

		if (s->out_bytes >= API_OUT_LOW || s->phase == SESSION_CLOSING)
			return false; /* when that is written, we are called again */
		if (!st->window || st->fetch || must_fetch(s, st))
			continue;
		if (st->is_provided && !st->doc)
			ask_provider(s, st);
		else if (stream_step(s, st))
			stream_end(s, st);
		else
			more = more || (st->window && !st->fetch);
	}
	return more;
}

static int stream_init(struct stream *st, const json_t *request, struct error *err)
{
	const json_t *path = json_object_get(request, "path");
	unsigned int page;

	if (path && !json_is_string(path))
		return error_set(err, -EINVAL, "the member \"path\" is to be a string");
	if (api_number(request, "window", API_WINDOW, API_WINDOW_MAX, &st->window, err) ||
	    api_number(request, "max", API_PAGE, API_PAGE, &page, err))
		return err->code;
	st->page = page;
	if (path &&
	    text_copy(st->path, sizeof(st->path), json_string_value(path)) >= sizeof(st->path))
		return error_set(err, -EINVAL, "the path is longer than %zu characters",
				 sizeof(st->path) - 1);
	return 0;
}

/* The filter of the request and that of the path, both. */
static int take_filter(struct stream *st, const json_t *request, struct error *err)
{
	json_t *filter = json_object_get(request, "filter");
	char bare[PATH_MAX_LEN];
	json_t *keys;

	if (filter && !json_is_object(filter))
		return error_set(err, -EINVAL, "the member \"filter\" is to be an object");
	if (path_split(st->path, bare, sizeof(bare), &keys))
		return error_set(err, -EINVAL, "%s is no path", st->path);
	text_copy(st->path, sizeof(st->path), bare);
	st->filter = keys;
	if (!filter)
		return 0;
	if (!st->filter)
		st->filter = json_object();
	return json_object_update(st->filter, filter)
		       ? error_set(err, -ENOMEM, "no memory for the filter")
		       : 0;
}

static int find_rows(const struct session *s, struct stream *st, struct error *err)
{
	const struct api *a = s->api;
	size_t known = 0;

	for (size_t i = 0; i < a->row_count; i++)
		known += row_matches(&a->rows[i], st->path);
	st->row = next_row(s, st, 0);
	if (!known)
		return error_set(err, -ENOENT, "there is no state %s", st->path);
	if (st->row == a->row_count)
		return error_set(err, -EACCES, "%s takes more privilege", st->path);
	return 0;
}

/* Keys in the path are the provider's to read. */
static int take_provided(const struct session *s, struct stream *st, const json_t *request,
			 struct error *err)
{
	json_t *filter = json_object_get(request, "filter");

	if (filter && !json_is_object(filter))
		return error_set(err, -EINVAL, "the member \"filter\" is to be an object");
	if (people_least(s->api, st->path, PROVIDED_LEAST) > s->privilege)
		return error_set(err, -EACCES, "%s takes more privilege", st->path);
	st->is_provided = true;
	st->filter = filter ? json_incref(filter) : NULL;
	return 0;
}

static void begin(struct session *s, struct stream *st)
{
	list_append(&s->streams, &st->node);
	s->requests++;
	session_go_on(s);
}

static void give_up(struct session *s, uint32_t id, struct stream *st, const struct error *err)
{
	if (st) {
		json_decref(st->filter);
		config_candidate_unref(st->k);
	}
	alloc_free(st);
	session_refuse(s, id, err->code ? err->code : -ENOMEM, err);
}

void stream_get(struct session *s, uint32_t id, const json_t *request)
{
	struct stream *st = alloc_zero(sizeof(*st));
	struct error err = {0};

	if (!st || stream_init(st, request, &err) ||
	    (provide_of_path(st->path) >= 0
		     ? take_provided(s, st, request, &err)
		     : take_filter(st, request, &err) || find_rows(s, st, &err))) {
		give_up(s, id, st, &err);
		return;
	}
	st->id = id;
	begin(s, st);
}

/* A stored configuration is there to be read, or why it is not. */
static void stored_read(void *arg, int err, const struct error *why)
{
	struct fetch *f = arg;

	if (f->stream) {
		f->stream->fetch = NULL;
		if (err) {
			session_refuse(f->session, f->stream->id, err, why);
			stream_end(f->session, f->stream);
		} else {
			session_go_on(f->session);
		}
	}
	alloc_free(f);
}

/* It is read as a candidate that nobody edits, for as long as the stream goes. */
static int open_stored(struct session *s, struct stream *st, struct error *err)
{
	st->fetch = alloc_zero(sizeof(*st->fetch));
	if (!st->fetch)
		return error_set(err, -ENOMEM, "no memory for the answer");
	*st->fetch = (struct fetch){.session = s, .stream = st};
	st->k = config_candidate_new(s->api->config, err);
	if (st->k)
		return 0;
	alloc_free(st->fetch);
	st->fetch = NULL;
	return err->code;
}

static int open_source(struct session *s, struct stream *st, const char *source, struct error *err)
{
	if (!source || !strcmp(source, "running"))
		return 0;
	if (strcmp(source, "candidate") != 0)
		return open_stored(s, st, err);
	if (!s->candidate)
		return error_set(err, -ENOENT, "there is no candidate configuration");
	st->k = config_candidate_ref(s->candidate);
	return 0;
}

static int source_of(const json_t *request, unsigned int *index, struct error *err)
{
	const char *source = api_text(request, "source");

	return source && !strcmp(source, "candidate") ? CONFIG_FROM_RUNNING
						      : api_source(request, "source", index, err);
}

void stream_get_config(struct session *s, uint32_t id, const json_t *request)
{
	struct stream *st = alloc_zero(sizeof(*st));
	struct error err = {0};
	unsigned int index = 0;
	int from = source_of(request, &index, &err);

	if (!st || from < 0 || stream_init(st, request, &err) ||
	    open_source(s, st, api_text(request, "source"), &err)) {
		give_up(s, id, st, &err);
		return;
	}
	st->id = id;
	st->is_config = true;
	if (s->privilege == 15 && !json_is_true(json_object_get(request, "masked")))
		st->how |= CONFIG_GET_SECRETS;
	if (json_is_true(json_object_get(request, "defaults")))
		st->how |= CONFIG_GET_DEFAULTS;
	begin(s, st);
	if (st->fetch)
		config_candidate_fill(st->k, from, index, stored_read, st->fetch);
}
