/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers for people: no digit finer than half the Monte Carlo standard error can vouch for, thousands separated, the sign before the
 * currency; whatever the locale. */
#ifndef TF_REPORT_PRINT_H
#define TF_REPORT_PRINT_H

#include "base/text.h"

enum { TF_PRINTED_SIZE = 64 };

/* Decimals worth printing: the order of magnitude of mcse / 2, at most `most`; negative: tens, hundreds ...  `most` when mcse is 0 or NAN. */
int tf_digits(double mcse, int most);

/* Decimals of an effect, which may be small: as far as its Monte Carlo error allows, but two significant digits at least and three at most of
 * the larger of the two; two of the effect when its error is 0 or NAN. */
int tf_effect_digits(double value, double mcse);

/* `value` rounded to `digits` decimals (negative: to tens, hundreds ...).  `before` ("£") stands between sign and number; `plus`: positive
 * numbers get a sign too.  Never "-0"; an undefined value gives "n/a". */
void tf_print_digits(char text[TF_PRINTED_SIZE], double value, int digits, const char *before, bool plus);

/* The same with the digits its error allows. */
void tf_print_limited(char text[TF_PRINTED_SIZE], double value, double mcse, int most);

/* A large amount: "1.2 million", "345,000". */
void tf_print_large(char text[TF_PRINTED_SIZE], double value, double mcse, const char *before, bool plus);

/* "GBP" -> "£"; other codes keep their name and a space. `text` has room for TF_PRINTED_SIZE. */
void tf_print_currency(char text[TF_PRINTED_SIZE], const char *code);

#endif
