include daemon/ike/wire/local.mk
include daemon/ike/crypto/local.mk
include daemon/ike/v2/local.mk
include daemon/ike/main/local.mk
