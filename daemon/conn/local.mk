noinst_LIBRARIES += libconn.a
libconn_a_SOURCES = daemon/conn/conn.c daemon/conn/conn.h daemon/conn/table.c
CONN_LIBS = libconn.a $(BASE_LIBS)
