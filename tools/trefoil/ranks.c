/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that knows of MPI.  What goes wrong in it ends all ranks (MPI_ERRORS_ARE_FATAL): what was finished is in the store. */
#include "ranks.h"

#include "command.h"

#include <stdlib.h>

/* How many processes were started together: Open MPI, and MPICH and Slurm's PMI, say so. */
static int started_together(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = getenv(names[i]);
        if (text && atoi(text) > 1)
            return atoi(text);
    }
    return 1;
}

#ifndef TREFOIL_MPI

int ranks_join(const trefoil_ranks **ranks)
{
    int n = started_together();

    *ranks = NULL;
    if (n > 1)
        return command_mistake("%d processes were started together, but this trefoil was built without MPI; build it with -DTREFOIL_MPI=ON, "
                               "or use --shard", n);
    return 0;
}

void ranks_leave(const trefoil_ranks *ranks)
{
    (void)ranks;
}

#else

#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* On their way at once: enough that nobody waits for rank 0 to look, little enough to fit in memory. */
enum { ON_THE_WAY = 32, TAG = 0 };

typedef struct post {
    trefoil_ranks ranks;
    struct {
        char *bytes; /* NULL: free */
        MPI_Request request;
    } sent[ON_THE_WAY];
    size_t next; /* of them */
    char *received;
    size_t room;
} post;

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Waits without keeping a processor busy, since others may have a lot to do until they come here. */
static void await(MPI_Request *request)
{
    int done = 0;

    for (MPI_Test(request, &done, MPI_STATUS_IGNORE); !done; MPI_Test(request, &done, MPI_STATUS_IGNORE))
        rest();
}

/* MPI counts in int: 2^30 at a time. */
static void spread(void *self, void *bytes, size_t n)
{
    const size_t most = (size_t)1 << 30;

    (void)self;
    for (size_t at = 0; at < n; at += most) {
        MPI_Request request;
        MPI_Ibcast((char *)bytes + at, (int)(n - at < most ? n - at : most), MPI_BYTE, 0, MPI_COMM_WORLD, &request);
        await(&request);
    }
}

static int least(void *self, int number)
{
    int all = number;
    MPI_Request request;

    (void)self;
    MPI_Iallreduce(&number, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request);
    await(&request);
    return all;
}

static void no_memory(void)
{
    fputs("trefoil: there is not enough memory for messages between ranks\n", stderr);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

static bool send_bytes(void *self, size_t to, const char *bytes, size_t n)
{
    post *of = self;
    size_t k = of->next;
    char *copy = malloc(n);

    if (!copy || n > (size_t)1 << 30) {
        no_memory();
        return false;
    }
    of->next = (of->next + 1) % ON_THE_WAY;
    if (of->sent[k].bytes) {
        await(&of->sent[k].request);
        free(of->sent[k].bytes);
    }
    memcpy(copy, bytes, n);
    of->sent[k].bytes = copy;
    MPI_Isend(copy, (int)n, MPI_BYTE, (int)to, TAG, MPI_COMM_WORLD, &of->sent[k].request);
    return true;
}

static const char *receive(void *self, bool patient, size_t *n)
{
    post *of = self;
    MPI_Status status;
    int there = 0, size;

    MPI_Iprobe(MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &there, &status);
    if (!there) {
        if (patient)
            rest();
        return NULL;
    }
    MPI_Get_count(&status, MPI_BYTE, &size);
    if ((size_t)size > of->room) {
        free(of->received);
        of->room = (size_t)size;
        of->received = malloc(of->room);
        if (!of->received) {
            no_memory();
            return NULL;
        }
    }
    MPI_Recv(of->received, size, MPI_BYTE, status.MPI_SOURCE, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    *n = (size_t)size;
    return of->received;
}

int ranks_join(const trefoil_ranks **ranks)
{
    int provided, rank, size;
    post *made;

    *ranks = NULL;
    if (started_together() == 1)
        return 0;
    made = calloc(1, sizeof *made);
    if (!made) {
        fputs("trefoil: there is not enough memory\n", stderr);
        return 1;
    }
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    made->ranks = (trefoil_ranks){(size_t)rank, (size_t)size, made, spread, least, send_bytes, receive};
    *ranks = &made->ranks;
    return 0;
}

void ranks_leave(const trefoil_ranks *ranks)
{
    post *of = ranks ? ranks->self : NULL;

    if (!of)
        return;
    for (size_t k = 0; k < ON_THE_WAY; k++)
        if (of->sent[k].bytes) {
            await(&of->sent[k].request);
            free(of->sent[k].bytes);
        }
    (void)least(of, 0); /* MPI_Finalize waits for the others with a busy processor */
    MPI_Finalize();
    free(of->received);
    free(of);
}

#endif
