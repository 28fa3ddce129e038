#include "aaa/hash.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

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

bool hash_is_usable(const char *hash)
{
	int salt = strlen(hash) > KIND_LEN ? crypt_checksalt(hash + KIND_LEN) : CRYPT_SALT_INVALID;

	return salt != CRYPT_SALT_INVALID && salt != CRYPT_SALT_METHOD_DISABLED;
}

bool hash_is_yescrypt(const char *hash)
{
	return strlen(hash) > KIND_LEN && !strncmp(hash + KIND_LEN, METHOD, sizeof(METHOD) - 1);
}
