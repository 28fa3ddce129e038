/*
 * The privileged half of detection. The supervisor calls spi_load() once at start; what it returns
 * lives as long as the service. The refusal probe is tried by fentry, then by kprobe; the tap only
 * where neither stands or where it was asked for. What libbpf would print is kept for the reason.
 */
#include "spi/bpf/load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

static const struct spi_fds NOTHING = {
	.ring = -1, .sums = -1, .tap4 = -1, .tap6 = -1, .tap_ring = -1, .tap_sums = -1};

#ifdef HAVE_BPF

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual" /* generated code */
#include "spi/bpf/refusal.skel.h"
#include "spi/bpf/tap.skel.h"
#pragma GCC diagnostic pop

#define PROBED "xfrm_audit_state_notfound"

struct spi_loaded {
	struct refusal_bpf *probe;
	struct tap_bpf *tap;
	int tap4, tap6;
};

/* libbpf has one print function a process; the supervisor has one thread. */
static int print_nothing(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static bool kernel_has_probed(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool found = btf && btf__find_by_name_kind(btf, PROBED, BTF_KIND_FUNC) >= 0;

	btf__free(btf);
	return found;
}

/* Why there is no probe, in words about this machine. 0: that way was not tried. */
static void explain(int fentry, int kprobe, char *why, size_t size)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		text_copy(why, size, "this kernel has no BTF");
	else if (!kernel_has_probed())
		text_copy(why, size, "this kernel has no " PROBED "()");
	else if (geteuid() != 0 && (fentry == -EPERM || kprobe == -EPERM))
		text_copy(why, size, "no permission to load BPF (CAP_BPF, CAP_PERFMON)");
	else
		snprintf(why, size, "refused by the kernel: fentry: %s; kprobe: %s",
			 fentry ? strerror(-fentry) : "not tried", strerror(-kprobe));
}

static int own_netns(uint32_t *inum)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		return -errno;
	*inum = (uint32_t)st.st_ino;
	return 0;
}

static struct refusal_bpf *probe_open(bool fentry, uint32_t netns)
{
	struct refusal_bpf *b = refusal_bpf__open();

	if (!b)
		return NULL;
	b->rodata->netns_inum = netns;
	bpf_program__set_autoload(b->progs.by_fentry, fentry);
	bpf_program__set_autoload(b->progs.by_kprobe, !fentry);
	return b;
}

/* 0 or -errno; on success l->probe holds programs, maps and the link. */
static int probe_try(struct spi_loaded *l, bool fentry, uint32_t netns)
{
	struct refusal_bpf *b = probe_open(fentry, netns);
	int rc;

	if (!b)
		return -errno;
	rc = refusal_bpf__load(b);
	if (rc == 0)
		rc = refusal_bpf__attach(b);
	if (rc) {
		refusal_bpf__destroy(b);
		return rc;
	}
	l->probe = b;
	return 0;
}

static void probe_load(struct spi_loaded *l, bool try_fentry, struct spi_fds *fds)
{
	uint32_t netns = 0;
	int fentry = 0, kprobe = own_netns(&netns);

	if (!kprobe && try_fentry)
		fentry = probe_try(l, true, netns);
	if (!kprobe && !l->probe)
		kprobe = probe_try(l, false, netns);
	if (!l->probe) {
		explain(fentry, kprobe, fds->why, sizeof(fds->why));
		return;
	}
	fds->ring = bpf_map__fd(l->probe->maps.ring);
	fds->sums = bpf_map__fd(l->probe->maps.sums);
	text_copy(fds->probe_kind, sizeof(fds->probe_kind),
		  try_fentry && !fentry ? "fentry" : "kprobe");
}

/* A packet socket that receives nothing yet, with the filter attached and locked. fd or -errno. */
static int tap_socket(int prog)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &prog, sizeof(prog)) ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static int tap_try(struct spi_loaded *l)
{
	int prog;

	l->tap = tap_bpf__open_and_load();
	if (!l->tap)
		return -errno;
	prog = bpf_program__fd(l->tap->progs.tap);
	l->tap4 = tap_socket(prog);
	l->tap6 = l->tap4 < 0 ? l->tap4 : tap_socket(prog);
	return l->tap6 < 0 ? l->tap6 : 0;
}

static void tap_load(struct spi_loaded *l, struct spi_fds *fds)
{
	size_t used = strlen(fds->why);
	int rc = tap_try(l);

	if (rc) {
		snprintf(fds->why + used, sizeof(fds->why) - used, "%sno armed tap: %s",
			 used ? "; " : "", strerror(-rc));
		return;
	}
	fds->tap4 = l->tap4;
	fds->tap6 = l->tap6;
	fds->tap_ring = bpf_map__fd(l->tap->maps.ring);
	fds->tap_sums = bpf_map__fd(l->tap->maps.shared);
}

struct spi_loaded *spi_load(enum spi_choice choice, struct spi_fds *fds)
{
	struct spi_loaded *l = alloc_zero(sizeof(*l));
	libbpf_print_fn_t printed;

	*fds = NOTHING;
	if (!l) {
		text_copy(fds->why, sizeof(fds->why), "no memory");
		return NULL;
	}
	l->tap4 = l->tap6 = -1;
	printed = libbpf_set_print(print_nothing);
	if (choice != SPI_CHOICE_TAP && choice != SPI_CHOICE_NONE)
		probe_load(l, choice != SPI_CHOICE_KPROBE, fds);
	if (choice == SPI_CHOICE_TAP || (choice == SPI_CHOICE_AUTO && !l->probe))
		tap_load(l, fds);
	libbpf_set_print(printed);
	return l;
}

void spi_unload(struct spi_loaded *l)
{
	if (!l)
		return;
	if (l->tap4 >= 0)
		close(l->tap4);
	if (l->tap6 >= 0)
		close(l->tap6);
	tap_bpf__destroy(l->tap);
	refusal_bpf__destroy(l->probe);
	alloc_free(l);
}

#else

struct spi_loaded {
	char nothing;
};

struct spi_loaded *spi_load(enum spi_choice choice, struct spi_fds *fds)
{
	*fds = NOTHING;
	if (choice != SPI_CHOICE_NONE)
		text_copy(fds->why, sizeof(fds->why), "built without BPF");
	return alloc_zero(sizeof(struct spi_loaded));
}

void spi_unload(struct spi_loaded *l)
{
	alloc_free(l);
}

#endif
