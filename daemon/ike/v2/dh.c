/*
 * Diffie-Hellman on worker threads. A job has its own copy of all it reads; its owner may go away
 * while it runs (ike_dh_orphan), then the results are wiped here.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/jobs.h"
#include "base/secret.h"

struct ike_dh_job {
	struct list node; /* v2->jobs_out */
	struct ike_v2 *v2;
	uint16_t group;
	uint8_t peer[IKE_DH_PUBLIC_MAX];
	size_t peer_len;
	struct ike_dh *dh;
	struct secret *shared;
	int result;
	struct ike_dh **dh_out;
	struct secret **shared_out;
	struct ike_dh_job **slot; /* the owner's pointer to this job; NULL: orphan */
	void (*done)(void *arg, int result);
	void *arg;
};

static void dh_run(void *arg)
{
	struct ike_dh_job *job = arg;

	if (job->dh == NULL)
		job->dh = ike_dh_new(job->group);
	if (job->dh == NULL)
		job->result = -ENOMEM;
	else if (job->peer_len > 0)
		job->result = ike_dh_shared(job->dh,
					    (struct view){.data = job->peer, .len = job->peer_len},
					    &job->shared);
}

static void dh_free(struct ike_dh_job *job)
{
	ike_dh_free(job->dh);
	secret_free(job->shared);
	alloc_free(job);
}

static void dh_done(void *arg, int err)
{
	struct ike_dh_job *job = arg;
	struct ike_v2 *v2 = job->v2;

	if (job->slot == NULL) {
		dh_free(job);
		return;
	}
	list_remove(&job->node);
	*job->slot = NULL;
	*job->dh_out = job->dh;
	if (job->shared_out != NULL) {
		secret_free(*job->shared_out);
		*job->shared_out = job->shared;
		job->shared = NULL;
	}
	job->dh = NULL;
	job->done(job->arg, err != 0 ? err : job->result);
	dh_free(job);
	ike_v2_reap(v2);
}

int ike_dh_submit(struct ike_v2 *v2, uint16_t group, struct ike_dh **dh, struct secret **shared,
		  struct view peer, struct ike_dh_job **slot, void (*done)(void *arg, int result),
		  void *arg)
{
	struct ike_dh_job *job;
	int r;

	if (peer.len > IKE_DH_PUBLIC_MAX)
		return -EBADMSG;
	job = alloc_zero(sizeof(*job));
	if (job == NULL)
		return -ENOMEM;
	*job = (struct ike_dh_job){.v2 = v2,
				   .group = group,
				   .dh = *dh,
				   .dh_out = dh,
				   .shared_out = shared,
				   .slot = slot,
				   .done = done,
				   .arg = arg,
				   .peer_len = peer.len};
	if (peer.len > 0)
		memcpy(job->peer, peer.data, peer.len);
	list_append(&v2->jobs_out, &job->node);
	r = jobs_submit(v2->jobs, dh_run, dh_done, job);
	if (r != 0) {
		list_remove(&job->node);
		alloc_free(job);
		return r;
	}
	*dh = NULL; /* the worker has it now */
	*slot = job;
	return 0;
}

void ike_dh_orphan(struct ike_dh_job *job)
{
	if (job == NULL)
		return;
	list_remove(&job->node);
	*job->slot = NULL;
	job->slot = NULL;
}

void ike_dh_orphan_all(struct ike_v2 *v2)
{
	while (!list_empty(&v2->jobs_out))
		ike_dh_orphan(list_entry(v2->jobs_out.next, struct ike_dh_job, node));
}
