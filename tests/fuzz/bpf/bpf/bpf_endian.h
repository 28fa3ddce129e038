/* Stands in for libbpf's header where a BPF program is compiled as a part of a fuzz target. */
#ifndef FUZZ_BPF_ENDIAN_H
#define FUZZ_BPF_ENDIAN_H

#include <arpa/inet.h>

#define bpf_htons htons
#define bpf_htonl htonl
#define bpf_ntohs ntohs
#define bpf_ntohl ntohl

#endif
