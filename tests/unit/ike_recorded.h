/*
 * ike_recorded: what real peers said in the lab. Whole sessions of two strongSwan 5.9.8 (Debian 12)
 * with the secrets they logged: IKE_SA_INIT, IKE_AUTH, rekey of the Child SA, rekey of the IKE SA,
 * DELETEs; and what peers offer by default. Port 4500's marker is taken off.
 */
#ifndef TESTS_UNIT_IKE_RECORDED_H
#define TESTS_UNIT_IKE_RECORDED_H

#include <stddef.h>

#define IKE_RECORDED_PSK "a secret of the lab"
#define IKE_RECORDED_MAX 24

struct ike_recorded {
	const char *name;
	const char *shared[2];	  /* g^ir: of the first IKE SA, of the one that took over */
	const char *child_shared; /* of the Child's rekeying; "": without PFS */
	/* Of the first Child and the one that took over: encr_i, integ_i, encr_r, integ_r. */
	const char *child_keys[2];
	const char *datagrams[IKE_RECORDED_MAX];
};

struct ike_recorded_offer {
	const char *name, *datagram; /* an IKE_SA_INIT request */
};

extern const struct ike_recorded ike_recorded[];
extern const struct ike_recorded_offer ike_recorded_offers[];
extern const size_t ike_recorded_count, ike_recorded_offer_count;

#endif
