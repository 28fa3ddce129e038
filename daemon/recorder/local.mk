noinst_LIBRARIES += librecorder.a
librecorder_a_SOURCES = \
	daemon/recorder/lane.c \
	daemon/recorder/note.c daemon/recorder/note.h daemon/recorder/note_internal.h \
	daemon/recorder/recorder.c daemon/recorder/recorder.h daemon/recorder/recorder_internal.h \
	daemon/recorder/store.c \
	daemon/recorder/words.c
RECORDER_LIBS = librecorder.a
