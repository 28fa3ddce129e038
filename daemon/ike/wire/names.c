/* Names of exchanges, payloads and notifies, and what a notify must carry to be of use. */
#include <stdio.h>

#include "ike/wire/wire_internal.h"

struct name_row {
	uint8_t value;
	const char *name;
};

static const struct name_row exchange_names[] = {
	{IKE_SA_INIT, "IKE_SA_INIT"},
	{IKE_AUTH, "IKE_AUTH"},
	{IKE_CREATE_CHILD_SA, "CREATE_CHILD_SA"},
	{IKE_INFORMATIONAL, "INFORMATIONAL"},
};

static const struct name_row payload_names[] = {
	{IKE_PAYLOAD_SA, "SA"},		{IKE_PAYLOAD_KE, "KE"},
	{IKE_PAYLOAD_IDI, "IDi"},	{IKE_PAYLOAD_IDR, "IDr"},
	{IKE_PAYLOAD_CERT, "CERT"},	{IKE_PAYLOAD_CERTREQ, "CERTREQ"},
	{IKE_PAYLOAD_AUTH, "AUTH"},	{IKE_PAYLOAD_NONCE, "N"},
	{IKE_PAYLOAD_NOTIFY, "NOTIFY"}, {IKE_PAYLOAD_DELETE, "DELETE"},
	{IKE_PAYLOAD_VENDOR, "VID"},	{IKE_PAYLOAD_TSI, "TSi"},
	{IKE_PAYLOAD_TSR, "TSr"},	{IKE_PAYLOAD_SK, "SK"},
	{IKE_PAYLOAD_CP, "CP"},		{IKE_PAYLOAD_EAP, "EAP"},
};

#define ANY_DATA 0, UINT16_MAX

static const struct ike_notify_rule notify_rules[] = {
	{"UNSUPPORTED_CRITICAL_PAYLOAD", IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, 0, 1, 1},
	{"INVALID_IKE_SPI", IKE_N_INVALID_IKE_SPI, 0, ANY_DATA},
	{"INVALID_MAJOR_VERSION", IKE_N_INVALID_MAJOR_VERSION, 0, ANY_DATA},
	{"INVALID_SYNTAX", IKE_N_INVALID_SYNTAX, 0, ANY_DATA},
	{"INVALID_MESSAGE_ID", IKE_N_INVALID_MESSAGE_ID, 0, ANY_DATA},
	{"INVALID_SPI", IKE_N_INVALID_SPI, 0, ANY_DATA},
	{"NO_PROPOSAL_CHOSEN", IKE_N_NO_PROPOSAL_CHOSEN, 0, ANY_DATA},
	{"INVALID_KE_PAYLOAD", IKE_N_INVALID_KE_PAYLOAD, 0, 2, 2},
	{"AUTHENTICATION_FAILED", IKE_N_AUTHENTICATION_FAILED, 0, ANY_DATA},
	{"SINGLE_PAIR_REQUIRED", IKE_N_SINGLE_PAIR_REQUIRED, 0, ANY_DATA},
	{"NO_ADDITIONAL_SAS", IKE_N_NO_ADDITIONAL_SAS, 0, ANY_DATA},
	{"INTERNAL_ADDRESS_FAILURE", IKE_N_INTERNAL_ADDRESS_FAILURE, 0, ANY_DATA},
	{"FAILED_CP_REQUIRED", IKE_N_FAILED_CP_REQUIRED, 0, ANY_DATA},
	{"TS_UNACCEPTABLE", IKE_N_TS_UNACCEPTABLE, 0, ANY_DATA},
	{"INVALID_SELECTORS", IKE_N_INVALID_SELECTORS, 0, ANY_DATA},
	{"TEMPORARY_FAILURE", IKE_N_TEMPORARY_FAILURE, 0, ANY_DATA},
	{"CHILD_SA_NOT_FOUND", IKE_N_CHILD_SA_NOT_FOUND, 0, ANY_DATA},
	{"INITIAL_CONTACT", IKE_N_INITIAL_CONTACT, 0, ANY_DATA},
	{"SET_WINDOW_SIZE", IKE_N_SET_WINDOW_SIZE, 0, 4, 4},
	{"ADDITIONAL_TS_POSSIBLE", IKE_N_ADDITIONAL_TS_POSSIBLE, 0, ANY_DATA},
	{"IPCOMP_SUPPORTED", IKE_N_IPCOMP_SUPPORTED, 0, 3, 3},
	{"NAT_DETECTION_SOURCE_IP", IKE_N_NAT_DETECTION_SOURCE_IP, 0, 20, 20},
	{"NAT_DETECTION_DESTINATION_IP", IKE_N_NAT_DETECTION_DESTINATION_IP, 0, 20, 20},
	{"COOKIE", IKE_N_COOKIE, 0, 1, 64},
	{"USE_TRANSPORT_MODE", IKE_N_USE_TRANSPORT_MODE, 0, ANY_DATA},
	{"HTTP_CERT_LOOKUP_SUPPORTED", IKE_N_HTTP_CERT_LOOKUP_SUPPORTED, 0, ANY_DATA},
	{"REKEY_SA", IKE_N_REKEY_SA, 4, ANY_DATA},
	{"ESP_TFC_PADDING_NOT_SUPPORTED", IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED, 0, ANY_DATA},
	{"NON_FIRST_FRAGMENTS_ALSO", IKE_N_NON_FIRST_FRAGMENTS_ALSO, 0, ANY_DATA},
	{"MOBIKE_SUPPORTED", IKE_N_MOBIKE_SUPPORTED, 0, ANY_DATA},
	{"EAP_ONLY_AUTHENTICATION", IKE_N_EAP_ONLY_AUTHENTICATION, 0, ANY_DATA},
	{"FRAGMENTATION_SUPPORTED", IKE_N_FRAGMENTATION_SUPPORTED, 0, ANY_DATA},
	{"SIGNATURE_HASH_ALGORITHMS", IKE_N_SIGNATURE_HASH_ALGORITHMS, 0, ANY_DATA},
	{"SPINDLE_WAITS", IKE_N_SPINDLE_WAITS, 0, ANY_DATA},
	{"SPINDLE_RECEIVES", IKE_N_SPINDLE_RECEIVES, 4, ANY_DATA},
};

const struct ike_notify_rule *ike_notify_rule(uint16_t type)
{
	for (size_t i = 0; i < COUNT_OF(notify_rules); i++)
		if (notify_rules[i].type == type)
			return &notify_rules[i];
	return NULL;
}

const char *ike_notify_name(uint16_t type)
{
	const struct ike_notify_rule *rule = ike_notify_rule(type);

	return rule ? rule->name : NULL;
}

const char *ike_exchange_name(uint8_t exchange)
{
	for (size_t i = 0; i < COUNT_OF(exchange_names); i++)
		if (exchange_names[i].value == exchange)
			return exchange_names[i].name;
	return NULL;
}

const char *ike_payload_name(uint8_t type)
{
	for (size_t i = 0; i < COUNT_OF(payload_names); i++)
		if (payload_names[i].value == type)
			return payload_names[i].name;
	return NULL;
}

static int format_payload(const struct ike_payload *p, char *buf, size_t size)
{
	struct ike_notify_body n;
	const char *name;

	if (p->type != IKE_PAYLOAD_NOTIFY || ike_read_notify(p, &n))
		return snprintf(buf, size, " %s", ike_payload_name(p->type));
	name = ike_notify_name(n.type);
	return name ? snprintf(buf, size, " NOTIFY(%s)", name)
		    : snprintf(buf, size, " NOTIFY(%u)", n.type);
}

const char *ike_contents(const struct ike_message *m, char *buf, size_t size)
{
	size_t at = 0;

	if (size)
		buf[0] = '\0';
	for (size_t i = 0; i < m->count && at < size; i++)
		at += (size_t)format_payload(&m->payloads[i], buf + at, size - at);
	return buf;
}
