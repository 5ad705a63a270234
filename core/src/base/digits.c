/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as text: the fewest of 15, 16 or 17 digits that read back, as printf would print them, in integer arithmetic. */
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

enum { MOST = 17, LARGEST_POWER = 27 };

static const uint64_t five[LARGEST_POWER + 1] = {1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625,
                                                 1220703125, 6103515625, 30517578125, 152587890625, 762939453125, 3814697265625,
                                                 19073486328125, 95367431640625, 476837158203125, 2384185791015625, 11920928955078125,
                                                 59604644775390625, 298023223876953125, 1490116119384765625, 7450580596923828125};

/* A positive number m 2^e as N / 2^shift units of 10^(exponent - 16), exactly: N = m 5^power. */
typedef struct scaled {
    wide n;
    uint64_t mantissa, units; /* N >> shift: the first 17 digits */
    int power, shift, exponent;
} scaled;

static const uint64_t seventeen = 100000000000000000u; /* 10^17: one more than 17 digits */

/* False where 128 bits do not hold it: subnormal numbers, those below 1e-11 or above 2^53. */
static bool scale(double number, scaled *of)
{
    uint64_t bits;
    int binary;

    memcpy(&bits, &number, sizeof bits);
    binary = (int)(bits >> 52 & 2047) - 1075;
    of->mantissa = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    if (binary < -90 || binary > 0) {
        return false;
    }
    of->exponent = (binary + 52) * 1233 >> 12; /* of ten; one too small at most */
    for (int attempt = 0; attempt < 2; attempt++, of->exponent++) {
        of->power = MOST - 1 - of->exponent;
        of->shift = -(binary + of->power);
        if (of->power < 0 || of->power > LARGEST_POWER || of->shift < 1) {
            return false;
        }
        of->n = (wide)of->mantissa * five[of->power];
        of->units = (uint64_t)(of->n >> of->shift);
        if (of->units < seventeen) {
            return of->units >= seventeen / 10;
        }
    }
    return false;
}

/* The decimal of 17 digits less those of `step`, a power of ten, that is nearest, ties to even; and does it read back? */
static inline bool try_digits(const scaled *of, uint64_t step, uint64_t *digits)
{
    const uint64_t rest = of->units % step, near = rest < step - rest ? rest : step - rest;
    const wide below = of->n & (((wide)1 << of->shift) - 1), half = (wide)1 << (of->shift - 1);
    wide here, off;
    bool more, tie;

    if (step > 1 && near > (five[of->power] >> of->shift >> 1) + 2) { /* farther than half a unit in the last place */
        return false;
    }
    *digits = of->units / step;
    if (step == 1) {
        more = below > half;
        tie = below == half;
    } else {
        more = rest > step / 2 || (rest == step / 2 && below > 0);
        tie = rest == step / 2 && below == 0;
    }
    *digits += more || (tie && *digits % 2 == 1);
    here = ((wide)*digits * step) << of->shift;
    off = here > of->n ? here - of->n : of->n - here;
    off *= here < of->n && of->mantissa == (uint64_t)1 << 52 ? 4 : 2; /* the number below a power of two is nearer */
    return off < five[of->power] || (off == five[of->power] && of->mantissa % 2 == 0);
}

static size_t put_exponent(char *at, int exponent)
{
    return (size_t)snprintf(at, 8, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
}

/* The digits, `count` of them, the first worth 10^exponent, in the form of printf's %.*g; the end. */
static char *put(char *at, uint64_t digits, int count, int exponent)
{
    static const uint32_t half = 100000000; /* eight digits: both halves at once */
    char all[MOST + 1];
    uint32_t low = (uint32_t)(digits % half);
    uint64_t high = digits / half;
    int used = count;

    for (int i = 0; i < 8; i++) {
        all[count - 1 - i] = (char)('0' + low % 10);
        low /= 10;
        if (i < count - 8) {
            all[count - 9 - i] = (char)('0' + high % 10);
            high /= 10;
        }
    }
    if (count == MOST) {
        all[0] = (char)('0' + high);
    }
    while (used > 1 && all[used - 1] == '0') {
        used--;
    }
    if (exponent < -4 || exponent >= count) {
        *at++ = all[0];
        if (used > 1) {
            *at++ = '.';
            memcpy(at, all + 1, (size_t)used - 1);
            at += used - 1;
        }
        return at + put_exponent(at, exponent);
    }
    if (exponent < 0) {
        memcpy(at, "0.000", 5);
        at += 1 - exponent;
        memcpy(at, all, (size_t)used);
        return at + used;
    }
    memcpy(at, all, (size_t)exponent + 1);
    at += exponent + 1;
    if (used > exponent + 1) {
        *at++ = '.';
        memcpy(at, all + exponent + 1, (size_t)(used - exponent - 1));
        at += used - exponent - 1;
    }
    return at;
}

static size_t print_any(double number, char text[TF_NUMBER_SIZE])
{
    char *comma, *stopped;

    for (int digits = 15; digits <= MOST; digits++) {
        snprintf(text, TF_NUMBER_SIZE, "%.*g", digits, number);
        if (digits == MOST || strtod(text, &stopped) == number) {
            break;
        }
    }
    comma = strchr(text, ',');
    if (comma != NULL) {
        *comma = '.';
    }
    return strlen(text);
}

size_t tf_print_number(double number, char text[TF_NUMBER_SIZE])
{
    uint64_t digits = 0, limit = seventeen;
    char *at = text;
    bool carried; /* 9.99... became 10 */
    scaled of;
    int count = MOST;

    if (number == 0) {
        strcpy(text, signbit(number) ? "-0" : "0");
        return strlen(text);
    }
    if (!isfinite(number) || !scale(fabs(number), &of)) {
        return print_any(number, text);
    }
    if (try_digits(&of, 100, &digits)) {
        count = 15;
        limit /= 100;
    } else if (try_digits(&of, 10, &digits)) {
        count = 16;
        limit /= 10;
    } else {
        (void)try_digits(&of, 1, &digits);
    }
    carried = digits == limit;
    *at = '-';
    at = put(at + (number < 0), carried ? digits / 10 : digits, count, of.exponent + carried);
    *at = '\0';
    return (size_t)(at - text);
}
