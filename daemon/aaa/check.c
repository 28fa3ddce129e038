/*
 * aaa/check: passwords on the worker.
 *
 * A check holds copies of all it needs, so that the worker touches nothing else and a user who goes
 * meanwhile is no matter. One check runs at a time: guessing in many sessions is no faster than in one,
 * and leaves the other worker to those who must sign and write. The queue goes on at once; only the answer
 * to a wrong password waits. A check that the worker has outlives the room (aaa == NULL).
 */
#include <errno.h>
#include <string.h>

#include "aaa/aaa_internal.h"
#include "aaa/hash.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/jobs.h"
#include "base/text.h"
#include "config/config.h"
#include "log/log.h"

#define CHECKS_MAX   64
#define HASHES_MAX   64 /* passwords in one edit */
#define ADDRESS_SIZE 48

static const char quiet_words[] = "logins are refused for a while after too many failures";

struct check {
	struct list node;
	struct aaa *aaa;
	bool is_login, known, locked;
	char user[AAA_NAME_MAX];
	char address[ADDRESS_SIZE];
	uint16_t port;
	uint8_t privilege; /* of the user */
	char hash[AAA_HASH_MAX], nobody[AAA_HASH_MAX];
	struct secret *password;
	bool right; /* the worker's answer */
	struct loop_timer late;
	aaa_done *done;
	void *arg;
};

static void check_free(struct check *c)
{
	list_remove(&c->node);
	loop_timer_stop(&c->late);
	secret_free(c->password);
	secret_wipe(c, sizeof(*c));
	alloc_free(c);
}

/* The answer, and the end of the check. */
static void tell(struct check *c, int err, const char *words)
{
	aaa_done *done = c->done;
	struct error why = {0};
	void *arg = c->arg;

	if (err)
		error_set(&why, err, "%s", words);
	check_free(c);
	done(arg, err, err ? &why : NULL);
}

/* On a worker. A weak old hash is quickly checked: nobody's is checked too, so that it takes as long. */
static void run(void *arg)
{
	struct check *c = arg;
	bool right = hash_matches(c->known ? c->hash : c->nobody, c->password);

	if (c->known && !hash_is_yescrypt(c->hash))
		hash_matches(c->nobody, c->password);
	c->right = right && c->known && c->hash[0];
}

/* Names that are no user's may be a password typed in the wrong place. */
static const char *printable(const struct check *c)
{
	return c->known ? c->user : "(unknown)";
}

static const char *address(const struct check *c)
{
	return c->address[0] ? c->address : "local";
}

static void note_failure(struct aaa *a, const struct check *c)
{
	struct settings_object s = aaa_settings(a);
	struct watch_verdict v = watch_failure(&a->watch, &s, c->known ? c->user : NULL,
					       c->privilege < 15, loop_now(a->loop),
					       clock_wall_ms());

	log_say(a->log, NULL, LOGIN_FAILED, printable(c), address(c), c->port,
		c->locked ? "User is locked out" : "Login Authentication Failed");
	if (v.locked)
		log_say(a->log, NULL, USER_LOCKED, c->user);
	if (!v.quiet)
		return;
	log_say(a->log, NULL, QUIET_MODE_ON, s.attempts, s.within_s, s.block_for_s, printable(c),
		address(c), c->port);
	loop_timer_set(&a->quiet_over, (uint64_t)s.block_for_s * 1000);
}

static const char *refusal(const struct check *c)
{
	return c->is_login ? "Login invalid" : "Access denied";
}

static void late(void *arg)
{
	struct check *c = arg;

	tell(c, -EACCES, refusal(c));
}

/* While a check waited, those before it may have locked the user, and the user may have gone or been
 * given another password: what holds now counts, or guesses in a heap would slip past the lock. */
static bool still_holds(const struct aaa *a, struct check *c)
{
	const struct object *o = aaa_object(a, OBJECT_USER, c->user);

	if (!c->is_login || !c->known)
		return true;
	c->locked |= watch_is_locked(&a->watch, c->user);
	return o && !strcmp(o->user.hash, c->hash);
}

static void judge(struct aaa *a, struct check *c)
{
	struct settings_object s = aaa_settings(a);
	bool ok = still_holds(a, c) && c->right && !c->locked;

	secret_free(c->password);
	c->password = NULL;
	if (c->is_login && watch_is_quiet(&a->watch, loop_now(a->loop))) {
		tell(c, -EBUSY, quiet_words);
		return;
	}
	if (ok && c->is_login) {
		watch_success(&a->watch, c->user);
		log_say(a->log, NULL, LOGIN_SUCCESS, c->user, address(c), c->port);
	}
	if (ok) {
		tell(c, 0, NULL);
		return;
	}
	if (c->is_login)
		note_failure(a, c);
	list_append(&a->late, &c->node);
	if (loop_timer_set(&c->late, (uint64_t)s.delay_s * 1000))
		tell(c, -EACCES, refusal(c));
}

static void start_next(struct aaa *a);

static void ran(void *arg, int err)
{
	struct check *c = arg;
	struct aaa *a = c->aaa;

	if (!a) {
		check_free(c); /* it was answered when the room went */
		return;
	}
	a->checking = false;
	a->check_count--;
	list_remove(&c->node);
	if (err)
		tell(c, err, "the daemon stops");
	else
		judge(a, c);
	start_next(a);
}

static void start_next(struct aaa *a)
{
	while (!a->checking && !list_empty(&a->checks)) {
		struct check *c = list_entry(a->checks.next, struct check, node);

		a->checking = true;
		if (!jobs_submit(a->jobs, run, ran, c))
			return;
		a->checking = false;
		a->check_count--;
		tell(c, -EBUSY, "the daemon is too busy to check a password: try again");
	}
}

static void refuse(aaa_done *done, void *arg, int err, const char *words)
{
	struct error why = {0};

	error_set(&why, err, "%s", words);
	done(arg, err, &why);
}

/* NULL: it was refused. */
static struct check *check_new(struct aaa *a, const char *user, const struct secret *password,
			       aaa_done *done, void *arg)
{
	struct check *c = a->check_count < CHECKS_MAX ? alloc_zero(sizeof(*c)) : NULL;

	if (!c) {
		refuse(done, arg, -EBUSY, "too many passwords are being checked: try again");
		return NULL;
	}
	list_init(&c->node);
	loop_timer_init(&c->late, a->loop, "login: delay", late, c);
	c->aaa = a;
	c->done = done;
	c->arg = arg;
	c->password = secret_copy(password);
	text_copy(c->user, sizeof(c->user), user);
	text_copy(c->nobody, sizeof(c->nobody), a->nobody);
	if (c->password)
		return c;
	check_free(c);
	refuse(done, arg, -ENOMEM, "no memory to check a password");
	return NULL;
}

static void enqueue(struct aaa *a, struct check *c)
{
	list_append(&a->checks, &c->node);
	a->check_count++;
	start_next(a);
}

void aaa_login(struct aaa *a, const char *user, const struct secret *password,
	       const struct aaa_source *from, aaa_done *done, void *arg)
{
	const struct object *o = aaa_object(a, OBJECT_USER, user);
	struct check *c;

	if (watch_is_quiet(&a->watch, loop_now(a->loop))) {
		refuse(done, arg, -EBUSY, quiet_words);
		return;
	}
	c = check_new(a, user, password, done, arg);
	if (!c)
		return;
	c->is_login = true;
	c->known = o != NULL;
	c->locked = watch_is_locked(&a->watch, user);
	c->privilege = o && o->user.has_privilege ? o->user.privilege : 1;
	text_copy(c->hash, sizeof(c->hash), o && o->user.hash[0] ? o->user.hash : a->nobody);
	/* A user without a password is checked as an unknown one. */
	c->locked |= o && !o->user.hash[0];
	text_copy(c->address, sizeof(c->address), from->address);
	c->port = from->port;
	enqueue(a, c);
}

static const struct object *enable_of(const struct aaa *a, uint8_t level)
{
	const struct object *found = NULL;
	const struct list *it;

	list_for_each(it, &a->objects)
	{
		const struct object *o = list_entry(it, const struct object, node);

		if (o->kind == OBJECT_ENABLE && o->enable.level == level && o->enable.hash[0])
			found = o;
	}
	return found;
}

bool aaa_has_enable(const struct aaa *a, uint8_t level)
{
	return enable_of(a, level) != NULL;
}

void aaa_enable(struct aaa *a, uint8_t level, const struct secret *password, aaa_done *done,
		void *arg)
{
	const struct object *o = enable_of(a, level);
	struct check *c;

	if (!o) {
		refuse(done, arg, -ENOENT, "No password set");
		return;
	}
	c = check_new(a, "", password, done, arg);
	if (!c)
		return;
	c->known = true;
	text_copy(c->hash, sizeof(c->hash), o->enable.hash);
	enqueue(a, c);
}

/* ---- passwords of an edit -------------------------------------------------------------------------- */

struct hashing {
	struct list node;
	struct aaa *aaa;
	json_t *edit, *values[HASHES_MAX]; /* strings of the edit */
	struct secret *clear[HASHES_MAX];
	char hash[HASHES_MAX][AAA_HASH_MAX];
	size_t count;
	int err;
	aaa_done *done;
	void *arg;
};

static void hashing_free(struct hashing *h)
{
	list_remove(&h->node);
	for (size_t i = 0; i < h->count; i++)
		secret_free(h->clear[i]);
	json_decref(h->edit);
	alloc_free(h);
}

static void hash_all(void *arg)
{
	struct hashing *h = arg;

	for (size_t i = 0; i < h->count && !h->err; i++)
		h->err = hash_make(h->clear[i], h->hash[i]);
}

static void hashed(void *arg, int err)
{
	struct hashing *h = arg;
	aaa_done *done = h->done;
	struct error why = {0};
	bool alone = !h->aaa;

	err = err ? err : h->err;
	for (size_t i = 0; i < h->count && !err; i++)
		err = json_string_set(h->values[i], h->hash[i]) ? -ENOMEM : 0;
	if (err)
		error_set(&why, err, "a password could not be hashed: %s", strerror(-err));
	arg = h->arg;
	hashing_free(h);
	if (!alone)
		done(arg, err, err ? &why : NULL);
}

/* "0 TEXT": the text leaves the document. 0 or -errno. */
static int take_clear(struct hashing *h, json_t *value)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);

	/* What stands for a secret that was not shown is config's to refuse. */
	if (!text || strncmp(text, "0 ", 2) != 0 || config_is_mask(text))
		return 0;
	if (h->count == HASHES_MAX)
		return -E2BIG;
	h->values[h->count] = value;
	h->clear[h->count] = secret_new(text + 2, len - 2);
	if (!h->clear[h->count])
		return len - 2 > SECRET_MAX ? -EINVAL : -ENOMEM;
	h->count++;
	secret_wipe((char *)(uintptr_t)text, len);
	return len == 2 ? -EINVAL : 0;
}

static int take_list(struct hashing *h, const json_t *entries)
{
	json_t *entry;
	int rc = 0;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		rc = rc ? rc : take_clear(h, json_object_get(entry, "secret"));
	}
	return rc;
}

static struct hashing *gather(struct aaa *a, json_t *edit, int *err)
{
	const json_t *aaa = json_object_get(edit, "spindle-aaa:aaa");
	struct hashing *h = alloc_zero(sizeof(*h));

	*err = h ? 0 : -ENOMEM;
	if (!h)
		return NULL;
	list_init(&h->node);
	h->aaa = a;
	h->edit = json_incref(edit);
	*err = take_list(h, json_object_get(aaa, "user"));
	if (!*err)
		*err = take_list(h, json_object_get(aaa, "enable"));
	return h;
}

void aaa_hash_edit(struct aaa *a, json_t *edit, aaa_done *done, void *arg)
{
	struct hashing *h;
	int err = 0;

	if (!json_object_get(edit, "spindle-aaa:aaa")) {
		done(arg, 0, NULL);
		return;
	}
	h = gather(a, edit, &err);
	if (h && !err && h->count) {
		h->done = done;
		h->arg = arg;
		list_append(&a->hashings, &h->node);
		err = jobs_submit(a->jobs, hash_all, hashed, h);
		if (!err)
			return;
	}
	if (h)
		hashing_free(h);
	if (err == -EINVAL)
		refuse(done, arg, err, "a password has 1 to 511 characters");
	else if (err)
		refuse(done, arg, err, strerror(-err));
	else
		done(arg, 0, NULL);
}

/* ---- the end --------------------------------------------------------------------------------------- */

/* What the worker has cannot be taken from it: it is told now, freed by ran() or hashed(). */
static void leave_running(struct aaa *a)
{
	struct check *c = list_entry(a->checks.next, struct check, node);
	struct error why = {0};

	error_set(&why, -ECANCELED, "the daemon stops");
	list_remove(&c->node);
	c->aaa = NULL;
	a->checking = false;
	c->done(c->arg, -ECANCELED, &why);
}

static void end_list(struct list *checks)
{
	while (!list_empty(checks))
		tell(list_entry(checks->next, struct check, node), -ECANCELED, "the daemon stops");
}

void aaa_checks_end(struct aaa *a)
{
	if (a->checking)
		leave_running(a);
	end_list(&a->checks);
	end_list(&a->late);
	while (!list_empty(&a->hashings)) {
		struct hashing *h = list_entry(a->hashings.next, struct hashing, node);
		struct error why = {0};

		error_set(&why, -ECANCELED, "the daemon stops");
		list_remove(&h->node);
		h->aaa = NULL;
		h->done(h->arg, -ECANCELED, &why);
	}
}
