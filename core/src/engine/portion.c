/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/portion.h"

#include "base/memory.h"

#include <string.h>

/* ---- cutting ----------------------------------------------------------------- */

trefoil_status tf_portions_create(trefoil_context *context, const tf_plan *plan, uint64_t persons, tf_portions *cut)
{
    uint64_t most = persons ? persons : TF_PORTION_PERSONS, in = 0;

    *cut = (tf_portions){ TF_NEW(size_t, plan->n_units + 1), 0 };
    if (!cut->first)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory to cut a draw into portions");
    for (size_t u = 0; u < plan->n_units; ++u) {
        if (u == 0 || in + plan->units[u].persons > most) {
            cut->first[cut->count++] = u;
            in = 0;
        }
        in += plan->units[u].persons;
    }
    cut->first[cut->count] = plan->n_units;
    return TREFOIL_DONE;
}

void tf_portions_free(tf_portions *cut)
{
    tf_free(cut->first);
    *cut = (tf_portions){ 0 };
}

double tf_portion_work(const tf_plan *plan, const tf_portions *cut, size_t portion)
{
    double persons = 0.0;

    for (size_t u = cut->first[portion]; u < cut->first[portion + 1]; ++u)
        persons += (double)plan->units[u].persons;
    return persons * (double)plan->layout->n_strategies;
}

/* ---- sums -------------------------------------------------------------------- */

static size_t n_sums(const tf_draw_tally *tally)
{
    return tally->n_strategies * tally->n_groups * tally->n_measures * 2 * TF_LANES;
}

static size_t n_by_year(const tf_draw_tally *tally)
{
    return tally->n_strategies * tally->n_year_groups * tally->n_years * tally->n_measures;
}

size_t tf_tally_size(const tf_draw_tally *tally)
{
    return n_sums(tally) + n_by_year(tally);
}

void tf_tally_clear(tf_draw_tally *tally)
{
    memset(tally->sums, 0, n_sums(tally) * sizeof *tally->sums);
    memset(tally->by_year, 0, n_by_year(tally) * sizeof *tally->by_year);
}

void tf_tally_add(const tf_draw_tally *from, tf_draw_tally *to)
{
    for (size_t i = 0; i < n_sums(from); ++i)
        to->sums[i] += from->sums[i];
    for (size_t i = 0; i < n_by_year(from); ++i)
        to->by_year[i] += from->by_year[i];
}

/* ---- bytes ------------------------------------------------------------------- */

__extension__ typedef unsigned __int128 unsigned_steps;

enum { LONGEST = 19 /* digits of 128 bits in base 128 */ };

/* Sums of a tally in order: one list after the other. */
static tf_steps *sum_at(const tf_draw_tally *tally, size_t i)
{
    size_t n = n_sums(tally);

    return i < n ? &tally->sums[i] : &tally->by_year[i - n];
}

static size_t write_digits(unsigned_steps x, char *to)
{
    size_t n = 0;

    for (; x >= 128; x >>= 7)
        to[n++] = (char)(unsigned char)(x % 128 + 128);
    to[n++] = (char)(unsigned char)x;
    return n;
}

void tf_tally_encode(const tf_draw_tally *tally, tf_text *text)
{
    char buffer[4096];
    size_t n = 0, size = tf_tally_size(tally);

    for (size_t i = 0; i < size;) {
        tf_steps x = *sum_at(tally, i);
        size_t run = 1;
        if (n + 1 + LONGEST > sizeof buffer) {
            tf_text_add_bytes(text, buffer, n);
            n = 0;
        }
        if (x == 0) {
            while (i + run < size && *sum_at(tally, i + run) == 0)
                ++run;
            buffer[n++] = 0;
            n += write_digits(run, buffer + n);
        } else {
            n += write_digits(x > 0 ? (unsigned_steps)x << 1 : ((unsigned_steps)(-(x + 1)) << 1) + 1, buffer + n);
        }
        i += run;
    }
    tf_text_add_bytes(text, buffer, n);
}

/* A number at `*at`, which moves behind it; false if it does not end, is longer than 128 bits, or could be shorter. */
static bool read_digits(const unsigned char **at, const unsigned char *end, unsigned_steps *x)
{
    *x = 0;
    for (int digit = 0; digit < LONGEST && *at < end; ++digit) {
        unsigned char c = *(*at)++;
        if (digit == LONGEST - 1 && c > 3)
            return false;
        *x |= (unsigned_steps)(c % 128) << (7 * digit);
        if (c < 128)
            return c > 0 || digit == 0;
    }
    return false;
}

bool tf_tally_decode_add(const void *bytes, size_t n, tf_draw_tally *to)
{
    const unsigned char *at = bytes, *end = at + n;
    size_t size = tf_tally_size(to);

    for (size_t i = 0; i < size;) {
        unsigned_steps x, run;
        if (!read_digits(&at, end, &x))
            return false;
        if (x != 0) {
            tf_steps *sum = sum_at(to, i++);
            tf_steps value = x % 2 ? -(tf_steps)(x >> 1) - 1 : (tf_steps)(x >> 1);
            if (__builtin_add_overflow(*sum, value, sum))
                return false;
        } else {
            if (!read_digits(&at, end, &run) || run == 0 || run > size - i)
                return false;
            i += (size_t)run;
        }
    }
    return at == end;
}
