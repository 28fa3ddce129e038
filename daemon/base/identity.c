#include "base/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"

struct identity identity_of_addr(const struct addr *a)
{
	struct identity id = {.len = (uint8_t)addr_len(a)};

	if (id.len)
		id.type = a->family == AF_INET ? IDENTITY_IPV4 : IDENTITY_IPV6;
	memcpy(id.data, a->bytes, id.len);
	return id;
}

static bool is_name(uint8_t type)
{
	return type == IDENTITY_FQDN || type == IDENTITY_EMAIL;
}

static bool length_fits(uint8_t type, size_t len)
{
	switch (type) {
	case IDENTITY_ANY:
		return len == 0;
	case IDENTITY_IPV4:
		return len == 4;
	case IDENTITY_IPV6:
		return len == 16;
	default:
		return len > 0 && len <= IDENTITY_MAX;
	}
}

int identity_set(struct identity *id, uint8_t type, const void *data, size_t len)
{
	if (!length_fits(type, len))
		return -EINVAL;
	/* RFC 7296 3.5: a name has no terminators; one that had could pass for a shorter one. */
	if (is_name(type) && memchr(data, '\0', len))
		return -EINVAL;
	*id = (struct identity){.type = type, .len = (uint8_t)len};
	if (len)
		memcpy(id->data, data, len);
	return 0;
}

/* Names are compared as DNS does, without case (ASCII only, whatever the locale). */
static struct identity folded(const struct identity *id)
{
	struct identity out = *id;

	for (size_t i = 0; is_name(out.type) && i < out.len; i++)
		if (out.data[i] >= 'A' && out.data[i] <= 'Z')
			out.data[i] = (uint8_t)(out.data[i] + ('a' - 'A'));
	return out;
}

bool identity_equal(const struct identity *a, const struct identity *b)
{
	struct identity x, y;

	if (a->type != b->type || a->len != b->len)
		return false;
	x = folded(a);
	y = folded(b);
	return memcmp(x.data, y.data, x.len) == 0;
}

bool identity_matches(const struct identity *pattern, const struct identity *id)
{
	return pattern->type == IDENTITY_ANY || identity_equal(pattern, id);
}

uint32_t identity_hash(const struct identity *id, uint32_t seed)
{
	struct identity x = folded(id);

	return hash_bytes(x.data, x.len, seed ^ x.type);
}

static void format_bytes(const struct identity *id, char *buf, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < id->len; i++) {
		uint8_t c = id->data[i];
		bool plain = c > 0x20 && c < 0x7f && c != '\\';
		size_t need = plain ? 1 : 4;

		if (at + need >= size)
			break;
		if (plain)
			buf[at] = (char)c;
		else
			snprintf(buf + at, size - at, "\\x%02x", c);
		at += need;
	}
	buf[at] = '\0';
}

const char *identity_format(const struct identity *id, char *buf, size_t size)
{
	int family = id->type == IDENTITY_IPV4 ? AF_INET : AF_INET6;
	char text[ADDR_STRLEN];
	struct addr a;

	if (size == 0)
		return buf;
	if (id->type == IDENTITY_ANY) {
		snprintf(buf, size, "any");
	} else if (id->type == IDENTITY_IPV4 || id->type == IDENTITY_IPV6) {
		a = addr_from_bytes(family, id->data);
		snprintf(buf, size, "%s", addr_format(&a, text));
	} else {
		format_bytes(id, buf, size);
	}
	return buf;
}
