#include "aaa/hash.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"

#define METHOD	  "$y$"
#define KIND_LEN  2 /* "9 " */
#define SALT_SIZE 32

/* crypt(3) wants a string; the copy is in wiped memory and ends with a NUL byte. */
static struct secret *phrase_of(const struct secret *clear)
{
	struct view v = secret_view(clear);
	struct secret *phrase = secret_zero(v.len + 1);

	if (phrase && v.len)
		memcpy(secret_bytes(phrase), v.data, v.len);
	return phrase;
}

/* out: the hash alone. */
static int run_crypt(const struct secret *clear, const char *setting, char *out, size_t size)
{
	struct secret *phrase = phrase_of(clear);
	void *work = NULL;
	int work_size = 0, rc = -ENOMEM;
	const char *hash;

	if (secret_len(clear) >= SECRET_MAX)
		rc = -EINVAL;
	if (!phrase)
		return rc;
	hash = crypt_ra((const char *)secret_bytes(phrase), setting, &work, &work_size);
	if (hash && hash[0] != '*' && strlen(hash) < size) {
		memcpy(out, hash, strlen(hash) + 1);
		rc = 0;
	} else if (work) {
		rc = -EINVAL;
	}
	if (work)
		secret_wipe(work, (size_t)work_size);
	free(work); /* libcrypt's */
	secret_free(phrase);
	return rc;
}

int hash_nobody(char out[AAA_HASH_MAX])
{
	char salt[SALT_SIZE], *setting;
	int len;

	random_bytes(salt, sizeof(salt));
	setting = crypt_gensalt_ra(METHOD, 0, salt, sizeof(salt));
	if (!setting)
		return -ENOMEM;
	len = snprintf(out, AAA_HASH_MAX, "9 %s", setting);
	free(setting); /* libcrypt's */
	return len < AAA_HASH_MAX ? 0 : -EINVAL;
}

int hash_make(const struct secret *clear, char out[AAA_HASH_MAX])
{
	char setting[AAA_HASH_MAX];
	int rc = hash_nobody(setting);

	if (rc)
		return rc;
	memcpy(out, "9 ", KIND_LEN);
	return run_crypt(clear, setting + KIND_LEN, out + KIND_LEN, AAA_HASH_MAX - KIND_LEN);
}

bool hash_matches(const char *hash, const struct secret *clear)
{
	char got[AAA_HASH_MAX] = "";
	unsigned char differ = 0;
	size_t len;

	hash += strlen(hash) < KIND_LEN ? strlen(hash) : KIND_LEN;
	len = strlen(hash);
	if (!len || run_crypt(clear, hash, got, sizeof(got)))
		return false;
	for (size_t i = 0; i < len && i < sizeof(got); i++)
		differ |= (unsigned char)(hash[i] ^ got[i]);
	differ |= strlen(got) != len;
	secret_wipe(got, sizeof(got));
	return !differ;
}

/* ---- what a check would cost ------------------------------------------------------------------------ */

#define ROUNDS_MAX   1000000	/* of sha256crypt, sha512crypt, sha1crypt: half a second */
#define BCRYPT_MAX   14		/* log2: a second */
#define BLOCKS_MAX   (1u << 19) /* of 128 bytes, of yescrypt and scrypt: 64 MB */
#define PARALLEL_MAX 2
#define LOG2_MAX     24
#define WHOLE_DIGITS 48 /* of yescrypt's numbers */

/* A digit of crypt's base 64; -1: it is none. */
static int digit(char c)
{
	static const char digits[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* 30 bits in five digits, the lowest first; UINT32_MAX: they are none. */
static uint32_t five_digits(const char *text)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < 5; i++) {
		int d = digit(text[i]);

		if (d < 0)
			return UINT32_MAX;
		value |= (uint32_t)d << (6 * i);
	}
	return value;
}

static bool blocks_are_few(int log2, uint64_t r)
{
	return log2 >= 0 && log2 <= LOG2_MAX && r <= BLOCKS_MAX && (r << log2) <= BLOCKS_MAX;
}

static bool is_whole(char c)
{
	return digit(c) >= 0 && digit(c) < WHOLE_DIGITS;
}

/* "j9T$": flavour, log2 of N less 1, r less 1, in one digit each; and nothing more. Greater digits begin
 * a number of several, which is too great. */
static bool yescrypt_is_cheap(const char *text)
{
	return text[0] == 'j' && is_whole(text[1]) && is_whole(text[2]) && text[3] == '$' &&
	       blocks_are_few(digit(text[1]) + 1, (uint64_t)digit(text[2]) + 1);
}

/* "CU..../....": log2 of N, r, p. */
static bool scrypt_is_cheap(const char *text)
{
	return strlen(text) > 11 && blocks_are_few(digit(text[0]), five_digits(text + 1)) &&
	       five_digits(text + 6) <= PARALLEL_MAX;
}

static bool number_is_at_most(const char *text, uint32_t max)
{
	size_t len = strspn(text, "0123456789");
	char number[12];
	uint32_t value;

	if (text[len] != '$' || len >= sizeof(number))
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	return !text_u32(number, 0, max, &value);
}

static bool sha2_is_cheap(const char *text)
{
	static const char rounds[] = "rounds=";

	return strncmp(text, rounds, sizeof(rounds) - 1) != 0 ||
	       number_is_at_most(text + sizeof(rounds) - 1, ROUNDS_MAX);
}

static bool sha1_is_cheap(const char *text)
{
	return number_is_at_most(text, ROUNDS_MAX);
}

static bool bcrypt_is_cheap(const char *text)
{
	return number_is_at_most(text, BCRYPT_MAX);
}

static bool always_cheap(const char *text)
{
	(void)text;
	return true;
}

static const struct {
	const char *method;
	bool (*is_cheap)(const char *text);
} methods[] = {
	{"$y$", yescrypt_is_cheap}, {"$gy$", yescrypt_is_cheap}, {"$7$", scrypt_is_cheap},
	{"$6$", sha2_is_cheap},	    {"$5$", sha2_is_cheap},	 {"$sha1$", sha1_is_cheap},
	{"$2a$", bcrypt_is_cheap},  {"$2b$", bcrypt_is_cheap},	 {"$2y$", bcrypt_is_cheap},
	{"$2x$", bcrypt_is_cheap},  {"$1$", always_cheap},	 {"$md5$", always_cheap},
	{"$3$", always_cheap},
};

static bool is_cheap(const char *setting)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t len = strlen(methods[i].method);

		if (!strncmp(methods[i].method, setting, len))
			return methods[i].is_cheap(setting + len);
	}
	return false;
}

bool hash_is_usable(const char *hash)
{
	int salt = strlen(hash) > KIND_LEN ? crypt_checksalt(hash + KIND_LEN) : CRYPT_SALT_INVALID;

	return salt != CRYPT_SALT_INVALID && salt != CRYPT_SALT_METHOD_DISABLED &&
	       is_cheap(hash + KIND_LEN);
}

bool hash_is_yescrypt(const char *hash)
{
	return strlen(hash) > KIND_LEN && !strncmp(hash + KIND_LEN, METHOD, sizeof(METHOD) - 1);
}
