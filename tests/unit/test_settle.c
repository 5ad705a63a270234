/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger and its laws, composition of terms, and what a deal comes to. */
#include "deals.h"

#include "deal/answers.h"

#include <criterion/criterion.h>

enum { DRAWS = 60 };

/* Numbers that differ between draws, years, fifths and strategies. */
static void fill(deals *of)
{
    for (size_t d = 0; d < of->n; d++) {
        for (size_t t = 0; t < D_YEARS; t++) {
            for (size_t g = 0; g < D_GROUPS; g++) {
                const double size = g == 0 ? 5 : 1, wobble = sin((double)(d * 7 + t * 3)) * 0.1,
                             need = g == 0 ? 1 : 1.2 - 0.1 * (double)(g - 1);

                for (size_t s = 0; s < D_STRATEGIES; s++) {
                    const double effect = s == D_PROGRAMME ? 1 + wobble : 0;

                    *deals_at(of, d, s, g, t, D_QALY) = size * (800 + 3 * effect);
                    *deals_at(of, d, s, g, t, D_COST) = size * (51000.123 * need + 900.37 * effect);
                    *deals_at(of, d, s, g, t, D_HOSPITAL) = size * (50000.123 * need - 100.777 * effect);
                    *deals_at(of, d, s, g, t, D_MEDICINES) = size * (1000 + 1001.147 * effect);
                    *deals_at(of, d, s, g, t, D_STROKES) = size * (10 * need - 2 * effect);
                    *deals_at(of, d, s, g, t, D_TAKING) = size * (100 + (30 - 2 * (double)g) * effect);
                    *deals_at(of, d, s, g, t, D_BED_DAYS) = size * (300 - 5 * effect);
                }
            }
        }
        for (size_t s = 0; s < D_STRATEGIES; s++) {
            for (size_t g = 0; g < D_GROUPS; g++) {
                double *total = of->sample.outcomes[d][s].total;

                for (size_t m = 0; m < D_MEASURES; m++) {
                    for (size_t t = 0; t < D_YEARS; t++) {
                        total[tf_at(&of->layout, g, m, 0)] += *deals_at(of, d, s, g, t, m);
                        total[tf_at(&of->layout, g, m, 1)] += *deals_at(of, d, s, g, t, m) * pow(1.035, -(double)t);
                    }
                }
                total[tf_at(&of->layout, g, D_PERSONS, 0)] = total[tf_at(&of->layout, g, D_PERSONS, 1)] = g == 0 ? 5000 : 1000;
            }
        }
    }
}

static const char costs[] =
    "[cost hospital]\nbearer = provider.acute\npayer = icb.acute\nvariable = 0.2\ncashable = 0.25\navoided = 0.5\n"
    "[cost medicines]\nbearer = industry.revenue\npayer = icb.drugs\nused = 0.2\n";

static const char full[] =
    "[numbers]\ndiscount = 0.15 ~ beta(se 0.03)\nrebate = 0.5\n"
    "[metric sales]\nvalue = cost.medicines - without.cost.medicines\n"
    "[metric avoided]\nvalue = without.event.stroke.none.first - event.stroke.none.first\nbasis = measured\nsd = 4\ncompleteness = "
    "0.9\nlag = 1\npromise = 10\nnothing = 0\n"
    "[term discount]\nkind = discount\npayer = industry.rebate\npayee = icb.drugs\nof = sales\nrate = discount\n"
    "[term refund]\nkind = outcome\npayer = industry.rebate\npayee = icb.drugs\nof = avoided\nknots = 10\nrates = -50.55, "
    "0\norigin = 10\ncap = rebate * (sales - paid.discount)\n"
    "[term levy]\nkind = levy\npayer = industry.vpag\npayee = dhsc.vpag\nof = sales - paid.discount\nrate = 0.145\nlag = 0.5\n"
    "[term nurses]\nkind = contribution\nclass = resource\npayer = industry.programme\nrate = 123.45\n";

static tf_deal *read_with(deals *of, const char *body)
{
    tf_text text = {0};
    tf_deal *deal;

    tf_text_addf(&text, "%s%s%s", DEAL(5), body, costs);
    deal = deals_read(of, text.chars);
    tf_text_free(&text);
    if (deal == NULL) {
        print_reasons(of->context);
        abort();
    }
    return deal;
}

/* T1 */
Test(settle, transfers_sum_to_zero_to_the_penny)
{
    deals of;
    tf_deal *deal;
    tf_settlement *s;
    int64_t resources = 0, paid = 0, all = 0;

    deals_begin(&of, DRAWS, true);
    fill(&of);
    deal = read_with(&of, full);
    s = deals_settle(&of, deal, NULL, 0);
    cr_assert(s->ledger.count > 1000);
    cr_expect_eq(tf_ledger_check(of.context, &s->ledger, deal->parties.count, deal->cash_years, s->draws), TREFOIL_DONE);
    for (size_t e = 0; e < s->ledger.count; e++) {
        const tf_route *route = &s->ledger.routes[s->ledger.entries[e].route];

        cr_assert(s->ledger.entries[e].pence != 0);
        cr_assert(route->class == TF_RESOURCE || (route->payer.party >= 0 && route->payee.party >= 0));
        resources += route->class == TF_RESOURCE ? s->ledger.entries[e].pence : 0;
    }
    {
        int64_t *balances = TF_NEW(int64_t, deal->parties.count * deal->cash_years * s->draws);

        /* All balances together are what was used up. */
        tf_ledger_post(&s->ledger, NULL, deal->cash_years, s->draws, balances);
        for (size_t k = 0; k < deal->parties.count * deal->cash_years * s->draws; k++) {
            all += balances[k];
        }
        tf_free(balances);
    }
    cr_expect_eq(all, -resources);
    for (size_t k = 0; k < s->draws * s->years; k++) {
        paid += s->paid[3 * s->draws * s->years + k];
    }
    cr_expect_eq(paid, 12345 * (int64_t)(s->draws * s->years));
    /* Money that leaves one party and reaches no other is found out. */
    deal->routes[0].payee.party = TF_USED_UP;
    cr_expect_eq(tf_ledger_check(of.context, &s->ledger, deal->parties.count, deal->cash_years, s->draws), TREFOIL_BUG);
    deals_stop(&of, deal, s);
}

static bool same_ledgers(const tf_settlement *a, const tf_settlement *b, tf_basis basis_only)
{
    size_t i = 0, j = 0;

    for (;;) {
        while (i < a->ledger.count && a->ledger.routes[a->ledger.entries[i].route].basis != basis_only) {
            i++;
        }
        while (j < b->ledger.count && b->ledger.routes[b->ledger.entries[j].route].basis != basis_only) {
            j++;
        }
        if (i == a->ledger.count || j == b->ledger.count) {
            return i == a->ledger.count && j == b->ledger.count;
        }
        if (a->ledger.entries[i].pence != b->ledger.entries[j].pence || a->ledger.entries[i].draw != b->ledger.entries[j].draw ||
            a->ledger.entries[i].accrual != b->ledger.entries[j].accrual) {
            return false;
        }
        i++;
        j++;
    }
}

/* Are two answers the same bytes for every party and fifth? */
static void expect_same_answers(const tf_answers *a, const tf_answers *b, bool money)
{
    cr_expect_eq(memcmp(a->qaly, b->qaly, sizeof a->qaly), 0);
    cr_expect_eq(memcmp(&a->resources, &b->resources, sizeof a->resources), 0);
    cr_expect_eq(memcmp(&a->welfare, &b->welfare, sizeof a->welfare), 0);
    if (money) {
        cr_expect_eq(memcmp(a->nhb, b->nhb, sizeof a->nhb), 0);
        for (size_t p = 0; p < a->deal->parties.count; p++) {
            for (int v = 0; v < TF_VIEWS && a->parties[p].involved && b->parties[p].involved; v++) {
                cr_expect_eq(memcmp(a->parties[p].flow[v], b->parties[p].flow[v], a->deal->years * sizeof(tf_estimate)), 0);
                cr_expect_eq(memcmp(&a->parties[p].present[v], &b->parties[p].present[v], sizeof(tf_estimate)), 0);
            }
        }
    }
}

static tf_answers *answer(deals *of, const tf_settlement *s)
{
    tf_answers *made = NULL;

    if (tf_answers_create(of->context, s, of->source, &made) != TREFOIL_DONE) {
        print_reasons(of->context);
        abort();
    }
    return made;
}

/* T2: every kind of term at its neutral value. */
Test(settle, neutral_terms_are_no_deal)
{
    static const char neutral[] =
        "[numbers]\nnone = 0\n"
        "[metric sales]\nvalue = cost.medicines - without.cost.medicines\n[metric sales_to_date]\nvalue = sales\n"
        "[metric saving]\nvalue = (without.cost.hospital - cost.hospital) / without.cost.hospital\nbasis = measured\nsd = 0.1\n"
        "[term discount]\nkind = discount\npayer = industry.rebate\npayee = icb.drugs\nof = sales\nrate = none\n"
        "[term tiers]\nkind = volume\npayer = industry.rebate\npayee = icb.drugs\nof = sales\nknots = 100, 200\nrates = 0, none, "
        "0\n"
        "[term cap]\nkind = cap\npayer = industry.rebate\npayee = icb.drugs\nof = sales_to_date\nknots = 1000000000000\nrates = 0, "
        "1\npays = to date\n"
        "[term share]\nkind = share\npayer = icb.acute\npayee = provider.share\nof = saving\nrate = none\ntimes = "
        "without.cost.hospital\nboth_ways = yes\n"
        "[term gate]\nkind = outcome\npayer = icb.drugs\npayee = industry.revenue\nof = saving\nrate = 1000000\ngate = saving > "
        "100\n";
    deals of;
    tf_deal *with, *without;
    tf_settlement *a, *b;
    tf_answers *of_a, *of_b;

    deals_begin(&of, DRAWS, true);
    fill(&of);
    with = read_with(&of, neutral);
    without = read_with(&of, "");
    a = deals_settle(&of, with, NULL, 0);
    b = deals_settle(&of, without, NULL, 0);
    cr_expect_eq(a->ledger.count, b->ledger.count, "a neutral term leaves no entry");
    cr_expect(same_ledgers(a, b, TF_BASIS_RUN));
    of_a = answer(&of, a);
    of_b = answer(&of, b);
    expect_same_answers(of_a, of_b, true);
    tf_answers_destroy(of_a);
    tf_answers_destroy(of_b);
    tf_settlement_destroy(a);
    tf_settlement_destroy(b);
    tf_deal_destroy(with);
    tf_deal_destroy(without);
    deals_end(&of);
}

/* T3: another deal moves other money, and changes neither health nor what is used up. */
Test(settle, a_deal_creates_no_health)
{
    static const char transfers[] =
        "[term fee]\nkind = price\npayer = icb.drugs\npayee = industry.revenue\nof = cost.medicines\nrate = 0.3\n"
        "[term share]\nkind = share\npayer = industry.rebate\npayee = provider.share\nof = paid.fee\nrate = 0.1\nlag = 1\n";
    deals of;
    tf_deal *one, *other;
    tf_settlement *a, *b;
    tf_answers *of_a, *of_b;

    deals_begin(&of, DRAWS, true);
    fill(&of);
    one = read_with(&of, transfers);
    other = read_with(&of, "");
    a = deals_settle(&of, one, NULL, 0);
    b = deals_settle(&of, other, NULL, 0);
    of_a = answer(&of, a);
    of_b = answer(&of, b);
    expect_same_answers(of_a, of_b, false);
    cr_expect(same_ledgers(a, b, TF_BASIS_RUN));
    cr_expect(of_a->nhb[TF_VIEW_AFTER][0].value < of_b->nhb[TF_VIEW_AFTER][0].value, "but the health service's money is gone");
    cr_expect_eq(of_a->parties[tf_parties_find(&one->parties, "industry")].flow[TF_VIEW_BEFORE][0].value,
                 of_b->parties[tf_parties_find(&other->parties, "industry")].flow[TF_VIEW_BEFORE][0].value);
    tf_answers_destroy(of_a);
    tf_answers_destroy(of_b);
    tf_settlement_destroy(a);
    tf_settlement_destroy(b);
    tf_deal_destroy(one);
    tf_deal_destroy(other);
    deals_end(&of);
}

/* ---- composition --------------------------------------------------------------------------- */

Test(settle, later_terms_rest_on_earlier_ones)
{
    /* In the file the levy stands first: it is settled last, on sales net of discount and rebate. */
    static const char text[] =
        DEAL(3) "[metric sales]\nvalue = 1000 * year\n[metric to_date]\nvalue = paid.list\nwindow = to date\n[metric "
                "recent]\nvalue = paid.list\nwindow = last 2\n"
                "[term levy]\nkind = levy\npayer = industry.vpag\npayee = dhsc.vpag\nof = paid.list - paid.discount - "
                "paid.cap\nrate = 0.1\n"
                "[term cap]\nkind = cap\npayer = industry.rebate\npayee = icb.drugs\nof = to_date\nknots = 2500\nrates = 0, "
                "1\npays = to date\n"
                "[term discount]\nkind = discount\npayer = industry.rebate\npayee = icb.drugs\nof = paid.list\nrate = 0.2\nto = 2\n"
                "[term list]\nkind = price\npayer = icb.drugs\npayee = industry.revenue\nof = sales\nrate = 1\n"
                "[term recent]\nkind = contribution\npayer = icb.x\npayee = gp.x\nof = recent\nrate = 1\nfrom = 2\n";
    static const double list[] = {1000, 2000, 3000}, discount[] = {200, 400, 0}, cap[] = {0, 500, 3000}, recent[] = {0, 3000, 5000};
    deals of;
    tf_deal *deal;
    tf_settlement *s;

    s = deals_play(&of, 1, false, text, &deal);
    cr_expect(deal->reordered);
    for (size_t t = 0; t < 3; t++) {
        cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "list"), 0, t)], 100 * (int64_t)list[t]);
        cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "discount"), 0, t)], 100 * (int64_t)discount[t]);
        cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "cap"), 0, t)], 100 * (int64_t)cap[t], "year %zu", t + 1);
        cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "levy"), 0, t)], llround(10 * (list[t] - discount[t] - cap[t])));
        cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "recent"), 0, t)], 100 * (int64_t)recent[t]);
    }
    deals_stop(&of, deal, s);
}

/* A metric made of metrics: its window adds them up, and it is known no sooner and no better than they are; so is a term, whichever of its formulas
 * they stand in. */
Test(settle, metrics_rest_on_metrics)
{
    static const char text[] =
        DEAL(3) "[metric yearly]\nvalue = 10 * year\nbasis = measured\nsd = 0\nlag = 1\n[metric to_date]\nvalue = yearly\nwindow = to date\n"
                "[metric recent]\nvalue = yearly + to_date\nwindow = last 2\n"
                "[term sum]\nkind = outcome\npayer = icb.x\npayee = gp.x\nof = to_date\nrate = 1\n"
                "[term both]\nkind = outcome\npayer = icb.x\npayee = gp.x\nof = recent\nrate = 1\n"
                "[term knot]\nkind = outcome\npayer = icb.x\npayee = gp.x\nof = 25\nknots = yearly\nrates = 0, 1\n"
                "[term later]\nkind = share\npayer = icb.x\npayee = gp.x\nof = paid.knot\nrate = 1\n"
                "[metric shared]\nvalue = paid.later\n"
                "[term rest]\nkind = share\npayer = icb.x\npayee = gp.x\nof = shared\nrate = 1\n"
                "[term fee]\nkind = contribution\npayer = icb.x\npayee = gp.x\nrate = 7\n";
    static const double sum[] = {10, 30, 60}, both[] = {20, 30 + 40, 50 + 90}, knot[] = {15, 5, 0};
    deals of;
    tf_deal *deal;
    tf_settlement *s;

    s = deals_play(&of, 1, false, text, &deal);
    for (size_t t = 0; t < 3; t++) {
        cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "sum"), 0, t)], 100 * (int64_t)sum[t], "year %zu", t + 1);
        cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "both"), 0, t)], 100 * (int64_t)both[t], "year %zu", t + 1);
        cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "knot"), 0, t)], 100 * (int64_t)knot[t], "year %zu", t + 1);
    }
    for (size_t k = 0; k < deal->n_terms; k++) {
        const tf_route *route = &deal->routes[deal->terms[k].route];
        const bool fee = strcmp(route->name, "fee") == 0;

        cr_expect_eq(route->basis, fee ? TF_BASIS_TRUE : TF_BASIS_MEASURED, "%s", route->name);
        cr_expect_eq(route->delay, fee ? 0 : 1, "%s is paid after %zu years", route->name, route->delay);
    }
    deals_stop(&of, deal, s);
}

Test(settle, companies_share_a_cap_by_their_sales)
{
    static const char text[] =
        DEAL(1)
        "[party other]\n[numbers]\nown = 300\nothers = 700\ncap = 800\n[metric excess]\nvalue = max(0, own + others - cap)\n"
        "[term own]\nkind = cap\npayer = industry.rebate\npayee = icb.drugs\nof = excess\nrate = own / (own + others)\n"
        "[term theirs]\nkind = cap\npayer = other.rebate\npayee = icb.drugs\nof = excess\nrate = others / (own + others)\n";
    deals of;
    tf_deal *deal;
    tf_settlement *s;

    s = deals_play(&of, 1, false, text, &deal);
    cr_expect_eq(s->paid[0], 6000);
    cr_expect_eq(s->paid[1], 14000);
    deals_stop(&of, deal, s);
}

Test(settle, gates_exits_and_both_ways)
{
    static const char text[] =
        DEAL(4) "exit = year >= 2\n[metric uplift]\nvalue = event.statin.lapsed.taking / persons\nby = imd\n"
                "[term pro_poor]\nkind = outcome\npayer = icb.x\npayee = gp.x\nrate = 10\ngate = uplift.q1 >= uplift.q5\n"
                "[term pro_rich]\nkind = outcome\npayer = icb.x\npayee = gp.x\nrate = 10\ngate = uplift.q1 < uplift.q5\n"
                "[term legacy]\nkind = free\npayer = industry.x\npayee = icb.x\nrate = 7\nafter_exit = yes\n"
                "[term corridor]\nkind = share\npayer = icb.x\npayee = industry.x\nof = 0.8\nknots = 0.92, 0.97, 1.03, 1.08\nrates "
                "= 0.8, 0.5, 0, 0.5, 0.8\norigin = 1\n"
                "times = 1000\nboth_ways = yes\n"
                "[term floored]\nkind = share\npayer = icb.x\npayee = industry.x\nof = 0.8\nrate = 1\norigin = 1\ntimes = "
                "1000\nfloor = -50\n";
    deals of;
    tf_deal *deal;
    tf_settlement *s;

    deals_begin(&of, 2, true);
    for (size_t d = 0; d < 2; d++) {
        for (size_t g = 0; g < D_GROUPS; g++) {
            for (size_t t = 0; t < 4; t++) {
                *deals_at(&of, d, D_PROGRAMME, g, t, D_PERSONS) = 100;
                *deals_at(&of, d, D_PROGRAMME, g, t, D_TAKING) =
                    d == 0 ? 10 - (double)g : 10 + (double)g; /* most in fifth 1; most in fifth 5 */
            }
        }
    }
    deal = deals_read(&of, text);
    if (deal == NULL) {
        print_reasons(of.context);
    }
    s = deals_settle(&of, deal, NULL, 0);
    for (size_t t = 0; t < 4; t++) {
        const size_t rich = (size_t)tf_deal_term(deal, "pro_rich"), poor = (size_t)tf_deal_term(deal, "pro_poor"),
                     legacy = (size_t)tf_deal_term(deal, "legacy");

        cr_expect_eq(s->paid[tf_paid_at(s, poor, 0, t)], t < 2 ? 1000 : 0);
        cr_expect_eq(s->paid[tf_paid_at(s, poor, 1, t)], 0, "nothing when the gap widens");
        cr_expect_eq(s->paid[tf_paid_at(s, rich, 1, t)], t < 2 ? 1000 : 0);
        cr_expect_eq(s->paid[tf_paid_at(s, legacy, 0, t)], t < 2 ? 0 : 700, "after the exit");
    }
    cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "corridor"), 0, 0)], -12100,
                 "(0.025 + 0.8 x 0.12) x 1000, the other way");
    cr_expect_eq(s->paid[tf_paid_at(s, (size_t)tf_deal_term(deal, "floored"), 0, 0)], -5000);
    cr_expect_eq(s->bound[tf_paid_at(s, (size_t)tf_deal_term(deal, "floored"), 0, 0)], 1);
    deals_stop(&of, deal, s);
}

/* How many are measured may be what an earlier term paid for: the metric waits for it. */
Test(settle, a_sample_may_rest_on_payments)
{
    static const char text[] = DEAL(1) "[metric seen]\nvalue = 0.5\nbasis = measured\npatients = paid.visits\n"
                                       "[term visits]\nkind = price\npayer = icb.x\npayee = gp.x\nrate = 1\n"
                                       "[term fee]\nkind = outcome\npayer = icb.x\npayee = gp.x\nof = seen\nrate = 1000\n";
    deals of;
    tf_deal *deal;
    tf_settlement *s;

    s = deals_play(&of, 9, false, text, &deal);
    for (size_t d = 0; d < 9; d++) {
        const int64_t paid = s->paid[tf_paid_at(s, 1, d, 0)];

        cr_expect(paid == 0 || paid == 100000, "of one patient: all or nothing, not %g", (double)paid / 100);
    }
    deals_stop(&of, deal, s);
}

/* A cap holds above a floor, and no cap turns a payment round. */
Test(settle, caps_hold_above_floors)
{
    static const char text[] = DEAL(1)
        "[term crossed]\nkind = outcome\npayer = icb.x\npayee = gp.x\nof = 2\nrate = 1\nfloor = 10\ncap = 3\n"
        "[term below]\nkind = outcome\npayer = icb.x\npayee = gp.x\nof = 2\nrate = 1\ncap = -5\n"
        "[term ways]\nkind = outcome\npayer = icb.x\npayee = gp.x\nof = 2\nrate = 1\ncap = -5\nboth_ways = yes\n";
    deals of;
    tf_deal *deal;
    tf_settlement *s;

    s = deals_play(&of, 1, false, text, &deal);
    cr_expect_eq(s->paid[0], 300);
    cr_expect_eq(s->paid[1], 0);
    cr_expect_eq(s->bound[1], 1);
    cr_expect_eq(s->paid[2], -500);
    deals_stop(&of, deal, s);
}

Test(settle, a_dose_of_inclisiran_passes_through_four_hands)
{
    /* 60 pounds from the board, 45 on to the maker, 15 left to the practice, and the rest of the price from the centre. */
    static const char text[] =
        DEAL(1)
        "[numbers]\nprice = 1000\n"
        "[term charge]\nkind = price\npayer = gp.purchases\npayee = industry.revenue\nrate = 45\n"
        "[term tariff]\nkind = price\npayer = icb.drugs\npayee = gp.dispensing\nrate = 60\n"
        "[term top_up]\nkind = price\npayer = nhse.central\npayee = industry.revenue\nrate = price - 45\n";
    deals of;
    tf_deal *deal;
    tf_settlement *s;
    tf_answers *a;
    static const struct {
        const char *party;
        double pounds;
    } expected[] = {{"icb", -60}, {"gp", 15}, {"nhse", -955}, {"industry", 1000}};

    s = deals_play(&of, 1, false, text, &deal);
    a = answer(&of, s);
    for (size_t k = 0; k < 4; k++) {
        cr_expect_eq(a->parties[tf_parties_find(&deal->parties, expected[k].party)].flow[TF_VIEW_AFTER][0].value, expected[k].pounds);
    }
    tf_answers_destroy(a);
    deals_stop(&of, deal, s);
}

/* ---- answers ------------------------------------------------------------------------------- */

Test(settle, what_is_wrongly_paid_and_refused)
{
    /* A fee of 100 above 5, truth 5 in every draw and never paid on it: half of the draws measure more. */
    static const char text[] =
        DEAL(1)
        "[metric x]\nvalue = 5\nbasis = measured\nsd = 1\npromise = 7\nnothing = 3\n"
        "[term fee]\nkind = outcome\npayer = icb.x\npayee = industry.x\nof = x\nknots = 5.000001\nsteps = 100\n"
        "[term sure]\nkind = outcome\npayer = icb.x\npayee = industry.x\nof = x\nknots = 4.999999\nsteps = 100\n";
    deals of;
    tf_deal *deal;
    tf_settlement *s;
    tf_answers *a;

    s = deals_play(&of, 1000, false, text, &deal);
    a = answer(&of, s);
    cr_expect_float_eq(a->terms[0].p_fires, 0.5, 0.002);
    cr_expect_float_eq(a->terms[0].false_pay, 50, 0.2);
    cr_expect_eq(a->terms[0].false_refuse, 0);
    cr_expect_eq(a->terms[0].ppv, 0);
    cr_expect_float_eq(a->terms[1].false_refuse, 50, 0.2);
    cr_expect_eq(a->terms[1].false_pay, 0);
    cr_expect_eq(a->terms[1].ppv, 1);
    cr_expect_eq(a->terms[0].due.value, 0);
    cr_expect_eq(a->terms[1].due.value, 100);
    cr_expect_float_eq(a->terms[0].promise.p_fires, 0.977, 0.002, "P(Z > -2)");
    cr_expect_float_eq(a->terms[0].nothing.p_fires, 0.023, 0.002, "P(Z > 2)");
    cr_expect_eq(a->terms[0].n_curve, TF_TRUTHS);
    cr_expect_float_eq(a->terms[0].curve[TF_TRUTHS - 1].truth, 9, 1e-12);
    for (size_t k = 1; k < TF_TRUTHS; k++) {
        cr_expect(a->terms[0].curve[k].paid >= a->terms[0].curve[k - 1].paid);
    }
    tf_answers_destroy(a);
    deals_stop(&of, deal, s);
}

/* A chance is a count over a count: certain is exactly 1.  Years in which a payment is due are told from years in which it is made. */
Test(settle, chances_are_counts)
{
    static const char text[] =
        DEAL(10) "[metric good]\nvalue = pick(year, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0)\nbasis = measured\ncompleteness = 0.5\nundocumented = success\n"
                 "[term always]\nkind = contribution\npayer = icb.x\npayee = gp.x\nrate = 1\n"
                 "[term fee]\nkind = outcome\npayer = icb.x\npayee = gp.x\nof = good\nrate = 100\n";
    deals of;
    tf_deal *deal;
    tf_settlement *s;
    tf_answers *a;

    s = deals_play(&of, 47, false, text, &deal);
    a = answer(&of, s);
    {
        const tf_term_answer *fee = &a->terms[tf_deal_term(deal, "fee")], *always = &a->terms[tf_deal_term(deal, "always")];

        cr_expect_eq(always->p_fires, 1);
        cr_expect_eq(always->p_year, 1);
        cr_expect_eq(a->parties[tf_parties_find(&deal->parties, "icb")].p_loses, 1);
        cr_expect_eq(fee->p_year, 1, "half of what is undocumented counts as a success");
        cr_expect_eq(fee->ppv, 0.5, "and is owed in every second year");
    }
    tf_answers_destroy(a);
    deals_stop(&of, deal, s);
}

Test(settle, parties_break_even_where_they_should)
{
    /* The maker sells 10 a year at `price` and uses up 300: it breaks even at 30.  3 QALYs a year at 20,000 are worth 60,000. */
    static const char text[] =
        DEAL(5)
        "solve = price\naccepts = industry\n[numbers]\nprice = 100\nrebate = 0.1\n"
        "[zone]\na = price 0 to 100\nb = rebate 0 to 1\n"
        "[term list]\nkind = price\npayer = icb.drugs\npayee = industry.revenue\nof = 10\nrate = price\n"
        "[term rebate]\nkind = discount\npayer = industry.rebate\npayee = icb.drugs\nof = paid.list\nrate = rebate\n"
        "[term making]\nkind = contribution\nclass = resource\npayer = industry.cogs\nrate = 300\n";
    deals of;
    tf_deal *deal;
    tf_settlement *s;
    tf_answers *a;
    double worth = 0, annuity = 0;

    deals_begin(&of, 1, true);
    for (size_t t = 0; t < D_YEARS; t++) {
        worth += 3 * pow(1.035, -(double)t) * 20000;
        annuity += t < 5 ? pow(1.035, -(double)t) : 0;
        of.sample.outcomes[0][D_PROGRAMME].total[tf_at(&of.layout, 0, D_QALY, 1)] += 3 * pow(1.035, -(double)t);
    }
    deal = deals_read(&of, text);
    if (deal == NULL) {
        print_reasons(of.context);
    }
    s = deals_settle(&of, deal, NULL, 0);
    a = answer(&of, s);
    cr_assert_eq(a->n_roots, 2);
    cr_expect(a->roots[0].found && a->roots[1].found);
    cr_expect_float_eq(a->roots[0].value, worth / annuity / 9, 0.01, "%g", a->roots[0].value);
    cr_expect_float_eq(a->roots[1].value, 300 / 9., 2e-3);
    for (size_t k = 0; k < TF_ZONE * TF_ZONE; k++) {
        const tf_bargain *cell = &a->zone[k];

        cr_expect_eq(cell->acceptable, 10 * cell->value[0] * (1 - cell->value[1]) >= 300 - 1e-6, "%g %g", cell->value[0], cell->value[1]);
    }
    cr_expect(isnan(a->parties[tf_parties_find(&deal->parties, "industry")].p_loses), "one draw says nothing about chances");
    cr_expect_float_eq(a->parties[tf_parties_find(&deal->parties, "industry")].present[TF_VIEW_AFTER].value, 600 * annuity, 1e-6);
    tf_answers_destroy(a);
    deals_stop(&of, deal, s);
}

Test(settle, money_capacity_and_growth_are_three_columns)
{
    deals of;
    tf_deal *deal;
    tf_settlement *s;
    tf_answers *a;
    double freed = 0;

    deals_begin(&of, 1, true);
    for (size_t t = 0; t < D_YEARS; t++) {
        *deals_at(&of, 0, D_USUAL, 0, t, D_HOSPITAL) = 1000;
        freed += t < 5 ? 1000 * pow(1.035, -(double)t) : 0;
    }
    deal = read_with(&of, "");
    s = deals_settle(&of, deal, NULL, 0);
    a = answer(&of, s);
    /* 1,000 pounds of care a year are not needed: a quarter is turned into money, half is growth avoided, a quarter capacity.  The board saves a fifth,
     * and the provider loses it: nothing to the health service as a whole. */
    cr_expect_float_eq(a->cash.value, 0.25 * freed, 1e-6);
    cr_expect_float_eq(a->avoided.value, 0.5 * freed, 1e-6);
    cr_expect_float_eq(a->capacity.value, 0.25 * freed, 1e-6);
    cr_expect_eq(a->parties[tf_parties_find(&deal->parties, "icb")].flow[TF_VIEW_BEFORE][0].value, 200);
    cr_expect_eq(a->parties[tf_parties_find(&deal->parties, "provider")].flow[TF_VIEW_BEFORE][0].value, 250 - 200, "capacity is not cash");
    /* What the health service has in cash is what its parties have. */
    cr_expect_float_eq(a->parties[tf_parties_find(&deal->parties, "icb")].present[TF_VIEW_AFTER].value +
                           a->parties[tf_parties_find(&deal->parties, "provider")].present[TF_VIEW_AFTER].value,
                       a->cash.value, 1e-6);
    tf_answers_destroy(a);
    deals_stop(&of, deal, s);
}

Test(settle, uptake_and_delay)
{
    /* Half the uptake is half the effect; a deal that starts a year late loses its last year. */
    static const char text[] = DEAL(
        5) "uptake = reach\nopportunity_cost = 15000\n[numbers]\nreach = 0.5\n[stage data]\nmonths = 4\n[stage board]\nmonths = 8\n"
           "[term fee]\nkind = outcome\npayer = icb.x\npayee = industry.x\nof = without.event.stroke.none.first - "
           "event.stroke.none.first\nrate = 10\n";
    const tf_change whole = {TF_CHANGE_LEVER, 0, 1}, more = {TF_CHANGE_LEVER, 0, 1.25};
    deals of;
    tf_deal *deal;
    tf_settlement *s, *plan;
    tf_answers *a;

    deals_begin(&of, 3, true);
    fill(&of);
    deal = deals_read(&of, text);
    s = deals_settle(&of, deal, NULL, 0);
    plan = deals_settle(&of, deal, &whole, 1);
    for (size_t k = 0; k < s->draws * s->years; k++) {
        cr_expect_float_eq((double)s->paid[k], (double)plan->paid[k] / 2, 1);
    }
    cr_expect_eq(tf_settlement_more(s, of.source, 1, tf_at(&of.layout, 0, D_QALY, 1)),
                 tf_settlement_more(plan, of.source, 1, tf_at(&of.layout, 0, D_QALY, 1)) / 2);
    a = answer(&of, s);
    {
        tf_settlement *none = NULL;

        cr_expect_eq(tf_settle(of.context, deal, of.source, &more, 1, true, &none), TREFOIL_USER_MISTAKE);
        cr_expect(told(of.context, ":5: [deal] uptake: is 1.25 in draw 1; it is a share of what was simulated, from 0 to 1"));
    }
    cr_expect(a->delayed);
    cr_expect_eq(a->delay.months.value, 12);
    {
        double lost = 0;

        for (size_t d = 0; d < 3; d++) {
            double yearly[5], now = 0, late = 0;

            for (size_t t = 0; t < 5; t++) {
                yearly[t] = 0.5 * (*deals_at(&of, d, D_PROGRAMME, 0, t, D_QALY) - *deals_at(&of, d, D_USUAL, 0, t, D_QALY));
                now += yearly[t] * pow(1.035, -(double)t);
                late += t < 4 ? yearly[t] * pow(1.035, -(double)t - 1) : 0;
            }
            lost += (now - late) / 3;
        }
        cr_expect_float_eq(a->delay.qaly.value, lost, 1e-9);
        cr_expect_float_eq(a->delay.qaly_month, lost / 12, 1e-9);
        /* In health and in money the fifths make up everybody; what costs money is not spent while it waits. */
        cr_expect(a->delay.pounds.value < -1);
        for (int q = 0; q < TF_FIFTHS; q++) {
            cr_expect_float_eq(a->delay.fifth_qaly[q], lost / 12 / 5, 1e-9);
            cr_expect_float_eq(a->delay.fifth_pounds[q], a->delay.pounds.value / 12 / 5, 1e-6);
        }
    }
    tf_answers_destroy(a);
    tf_settlement_destroy(s);
    tf_settlement_destroy(plan);
    tf_deal_destroy(deal);
    deals_end(&of);
}

/* The deal's own fees, a share of hospital costs and bed-days: of the people there at the start, and with those who join. */
static const char impact_text[] = DEAL(6) "[numbers]\nfee = 100\n[cost hospital]\nbearer = provider.acute\npayer = icb.acute\n[cost medicines]\nbearer = icb.drugs\n"
                                          "[term fee]\nkind = price\npayer = icb.programme\npayee = industry.revenue\nof = "
                                          "event.stroke.none.first\nrate = fee\ncap = 6000\nlag = 1\n";

static double line_of(const tf_answers *a, const char *line, bool open, size_t year)
{
    for (size_t k = 0; k < a->n_budgets; k++) {
        if (strcmp(a->budgets[k].line, line) == 0 && a->deal->parties.items[a->budgets[k].party].kind == TF_HEALTH_SERVICE) {
            return (open ? a->budgets[k].open : a->budgets[k].closed).cash[year];
        }
    }
    return NAN;
}

Test(settle, budget_impact_is_of_an_open_population)
{
    deals of;
    tf_deal *deal;
    tf_settlement *s, *open = NULL;
    tf_answers *a;

    deals_begin(&of, 3, true);
    fill(&of);
    deals_open(&of, 4);
    deal = deals_read(&of, impact_text);
    s = deals_settle(&of, deal, NULL, 0);
    cr_assert_eq(tf_settle_open(of.context, deal, of.source, &open), TREFOIL_DONE);
    a = answer(&of, s);
    cr_expect_eq(a->open_years, 4);
    cr_expect_eq(a->impact_years, 4);
    for (size_t t = 0; t < 4; t++) {
        double closed = 0, all = 0, medicines = 0;

        for (size_t d = 0; d < 3; d++) {
            /* Paid a year later, on the people of the year before; the cap is that of one deal on all of them. */
            const double own = t > 0 ? *deals_at(&of, d, D_PROGRAMME, 0, t - 1, D_STROKES) : 0,
                         others = t > 0 ? *deals_at(&of, d, D_PROGRAMME, D_GROUPS, t - 1, D_STROKES) : 0;

            closed -= fmin(6000, 100 * own) / 3;
            all -= fmin(6000, 100 * (own + others)) / 3;
            medicines -= (*deals_at(&of, d, D_PROGRAMME, 0, t, D_MEDICINES) - *deals_at(&of, d, D_USUAL, 0, t, D_MEDICINES) +
                          *deals_at(&of, d, D_PROGRAMME, D_GROUPS, t, D_MEDICINES) - *deals_at(&of, d, D_USUAL, D_GROUPS, t, D_MEDICINES)) / 3;
        }
        cr_expect_float_eq(line_of(a, "programme", false, t), closed, 0.01);
        cr_expect_float_eq(line_of(a, "programme", true, t), all, 0.01);
        cr_expect(t <= 1 || all < closed || all == -6000, "%g %g", all, closed);
        cr_expect_float_eq(line_of(a, "drugs", true, t), medicines, 0.01);
    }
    cr_expect(a->impact.value < a->impact_closed.value);
    /* Nothing else is of those who join. */
    {
        tf_answers *b;

        of.layout.joining = 0;
        of.scenario.open_years = 0;
        b = answer(&of, s);
        cr_expect_eq(b->open_years, 0);
        cr_expect_eq(b->qaly[0].value, a->qaly[0].value);
        cr_expect_eq(b->nhb[TF_VIEW_AFTER][0].value, a->nhb[TF_VIEW_AFTER][0].value);
        cr_expect_eq(b->cash.value, a->cash.value);
        cr_expect_eq(line_of(b, "programme", false, 3), line_of(a, "programme", false, 3));
        tf_answers_destroy(b);
    }
    tf_answers_destroy(a);
    tf_settlement_destroy(s);
    tf_settlement_destroy(open);
    tf_deal_destroy(deal);
    deals_end(&of);
}

/* Cohorts that follow one another have each a deal of their own, which begins with them. */
Test(settle, cohorts_follow_one_another)
{
    deals of;
    tf_deal *deal;
    tf_settlement *s;
    tf_answers *a;

    deals_begin(&of, 2, true);
    fill(&of);
    of.scenario.cohort = 50;
    of.scenario.open_years = 5;
    deal = deals_read(&of, impact_text);
    s = deals_settle(&of, deal, NULL, 0);
    a = answer(&of, s);
    cr_expect_eq(a->open_years, 5);
    for (size_t t = 0; t < 5; t++) {
        static const char *const lines[] = {"programme", "acute", "drugs"};

        for (size_t l = 0; l < 3; l++) {
            double sum = 0;

            for (size_t before = 0; before <= t; before++) {
                sum += line_of(a, lines[l], false, before);
            }
            cr_expect_float_eq(line_of(a, lines[l], true, t), sum, 0.01, "%s in %zu", lines[l], t);
        }
        for (size_t k = 0; k < a->n_activities; k++) {
            double sum = 0;

            for (size_t before = 0; before <= t; before++) {
                sum += a->activities[k].more[before];
            }
            cr_expect_float_eq(a->activities[k].open[t], sum, 1e-9);
        }
    }
    tf_answers_destroy(a);
    deals_stop(&of, deal, s);
}

/* What ends with the deal: payments, and what they pay for. */
Test(settle, after_the_exit_another_strategy_holds)
{
    static const char text[] = DEAL(6) "exit = year >= 3 and luck > 0.5\nafterwards = usual\n[numbers]\nluck = 0.5 ~ uniform(0 to 1)\n"
                                       "[term fee]\nkind = outcome\npayer = icb.x\npayee = industry.x\nof = without.event.stroke.none.first - "
                                       "event.stroke.none.first\nrate = 10\n[cost hospital]\nbearer = icb.acute\n";
    deals of;
    tf_deal *deal;
    tf_settlement *s, *none = NULL;
    size_t exited = 0;

    deals_begin(&of, 8, true);
    fill(&of);
    deal = deals_read(&of, text);
    cr_assert_not_null(deal);
    cr_expect_eq(deal->afterwards, D_USUAL);
    cr_expect_eq(tf_settle(of.context, deal, of.source, NULL, 0, true, &none), TREFOIL_USER_MISTAKE);
    cr_expect(told(of.context, "afterwards: 'usual' is not what 'programme' is until the exit: cost is another in year 1 of the deal"));
    tf_deal_destroy(deal);
    tf_source_destroy(of.source);
    for (size_t d = 0; d < 8; d++) { /* the programme begins in the fourth year */
        for (size_t k = 0; k < D_GROUPS * 3; k++) {
            for (size_t m = 0; m < D_MEASURES; m++) {
                *deals_at(&of, d, D_PROGRAMME, k / 3, k % 3, m) = *deals_at(&of, d, D_USUAL, k / 3, k % 3, m);
            }
        }
    }
    cr_assert_eq(tf_source_create(of.context, &of.layout, &of.scenario, &of.sample, &of.source), TREFOIL_DONE);
    deal = deals_read(&of, text);
    s = deals_settle(&of, deal, NULL, 0);
    for (size_t d = 0; d < 8; d++) {
        const size_t at = tf_at(&of.layout, 0, D_QALY, TF_DISCOUNTED);

        exited += s->exited[d];
        cr_expect_eq(s->exited[d], s->levers[d] > 0.5);
        cr_expect_eq(tf_settlement_more(s, of.source, d, at),
                     s->exited[d] ? 0 : of.sample.outcomes[d][D_PROGRAMME].total[at] - of.sample.outcomes[d][D_USUAL].total[at]);
        for (size_t t = 0; t < 6; t++) {
            const double avoided = *deals_at(&of, d, D_USUAL, 0, t, D_STROKES) - *deals_at(&of, d, D_PROGRAMME, 0, t, D_STROKES);

            cr_expect_eq(s->paid[tf_paid_at(s, 0, d, t)], s->exited[d] || t < 3 ? 0 : llround(1000 * avoided), "%zu %zu", d, t);
        }
    }
    cr_expect_eq(exited, 4);
    for (size_t e = 0; e < s->ledger.count; e++) {
        cr_expect(!s->exited[s->ledger.entries[e].draw], "an entry after the exit");
    }
    deals_stop(&of, deal, s);
}

Test(settle, tails_are_means_of_the_worst)
{
    double values[] = {5, 1, 4, 2, 3, 6, 7, 8, 9, 10};

    cr_expect_eq(tf_tail_mean(values, 10, 0.1), 1);
    cr_expect_eq(tf_tail_mean(values, 10, 0.2), 1.5);
    cr_expect_float_eq(tf_tail_mean(values, 10, 0.15), (1 + 0.5 * 2) / 1.5, 1e-12);
}

/* ---- claims -------------------------------------------------------------------------------- */

Test(settle, claims_of_all_deals_sum_to_the_effect)
{
    /* Two programmes avoid 120 and 150 strokes alone and 252 together. */
    static const double avoided[] = {0, 120, 150, 252};
    char *names[] = {(char[]){"usual"}, (char[]){"a"}, (char[]){"b"}, (char[]){"both"}};
    size_t uses[] = {0, 1, 0, 1};
    tf_intervention_spec interventions[] = {{.name = (char[]){"a"}}, {.name = (char[]){"b"}}};
    tf_strategy_spec specs[] = {{.name = names[0]},
                                {.name = names[1], .interventions = uses, .n_interventions = 1},
                                {.name = names[2], .interventions = uses + 1, .n_interventions = 1},
                                {.name = names[3], .interventions = uses + 2, .n_interventions = 2}};
    static const char text[] = "[deal]\ntitle = D\nstrategy = both\nyears = 1\nintervention = %s\n"
                               "[term fee]\nkind = outcome\npayer = icb.x\npayee = industry.x\nof = "
                               "without.event.stroke.none.first - event.stroke.none.first\nrate = 1\n";
    static const char claims_text[] = "[deal]\ntitle = D\nstrategy = both\nyears = 1\n%s"
                                      "[term fee]\nkind = outcome\npayer = icb.x\npayee = industry.x\nof = "
                                      "without.event.stroke.none.first - event.stroke.none.first\nrate = 1\n";
    static const struct {
        const char *says[2];
        int64_t pence[2];
        size_t shared;
        const char *words;
    } together[] = {
        {{"intervention = a\n", "intervention = b\n"}, {11100, 14100}, 0, NULL},
        {{"", ""}, {25200, 25200}, 0, "together deals claim 200% of the effect of 'a' in 'both': of its 252 QALYs "},
        {{"", "intervention = b\n"}, {25200, 14100}, 0, "deal.ini claims 141 QALYs; give each an 'intervention' of its own"},
        {{"intervention = b\n", "intervention = b\n"}, {14100, 14100}, 0, "200% of the effect of 'b' in 'both': of its 252 QALYs "},
        {{"", "overlap = alternative\n"}, {25200, 25200}, 0, NULL},
        {{"overlap = shapley\n", "overlap = shapley\n"}, {12600, 12600}, 1, NULL},
        {{"overlap = shapley\n", "overlap = shapley\nintervention = b\n"}, {11100 + 7050, 7050}, 1, NULL},
        {{"overlap = shapley\n", "intervention = b\n"}, {25200, 14100}, 0, "write overlap = shapley in all of them"},
        {{"overlap = shapley\nintervention = a\n", "overlap = shapley\nintervention = b\n"}, {11100, 14100}, 0, NULL},
        {{"uptake = 0.5\n", "uptake = 0.5\n"}, {12600, 12600}, 0, NULL},
        {{"uptake = 0.5\n", "uptake = 0.6\n"}, {12600, 15120}, 0, "together deals claim 110% of the effect"},
    };
    char filled[400];
    tf_outcome outcomes[4] = {{0}}, *draws[] = {outcomes};
    static const double share[] = {111, 141};
    deals of;

    deals_begin(&of, 1, false);
    for (size_t s = 0; s < 4; s++) {
        outcomes[s] = (tf_outcome){.by_year = TF_NEW(double, D_GROUPS *D_YEARS *D_MEASURES),
                                   .total = TF_NEW(double, D_GROUPS *D_MEASURES * 2)};
        outcomes[s].by_year[tf_at_year(&of.layout, 0, 0, D_STROKES)] = 1000 - avoided[s];
        outcomes[s].total[tf_at(&of.layout, 0, D_QALY, TF_DISCOUNTED)] = 5 + avoided[s];
    }
    tf_source_destroy(of.source);
    of.layout.n_strategies = 4;
    of.layout.strategies = of.layout.strategy_titles = names;
    of.scenario.strategies = specs;
    of.scenario.n_strategies = 4;
    of.scenario.interventions = interventions;
    of.scenario.n_interventions = 2;
    {
        tf_sample sample = {.n_draws = 1, .outcomes = draws};

        cr_assert_eq(tf_source_create(of.context, &of.layout, &of.scenario, &sample, &of.source), TREFOIL_DONE);
        for (size_t i = 0; i < 2; i++) {
            tf_deal *deal;
            tf_settlement *s;
            tf_answers *a;

            snprintf(filled, sizeof filled, text, interventions[i].name);
            deal = deals_read(&of, filled);
            s = deals_settle(&of, deal, NULL, 0);
            cr_expect_eq(s->paid[0], llround(100 * share[i]), "%lld", (long long)s->paid[0]);
            a = answer(&of, s);
            cr_assert_eq(a->n_shares, 2);
            cr_expect_eq(a->shares[i].alone[0], avoided[i + 1]);
            cr_expect_eq(a->shares[i].last[0], 252 - avoided[2 - i]);
            cr_expect_float_eq(a->shares[i].shapley[0], share[i], 1e-9);
            tf_answers_destroy(a);
            tf_settlement_destroy(s);
            tf_deal_destroy(deal);
        }
        /* Two deals at once: what they claim, what the first is paid, and what is wrong with it. */
        for (size_t k = 0; k < sizeof together / sizeof *together; k++) {
            const tf_source *sources[] = {of.source, of.source};
            tf_deal *two[2];
            tf_settlement *made[2];
            const size_t before = trefoil_context_reasons(of.context);

            for (size_t i = 0; i < 2; i++) {
                snprintf(filled, sizeof filled, claims_text, together[k].says[i]);
                two[i] = deals_read(&of, filled);
                cr_assert_not_null(two[i], "%zu", k);
            }
            cr_assert_eq(tf_claims_share(of.context, two, sources, 2), TREFOIL_DONE);
            for (size_t i = 0; i < 2; i++) {
                made[i] = deals_settle(&of, two[i], NULL, 0);
                cr_expect_eq(made[i]->paid[0], together[k].pence[i], "%zu: %lld", k, (long long)made[i]->paid[0]);
                cr_expect_eq(two[i]->sharing.count, together[k].shared);
            }
            cr_expect_eq(tf_claims_check(of.context, (const tf_settlement *const *)made, sources, 2),
                         together[k].words == NULL ? TREFOIL_DONE : TREFOIL_USER_MISTAKE, "%zu", k);
            cr_expect_eq(trefoil_context_reasons(of.context) > before, together[k].words != NULL && k != 7, "%zu", k); /* 7: told before, word for word */
            cr_expect(together[k].words == NULL || told(of.context, together[k].words), "%zu: %s", k, together[k].words);
            for (size_t i = 0; i < 2; i++) {
                tf_settlement_destroy(made[i]);
                tf_deal_destroy(two[i]);
            }
        }
        specs[2].n_interventions = 0; /* the run did not simulate b alone */
        snprintf(filled, sizeof filled, text, "a");
        cr_expect_null(deals_read(&of, filled));
        cr_expect(told(of.context, "needs a strategy with interventions = b, which the run has not"));
        tf_source_destroy(of.source);
        of.source = NULL;
    }
    for (size_t s = 0; s < 4; s++) {
        tf_free(outcomes[s].by_year);
        tf_free(outcomes[s].total);
    }
    deals_end(&of);
}

/* ---- mistakes ------------------------------------------------------------------------------ */

Test(settle, what_is_wrong_in_a_deal_is_told_with_its_line)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {DEAL(5) "[metric m]\nvalue = event.stroke.non.first\n",
         ":6: [metric m] value = event.stroke.non.first: 'event.stroke.non.first' is neither a number of [numbers], nor a "
         "metric stated above, nor measured by the run; did you mean 'event.stroke.none.first'?"},
        {DEAL(5) "[metric m]\nvalue = event.stroke.non.first\n",
         "did you mean 'event.stroke.none.first'?; the run measures persons, qaly, cost, cost.hospital"},
        {DEAL(5) "[metric m]\nvalue = zzzzzzzzzzzz\n", "the run measures persons, qaly, cost, cost.hospital"},
        {DEAL(5) "[metric m]\nvalue = 1 +\n", "the formula ends too early"},
        {DEAL(5) "[metric m]\nvalue = 1\nsd = 0.1\n", ":7: [metric m] sd: an error of measurement, but the metric's basis is true"},
        {DEAL(5) "[metric m]\nvalue = 1\ngroup = imd 6\n", ":7: [metric m] group: the run has no group 'imd 6'"},
        {DEAL(5) "[metric m]\nvalue = 1\nwindow = quarter\n", "expected year, to date, or a number of years"},
        {DEAL(5) "[metric m]\nvalue = 1\npromise = persons\n", "it is known beforehand, and so is made of numbers"},
        {DEAL(11), ":4: [deal] years: the deal ends in year 11, but the run has 10"},
        {"[deal]\ntitle = A\nstrategy = usual\nyears = 5\n", ":3: [deal] strategy: 'usual' is the run's comparator"},
        {"[deal]\ntitle = A\nstrategy = program\nyears = 5\n",
         ":3: [deal] strategy: the run has no strategy 'program'; did you mean 'programme'?"},
        {"[numbers]\nx = 1\n", "there is no section [deal]"},
        {DEAL(5) "[metric qaly]\nvalue = 1\n", ":5: [metric qaly]: not a name for a metric"},
        {DEAL(5) "[numbers]\ncost = 1\n", ":6: [numbers] cost: a word of formulas, or a measure of every run"},
        {DEAL(5) "[stage board]\nmonths = -3\n", ":6: [stage board] months: a stage cannot take less than no time"},
        {"[scenario]\ntitle = A\n", "there is no section [deal]: this is a scenario"},
        {DEAL(5) "[term t]\nkind = rebat\npayer = icb.x\npayee = gp.x\nrate = 1\n",
         ":6: [term t] kind = rebat: expected price, portfolio"},
        {DEAL(5) "[term t]\nkind = price\npayer = icb.x\npayee = gpp.x\nrate = 1\n",
         ":8: [term t] payee: there is no party 'gpp'; did you mean 'gp'?"},
        {DEAL(5) "[term t]\nkind = price\npayer = icb.x\npayee = icb.x\nrate = 1\n", ":8: [term t] payee: the account that pays"},
        {DEAL(5) "[term t]\nkind = price\nclass = resource\npayer = icb.x\npayee = gp.x\nrate = 1\n",
         "a resource is used up and reaches nobody"},
        {DEAL(5) "[term t]\nkind = price\npayer = icb.x\npayee = gp.x\n", ":5: [term t]: 'rate' is missing"},
        {DEAL(5) "[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nknots = 1, 2\nrates = 1, 2\n",
         "2 knots part the line into 3 pieces, but there are 2 rates"},
        {DEAL(5) "[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nknots = 1, 2\nsteps = 1\n", "1 steps for 2 knots"},
        {DEAL(5) "[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nrate = 1\ngate = year\n",
         "expected a condition, as in 'a >= b'"},
        {DEAL(5) "[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nrate = 1\nfee = 3\n", ":10: [term t] fee: no such setting"},
        {DEAL(5) "[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nof = paid.u\nrate = 1\n[term u]\nkind = cap\npayer = "
                 "icb.x\npayee = gp.x\nrate = 1\n",
         ":9: [term t] of = paid.u: 'u' is settled later"},
        {DEAL(5) "[metric m]\nvalue = paid.u\n[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nof = m\nrate = 1\n[term "
                 "u]\nkind = cap\npayer = icb.x\npayee = gp.x\nrate = 1\n",
         "'m' rests on what the term 'u' pays, which is settled later"},
        {DEAL(5) "[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nrate = 1\nafter_exit = yes\n", "the deal states no exit"},
        {DEAL(5) "[cost hospitals]\nbearer = icb\n", ":5: [cost hospitals]: the run has no costs of that category"},
        {DEAL(5) "[cost hospital]\nbearer = icb\ncashable = 0.6\navoided = 0.5\n", "sum to more than 1"},
        {DEAL(5) "[numbers]\na = 3\n[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nknots = a, 2\nrates = 1, 2, 3\n",
         ":11: [term t] knots: 2 does not lie above 3: knots must ascend"},
        {DEAL(5) "afterwards = usual\n", ":5: [deal] afterwards: the deal states no exit"},
        {DEAL(5) "exit = year > 2\nafterwards = usaul\n", ":6: [deal] afterwards: the run has no strategy 'usaul'; did you mean 'usual'?"},
        {DEAL(5) "uptake = 2 * reach\n[numbers]\nreach = 0.6\n", ":5: [deal] uptake: is 1.2; it is a share of what was simulated, from 0 to 1"},
        {DEAL(5) "solve = price\n", ":5: [deal] solve: 'price' is not a number of [numbers]"},
        {DEAL(5) "uptake = year\n", ":5: [deal] uptake: it is the same in all years"},
        {DEAL(5) "[zone]\na = price 3 to 1\nb = x\n", ":6: [zone] a: expected a number of [numbers] and its range"},
        {DEAL(5) "[numbers]\nx = 1\n[zone]\na = x 0 to 1\nb = x 0 to 1\n", ":9: [zone] b: a zone has two different numbers"},
        {DEAL(5) "[metric m]\nvalue = 1\ngroup = imd 1\nby = imd\n", ":7: [metric m] group: 'by' already makes"},
        {DEAL(5) "[tern x]\nrate = 1\n", ":5: [tern x]: no such section"},
        {DEAL(5) "form = joint-working\n", "[deal] medicines: joint working must not depend on prescribing: name the conditions"},
        {DEAL(5) "form = joint-working\nmedicines = statin\n[metric m]\nvalue = event.statin.lapsed.taking\n"
                 "[term t]\nkind = contribution\npayer = industry.x\npayee = icb.x\nof = m\nrate = 1\n",
         ":13: [term t] of: joint working must not depend on prescribing, and this rests on event.statin.lapsed.taking"},
        {DEAL(5) "form = joint-working\nmedicines = statin, medicines\n"
                 "[term t]\nkind = contribution\npayer = industry.x\npayee = icb.x\nrate = 1\ngate = cost.medicines > 5\n",
         "this rests on cost.medicines"},
        {DEAL(5) "form = joint-working\nmedicines = statin\nexit = event.statin.lapsed.taking > 5\n",
         "[deal] exit: joint working must not depend on prescribing"},
        {DEAL(5) "form = joint-working\nmedicines = statin\n[metric m]\nvalue = event.statin.lapsed.taking\n"
                 "[term t]\nkind = contribution\npayer = industry.x\npayee = icb.x\nof = persons\nknots = m\nrates = 0, 1\n",
         "[term t] knots: joint working must not depend on prescribing"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        deals of;

        deals_begin(&of, 1, false);
        cr_expect_null(deals_read(&of, cases[k].text), "case %zu is accepted", k);
        cr_expect(told(of.context, cases[k].words), "case %zu: no '%s'", k, cases[k].words);
        if (!told(of.context, cases[k].words)) {
            print_reasons(of.context);
        }
        deals_end(&of);
    }
}

Test(settle, what_goes_wrong_in_a_draw_is_told)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {DEAL(2) "[metric m]\nvalue = 1 / (year - 2)\n", "[metric m]: is inf in draw 1, year 2 of the deal"},
        {DEAL(1) "[metric m]\nvalue = 1.2\nbasis = measured\nspecificity = 0.9\n",
         "[metric m]: is 1.2 in draw 1, year 1 of the deal; with specificity or patients it has to be a share"},
        {DEAL(2) "[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nknots = 3 - year, 1.5\nrates = 1, 2, 3\n", "knots must ascend"},
        {DEAL(1) "[metric m]\nvalue = year > 1\n", "gives true or false, not a number"},
        {DEAL(1) "[term t]\nkind = price\npayer = icb.x\npayee = gp.x\nrate = 10 ^ 17\n", "not an amount of money"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        deals of;
        tf_deal *deal;
        tf_settlement *s = NULL;

        deals_begin(&of, 1, false);
        deal = deals_read(&of, cases[k].text);
        cr_assert_not_null(deal, "case %zu", k);
        cr_expect_eq(tf_settle(of.context, deal, of.source, NULL, 0, true, &s), TREFOIL_USER_MISTAKE);
        cr_expect(told(of.context, cases[k].words), "case %zu: no '%s'", k, cases[k].words);
        tf_settlement_destroy(s);
        tf_deal_destroy(deal);
        deals_end(&of);
    }
}

Test(settle, cliffs_and_orders_are_warned_of)
{
    static const char text[] = DEAL(1) "[term cap]\nkind = cap\npayer = icb.x\npayee = gp.x\nrate = 1\n"
                                       "[term tiers]\nkind = volume\npayer = icb.x\npayee = industry.x\nof = persons\nschedule = "
                                       "all-unit\nknots = 1000, 5000\nrates = 400, 350, 300\n";
    tf_list warnings = {0};
    tf_deal *deal;
    deals of;

    deals_begin(&of, 1, false);
    deal = deals_read(&of, text);
    cr_assert_eq(tf_deal_warnings(of.context, deal, &warnings), TREFOIL_DONE);
    cr_assert_eq(warnings.count, 3);
    cr_expect(strstr(warnings.items[0], "[term tiers]: a cliff at 1000") != NULL &&
                  strstr(warnings.items[0], "falls by 50000") != NULL,
              "%s", warnings.items[0]);
    cr_expect(strstr(warnings.items[1], "a cliff at 5000") != NULL);
    cr_expect(strstr(warnings.items[2], "settled in the order tiers (volume), cap (cap)") != NULL);
    tf_list_free(&warnings);
    tf_deal_destroy(deal);
    deals_end(&of);
}

/* ---- memory -------------------------------------------------------------------------------- */

Test(settle, memory_may_run_out_anywhere)
{
    static const char body[] = "solve = price\naccepts = industry\nuptake = reach\nexit = year > 3\nmedicines = statin, medicines\n"
                               "[numbers]\nprice = 3 ~ gamma(se 1)\nreach = 1\n[party acme]\n[stage data]\nmonths = 3 ~ gamma(se "
                               "1)\n[link l]\nset = \"a b:c\"\nvalue = price\n"
                               "[zone]\na = price 1 to 5\nb = reach 0 to 1\n"
                               "[metric m]\nvalue = event.stroke.none.first\nbasis = measured\nsd = 1\npromise = 2\nnothing = "
                               "0\n[metric uplift]\nvalue = qaly\nby = imd\n"
                               "[term a]\nkind = price\npayer = icb.x\npayee = industry.y\nof = m\nknots = price, 10\nrates = 1, "
                               "2, 3\nsteps = 4, 5\ngate = uplift.q1 >= uplift.q5\ncap = 100\n";
    deals of;
    tf_text text = {0};
    trefoil_status status;
    long n, done = 0, starved = 0;

    deals_begin(&of, 2, true);
    fill(&of);
    tf_text_addf(&text, "%s%s%s", DEAL(4), body, costs);
    folder_write("deal.ini", text.chars);
    /* Lua may do without a refused piece of memory, so one success is not the end. */
    for (n = 1; done < 20; n += n < 800 ? 1 : n / 50) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_source *source = NULL;
        tf_deal *deal = NULL;
        tf_settlement *s = NULL;
        tf_answers *a = NULL;
        tf_list warnings = {0};

        tf_memory_fail_at(n);
        status = tf_source_create(context, &of.layout, &of.scenario, &of.sample, &source);
        status = status == TREFOIL_DONE ? tf_deal_read(context, folder_file("deal.ini"), source, &deal) : status;
        status = status == TREFOIL_DONE ? tf_settle(context, deal, source, NULL, 0, true, &s) : status;
        status = status == TREFOIL_DONE ? tf_answers_create(context, s, source, &a) : status;
        status = status == TREFOIL_DONE ? tf_deal_warnings(context, deal, &warnings) : status;
        tf_memory_fail_at(0);
        cr_assert(status == TREFOIL_DONE || status == TREFOIL_NO_MEMORY, "allocation %ld: %s", n, trefoil_status_text(status));
        done = status == TREFOIL_DONE ? done + 1 : 0;
        starved += status == TREFOIL_NO_MEMORY;
        tf_list_free(&warnings);
        tf_answers_destroy(a);
        tf_settlement_destroy(s);
        tf_deal_destroy(deal);
        tf_source_destroy(source);
        trefoil_context_destroy(context);
    }
    cr_expect(starved > 500, "%ld allocations", starved);
    tf_text_free(&text);
    deals_end(&of);
}
