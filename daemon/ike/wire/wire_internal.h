/* Inside ike/wire: the layouts of payload bodies, shared by readers and builder. */
#ifndef IKE_WIRE_INTERNAL_H
#define IKE_WIRE_INTERNAL_H

#include "ike/wire/layout.h"
#include "ike/wire/wire.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#define IKE_GENERIC_LEN	    4 /* RFC 7296 3.2 */
#define IKE_PROPOSAL_LEN    8 /* 3.3.1, without the SPI */
#define IKE_TRANSFORM_LEN   8 /* 3.3.2, without attributes */
#define IKE_TS_LEN	    8 /* 3.13.1, without the addresses */
#define IKE_MORE_PROPOSALS  2 /* "Last Substruc" of all but the last */
#define IKE_MORE_TRANSFORMS 3
#define IKE_ATTR_TV	    0x8000 /* 3.3.5: the value is the two bytes that follow */
#define IKE_ATTR_KEY_LENGTH 14
#define IKE_SPI_RESERVED    255 /* RFC 4303 2.1: no SA has such an SPI */

enum ike_ts_type { IKE_TS_IPV4 = 7, IKE_TS_IPV6 = 8 };

struct ike_id_body {
	uint8_t type;
	struct view data;
};

struct ike_delete_head {
	uint8_t protocol, spi_len;
	uint16_t count;
	struct view spis;
};

struct ike_generic {
	uint8_t next, flags;
	uint16_t length;
};

struct ike_proposal_head {
	uint8_t more;
	uint16_t length;
	uint8_t number, protocol, spi_len, transforms;
};

struct ike_transform_head {
	uint8_t more;
	uint16_t length;
	uint8_t type;
	uint16_t id;
};

struct ike_ts_head {
	uint8_t type, proto;
	uint16_t length, port_first, port_last;
};

extern const struct field ike_layout_header[], ike_layout_generic[], ike_layout_ke[],
	ike_layout_id[], ike_layout_auth[], ike_layout_notify[], ike_layout_delete[],
	ike_layout_proposal[], ike_layout_transform[], ike_layout_ts[];

/* Which data a notify must have for us to use it; NULL: any. */
struct ike_notify_rule {
	const char *name;
	uint16_t type;
	uint8_t spi_len;	     /* at least: 0 or 4 */
	uint16_t data_min, data_max; /* of types that we read */
};
const struct ike_notify_rule *ike_notify_rule(uint16_t type);

#endif
