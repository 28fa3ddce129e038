/* The page and the letter: what stands in them, and that nothing of a stranger is more than text. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "unit.h"

#include "lua/report/advice.h"
#include "lua/report/letter.h"
#include "lua/report/page.h"
#include "lua/report/render.h"
#include "tests/unit/report_check.h"

#define EVIL                                                                                       \
	"\"><script>document.title=1</script><img src=x onerror=alert(1)>'&#x3c;\x1b[2J\342\200\256"

struct made {
	struct render r;
	const char *page, *letter;
};

static struct made make(const json_t *incident, const struct report_file *files, size_t count)
{
	const struct render_source source = {
		.incident = incident, .files = files, .count = count, .limit = 8u << 20};
	struct made m;

	assert_int_equal(render_here(&source, &m.r), 0);
	m.page = text_str(&m.r.part[RENDER_PAGE]);
	m.letter = text_str(&m.r.part[RENDER_LETTER]);
	if (check_page(m.page))
		fail_msg("%s", check_page(m.page));
	if (check_letter(m.letter))
		fail_msg("%s", check_letter(m.letter));
	return m;
}

static json_t *sample(void)
{
	json_t *j = json_load_file(TEST_INCIDENTS "/crash.json", 0, NULL);

	assert_non_null(j);
	return j;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in it", part);
}

static void hasnt(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in it", part);
}

static void test_the_page_tells_all_of_it(void **state)
{
	json_t *j = sample();
	struct made m = make(j, NULL, 0);

	(void)state;
	has(m.page, "<h1>One end lost its SAs without having been stopped</h1>");
	has(m.page, "R2 refused 203 packets from R1 with SPI <code>0x68842105</code>");
	has(m.page, "cause: peer-crashed");
	has(m.page,
	    "the record of the earlier run ends here, without a stop <time>2026-11-25 04:45:09.445");
	has(m.page, "R2 began anew with INITIAL_CONTACT");
	has(m.page, "<svg width=\"100%\"");
	/* Each end on its own side, by one clock: the peer's stamps are of another zone. */
	has(m.page,
	    "<li class=\"r k1\"><time>04:45:12.725 <br>+380 ms</time><p><i>sa</i>0x68842105 removed");
	has(m.page, "<li class=\"l k0\"><time>04:44:02.145 <br>\342\210\2221 min 10 s</time>");
	has(m.page, "<i>refused</i>");
	has(m.page, "the peer's is 2.000 s ahead of ours");
	has(m.page, "succeeded after 412 ms");
	has(m.page, "<td class=\"m\">10.1.1.1</td>");
	render_free(&m.r);
	json_decref(j);
}

static void test_the_letter_is_theirs(void **state)
{
	json_t *j = sample();
	struct made m = make(j, NULL, 0);

	(void)state;
	has(m.letter,
	    "Subject: IPsec out of step between 10.1.1.2 and 10.1.1.1, event 20261125T034512Z-1a2b3c4d\n");
	has(m.letter, "clock and time zone, UTC-05:00.");
	has(m.letter, "The first one came 2026-11-24 22:45:14.345.");
	has(m.letter, "We refused 203 ESP packets from 10.1.1.1");
	has(m.letter,
	    "0x68842105 (1753489669). In your router that is an outbound SA towards\n  10.1.1.2.");
	has(m.letter, "  out 0x68842105  made 2026-11-24 21:45:13.145\n"
		      "                  ended 2026-11-24 22:45:14.725: initial contact, by R2\n");
	has(m.letter, "    show crypto ipsec sa peer 10.1.1.2\n");
	has(m.letter, "the first bytes of 40 of the packets");
	hasnt(m.letter, "2026-11-25 04:45"); /* no time of ours */
	render_free(&m.r);
	json_decref(j);
}

/* Without a Spindle over there: UTC, and the reason. */
static void test_a_letter_to_a_stranger_is_in_utc(void **state)
{
	json_t *j = sample();
	struct made m;

	(void)state;
	json_object_del(j, "answer");
	json_object_set_new(j, "answer-absent", json_string("the peer is no Spindle"));
	json_object_set_new(j, "role", json_string("peer"));
	json_object_set_new(j, "words", json_string(""));
	m = make(j, NULL, 0);
	has(m.letter, "All times are UTC, as your router's time zone is not known here.");
	has(m.letter, "came 2026-11-25 03:45:12.345.");
	has(m.letter, "We have not heard your router's side: the peer is no Spindle.");
	has(m.letter, "Your router has not told us");
	has(m.letter, "Your router 10.1.1.1 told ours that it refused ESP packets of ours");
	has(m.page, "the peer is no Spindle");
	has(m.page, "10.1.1.1 refused 203 packets from R2");
	render_free(&m.r);
	json_decref(j);
}

static void poison(json_t *j)
{
	const char *key;
	json_t *value;
	size_t i;
	void *next;

	json_object_foreach_safe(j, next, key, value)
	{
		static const char *const kept[] = {"time", "first", "last", "born", "died",
						   "data", "end",   "kind", NULL};

		if (json_is_string(value) && !check_listed(kept, key, strlen(key)))
			json_object_set_new(j, key, json_string(EVIL));
		else
			poison(value);
	}
	json_array_foreach(j, i, value) poison(value);
}

static void test_a_stranger_s_text_is_text_in_every_member(void **state)
{
	const struct report_file f = {
		.name = "show.txt", .data = EVIL "\n\377\r\n", .len = sizeof(EVIL) + 3};
	json_t *j = sample();
	struct made m;

	(void)state;
	poison(j);
	m = make(j, &f, 1);
	hasnt(m.page, "<script");
	hasnt(m.page, "<img");
	hasnt(m.page, "\x1b");
	hasnt(m.page, "\342\200\256");
	has(m.page, "&lt;script&gt;document.title=1&lt;/script&gt;");
	has(m.page, "\\xff");
	hasnt(m.letter, "\x1b");
	has(m.letter, "\\x1b[2J\\u{202e}");
	render_free(&m.r);
	json_decref(j);
}

static void test_an_empty_incident_is_a_page_and_a_letter(void **state)
{
	json_t *j = json_object();
	struct made m = make(j, NULL, 0);

	(void)state;
	has(m.page, "<h1>The cause could not be told</h1>");
	has(m.page, "No time is known.");
	has(m.page, "None was kept.");
	has(m.letter, "Nothing beyond the packets.");
	render_free(&m.r);
	json_decref(j);
}

static void test_each_cause_has_its_advice(void **state)
{
	static const char *const causes[] = {
		"peer-crashed", "cleared-by-hand", "lifetimes-differ", "deleted-by-another-program",
		"rekey-lost",	"restarted",	   "forged",	       "unknown"};

	(void)state;
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
		json_t *j = json_pack("{s:s}", "cause", causes[i]);
		struct made m = make(j, NULL, 0);

		assert_string_equal(advice_of(causes[i])->cause, causes[i]);
		assert_non_null(advice_of(causes[i])->look[2]);
		has(m.page, advice_of(causes[i])->title);
		render_free(&m.r);
		json_decref(j);
	}
	assert_string_equal(advice_of("another")->cause, "unknown");
}

static void test_added_files_are_shown_within_bounds(void **state)
{
	static char large[PAGE_FILE_BYTES + 10];
	struct report_file f[12] = {{.name = "binary.bin", .data = "a\0b", .len = 3},
				    {.name = "empty.txt", .data = "", .len = 0}};
	json_t *j = json_object();
	struct made m;
	size_t shown = 0;

	(void)state;
	memset(large, 'x', sizeof(large));
	for (size_t i = 2; i < 12; i++)
		f[i] = (struct report_file){
			.name = "large.txt", .data = large, .len = sizeof(large)};
	m = make(j, f, 12);
	has(m.page,
	    "binary.bin <span class=\"soft\">3 bytes</span></summary><p class=\"soft\">It is in this folder.");
	for (const char *at = m.page; (at = strstr(at, "The rest is in this folder")); at++)
		shown++;
	assert_int_equal(shown, PAGE_FILES_BYTES / PAGE_FILE_BYTES);
	render_free(&m.r);
	json_decref(j);
}

/* The page's policy refuses any style but the one whose hash it names. */
static void test_the_hash_of_the_style_is_the_policy_s(void **state)
{
	unsigned char digest[32], base64[64];
	char want[80];

	(void)state;
	assert_int_equal(
		EVP_Digest(page_style(), strlen(page_style()), digest, NULL, EVP_sha256(), NULL),
		1);
	EVP_EncodeBlock(base64, digest, sizeof(digest));
	snprintf(want, sizeof(want), "sha256-%s", (char *)base64);
	assert_string_equal(page_style_hash(), want);
}

static void test_what_is_too_large_is_refused_whole(void **state)
{
	json_t *j = sample();
	struct render_source source = {.incident = j, .limit = 20000};
	struct render r;

	(void)state;
	assert_int_equal(render_here(&source, &r), -EFBIG);
	render_free(&r);
	source = (struct render_source){.json = "[1]", .json_len = 3, .limit = 20000};
	assert_int_equal(render_here(&source, &r), -EBADMSG);
	render_free(&r);
	source.json = "{";
	source.json_len = 1;
	assert_int_equal(render_here(&source, &r), -EBADMSG);
	render_free(&r);
	json_decref(j);
}

static int make_once(void *incident)
{
	const struct render_source source = {.incident = incident, .limit = 8u << 20};
	struct render r;
	int code = render_here(&source, &r);

	render_free(&r);
	return code;
}

static void test_without_memory_nothing_is_made(void **state)
{
	json_t *j = json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "id", "X", "record", "time",
			      "2026-11-25T03:45:12Z", "kind", "ike", "text", "x");

	(void)state;
	assert_true(unit_fail_each_allocation(make_once, j) > 20);
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_page_tells_all_of_it),
		cmocka_unit_test(test_the_letter_is_theirs),
		cmocka_unit_test(test_a_letter_to_a_stranger_is_in_utc),
		cmocka_unit_test(test_a_stranger_s_text_is_text_in_every_member),
		cmocka_unit_test(test_an_empty_incident_is_a_page_and_a_letter),
		cmocka_unit_test(test_each_cause_has_its_advice),
		cmocka_unit_test(test_added_files_are_shown_within_bounds),
		cmocka_unit_test(test_the_hash_of_the_style_is_the_policy_s),
		cmocka_unit_test(test_what_is_too_large_is_refused_whole),
		cmocka_unit_test(test_without_memory_nothing_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
