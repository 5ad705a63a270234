/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/stream.h"

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

/* The known answers published with Random123 (kat_vectors). */
Test(stream, philox_gives_the_published_answers)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };

    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        uint32_t out[4];

        tf_philox(known[k].counter, known[k].key, out);
        cr_assert_eq(memcmp(out, known[k].out, sizeof out), 0, "vector %zu: %08x %08x %08x %08x", k, out[0], out[1], out[2], out[3]);
    }
}

/* Every coordinate at its largest and at a pattern, packed here by 128-bit arithmetic. */
Test(stream, coordinates_are_packed_as_documented)
{
    static const tf_coordinates at[] = {{0xffffffff, (UINT64_C(1) << 40) - 1, 0xffff, 0xfffff},
                                        {0x89abcdef, UINT64_C(0x1234567890), 0xfedc, 0x13579},
                                        {0, 1, 0, 0},
                                        {0, 0, 1, 0},
                                        {0, 0, 0, 1}};
    static const uint32_t indices[] = {0, 1, 2, 3, 77, (1u << 20) - 1, 1u << 20, (1u << 21) - 1};
    const uint64_t seed = UINT64_C(0x0123456789abcdef);
    const uint32_t key[2] = {0x89abcdef, 0x01234567};

    for (size_t k = 0; k < sizeof at / sizeof at[0]; k++) {
        for (size_t i = 0; i < sizeof indices / sizeof indices[0]; i++) {
            uint64_t high = (uint64_t)at[k].purpose << 32 | at[k].person >> 8;
            uint64_t low = (at[k].person & 0xff) << 56 | (uint64_t)at[k].time << 40 | (uint64_t)at[k].draw << 20 | indices[i] / 2;
            uint32_t counter[4] = {(uint32_t)low, (uint32_t)(low >> 32), (uint32_t)high, (uint32_t)(high >> 32)}, out[4];
            const uint32_t *pair = indices[i] % 2 == 0 ? out : out + 2;
            double u;

            tf_philox(counter, key, out);
            u = ((double)((uint64_t)pair[0] << 21 | pair[1] >> 11) + 0.5) / 9007199254740992.0;
            cr_assert_eq(tf_uniform(seed, at[k], indices[i]), u);
            cr_assert_eq(tf_exponential(seed, at[k], indices[i]), -tf_log(u));
        }
    }
}

Test(stream, uniforms_never_reach_their_ends)
{
    cr_assert_eq(tf_to_uniform(0, 0), 0x1p-54);
    cr_assert_eq(tf_to_uniform(0, 1u << 11), 1.5 * 0x1p-53);
    cr_assert_eq(tf_to_uniform(0xffffffff, 0xffffffff), 1 - 0x1p-53);
    cr_assert_eq(tf_to_uniform(0x80000000, 0), 0.5);
    cr_assert_gt(-tf_log(tf_to_uniform(0xffffffff, 0xffffffff)), 0);
    cr_assert_lt(-tf_log(tf_to_uniform(0, 0)), 37.5);
}

Test(stream, bulk_numbers_are_the_scalar_numbers)
{
    enum { LARGEST = 1031 };
    static uint64_t person[LARGEST];
    static double u[LARGEST + 1], e[LARGEST + 1], own[LARGEST + 1];
    static uint32_t purposes[LARGEST], times[LARGEST];
    static const uint32_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 16, 31, 64, 100, 1024, LARGEST};
    const uint32_t purpose = tf_purpose("core", "death");

    for (uint64_t i = 0; i < LARGEST; i++) {
        person[i] = (i * UINT64_C(0x9E3779B97F4A7C15)) >> 24;
        purposes[i] = (uint32_t)(i * 2654435761u);
        times[i] = (uint32_t)(i * 40503u & 0xffff);
    }
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        uint32_t n = sizes[k], time = (uint32_t)k * 5041 & 0xffff, draw = (uint32_t)k * 80111 & 0xfffff;
        uint64_t seed = UINT64_C(0xdeadbeefcafe) * (k + 1);

        u[n] = e[n] = own[n] = -1;
        tf_exponentials_at(seed, purposes, person, times, draw, n, own);
        tf_uniforms(seed, purpose, person, time, draw, n, u);
        tf_exponentials(seed, purpose, person, time, draw, n, e);
        for (uint32_t i = 0; i < n; i++) {
            tf_coordinates at = {purpose, person[i], time, draw};
            tf_coordinates own_at = {purposes[i], person[i], times[i], draw};
            double one = tf_uniform(seed, at, 0), other = tf_exponential(seed, at, 0), third = tf_exponential(seed, own_at, 0);

            cr_assert_eq(memcmp(&one, &u[i], sizeof one), 0, "n %u, row %u", n, i);
            cr_assert_eq(memcmp(&other, &e[i], sizeof other), 0, "n %u, row %u", n, i);
            cr_assert_eq(memcmp(&third, &own[i], sizeof third), 0, "n %u, row %u", n, i);
        }
        cr_assert(u[n] < 0 && e[n] < 0 && own[n] < 0, "nothing is written behind row n");
    }
}

/* Means, and the correlation with the neighbour in each coordinate, within 5 standard errors. */
Test(stream, neighbours_in_every_coordinate_are_independent)
{
    enum { N = 100000 };
    double sum = 0, squares = 0, tail = 0, products[6] = {0};

    for (uint32_t i = 0; i < N; i++) {
        tf_coordinates at = {5, i, 3, 9}, by[4] = {at, at, at, at};
        double u = tf_uniform(1, at, 0) - 0.5;

        by[0].purpose++;
        by[1].person++;
        by[2].time++;
        by[3].draw++;
        for (int k = 0; k < 4; k++) {
            products[k] += u * (tf_uniform(1, by[k], 0) - 0.5);
        }
        products[4] += u * (tf_uniform(1, at, 1) - 0.5);
        products[5] += u * (tf_uniform(2, at, 0) - 0.5);
        sum += u;
        squares += u * u;
        tail += tf_exponential(1, at, 2);
    }
    cr_assert_lt(fabs(sum / N), 5 * sqrt(1.0 / 12 / N));
    cr_assert_lt(fabs(squares / N - 1.0 / 12), 5 * sqrt(1.0 / 180 / N));
    cr_assert_lt(fabs(tail / N - 1), 5 * sqrt(1.0 / N));
    for (int k = 0; k < 6; k++) {
        cr_assert_lt(fabs(products[k] / N), 5 * (1.0 / 12) / sqrt(N), "coordinate %d", k);
    }
}

Test(stream, purposes_are_fnv_1a_of_owner_and_name)
{
    /* FNV-1a of "a/b" and of "adherence/uptake", computed step by step from the published offset and prime. */
    cr_assert_eq(tf_purpose("a", "b"), 0x3a8e75c1u, "%08x", tf_purpose("a", "b"));
    cr_assert_eq(tf_purpose("adherence", "uptake"), 0x6bd5f22fu, "%08x", tf_purpose("adherence", "uptake"));
    cr_assert_neq(tf_purpose("ab", "c"), tf_purpose("a", "bc"));
}

Test(stream, is_a_gsl_generator_that_can_be_put_anywhere)
{
    gsl_rng *rng = gsl_rng_alloc(tf_rng_type()), *copy;
    tf_coordinates at = {7, 123456789, 2, 40};
    double sum = 0, first[5];

    cr_assert_not_null(rng);
    cr_assert_eq(gsl_rng_max(rng), 0xffffffffUL);
    cr_assert_eq(gsl_rng_min(rng), 0);
    tf_rng_at(rng, 99, at);
    for (uint32_t k = 0; k < 5; k++) {
        first[k] = gsl_rng_uniform(rng);
        cr_assert_eq(first[k], tf_uniform(99, at, k));
    }
    copy = gsl_rng_clone(rng);
    cr_assert_eq(gsl_rng_get(rng), (unsigned long)floor(tf_uniform(99, at, 5) * 4294967296.0));
    cr_assert_eq(gsl_rng_uniform(copy), tf_uniform(99, at, 5));
    tf_rng_at(rng, 99, at);
    cr_assert_eq(gsl_rng_uniform(rng), first[0]);
    gsl_rng_set(rng, 99);
    cr_assert_eq(gsl_rng_uniform(rng), tf_uniform(99, (tf_coordinates){0, 0, 0, 0}, 0));
    tf_rng_at(rng, 99, at);
    for (int k = 0; k < 50000; k++) {
        sum += gsl_ran_gamma(rng, 0.7, 2);
    }
    cr_assert_lt(fabs(sum / 50000 - 1.4), 5 * sqrt(0.7 * 4 / 50000));
    gsl_rng_free(rng);
    gsl_rng_free(copy);
}
