/*
 * seal: AES-256-GCM by libcrypto, base64, and the key file.
 *
 * Called at start (seal_open) and on the loop (an edit, a compile): one secret is some microseconds, so
 * nothing here is a job. The key itself is a struct secret; clear text passes through the stack of one
 * function only and is wiped there.
 */
#include "seal/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/secret.h"

#define KEY_FILE      "key"
#define KEY_FILE_NEW  "key.new"
#define KEY_LEN	      32
#define SEAL_VERSION  1
#define NONCE_LEN     12 /* NIST SP 800-38D, 5.2.1.1 */
#define TAG_LEN	      16
#define HEAD_LEN      (1 + NONCE_LEN)
#define BLOB_MAX      (HEAD_LEN + SEAL_CLEAR_MAX + TAG_LEN)
#define PREFIX	      "6 "
#define PREFIX_LEN    2
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

struct seal {
	struct secret *key;
};

static struct seal *seal_of(struct secret *key)
{
	struct seal *s = key ? alloc_zero(sizeof(*s)) : NULL;

	if (!s) {
		secret_free(key);
		return NULL;
	}
	s->key = key;
	return s;
}

struct seal *seal_new_random(void)
{
	struct secret *key = secret_zero(KEY_LEN);

	if (key)
		random_bytes(secret_bytes(key), KEY_LEN);
	return seal_of(key);
}

void seal_free(struct seal *s)
{
	if (!s)
		return;
	secret_free(s->key);
	alloc_free(s);
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A key that is cut short would lock every secret out for ever: so it is whole before it has its name. */
static int key_write(int dir, const struct secret *key)
{
	struct view v = secret_view(key);
	int fd, rc;

	unlinkat(dir, KEY_FILE_NEW, 0); /* of a life that was cut short; its mode may be another */
	fd = openat(dir, KEY_FILE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, v.data, v.len);
	if (!rc && fsync(fd))
		rc = -errno;
	close(fd);
	/* A link, not a rename: a key that is there already is never replaced. */
	if (!rc && linkat(dir, KEY_FILE_NEW, dir, KEY_FILE, 0))
		rc = -errno;
	unlinkat(dir, KEY_FILE_NEW, 0);
	if (!rc && fsync(dir))
		rc = -errno;
	return rc;
}

static struct seal *key_make(int dir, struct error *err)
{
	struct seal *s = seal_new_random();
	int rc;

	if (!s) {
		error_set(err, -ENOMEM, "no memory for the key of type 6 secrets");
		return NULL;
	}
	rc = key_write(dir, s->key);
	if (!rc)
		return s;
	error_set(err, rc, "the key of type 6 secrets could not be written to the state folder: %s",
		  strerror(-rc));
	seal_free(s);
	return NULL;
}

/* Whoever can read the file can open every secret, so a key that others can read is no key. */
static int key_check(int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return error_set(err, -errno, "file key of the state folder: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EINVAL,
				 "file key of the state folder is not a regular file");
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return error_set(err, -EPERM, "file key of the state folder belongs to uid %u",
				 (unsigned int)st.st_uid);
	if (st.st_mode & 077)
		return error_set(err, -EPERM,
				 "file key of the state folder has mode %04o, it must be 0600",
				 (unsigned int)(st.st_mode & 07777));
	if (st.st_size != KEY_LEN)
		return error_set(err, -EINVAL,
				 "file key of the state folder has %lld bytes, a key has %d",
				 (long long)st.st_size, KEY_LEN);
	return 0;
}

static struct seal *key_read(int fd, struct error *err)
{
	struct secret *key;

	if (key_check(fd, err))
		return NULL;
	key = secret_zero(KEY_LEN);
	if (!key) {
		error_set(err, -ENOMEM, "no memory for the key of type 6 secrets");
		return NULL;
	}
	if (read(fd, secret_bytes(key), KEY_LEN) != KEY_LEN) {
		error_set(err, -EIO, "file key of the state folder could not be read");
		secret_free(key);
		return NULL;
	}
	return seal_of(key);
}

struct seal *seal_open(int state_dir, struct error *err)
{
	int fd = openat(state_dir, KEY_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct seal *s;

	if (fd < 0 && errno == ENOENT)
		return key_make(state_dir, err);
	if (fd < 0) {
		error_set(err, -errno, "file key of the state folder: %s", strerror(errno));
		return NULL;
	}
	s = key_read(fd, err);
	close(fd);
	if (!s)
		error_set(err, -ENOMEM, "no memory for the key of type 6 secrets");
	return s;
}

bool seal_is_sealed(const char *text)
{
	return strncmp(text, PREFIX, PREFIX_LEN) == 0;
}

static int encrypt(EVP_CIPHER_CTX *c, const struct seal *s, const void *clear, size_t len,
		   uint8_t blob[BLOB_MAX])
{
	const uint8_t *nonce = blob + 1;
	int n = 0;

	if (!EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, secret_view(s->key).data, nonce) ||
	    !EVP_EncryptUpdate(c, NULL, &n, blob, 1) || /* the version is authenticated too */
	    !EVP_EncryptUpdate(c, blob + HEAD_LEN, &n, clear, (int)len) ||
	    !EVP_EncryptFinal_ex(c, blob + HEAD_LEN + n, &n) ||
	    !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, blob + HEAD_LEN + len))
		return -EIO;
	return 0;
}

int seal_text(const struct seal *s, const void *clear, size_t len, char *buf, size_t size)
{
	uint8_t blob[BLOB_MAX] = {SEAL_VERSION};
	size_t blob_len = HEAD_LEN + len + TAG_LEN;
	EVP_CIPHER_CTX *c;
	int rc;

	if (!len || len > SEAL_CLEAR_MAX)
		return -EINVAL;
	if (size < PREFIX_LEN + BASE64_LEN(blob_len) + 1)
		return -ENOSPC;
	c = EVP_CIPHER_CTX_new();
	if (!c)
		return -ENOMEM;
	random_bytes(blob + 1, NONCE_LEN);
	rc = encrypt(c, s, clear, len, blob);
	EVP_CIPHER_CTX_free(c);
	if (rc)
		return rc;
	memcpy(buf, PREFIX, PREFIX_LEN);
	EVP_EncodeBlock((uint8_t *)buf + PREFIX_LEN, blob, (int)blob_len);
	return 0;
}

/* Length of the bytes, or -EBADMSG. EVP_DecodeBlock() takes blanks and misplaced padding too; what was
 * not written by us is refused, so the result is encoded again and compared. */
static int decode(const char *text, uint8_t blob[BLOB_MAX + 3])
{
	size_t len = strnlen(text, SEAL_TEXT_MAX);
	char again[SEAL_TEXT_MAX];
	int n, pad = 0;

	if (!len || len % 4 || len > BASE64_LEN(BLOB_MAX))
		return -EBADMSG;
	while (pad < 2 && text[len - 1 - (size_t)pad] == '=')
		pad++;
	n = EVP_DecodeBlock(blob, (const uint8_t *)text, (int)len) - pad;
	if (n <= HEAD_LEN + TAG_LEN || n > BLOB_MAX || blob[0] != SEAL_VERSION)
		return -EBADMSG;
	EVP_EncodeBlock((uint8_t *)again, blob, n);
	return memcmp(again, text, len) ? -EBADMSG : n;
}

static int decrypt(EVP_CIPHER_CTX *c, const struct seal *s, uint8_t *blob, size_t len, uint8_t *out)
{
	size_t clear_len = len - HEAD_LEN - TAG_LEN;
	int n = 0;

	if (!EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, secret_view(s->key).data, blob + 1) ||
	    !EVP_DecryptUpdate(c, NULL, &n, blob, 1) ||
	    !EVP_DecryptUpdate(c, out, &n, blob + HEAD_LEN, (int)clear_len) ||
	    !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, blob + HEAD_LEN + clear_len))
		return -EIO;
	return EVP_DecryptFinal_ex(c, out + n, &n) == 1 ? 0 : -EKEYREJECTED;
}

static int open_blob(const struct seal *s, uint8_t *blob, size_t len, struct secret **out)
{
	struct secret *clear = secret_zero(len - HEAD_LEN - TAG_LEN);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int rc = clear && c ? decrypt(c, s, blob, len, secret_bytes(clear)) : -ENOMEM;

	EVP_CIPHER_CTX_free(c);
	if (rc) {
		secret_free(clear);
		return rc;
	}
	*out = clear;
	return 0;
}

int seal_unseal(const struct seal *s, const char *text, struct secret **out, struct error *err)
{
	uint8_t blob[BLOB_MAX + 3];
	int n = seal_is_sealed(text) ? decode(text + PREFIX_LEN, blob) : -EBADMSG;
	int rc;

	if (n < 0)
		return error_set(err, n, "this is not a type 6 secret");
	rc = open_blob(s, blob, (size_t)n, out);
	if (rc == -EKEYREJECTED)
		return error_set(err, rc,
				 "this type 6 secret was sealed with another machine's key");
	if (rc)
		return error_set(err, rc, "the secret could not be opened: %s", strerror(-rc));
	return 0;
}
