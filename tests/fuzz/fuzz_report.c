/* An incident as JSON, and after a zero byte an added file: whatever they hold, the page has our tags
 * alone, the letter our lines, and the capture its blocks. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "lua/report/render.h"
#include "tests/unit/report_check.h"

#define LIMIT (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size ? (const char *)data : "", *zero = memchr(text, 0, size);
	size_t len = zero ? (size_t)(zero - text) : size;
	struct report_file added = {.name = "show-version.txt", .data = "", .len = 0};
	struct render_source source = {
		.json = text, .json_len = len, .files = &added, .count = 1, .limit = LIMIT};
	struct render r;
	int code;

	if (zero) {
		added.data = zero + 1;
		added.len = size - len - 1;
	}
	code = render_here(&source, &r);
	fuzz_must(code == 0 || code == -EBADMSG || code == -EFBIG);
	if (!code) {
		const struct text *capture = &r.part[RENDER_PACKETS];

		fuzz_must(!check_page(text_str(&r.part[RENDER_PAGE])));
		fuzz_must(!check_letter(text_str(&r.part[RENDER_LETTER])));
		fuzz_must(!check_capture(text_str(capture), capture->len));
		fuzz_must(strlen(text_str(&r.part[RENDER_PAGE])) == r.part[RENDER_PAGE].len);
	}
	render_free(&r);
	return 0;
}
