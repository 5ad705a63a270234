/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader should know before trusting a deal. */
#include "deal/terms.h"

#include "base/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static int add(tf_list *out, const tf_deal *deal, const tf_term *term, const char *format, ...) TF_PRINTF(4, 5);

static int add(tf_list *out, const tf_deal *deal, const tf_term *term, const char *format, ...)
{
    tf_text text = {0};
    char words[512];
    va_list arguments;
    int added;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    tf_text_addf(&text, "%s:%d: [term %s]: %s", deal->path, term->place.line, deal->routes[term->route].name, words);
    added = text.failed ? -1 : tf_list_add(out, text.chars);
    tf_text_free(&text);
    return added;
}

static int warn_cliffs(const tf_deal *deal, const tf_term *term, tf_list *out)
{
    tf_schedule s = {.n = term->n_knots, .all_unit = term->all_unit, .origin = tf_deal_plain(deal, &term->origin, 0)};
    int failed = 0;

    for (size_t k = 0; k <= s.n; k++) {
        s.rates[k] = tf_deal_plain(deal, &term->rates[k], 0);
        if (k < s.n) {
            s.knots[k] = tf_deal_plain(deal, &term->knots[k], 0);
        }
    }
    for (size_t k = 0; k < s.n && term->all_unit && failed == 0; k++) {
        double jump = tf_schedule_jump(&s, k);

        if (isnan(jump)) {
            failed = add(out, deal, term,
                         "an all-unit schedule has a cliff at every knot: one unit more or less changes the payment for all units");
            break;
        }
        if (jump != 0) {
            failed = add(out, deal, term,
                         "a cliff at %.10g: the new rate holds for all units, so that the amount %s by %.10g (before 'times') when "
                         "it is reached; "
                         "schedule = marginal has none",
                         s.knots[k], jump < 0 ? "falls" : "jumps up", fabs(jump));
        }
    }
    return failed;
}

trefoil_status tf_deal_warnings(trefoil_context *context, const tf_deal *deal, tf_list *out)
{
    int failed = 0;

    for (size_t k = 0; k < deal->n_terms && failed == 0; k++) {
        failed = warn_cliffs(deal, &deal->terms[k], out);
    }
    if (deal->reordered && failed == 0) {
        tf_text text = {0};

        tf_text_addf(&text, "%s: terms are settled in the order", deal->path);
        for (size_t k = 0; k < deal->n_terms; k++) {
            tf_text_addf(&text, "%s %s (%s)", k > 0 ? "," : "", deal->routes[deal->terms[k].route].name,
                         tf_term_kind_names[deal->terms[k].kind]);
        }
        tf_text_add(&text, ", which is not the file's");
        failed = text.failed ? -1 : tf_list_add(out, text.chars);
        tf_text_free(&text);
    }
    return failed != 0 ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the warnings of %s", deal->path) : TREFOIL_DONE;
}
