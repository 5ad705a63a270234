/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a program on the path of a lesser processor: its loops that are compiled for several (base/fast.h) are chosen, when it starts, by what libgcc
 * finds the processor can do; as soon as libgcc knows, this takes what is above the path away.  Then it looks on: a function of another path must
 * never run, and some of this one must.
 *
 *   nm PROGRAM | path arch_x86_64_v4|arch_x86_64_v3|default PROGRAM ARGUMENT...
 *
 * Ends as the program does, or with 77 where the processor or the system does not allow it, or 99 and why.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATHS = 3, WORDS = 3, MOST = 1024, SKIP = 77, WRONG = 99, STOP = 0xcc };
static const char *const paths[PATHS] = {"default", "arch_x86_64_v3", "arch_x86_64_v4"};

/* libgcc's, of this program and of that. */
extern unsigned __cpu_features2[];

typedef struct function {
    uint64_t at;
    int path;
    long was; /* the word in which it begins */
    bool ran;
} function;

typedef struct program {
    pid_t process;
    uint64_t base, find_out, features; /* where it is loaded; __cpu_indicator_init, __cpu_features2 */
    function functions[MOST];
    size_t n;
} program;

static _Noreturn void end(int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

/* ---- what is known before it runs -------------------------------------------- */

static bool can(int path)
{
    return path == 0 || (path == 1 ? __builtin_cpu_supports("x86-64-v3") : __builtin_cpu_supports("x86-64-v4")) != 0;
}

/* The bit that says a processor can take a path: without it this program says it cannot. */
static void find_bit(int path, size_t *word, unsigned *bit)
{
    for (*word = 0; *word < WORDS; ++*word)
        for (*bit = 1; *bit; *bit <<= 1) {
            bool told;
            __cpu_features2[*word] ^= *bit;
            __asm__ volatile("" ::: "memory");
            told = !can(path);
            __cpu_features2[*word] ^= *bit;
            if (told)
                return;
        }
    end(WRONG, "libgcc does not say where it keeps what %s needs", paths[path]);
}

static void read_names(program *of)
{
    char line[512], name[400];
    unsigned long long at;

    while (fgets(line, sizeof line, stdin)) {
        const char *dot;
        if (sscanf(line, "%llx %*c %399s", &at, name) != 2)
            continue;
        if (strcmp(name, "__cpu_indicator_init") == 0)
            of->find_out = at;
        if (strcmp(name, "__cpu_features2") == 0)
            of->features = at;
        dot = strrchr(name, '.');
        for (int p = 0; dot && p < PATHS; ++p)
            if (strcmp(dot + 1, paths[p]) == 0 && of->n < MOST)
                of->functions[of->n++] = (function){ .at = at, .path = p };
    }
    if (!of->find_out || !of->features || of->n == 0)
        end(SKIP, "no loops are compiled for several processors");
}

/* ---- while it runs ----------------------------------------------------------- */

static uint64_t loaded_at(pid_t process)
{
    char name[64];
    unsigned long long base = 0;
    FILE *maps;

    snprintf(name, sizeof name, "/proc/%d/maps", (int)process);
    maps = fopen(name, "r");
    if (!maps || fscanf(maps, "%llx", &base) != 1)
        end(WRONG, "%s cannot be read", name);
    fclose(maps);
    return base;
}

/* Its word at an address. */
static long peek(const program *of, uint64_t at)
{
    long word;

    errno = 0;
    word = ptrace(PTRACE_PEEKDATA, of->process, (void *)at, NULL);
    if (errno)
        end(WRONG, "%#llx: %s", (unsigned long long)at, strerror(errno));
    return word;
}

static void poke(const program *of, uint64_t at, long word)
{
    if (ptrace(PTRACE_POKEDATA, of->process, (void *)at, (void *)word) != 0)
        end(WRONG, "%#llx: %s", (unsigned long long)at, strerror(errno));
}

static long stop_at(const program *of, uint64_t at)
{
    long was = peek(of, at);

    poke(of, at, (was & ~0xffL) | STOP);
    return was;
}

/* Where it stopped. */
static uint64_t stopped(const program *of)
{
    struct user_regs_struct registers;

    ptrace(PTRACE_GETREGS, of->process, NULL, &registers);
    return registers.rip - 1;
}

static void go_on_from(const program *of, uint64_t at, long was)
{
    struct user_regs_struct registers;

    poke(of, at, was);
    ptrace(PTRACE_GETREGS, of->process, NULL, &registers);
    registers.rip = at;
    ptrace(PTRACE_SETREGS, of->process, NULL, &registers);
}

/* Run to an address. */
static void run_to(const program *of, uint64_t at)
{
    long was = stop_at(of, at);
    int how;

    ptrace(PTRACE_CONT, of->process, NULL, NULL);
    if (waitpid(of->process, &how, 0) < 0 || !WIFSTOPPED(how) || WSTOPSIG(how) != SIGTRAP || stopped(of) != at)
        end(WRONG, "it does not come to %#llx", (unsigned long long)(at - of->base));
    go_on_from(of, at, was);
}

/* libgcc looks at the processor, and comes back. */
static void let_it_find_out(const program *of)
{
    struct user_regs_struct registers;

    run_to(of, of->base + of->find_out);
    ptrace(PTRACE_GETREGS, of->process, NULL, &registers);
    run_to(of, (uint64_t)peek(of, registers.rsp));
}

static void take_away(const program *of, int path)
{
    for (int above = path + 1; above < PATHS; ++above) {
        size_t word;
        unsigned bit;
        uint64_t at;
        if (!can(above))
            continue;
        find_bit(above, &word, &bit);
        at = of->base + of->features + word * sizeof bit;
        poke(of, at, peek(of, at) & ~(long)bit);
    }
}

static int look_on(program *of, int path)
{
    size_t ran = 0, all = 0;
    int how, number = 0;

    for (size_t f = 0; f < of->n; ++f) {
        of->functions[f].was = stop_at(of, of->base + of->functions[f].at);
        all += of->functions[f].path == path;
    }
    for (;;) {
        ptrace(PTRACE_CONT, of->process, NULL, (void *)(long)number);
        if (waitpid(of->process, &how, 0) < 0 || WIFEXITED(how) || WIFSIGNALED(how))
            break;
        number = WSTOPSIG(how) == SIGTRAP ? 0 : WSTOPSIG(how);
        for (size_t f = 0; number == 0 && f < of->n; ++f) {
            function *it = &of->functions[f];
            if (of->base + it->at != stopped(of))
                continue;
            if (it->path != path)
                end(WRONG, "a function of %s ran on the path %s", paths[it->path], paths[path]);
            go_on_from(of, of->base + it->at, it->was);
            it->ran = true;
            ran++;
            break;
        }
    }
    if (ran == 0)
        end(WRONG, "no function of the path %s ran", paths[path]);
    fprintf(stderr, "%s: %zu of %zu functions ran\n", paths[path], ran, all);
    return WIFEXITED(how) ? WEXITSTATUS(how) : WRONG;
}

int main(int n, char **arguments)
{
    static program it;
    int path = 0, how;

    __builtin_cpu_init();
    while (n > 2 && path < PATHS && strcmp(arguments[1], paths[path]) != 0)
        ++path;
    if (n < 3 || path == PATHS)
        end(WRONG, "nm PROGRAM | path %s|%s|%s PROGRAM ARGUMENT...", paths[0], paths[1], paths[2]);
    if (!can(path))
        end(SKIP, "this processor cannot take the path %s", paths[path]);
    read_names(&it);
    it.process = fork();
    if (it.process == 0) {
        int nothing = open("/dev/null", O_RDONLY);
        dup2(nothing, STDIN_FILENO);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            end(SKIP, "the system does not let a program be looked at: %s", strerror(errno));
        execv(arguments[2], arguments + 2);
        end(WRONG, "%s: %s", arguments[2], strerror(errno));
    }
    if (it.process < 0 || waitpid(it.process, &how, 0) < 0)
        end(WRONG, "it does not start: %s", strerror(errno));
    if (!WIFSTOPPED(how))
        return WIFEXITED(how) ? WEXITSTATUS(how) : WRONG;
    ptrace(PTRACE_SETOPTIONS, it.process, NULL, (void *)PTRACE_O_EXITKILL);
    it.base = loaded_at(it.process);
    let_it_find_out(&it);
    take_away(&it, path);
    return look_on(&it, path);
}
