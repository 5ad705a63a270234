/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the thread sanitizer awake, and does it know the barriers of OpenMP?  Without arguments there is no race, with one there is. */
#include <stdio.h>

int main(int n, char **arguments)
{
    int sum = 0, seen[64] = { 0 };

    (void)arguments;
#pragma omp parallel num_threads(2)
    {
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < 64; ++i)
            seen[i] = i;
        if (n > 1)
            for (int i = 0; i < 64; ++i)
                sum += seen[i];
        else
#pragma omp critical
            for (int i = 0; i < 64; ++i)
                sum += seen[i];
    }
    printf("%d\n", sum);
    return 0;
}
