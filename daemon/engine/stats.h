/*
 * engine/stats: what an engine has counted since it began. Gauges are as of the answer.
 */
#ifndef ENGINE_STATS_H
#define ENGINE_STATS_H

#include <stdint.h>

/* Messages by exchange type: IKE_SA_INIT, IKE_AUTH, CREATE_CHILD_SA, INFORMATIONAL. */
#define ENGINE_EXCHANGES 4

enum engine_stat {
	/* gauges: IKE SAs that the peer began (IN), that we began (OUT) */
	ENGINE_STAT_IN_ACTIVE,
	ENGINE_STAT_IN_NEGOTIATING,
	ENGINE_STAT_OUT_ACTIVE,
	ENGINE_STAT_OUT_NEGOTIATING,
	/* counters */
	ENGINE_STAT_IN_ESTABLISHED,
	ENGINE_STAT_OUT_ESTABLISHED,
	ENGINE_STAT_AUTH_FAILED,
	ENGINE_STAT_RETRANSMITTED, /* requests and answers, by us */
	ENGINE_STAT_COOKIES,	   /* asked for */
	ENGINE_STAT_RECEIVED,	   /* datagrams */
	ENGINE_STAT_SENT,
	ENGINE_STAT_MALFORMED,	 /* invalid syntax */
	ENGINE_STAT_UNEXPECTED,	 /* outside the window, or an answer to nothing */
	ENGINE_STAT_UNKNOWN_SPI, /* of no IKE SA here */
	/* messages: four numbers an exchange type, in the order of enum engine_way */
	ENGINE_STAT_EXCHANGE,
	ENGINE_STAT_COUNT = ENGINE_STAT_EXCHANGE + 4 * ENGINE_EXCHANGES,
};

enum engine_way {
	ENGINE_SENT_REQUEST,
	ENGINE_SENT_RESPONSE,
	ENGINE_RECEIVED_REQUEST,
	ENGINE_RECEIVED_RESPONSE,
};

struct engine_stats {
	uint64_t count[ENGINE_STAT_COUNT];
};

#endif
