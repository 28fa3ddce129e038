#include "tests/unit/aaa_fixture.h"

#include "log/log.h"

int people_setup(void **state)
{
	struct people *p = alloc_zero(sizeof(*p));

	p->f = fixture_new();
	assert_int_equal(fixture_open(p->f), 0);
	p->aaa = aaa_new(p->f->loop, p->f->jobs, p->f->log);
	assert_non_null(p->aaa);
	p->f->people_to = aaa_room(p->aaa);
	assert_int_equal(fixture_load(p->f), 0);
	*state = p;
	return 0;
}

int people_teardown(void **state)
{
	struct people *p = *state;
	void *f = p->f;

	aaa_free(p->aaa);
	p->f->people_to = NULL;
	fixture_teardown(&f);
	assert_int_equal(secret_alive(), 0);
	alloc_free(p);
	return 0;
}

void people_answer(void *arg, int err, const struct error *why)
{
	struct people *p = arg;

	p->answers++;
	p->result = err;
	text_copy(p->why, sizeof(p->why), why ? why->text : "");
}

int people_edit(struct people *p, const char *json)
{
	json_t *edit = fixture_json(json);

	p->answers = 0;
	aaa_hash_edit(p->aaa, edit, people_answer, p);
	fixture_run(p->f);
	assert_int_equal(p->answers, 1);
	if (p->result) {
		json_decref(edit);
		return p->result;
	}
	p->f->answers = 0;
	config_edit(p->f->config, "ann", edit, fixture_answer, p->f);
	fixture_run(p->f);
	text_copy(p->why, sizeof(p->why), p->f->why);
	return p->f->result;
}

void people_login(struct people *p, const char *user, const char *password)
{
	const struct aaa_source from = {.address = "192.0.2.7", .port = 23};
	struct secret *s = secret_new(password, strlen(password));

	p->answers = 0;
	aaa_login(p->aaa, user, s, &from, people_answer, p);
	secret_free(s);
	fixture_run(p->f);
}

void people_enable(struct people *p, uint8_t level, const char *password)
{
	struct secret *s = secret_new(password, strlen(password));

	p->answers = 0;
	aaa_enable(p->aaa, level, s, people_answer, p);
	secret_free(s);
	fixture_run(p->f);
}

unsigned int people_logged(struct people *p, const char *words)
{
	char buf[LOG_LINE_MAX], line[LOG_LINE_MAX + 128];
	struct log_record r;
	unsigned int n = 0;

	fixture_run(p->f);
	for (uint64_t seq = 1; log_ring_get(p->f->log, seq, &r, buf); seq = r.seq + 1)
		n += strstr(log_format(&r, line, sizeof(line)), words) != NULL;
	return n;
}
