#include "log/log.h"

#include <strings.h>

static const struct log_message messages[LOG_ID_COUNT] = {
#define LOG_ROW(name, facility_, severity_, mnemonic_, explanation_, action_)                      \
	[LOG_##name] = {.facility = (facility_),                                                   \
			.severity = (severity_),                                                   \
			.mnemonic = (mnemonic_),                                                   \
			.format = LOG_F_##name,                                                    \
			.explanation = (explanation_),                                             \
			.action = (action_)},
	LOG_MESSAGES
#undef LOG_ROW
};

const struct log_message *log_message(enum log_id id)
{
	return (unsigned int)id < LOG_ID_COUNT ? &messages[id] : NULL;
}

const struct log_message *log_message_find(const char *mnemonic, size_t *index)
{
	while (*index < LOG_ID_COUNT) {
		const struct log_message *m = &messages[(*index)++];

		if (!mnemonic || strcasecmp(m->mnemonic, mnemonic) == 0)
			return m;
	}
	return NULL;
}
