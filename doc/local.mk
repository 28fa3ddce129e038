# Pages for people, and those that are made from tables: of commands, of messages.
DOC_PAGES = \
	doc/architecture.md \
	doc/automation.md \
	doc/command-line.md \
	doc/commands.md \
	doc/control-protocol.md \
	doc/decisions.md \
	doc/dependencies.md \
	doc/drops.md \
	doc/event-manager.md \
	doc/flight-recorder.md \
	doc/fuzzing.md \
	doc/incident-report.md \
	doc/lab.md \
	doc/logging.md \
	doc/messages.md \
	doc/performance.md \
	doc/service.md \
	doc/user-guide.md

# The tree of each YANG module (RFC 8340).
YANG_TREES = \
	doc/yang/spindle-aaa.tree \
	doc/yang/spindle-acl.tree \
	doc/yang/spindle-archive.tree \
	doc/yang/spindle-crypto.tree \
	doc/yang/spindle-eem.tree \
	doc/yang/spindle-flight-recorder.tree \
	doc/yang/spindle-interface-state.tree \
	doc/yang/spindle-interface.tree \
	doc/yang/spindle-line.tree \
	doc/yang/spindle-logging.tree \
	doc/yang/spindle-platform-state.tree \
	doc/yang/spindle-routing-state.tree \
	doc/yang/spindle-system.tree \
	doc/yang/spindle-tools.tree

# Installed as they stand here, so that the links of one to another hold.
dist_doc_DATA = README.md CHANGELOG.md CONTRIBUTING.md LICENSE
pagesdir = $(docdir)/doc
dist_pages_DATA = $(DOC_PAGES)
imagesdir = $(docdir)/doc/images
dist_images_DATA = doc/images/report-desk.png doc/images/report-telephone.png
treesdir = $(docdir)/doc/yang
dist_trees_DATA = $(YANG_TREES)

check_PROGRAMS += doc/list_commands doc/list_messages
doc_list_commands_SOURCES = doc/list_commands.c
doc_list_commands_LDADD = $(SHELL_LIBS)
doc_list_messages_SOURCES = doc/list_messages.c
doc_list_messages_LDADD = $(LOG_LIBS) $(BASE_LIBS)
dist_noinst_SCRIPTS += doc/check_commands doc/check_messages doc/check_pages doc/check_yang_trees
TESTS += doc/check_commands doc/check_messages doc/check_pages doc/check_yang_trees

doc-commands: doc/list_commands
	doc/list_commands > $(srcdir)/doc/commands.md
doc-messages: doc/list_messages
	doc/list_messages > $(srcdir)/doc/messages.md
doc-yang:
	for tree in $(YANG_TREES:doc/yang/%.tree=%); do \
		yanglint -f tree -p $(srcdir)/yang $(srcdir)/yang/$$tree.yang \
			> $(srcdir)/doc/yang/$$tree.tree || exit 1; \
	done
.PHONY: doc-commands doc-messages doc-yang

include doc/man/local.mk
