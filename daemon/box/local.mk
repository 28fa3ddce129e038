noinst_LIBRARIES += libbox.a
libbox_a_SOURCES = \
	daemon/box/box.c daemon/box/box.h daemon/box/box_internal.h \
	daemon/box/drops.c \
	daemon/box/files.c \
	daemon/box/load.c
# Then $(LINK_LIBS), $(NET_LIBS) and $(BASE_LIBS).
BOX_LIBS = libbox.a
