/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COARSEST = -12, FINEST = 12 };

int tf_digits(double mcse, int most)
{
    double order;

    if (!(mcse > 0) || !isfinite(mcse)) {
        return most;
    }
    order = -floor(log10(mcse / 2));
    return order > most ? most : order < COARSEST ? COARSEST : (int)order;
}

int tf_effect_digits(double value, double mcse)
{
    const bool known = mcse > 0 && isfinite(mcse);
    const double size = fmax(fabs(value), known ? mcse : 0);
    int first, wanted;

    if (!(size > 0) || !isfinite(size)) {
        return 0;
    }
    first = -(int)floor(log10(size));
    wanted = known ? tf_digits(mcse, FINEST) : first + 1;
    return wanted < first + 1 ? first + 1 : wanted > first + 2 ? first + 2 : wanted;
}

/* The decimal digits of a non-negative number, separated in thousands. */
static void separate(char *text, size_t size, double value, int decimals)
{
    char plain[TF_PRINTED_SIZE];
    size_t whole, length, at = 0;

    snprintf(plain, sizeof plain, "%.*f", decimals, value);
    whole = strspn(plain, "0123456789");
    length = strlen(plain);
    for (size_t k = 0; k < length && at + 2 < size; k++) {
        if (k > 0 && k < whole && (whole - k) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = k == whole ? '.' : plain[k];
    }
    text[at] = '\0';
}

void tf_print_digits(char text[TF_PRINTED_SIZE], double value, int digits, const char *before, bool plus)
{
    char number[TF_PRINTED_SIZE];
    double size = fabs(value), step;

    if (!isfinite(value) || size >= 1e30) {
        snprintf(text, TF_PRINTED_SIZE, "n/a");
        return;
    }
    digits = digits > FINEST ? FINEST : digits < COARSEST ? COARSEST : digits;
    if (digits < 0) {
        step = pow(10, -digits);
        size = round(size / step) * step;
        digits = 0;
    }
    separate(number, sizeof number, size, digits);
    snprintf(text, TF_PRINTED_SIZE, "%s%.8s%.40s", strpbrk(number, "123456789") == NULL ? "" : value < 0 ? "-" : plus ? "+" : "", before,
             number);
}

void tf_print_limited(char text[TF_PRINTED_SIZE], double value, double mcse, int most)
{
    tf_print_digits(text, value, tf_digits(mcse, most), "", false);
}

void tf_print_large(char text[TF_PRINTED_SIZE], double value, double mcse, const char *before, bool plus)
{
    char number[TF_PRINTED_SIZE];
    bool millions = fabs(value) >= 1e6;

    if (!millions) {
        tf_print_digits(text, value, tf_digits(mcse, 0), before, plus);
        return;
    }
    tf_print_digits(number, value / 1e6, tf_digits(mcse / 1e6, 1), before, plus);
    snprintf(text, TF_PRINTED_SIZE, "%.50s million", number);
}

void tf_print_currency(char text[TF_PRINTED_SIZE], const char *code)
{
    static const char *const known[][2] = {{"GBP", "£"}, {"EUR", "€"}, {"USD", "$"}};

    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (code != NULL && tf_same_text(code, known[k][0])) {
            snprintf(text, TF_PRINTED_SIZE, "%s", known[k][1]);
            return;
        }
    }
    snprintf(text, TF_PRINTED_SIZE, code != NULL && code[0] != '\0' && (unsigned char)code[0] < 0x80 && strlen(code) > 1 ? "%.7s " : "%.7s",
             code != NULL ? code : "");
}
