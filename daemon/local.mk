include daemon/api/state.mk
