/* cli/spec, cli/data, cli/words: edits and words out of a row's text, paths, times, the filter chain. */
#include "unit.h"

#include "cli/data.h"
#include "cli/spec.h"
#include "cli/words.h"

/* A match made by hand: name, value, name, value …; a value that begins with '#' is a number. */
static void fill(struct cli_match *m, const char *const *pairs)
{
	memset(m, 0, sizeof(*m));
	for (; pairs[0]; pairs += 2) {
		struct cli_arg *a = &m->arg[m->count++];

		a->name = pairs[0];
		a->number = pairs[1][0] == '#';
		text_copy(a->value, sizeof(a->value), pairs[1] + a->number);
	}
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE	   ((const char *const[]){NULL})

static void expect_json(json_t *have, const char *want)
{
	char *text = json_dumps(have, JSON_COMPACT);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
	json_decref(have);
}

static void expect_edit(const char *spec, const char *const *pairs, enum cli_form form,
			const char *want)
{
	static struct cli_match m;
	json_t *base = json_pack("[[s], [s, {s:s}]]", "top", "list", "name", "N");

	fill(&m, pairs);
	expect_json(spec_edit(base, spec, &m, form), want);
	json_decref(base);
}

static void test_edits_of_one_leaf(void **state)
{
	(void)state;
	expect_edit("/a leaf=<x>", PAIRS("x", "v"), CLI_SET, "{\"a\":{\"leaf\":\"v\"}}");
	expect_edit("/a leaf=<x>", PAIRS("x", "#7"), CLI_SET, "{\"a\":{\"leaf\":7}}");
	expect_edit("/a leaf=$<x>", PAIRS("x", "#7"), CLI_SET, "{\"a\":{\"leaf\":\"7\"}}");
	expect_edit("/a leaf=true", NONE, CLI_SET, "{\"a\":{\"leaf\":true}}");
	expect_edit("/a leaf=false", NONE, CLI_SET, "{\"a\":{\"leaf\":false}}");
	expect_edit("/a leaf=null", NONE, CLI_SET, "{\"a\":{\"leaf\":[null]}}");
	expect_edit("/a leaf=word", NONE, CLI_SET, "{\"a\":{\"leaf\":\"word\"}}");
	/* A parameter that was left out stands for the default. */
	expect_edit("/a leaf=<x>", NONE, CLI_SET,
		    "{\"a\":{\"@\":{\"spindle-types:remove\":\"leaf\"}}}");
	expect_edit("/a leaf=<x>", NONE, CLI_NO,
		    "{\"a\":{\"@\":{\"spindle-types:remove\":\"leaf\"}}}");
	expect_edit("/a leaf=<x>", PAIRS("x", "v"), CLI_DEFAULT,
		    "{\"a\":{\"@\":{\"spindle-types:remove\":\"leaf\"}}}");
}

static void test_edits_below_the_entry_of_the_mode(void **state)
{
	(void)state;
	expect_edit(". leaf=<x>", PAIRS("x", "v"), CLI_SET,
		    "{\"top\":{\"list\":[{\"leaf\":\"v\",\"name\":\"N\"}]}}");
	expect_edit("./in leaf=<x>", PAIRS("x", "v"), CLI_SET,
		    "{\"top\":{\"list\":[{\"in\":{\"leaf\":\"v\"},\"name\":\"N\"}]}}");
	expect_edit("sub[key=<k>]", PAIRS("k", "#3"), CLI_SET,
		    "{\"top\":{\"list\":[{\"sub\":[{\"key\":3}],\"name\":\"N\"}]}}");
	expect_edit("/m:l[a=$<k>][b=<n>]", PAIRS("k", "#101", "n", "#5"), CLI_SET,
		    "{\"m:l\":[{\"a\":\"101\",\"b\":5}]}");
}

static void test_a_row_without_leaves_removes_its_node(void **state)
{
	(void)state;
	expect_edit("sub[key=<k>]", PAIRS("k", "#3"), CLI_NO,
		    "{\"top\":{\"list\":[{\"sub\":[{\"@\":{\"spindle-types:operation\":\"remove\"},"
		    "\"key\":3}],\"name\":\"N\"}]}}");
	expect_edit("./dpd a=<x>! b=<y>!", PAIRS("x", "#1", "y", "#2"), CLI_SET,
		    "{\"top\":{\"list\":[{\"dpd\":{\"a\":1,\"b\":2},\"name\":\"N\"}]}}");
	expect_edit("./dpd a=<x>! b=<y>!", NONE, CLI_NO,
		    "{\"top\":{\"list\":[{\"dpd\":{\"@\":{\"spindle-types:operation\":\"remove\"}},"
		    "\"name\":\"N\"}]}}");
}

static void test_edits_of_lists_of_values(void **state)
{
	(void)state;
	expect_edit("/a l+<x>", PAIRS("x", "v"), CLI_SET, "{\"a\":{\"l\":[\"v\"]}}");
	expect_edit("/a l+<x>", PAIRS("x", "v"), CLI_NO,
		    "{\"a\":{\"l\":[\"v\"],\"@l\":[{\"spindle-types:operation\":\"remove\"}]}}");
	expect_edit("/a l+<x>", NONE, CLI_NO, "{\"a\":{\"@\":{\"spindle-types:remove\":\"l\"}}}");
	expect_edit("/a l*<x>", PAIRS("x", "v", "x", "w"), CLI_SET,
		    "{\"a\":{\"l\":[\"v\",\"w\"],\"@\":{\"spindle-types:remove\":\"l\"}}}");
	expect_edit("/a l*<x>", PAIRS("x", "v"), CLI_NO,
		    "{\"a\":{\"@\":{\"spindle-types:remove\":\"l\"}}}");
}

static void test_terms_that_go_and_terms_that_stay(void **state)
{
	(void)state;
	expect_edit("/a x=true -y -z", NONE, CLI_SET,
		    "{\"a\":{\"x\":true,\"@\":{\"spindle-types:remove\":\"y z\"}}}");
	expect_edit("/a x=true -y -z", NONE, CLI_NO,
		    "{\"a\":{\"@\":{\"spindle-types:remove\":\"x y z\"}}}");
	expect_edit("/a x=true! y=true", NONE, CLI_SET, "{\"a\":{\"x\":true,\"y\":true}}");
	expect_edit("/a x=true! y=true", NONE, CLI_NO,
		    "{\"a\":{\"@\":{\"spindle-types:remove\":\"y\"}}}");
}

static void test_prefixes_and_secrets(void **state)
{
	(void)state;
	expect_edit("/a p=@<x>", PAIRS("x", "10.1.2.3", "mask", "255.255.0.0"), CLI_SET,
		    "{\"a\":{\"p\":\"10.1.0.0/16\"}}");
	expect_edit("/a p=@<x>", PAIRS("x", "10.1.2.3"), CLI_SET,
		    "{\"a\":{\"p\":\"10.1.2.3/32\"}}");
	expect_edit("/a p=@<x>", PAIRS("x", "2001:db8::5/32"), CLI_SET,
		    "{\"a\":{\"p\":\"2001:db8::/32\"}}");
	expect_edit("/a k=%<x>", PAIRS("x", "6 key"), CLI_SET, "{\"a\":{\"k\":\"0 6 key\"}}");
	expect_edit("/a k=%<x>", PAIRS("x", "YWJj", "type", "#6"), CLI_SET,
		    "{\"a\":{\"k\":\"6 YWJj\"}}");
}

static const struct prefixes {
	const char *address, *mask, *want;
} prefixes[] = {
	{"10.1.1.2", NULL, "10.1.1.2/32"},
	{"10.1.1.2", "255.255.255.252", "10.1.1.0/30"},
	{"0.0.0.0", NULL, "0.0.0.0/0"},
	{"0.0.0.0", "255.255.255.255", "0.0.0.0/32"},
	{"0.0.0.0", "0.0.0.0", "0.0.0.0/0"},
	{"::", NULL, "::/0"},
	{"2001:db8::1", NULL, "2001:db8::1/128"},
	{"10.0.0.0/8", NULL, "10.0.0.0/8"},
	{"10.0.0.0", "255.0.255.0", NULL},
	{"10.0.0.0", "::", NULL},
	{"ten", NULL, NULL},
};

static void test_prefixes_of_addresses_and_masks(void **state)
{
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		bool ok = spec_prefix(prefixes[i].address, prefixes[i].mask, out, sizeof(out));

		assert_int_equal(ok, prefixes[i].want != NULL);
		if (ok)
			assert_string_equal(out, prefixes[i].want);
	}
}

static void test_places_as_paths(void **state)
{
	static struct cli_match m;
	struct text path;
	json_t *place;

	(void)state;
	fill(&m, PAIRS("n", "it's", "s", "#10"));
	place = spec_place(NULL, "/m:c/map[name=$<n>][sequence=<s>] x=<x>", &m);
	text_init(&path, 0);
	assert_true(spec_place_path(place, &path));
	assert_string_equal(text_str(&path), "/m:c/map[name=\"it's\"][sequence='10']");
	json_decref(place);
	text_free(&path);
	text_init(&path, 0);
	assert_true(spec_list_path(NULL, "/m:c/map[name=$<n>] x=<x>", &path));
	assert_string_equal(text_str(&path), "/m:c/map");
	text_free(&path);
	assert_true(spec_is_list("/m:c/map[name=$<n>] x=<x>"));
	assert_false(spec_is_list("/m:c x=<x>"));
	assert_false(spec_is_list("."));
}

/* A key that was not given: no place, rather than another one. */
static void test_a_place_needs_its_keys(void **state)
{
	static struct cli_match m;

	(void)state;
	fill(&m, NONE);
	assert_null(spec_place(NULL, "/m:c/map[name=$<n>]", &m));
	assert_null(spec_edit(NULL, "/m:c/map[name=$<n>]", &m, CLI_SET));
}

static void expect_lines(const char *row, const char *spec, const char *entry, const char *want)
{
	struct syntax *s = syntax_parse(row, NULL);
	json_t *json = json_loads(entry, 0, NULL);
	struct text text;
	size_t index = 0;

	assert_non_null(json);
	text_init(&text, 0);
	for (bool more = true; more;) {
		struct text line;

		text_init(&line, 0);
		more = spec_render(s, spec, json, &index, &line);
		if (more)
			text_addf(&text, "%s;", text_str(&line));
		text_free(&line);
	}
	assert_string_equal(text_str(&text), want);
	text_free(&text);
	json_decref(json);
	syntax_free(s);
}

static void test_lines_of_an_entry(void **state)
{
	(void)state;
	expect_lines("w <x>", ". l=<x>", "{\"l\":\"v\"}", "w v;");
	expect_lines("w <x:0-9>", ". l=<x>", "{\"l\":7}", "w 7;");
	expect_lines("w <x>", ". l=<x>", "{}", "");
	expect_lines("w <x>", ". l+<x>", "{\"l\":[\"a\",\"b\"]}", "w a;w b;");
	expect_lines("w <x>+", ". l*<x>", "{\"l\":[\"a\",\"b\"]}", "w a b;");
	expect_lines("w <x>+", ". l*<x>", "{\"l\":[]}", "");
	expect_lines("w", ". l=true", "{\"l\":true}", "w;");
	expect_lines("w", ". l=true", "{\"l\":false}", "");
	expect_lines("w", ". l=null", "{\"l\":[null]}", "w;");
	expect_lines("w", ". l=true -m", "{\"l\":true,\"m\":true}", "");
	expect_lines("w", ". l=true -m", "{\"l\":true,\"m\":false}", "w;");
	expect_lines("w <x:ipv4> [<mask:mask>]", ". l=@<x>", "{\"l\":\"10.0.0.0/8\"}",
		     "w 10.0.0.0 255.0.0.0;");
	expect_lines("w <x:ipv4> [<mask:mask>]", ". l=@<x>", "{\"l\":\"10.0.0.1/32\"}",
		     "w 10.0.0.1;");
	expect_lines("w <x:ipv4> [<mask:mask>]", ". l=@<x>", "{\"l\":\"2001:db8::/32\"}", "");
	expect_lines("k [<type:0|6>] <x:secret>", ". l=%<x>", "{\"l\":\"6 YWJj\"}", "k 6 YWJj;");
	expect_lines("k [<type:0|6>] <x:secret>", ". l=%<x>", "{\"l\":\"******\"}", "k ******;");
}

/* cli/data */

static void test_the_end_of_a_path(void **state)
{
	json_t *doc = json_loads(
		"{\"m:c\":{\"map\":[{\"name\":\"a/b\",\"in\":{\"x\":1}}],\"y\":2}}", 0, NULL);

	(void)state;
	assert_int_equal(json_integer_value(data_at(doc, "/m:c/y")), 2);
	assert_true(json_is_array(data_at(doc, "/m:c/map")));
	assert_true(json_is_array(data_at(doc, "/m:c/map[name='a/b']")));
	assert_int_equal(json_integer_value(data_at(doc, "/m:c/map[name='a/b']/in/x")), 1);
	assert_null(data_at(doc, "/m:c/none"));
	assert_null(data_at(doc, "/none/none"));
	assert_ptr_equal(data_at(doc, ""), doc);
	json_decref(doc);
}

static const struct times {
	const char *text;
	bool ok;
	uint64_t ms;
} times[] = {
	{"1970-01-01T00:00:01Z", true, 1000},
	{"1970-01-01T00:00:01.5Z", true, 1500},
	{"1970-01-01T00:00:01.123456Z", true, 1123},
	{"1970-01-01T02:00:01+02:00", true, 1000},
	{"1970-01-01T00:00:01-01:30", true, 5401000},
	{"2026-09-02T13:27:57.707Z", true, 1788355677707},
	{"yesterday", false, 0},
	{"2026-09-02", false, 0},
	{"", false, 0},
};

static void test_times_of_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		json_t *entry = json_pack("{s:s}", "t", times[i].text);
		uint64_t ms = 0;

		assert_int_equal(data_time(entry, "t", &ms), times[i].ok);
		if (times[i].ok)
			assert_int_equal(ms, times[i].ms);
		json_decref(entry);
	}
}

static void test_leaves_of_an_entry(void **state)
{
	json_t *entry =
		json_loads("{\"n\":7,\"big\":\"18446744073709551615\",\"neg\":-1,\"t\":\"x\","
			   "\"empty\":\"\",\"yes\":true}",
			   0, NULL);

	(void)state;
	assert_int_equal(data_number(entry, "n"), 7);
	assert_true(data_number(entry, "big") == UINT64_MAX);
	assert_int_equal(data_number(entry, "neg"), 0);
	assert_int_equal(data_number(entry, "t"), 0);
	assert_int_equal(data_number(entry, "none"), 0);
	assert_string_equal(data_text(entry, "t", "-"), "x");
	assert_string_equal(data_text(entry, "empty", "-"), "-");
	assert_string_equal(data_text(entry, "n", "-"), "-");
	assert_true(data_true(entry, "yes"));
	assert_false(data_true(entry, "none"));
	assert_true(data_has(entry, "empty"));
	json_decref(entry);
}

/* cli/words */

static void keep_line(void *ctx, const char *line)
{
	text_addf(ctx, "%s;", line);
}

static bool without_b(void *ctx, const char *line)
{
	unsigned int *ends = ctx;

	if (!line)
		(*ends)++;
	return line && !strchr(line, 'b');
}

static void test_printed_lines_pass_the_filter(void **state)
{
	struct words *w = words_new();
	unsigned int ends = 0;
	struct text out;

	(void)state;
	text_init(&out, 0);
	words_print(w, "lost: nobody listens");
	words_set_sink(w, keep_line, &out);
	words_print(w, "a\nb\n\nc 100%s");
	words_set_filter(w, without_b, &ends);
	words_print(w, "d\nb");
	words_end_filter(w);
	words_end_filter(w);
	words_print(w, "b");
	assert_string_equal(text_str(&out), "a;b;;c 100%s;d;b;");
	assert_int_equal(ends, 1);
	text_free(&out);
	words_free(w);
	words_free(NULL);
}

static int count_call(void *ctx)
{
	return ++*(int *)ctx;
}

static void test_words_are_kept_once_and_called(void **state)
{
	struct words *w = words_new();
	struct word *root = words_add(w, NULL, "root", 0, 15, "");
	struct word *a = words_add(w, root, "a", 0, 15, ""),
		    *b = words_add(w, root, "b", 0, 15, "B");
	int calls = 0, datum;

	(void)state;
	assert_ptr_equal(words_add(w, root, "a", 0, 1, "help"), a);
	assert_int_equal(words_privilege(a), 1);
	assert_string_equal(words_help(a), "help");
	assert_string_equal(words_help(b), "B");
	assert_ptr_equal(words_child(root), a);
	assert_ptr_equal(words_next(a), b);
	assert_null(words_next(b));
	assert_ptr_equal(words_parent(b), root);
	assert_string_equal(words_text(b), "b");
	assert_null(words_data(w, a));
	assert_int_equal(words_set_data(w, a, &datum), 0);
	assert_ptr_equal(words_data(w, a), &datum);
	assert_int_equal(words_set_data(w, a, NULL), 0);
	assert_null(words_data(w, a));
	assert_int_equal(words_call(w, a, count_call, &calls), 1);
	assert_int_equal(words_call(w, a, count_call, &calls), 2);
	words_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits_of_one_leaf),
		cmocka_unit_test(test_edits_below_the_entry_of_the_mode),
		cmocka_unit_test(test_a_row_without_leaves_removes_its_node),
		cmocka_unit_test(test_edits_of_lists_of_values),
		cmocka_unit_test(test_terms_that_go_and_terms_that_stay),
		cmocka_unit_test(test_prefixes_and_secrets),
		cmocka_unit_test(test_prefixes_of_addresses_and_masks),
		cmocka_unit_test(test_places_as_paths),
		cmocka_unit_test(test_a_place_needs_its_keys),
		cmocka_unit_test(test_lines_of_an_entry),
		cmocka_unit_test(test_the_end_of_a_path),
		cmocka_unit_test(test_times_of_day),
		cmocka_unit_test(test_leaves_of_an_entry),
		cmocka_unit_test(test_printed_lines_pass_the_filter),
		cmocka_unit_test(test_words_are_kept_once_and_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
