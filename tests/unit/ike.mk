include tests/unit/ike_wire.mk
include tests/unit/ike_crypto.mk
include tests/unit/ike_v2.mk
