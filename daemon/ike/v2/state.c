#include "ike/v2/state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "ike/crypto/crypto.h"

/*
 * Driven by the engine alone. Pages come from mmap so that mlock and MADV_DONTDUMP cover this
 * struct and nothing else; both are best effort. The small allocation beside the pages is there so
 * that the tests' failing allocations reach this place too.
 */
static size_t state_pages_size(void)
{
	return (sizeof(struct ike_sa_state) + 4095) & ~(size_t)4095;
}

struct ike_sa_state *ike_state_new(void)
{
	void *probe = alloc_zero(1);
	struct ike_sa_state *s;

	if (probe == NULL)
		return NULL;
	alloc_free(probe);
	s = mmap(NULL, state_pages_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	if (s == MAP_FAILED)
		return NULL;
	(void)madvise(s, state_pages_size(), MADV_DONTDUMP);
	(void)mlock(s, state_pages_size());
	s->version = IKE_STATE_VERSION;
	s->size = sizeof(*s);
	s->iv_next = s->iv_reserved = 1;
	return s;
}

void ike_state_free(struct ike_sa_state *s)
{
	if (s == NULL)
		return;
	secret_wipe(s, sizeof(*s));
	munmap(s, state_pages_size());
}

uint64_t ike_state_take_iv(struct ike_sa_state *s)
{
	if (s->iv_next == s->iv_reserved)
		s->iv_reserved += IKE_STATE_IV_BLOCK;
	return s->iv_next++;
}

int ike_state_request(struct ike_sa_state *s, struct view datagram)
{
	if (datagram.len == 0 || datagram.len > sizeof(s->request))
		return -EMSGSIZE;
	memcpy(s->request, datagram.data, datagram.len);
	s->request_len = (uint32_t)datagram.len;
	s->send_reserved = s->send_id + 1;
	return 0;
}

void ike_state_answered(struct ike_sa_state *s)
{
	s->request_len = 0;
	s->send_id = s->send_reserved;
}

int ike_state_response(struct ike_sa_state *s, struct view datagram,
		       const uint8_t digest[IKE_STATE_DIGEST_LEN])
{
	if (datagram.len == 0 || datagram.len > sizeof(s->response))
		return -EMSGSIZE;
	memcpy(s->response, datagram.data, datagram.len);
	s->response_len = (uint32_t)datagram.len;
	memcpy(s->request_digest, digest, IKE_STATE_DIGEST_LEN);
	s->receive_id++;
	return 0;
}

enum ike_window ike_state_window(const struct ike_sa_state *s, uint32_t id)
{
	if (id == s->receive_id)
		return IKE_WINDOW_NEW;
	if (s->response_len > 0 && id + 1 == s->receive_id)
		return IKE_WINDOW_AGAIN;
	return IKE_WINDOW_DROP;
}

/* The seven keys of struct ike_keys by their place in the state. */
static struct secret **state_key_at(struct ike_keys *k, enum ike_state_key_name name)
{
	struct secret **const at[IKE_STATE_KEY_COUNT] = {
		[IKE_STATE_KEY_D] = &k->d,   [IKE_STATE_KEY_AI] = &k->ai,
		[IKE_STATE_KEY_AR] = &k->ar, [IKE_STATE_KEY_EI] = &k->ei,
		[IKE_STATE_KEY_ER] = &k->er, [IKE_STATE_KEY_PI] = &k->pi,
		[IKE_STATE_KEY_PR] = &k->pr,
	};

	return at[name];
}

void ike_state_put_keys(struct ike_sa_state *s, const struct ike_keys *k)
{
	struct ike_keys copy = *k;

	s->chosen = k->chosen;
	for (int i = 0; i < IKE_STATE_KEY_COUNT; i++) {
		struct view v = secret_view(*state_key_at(&copy, (enum ike_state_key_name)i));
		size_t len = v.len > IKE_STATE_KEY_MAX ? 0 : v.len;

		s->keys[i].len = (uint8_t)len;
		if (len > 0)
			memcpy(s->keys[i].bytes, v.data, len);
	}
}

int ike_state_get_keys(const struct ike_sa_state *s, struct ike_keys *k)
{
	memset(k, 0, sizeof(*k));
	k->chosen = s->chosen;
	for (int i = 0; i < IKE_STATE_KEY_COUNT; i++) {
		struct secret **at = state_key_at(k, (enum ike_state_key_name)i);

		if (s->keys[i].len == 0)
			continue;
		*at = secret_new(s->keys[i].bytes, s->keys[i].len);
		if (*at == NULL) {
			ike_keys_clear(k);
			return -ENOMEM;
		}
	}
	return 0;
}

int ike_state_child_slot(struct ike_sa_state *s)
{
	for (int i = 0; i < IKE_STATE_CHILDREN_MAX; i++) {
		if (s->children[i].used)
			continue;
		s->children[i].used = 1;
		return i;
	}
	return -ENOSPC;
}

void ike_state_child_drop(struct ike_sa_state *s, int slot)
{
	memset(&s->children[slot], 0, sizeof(s->children[slot]));
}
