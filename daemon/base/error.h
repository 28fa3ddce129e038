/*
 * error: what a person must read: one sentence that says what and where.
 *
 * The caller owns the struct (on its stack); functions that may fail for a person's reason take
 * `struct error *`, which may be NULL. The first sentence stays: later ones do not overwrite it.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#define ERROR_TEXT_MAX 400

struct error {
	int code; /* -errno, 0 = none */
	char text[ERROR_TEXT_MAX];
};

#ifdef __cplusplus
extern "C" {
#endif
/* Sets code and sentence if none is set yet; always returns code, so that
 * `return error_set(err, -EINVAL, "…")` works. */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Puts "prefix: " before the sentence that is set. */
void error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#ifdef __cplusplus
}
#endif

#endif
