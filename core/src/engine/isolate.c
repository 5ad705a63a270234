/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "engine/isolate.h"

#include "base/memory.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 50, HEAD = 4096 };
static const size_t NOTHING = SIZE_MAX;

/* What a child tells of a piece. */
typedef struct message {
    size_t piece;
    trefoil_status status;
    char why[TF_WHY_LOST];
} message;

typedef struct child {
    pid_t process; /* 0: none */
    int socket;
    size_t piece;  /* at hand, or NOTHING */
    bool late;     /* it was stopped because a hook took too long */
    char *shared;  /* a tf_watch, and at HEAD the answer */
} child;

typedef struct crew {
    trefoil_context *context;
    const tf_chores *chores;
    child *children;
    int n;
    size_t next; /* piece to hand out */
} crew;

static tf_watch *watch_of(const child *c)
{
    return (tf_watch *)(void *)c->shared;
}

/* ---- the child --------------------------------------------------------------- */

static _Noreturn void serve(const crew *all, int worker, pid_t parent, int socket)
{
    const tf_chores *chores = all->chores;
    const child *self = &all->children[worker];
    static const int deadly[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    message m = { .status = TREFOIL_DONE };

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN); /* the parent decides when to stop */
    signal(SIGTERM, SIG_IGN);
    for (size_t k = 0; k < sizeof deadly / sizeof deadly[0]; ++k)
        signal(deadly[k], SIG_DFL); /* the parent tells of them */
    if (getppid() != parent)
        _exit(0);
    chores->begin(chores->self, worker, watch_of(self));
    while (m.status == TREFOIL_DONE && recv(socket, &m.piece, sizeof m.piece, 0) == (ssize_t)sizeof m.piece) {
        m.status = chores->work(chores->self, worker, m.piece, self->shared + HEAD, m.why);
        if (send(socket, &m, sizeof m, MSG_NOSIGNAL) != (ssize_t)sizeof m)
            break;
    }
    _exit(0);
}

/* ---- the parent -------------------------------------------------------------- */

static trefoil_status start(crew *all, int worker)
{
    child *c = &all->children[worker];
    int sockets[2];
    pid_t parent = getpid();

    memset(c->shared, 0, sizeof(tf_watch));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0)
        return tf_fail(all->context, TREFOIL_NO_MEMORY, "a worker process cannot be reached: %s", strerror(errno));
    fflush(NULL);
    c->process = fork();
    if (c->process < 0) {
        c->process = 0;
        close(sockets[0]);
        close(sockets[1]);
        return tf_fail(all->context, TREFOIL_NO_MEMORY, "a worker process cannot be started: %s; try fewer --threads", strerror(errno));
    }
    if (c->process == 0) {
        for (int k = 0; k < all->n; ++k)
            if (k != worker && all->children[k].process)
                close(all->children[k].socket);
        close(sockets[0]);
        serve(all, worker, parent, sockets[1]);
    }
    close(sockets[1]);
    c->socket = sockets[0];
    c->piece = NOTHING;
    c->late = false;
    return TREFOIL_DONE;
}

static int bury(child *c)
{
    int end = 0;

    close(c->socket);
    while (waitpid(c->process, &end, 0) < 0 && errno == EINTR) {
    }
    c->process = 0;
    return end;
}

static void stop(child *c)
{
    if (!c->process)
        return;
    kill(c->process, SIGKILL);
    (void)bury(c);
}

static void tell_spot(const tf_chores *chores, const tf_watch *watch, char *text, size_t size)
{
    const tf_spot *at = &watch->spot;
    const tf_intervention *item;

    text[0] = '\0';
    if (atomic_load(&watch->calls) == 0 || at->intervention >= chores->interventions->n_items)
        return;
    item = &chores->interventions->items[at->intervention];
    if (at->stage == TF_NO_STAGE)
        snprintf(text, size, "%s: [intervention %s] prepare, draw %u", tf_plugin_table(item->plugin).id, item->spec->name, at->draw);
    else
        snprintf(text, size, "%s: [intervention %s] %s hook, cycle %u, draw %u", tf_plugin_table(item->plugin).id, item->spec->name,
                 tf_stage_name(at->stage), at->cycle, at->draw);
}

/* Why a child that is no more is no more. */
static void tell_end(const crew *all, const child *c, int end, char why[TF_WHY_LOST])
{
    const tf_watch *watch = watch_of(c);
    char spot[512], what[128];

    tell_spot(all->chores, watch, spot, sizeof spot);
    if (c->late)
        snprintf(what, sizeof what, "was still running after %g seconds", all->chores->limit);
    else if (WIFSIGNALED(end))
        snprintf(what, sizeof what, "crashed (%s)", strsignal(WTERMSIG(end)));
    else
        snprintf(what, sizeof what, "ended the process with status %d", WEXITSTATUS(end));
    if (atomic_load(&watch->inside) && spot[0])
        snprintf(why, TF_WHY_LOST, "%s: it %s", spot, what);
    else
        snprintf(why, TF_WHY_LOST, "a worker process %s outside of any hook%s%s", what, spot[0] ? "; the last was " : "", spot);
}

static trefoil_status lose(crew *all, child *c)
{
    char why[TF_WHY_LOST];
    size_t piece = c->piece;
    int end = bury(c);

    if (piece == NOTHING)
        return TREFOIL_DONE;
    tell_end(all, c, end, why);
    return all->chores->lose(all->chores->self, piece, why);
}

/* A message, or the child's end. */
static trefoil_status hear(crew *all, child *c)
{
    const tf_chores *chores = all->chores;
    message m;
    ssize_t size = recv(c->socket, &m, sizeof m, 0);

    if (size != (ssize_t)sizeof m || m.piece != c->piece)
        return lose(all, c);
    c->piece = NOTHING;
    if (m.status == TREFOIL_DONE) {
        chores->take(chores->self, m.piece, c->shared + HEAD);
        return TREFOIL_DONE;
    }
    stop(c); /* it is on its way out */
    m.why[TF_WHY_LOST - 1] = '\0';
    if (m.status == TREFOIL_PLUGIN_FAILED)
        return chores->lose(chores->self, m.piece, m.why);
    return m.why[0] ? tf_fail(all->context, m.status, "%s", m.why) : m.status;
}

/* Is there a piece to hand out? */
static bool find_next(crew *all)
{
    const tf_chores *chores = all->chores;

    while (all->next < chores->n && chores->skip(chores->self, all->next))
        ++all->next;
    return all->next < chores->n;
}

/* Hand out pieces to those who have none; how many are at work. */
static trefoil_status hand_out(crew *all, int *busy)
{
    trefoil_status status = TREFOIL_DONE;

    *busy = 0;
    for (int k = 0; k < all->n; ++k) {
        child *c = &all->children[k];
        bool more = c->piece == NOTHING || !c->process ? find_next(all) : false;
        if (more && !c->process)
            TRY(start(all, k));
        if (more && c->piece == NOTHING) {
            c->piece = all->next++;
            (void)send(c->socket, &c->piece, sizeof c->piece, MSG_NOSIGNAL); /* if it is gone, its end is heard */
        }
        *busy += c->process && c->piece != NOTHING;
    }
out:
    return status;
}

static void stop_late(const crew *all)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    for (int k = 0; k < all->n; ++k) {
        child *c = &all->children[k];
        const tf_watch *watch = watch_of(c);
        double seconds;

        if (!c->process || c->piece == NOTHING || !atomic_load(&watch->inside))
            continue;
        seconds = (double)(now.tv_sec - watch->began.tv_sec) + 1e-9 * (double)(now.tv_nsec - watch->began.tv_nsec);
        if (seconds > all->chores->limit && !c->late) {
            c->late = true;
            kill(c->process, SIGKILL);
        }
    }
}

static trefoil_status wait_for(crew *all, struct pollfd *ears)
{
    trefoil_status status = TREFOIL_DONE;

    for (int k = 0; k < all->n; ++k)
        ears[k] = (struct pollfd){ .fd = all->children[k].process ? all->children[k].socket : -1, .events = POLLIN };
    if (poll(ears, (nfds_t)all->n, LOOK_MS) > 0)
        for (int k = 0; k < all->n; ++k)
            if (ears[k].fd >= 0 && ears[k].revents)
                TRY(hear(all, &all->children[k]));
    stop_late(all);
out:
    return status;
}

trefoil_status tf_isolate(trefoil_context *context, const tf_chores *chores)
{
    trefoil_status status = TREFOIL_DONE;
    crew all = { context, chores, TF_NEW(child, chores->workers), chores->workers, 0 };
    struct pollfd *ears = TF_NEW(struct pollfd, chores->workers);
    int busy = 1;

    for (int k = 0; all.children && k < all.n; ++k) {
        all.children[k].shared = mmap(NULL, HEAD + chores->answer_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (all.children[k].shared == MAP_FAILED)
            all.children[k].shared = NULL;
        if (!all.children[k].shared)
            status = TREFOIL_NO_MEMORY;
    }
    if (!all.children || !ears || status != TREFOIL_DONE) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %d worker processes", chores->workers);
        goto out;
    }
    for (;;) {
        TRY(tf_interrupted(context) ? TREFOIL_INTERRUPTED : hand_out(&all, &busy));
        if (!busy)
            break;
        TRY(wait_for(&all, ears));
    }
out:
    for (int k = 0; all.children && k < all.n; ++k) {
        stop(&all.children[k]);
        if (all.children[k].shared)
            munmap(all.children[k].shared, HEAD + chores->answer_size);
    }
    tf_free(all.children);
    tf_free(ears);
    return status;
}
