noinst_LIBRARIES += liblog.a
liblog_a_SOURCES = \
	daemon/log/log.c daemon/log/log.h daemon/log/messages.h \
	daemon/log/log_internal.h \
	daemon/log/log_condition.c \
	daemon/log/log_format.c \
	daemon/log/log_host.c \
	daemon/log/log_host.h \
	daemon/log/log_host_internal.h \
	daemon/log/log_host_spool.c \
	daemon/log/log_host_tcp.c \
	daemon/log/log_host_udp.c \
	daemon/log/log_out.c \
	daemon/log/log_socket.c \
	daemon/log/log_ring.c \
	daemon/log/log_table.c
LOG_LIBS = liblog.a $(NET_LIBS)
