# Pages for people, and those that are made from tables: of commands, of messages.
DOC_PAGES = \
	doc/architecture.md \
	doc/command-line.md \
	doc/commands.md \
	doc/control-protocol.md \
	doc/decisions.md \
	doc/dependencies.md \
	doc/fuzzing.md \
	doc/lab.md \
	doc/messages.md \
	doc/performance.md \
	doc/service.md \
	doc/user-guide.md

# Installed as they stand here, so that the links of one to another hold.
dist_doc_DATA = README.md CHANGELOG.md CONTRIBUTING.md LICENSE
pagesdir = $(docdir)/doc
dist_pages_DATA = $(DOC_PAGES)

check_PROGRAMS += doc/list_commands doc/list_messages
doc_list_commands_SOURCES = doc/list_commands.c
doc_list_commands_LDADD = $(SHELL_LIBS)
doc_list_messages_SOURCES = doc/list_messages.c
doc_list_messages_LDADD = $(LOG_LIBS) $(BASE_LIBS)
dist_noinst_SCRIPTS += doc/check_commands doc/check_messages
TESTS += doc/check_commands doc/check_messages

doc-commands: doc/list_commands
	doc/list_commands > $(srcdir)/doc/commands.md
doc-messages: doc/list_messages
	doc/list_messages > $(srcdir)/doc/messages.md
.PHONY: doc-commands doc-messages
