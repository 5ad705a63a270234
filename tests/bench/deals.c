/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thousand deals on a run of a thousand draws, on one core: reading, settling to a checked ledger, and all answers of the first ten. */
#include "../unit/deals.h"

#include "deal/answers.h"

#include <time.h>

enum { DEALS = 1000, DRAWS = 1000 };

static const char text[] =
    DEAL(5)
    "[numbers]\nprice = %d\npromised = 0.65\nband = 0.02\nresponse = 0.6 ~ beta(se 0.05)\n"
    "[metric volume]\nvalue = event.statin.lapsed.taking - without.event.statin.lapsed.taking\n"
    "[metric responders]\nvalue = response\nbasis = measured\nsensitivity = 0.9\nspecificity = 0.95\nsd = 0.02\npromise = promised\nlag = 1\n"
    "[term list]\nkind = price\npayer = icb.drugs\npayee = industry.revenue\nof = volume\nknots = 1000, 5000\nrates = price, price * 0.9, price * 0.8\n"
    "[term guarantee]\nkind = outcome\npayer = industry.rebate\npayee = icb.drugs\nof = responders\nknots = promised\nrates = -2 / promised, 0\n"
    "origin = promised\ntimes = paid.list\ncap = 0.5 * paid.list\ngate = abs(responders - promised) >= band\n"
    "[term levy]\nkind = levy\npayer = industry.vpag\npayee = dhsc.vpag\nof = paid.list - paid.guarantee\nrate = 0.145\n"
    "[cost hospital]\nbearer = provider.acute\npayer = icb.acute\nvariable = 0.2\ncashable = 0.2\n";

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void fill(deals *of)
{
    for (size_t d = 0; d < DRAWS; d++) {
        for (size_t t = 0; t < D_YEARS; t++) {
            *deals_at(of, d, D_PROGRAMME, 0, t, D_TAKING) = 2000 + 700.0 * (double)t + (double)(d % 97);
            *deals_at(of, d, D_USUAL, 0, t, D_HOSPITAL) = 5e6;
            *deals_at(of, d, D_PROGRAMME, 0, t, D_HOSPITAL) = 4.9e6 - 1e3 * (double)(d % 89);
        }
    }
}

int main(void)
{
    static tf_deal *read[DEALS];
    char filled[sizeof text + 32];
    double began, reading, settling, answering;
    size_t entries = 0;
    deals of;

    deals_begin(&of, DRAWS, true);
    fill(&of);
    began = seconds();
    for (int k = 0; k < DEALS; k++) {
        snprintf(filled, sizeof filled, text, 100 + k);
        read[k] = deals_read(&of, filled);
    }
    reading = seconds() - began;
    began = seconds();
    for (int k = 0; k < DEALS; k++) {
        tf_settlement *s = deals_settle(&of, read[k], NULL, 0);

        if (tf_ledger_check(of.context, &s->ledger, read[k]->parties.count, read[k]->cash_years, s->draws) != TREFOIL_DONE) {
            return 1;
        }
        entries += s->ledger.count;
        tf_settlement_destroy(s);
    }
    settling = seconds() - began;
    began = seconds();
    for (int k = 0; k < 10; k++) {
        tf_settlement *s = deals_settle(&of, read[k], NULL, 0);
        tf_answers *answers = NULL;

        if (tf_answers_create(of.context, s, of.source, &answers) != TREFOIL_DONE) {
            return 1;
        }
        tf_answers_destroy(answers);
        tf_settlement_destroy(s);
    }
    answering = (seconds() - began) / 10;
    printf("%d deals of 3 terms and a cost line, %d draws, 5 years, %.1f million entries:\n", DEALS, DRAWS, (double)entries / 1e6);
    printf("  seconds of one core: read %.2f, settled and checked %.2f; all answers of one deal, with its trigger curve, %.3f\n", reading, settling, answering);
    for (int k = 0; k < DEALS; k++) {
        tf_deal_destroy(read[k]);
    }
    deals_end(&of);
    return 0;
}
