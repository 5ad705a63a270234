/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A command, so many times: the least seconds by the clock, with the seconds of the processors and the peak of memory of that time.  It writes nothing
 * of what the command tells.
 *   bench_command TIMES LABEL PROGRAM ARGUMENT...
 */
#define _DEFAULT_SOURCE /* wait4() */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}



int main(int n, char **arguments)
{
    double least = -1, busy = 0;
    long peak = 0;

    if (n < 4) {
        printf("%-44s %9s %10s %9s\n", "", "seconds", "processor", "peak, MiB");
        return 0;
    }
    for (int k = atoi(arguments[1]); k > 0; --k) {
        double began = seconds_now(), took;
        struct rusage usage;
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            if (!freopen("/dev/null", "w", stdout))
                _exit(127);
            execv(arguments[3], arguments + 3);
            _exit(127);
        }
        if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
            fprintf(stderr, "bench_command: %s did not run: %s\n", arguments[2], arguments[3]);
            return 1;
        }
        took = seconds_now() - began;
        if (least >= 0 && took >= least)
            continue;
        least = took;
        busy = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
        peak = usage.ru_maxrss;
    }
    printf("%-44s %9.2f %10.2f %9.0f\n", arguments[2], least, busy, (double)peak / 1024.0);
    return 0;
}
