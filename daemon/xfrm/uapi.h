/* xfrm/uapi: the kernel's header, for beside ours: two names of its structs are taken here. */
#ifndef XFRM_UAPI_H
#define XFRM_UAPI_H

#define xfrm_mark  uapi_xfrm_mark
#define xfrm_stats uapi_xfrm_stats
#include <linux/xfrm.h>
#undef xfrm_mark
#undef xfrm_stats

#endif
