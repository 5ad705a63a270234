/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/deal_views.h"

#include "report/page.h"

#include <stdio.h>
#include <string.h>

typedef void (*fill_sheet)(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
typedef void (*fill_list)(const tf_deals *deals, const tf_told *told, tf_list *out);
typedef void (*add_plot)(const tf_deals *deals, const tf_told *told, tf_text *out);

static void add_sheet(const tf_deals *deals, const tf_told *told, fill_sheet fill, tf_text *out)
{
    tf_sheet sheet = {0};

    fill(deals, told, &sheet);
    if (sheet.cells.count > sheet.n_columns) {
        tf_sheet_html(&sheet, out);
    }
    tf_sheet_free(&sheet);
}

static void add_list(const tf_deals *deals, const tf_told *told, fill_list fill, tf_text *out)
{
    tf_list sentences = {0};

    fill(deals, told, &sentences);
    for (size_t k = 0; k < sentences.count; k++) {
        tf_text_add(out, "<p>");
        tf_html_add(out, sentences.items[k]);
        tf_text_add(out, "</p>\n");
    }
    tf_list_free(&sentences);
}

static void add_figure(const tf_deals *deals, const tf_told *told, add_plot plot, tf_text *out)
{
    tf_text picture = {0};

    plot(deals, told, &picture);
    if (picture.length > 0) {
        tf_text_addf(out, "<figure>\n%s</figure>\n", picture.chars);
    }
    out->failed = out->failed || picture.failed;
    tf_text_free(&picture);
}

static void add_labelled(const char *label, const char *text, tf_text *out)
{
    if (text[0] != '\0') {
        tf_text_addf(out, "<p><strong>%s</strong> ", label);
        tf_html_add(out, text);
        tf_text_add(out, "</p>\n");
    }
}

static void add_zone_note(const tf_told *told, tf_text *out)
{
    size_t n = 0;

    for (size_t k = 0; k < TF_ZONE * TF_ZONE; k++) {
        n += told->answers->zone[k].acceptable;
    }
    tf_text_addf(out,
                 "<p class=\"note\">%s The health service agrees to what gives more health than its money would elsewhere, the "
                 "partner, or whom the deal names, to what it does not "
                 "lose by.%s</p>\n",
                 n == 0 ? "There is none: no combination leaves everybody unharmed." : "", tf_zone_follows(told->deal));
}

/* Numbers, metrics and terms as the file states them. */
static void add_statement(const tf_deal *deal, tf_text *out)
{
    tf_text_add(out, "<h3>What was agreed</h3>\n<div class=\"sheet long\"><table "
                     "class=\"words\">\n<thead><tr><th>Number</th><th>Value</th><th>Source</th></tr></thead>\n<tbody>\n");
    for (size_t k = 0; k < deal->n_levers; k++) {
        char value[256], source[sizeof deal->levers[k].number.source];

        /* A source stands in quotes; one that begins with "assumption" is none. */
        snprintf(source, sizeof source, "%s", deal->levers[k].number.source + (deal->levers[k].number.source[0] == '"'));
        source[strcspn(source, "\"")] = '\0';
        tf_distribution_print(&deal->levers[k].number.distribution, value, sizeof value);
        tf_text_add(out, source[0] != '\0' && strncmp(source, "assumption", 10) != 0 ? "<tr>" : "<tr class=\"assumption\">");
        tf_text_add(out, "<th scope=\"row\"><code>");
        tf_html_add(out, deal->levers[k].name);
        tf_text_add(out, "</code></th><td>");
        tf_html_add(out, value);
        tf_text_add(out, "</td><td>");
        tf_html_add(out, source[0] != '\0' ? source : "assumption of the deal");
        tf_text_add(out, "</td></tr>\n");
    }
    tf_text_add(out, "</tbody>\n<thead><tr><th>Metric</th><th>Is</th><th>Basis</th></tr></thead>\n<tbody>\n");
    for (size_t k = 0; k < deal->n_metrics; k++) {
        tf_text_add(out, "<tr><th scope=\"row\">");
        tf_html_add(out, deal->metrics[k].title);
        tf_text_add(out, "</th><td><code>");
        tf_html_add(out, deal->metrics[k].value.text);
        tf_text_addf(out, "</code></td><td>%s</td></tr>\n", deal->metrics[k].measured ? "measured, with error" : "true");
    }
    tf_text_add(out, "</tbody></table></div>\n");
}

static void add_deal(const tf_deals *deals, const tf_told *told, tf_text *out)
{
    const tf_deal *deal = told->deal;

    tf_text_add(out, "<h2 id=\"");
    tf_html_add(out, deal->name);
    tf_text_add(out, "\">");
    tf_html_add(out, deal->title);
    tf_text_add(out, "</h2>\n");
    if (deal->about[0] != '\0') {
        tf_text_add(out, "<p class=\"question\">");
        tf_html_add(out, deal->about);
        tf_text_add(out, "</p>\n");
    }
    add_list(deals, told, tf_say_deal, out);
    tf_text_add(out, "<div class=\"answer\">\n");
    add_list(deals, told, tf_say_winners, out);
    tf_text_add(out, "</div>\n<div class=\"caution\">\n");
    add_list(deals, told, tf_say_risks, out);
    tf_text_add(out, "</div>\n");
    add_labelled("What would change the answer.", deal->limits, out);
    add_sheet(deals, told, tf_sheet_stakes, out);
    add_figure(deals, told, tf_plot_nhb, out);
    tf_text_add(out, "<h3>Who pays, and when</h3>\n");
    add_sheet(deals, told, tf_sheet_parties, out);
    add_figure(deals, told, tf_plot_flows, out);
    add_sheet(deals, told, tf_sheet_flows, out);
    add_sheet(deals, told, tf_sheet_budget, out);
    add_sheet(deals, told, tf_sheet_activity, out);
    tf_text_add(out, "<h3>What the terms do</h3>\n");
    add_sheet(deals, told, tf_sheet_terms, out);
    add_sheet(deals, told, tf_sheet_triggers, out);
    add_figure(deals, told, tf_plot_curve, out);
    if (told->answers->n_roots > 0 || told->answers->zone != NULL) {
        tf_text_add(out, "<h3>What could be agreed</h3>\n");
        add_sheet(deals, told, tf_sheet_roots, out);
        if (told->answers->zone != NULL) {
            add_figure(deals, told, tf_plot_zone, out);
            add_zone_note(told, out);
        }
    }
    add_sheet(deals, told, tf_sheet_shares, out);
    if (told->answers->delayed) {
        add_sheet(deals, told, tf_sheet_delay, out);
    }
    add_statement(deal, out);
    add_labelled("An example of this kind of deal.", deal->example, out);
    add_labelled("Formula.", deal->formula, out);
    add_labelled("Source.", deal->source, out);
}

void tf_deals_page(const tf_deals *deals, tf_text *out)
{
    const tf_scenario *scenario = tf_source_scenario(deals->source);
    const char *title = deals->n == 1 ? deals->deals[0].deal->title : "Deals side by side";

    tf_text_add(out, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    tf_html_add(out, title);
    tf_text_addf(out,
                 "</title>\n<style>\n%sh3 { font-size: 1.05rem; margin: 2rem 0 .4rem; }\n.sheet:not(.long) td { white-space: "
                 "nowrap; }\n.sheet:not(.long) td:first-child, .sheet:not(.long) th[scope=row] { min-width: 8rem; }\n"
                 ".sheet:not(.long) table { font-size: .82rem; }\n.side td:last-child { white-space: normal !important; "
                 "}\n.sheet:not(.long) td:not(:first-child), .sheet:not(.long) th:not(:first-child) { padding-left: .35rem; "
                 "}\n</style>\n</head>\n<body>\n<main>\n<h1>",
                 tf_page_style);
    tf_html_add(out, title);
    tf_text_add(out, "</h1>\n<p class=\"setting\">On the run: ");
    tf_html_add(out, scenario->title[0] != '\0' ? scenario->title : scenario->name);
    tf_text_add(
        out,
        ". A deal moves money between parties; it creates no health by itself. What changes health is what it pays for.</p>\n");
    if (scenario->question != NULL && scenario->question[0] != '\0') {
        tf_text_add(out, "<p class=\"question\">");
        tf_html_add(out, scenario->question);
        tf_text_add(out, "</p>\n");
    }
    if (deals->n > 1) {
        tf_sheet sheet = {0};

        tf_sheet_deals(deals, &sheet);
        tf_text_add(out, "<div class=\"side\">\n");
        tf_sheet_html(&sheet, out);
        tf_text_add(out, "</div>\n");
        tf_sheet_free(&sheet);
    }
    for (size_t k = 0; k < deals->n; k++) {
        add_deal(deals, &deals->deals[k], out);
    }
    tf_text_addf(
        out, "<p class=\"note\">trefoil %s. The same run, deal and version give the same bytes.</p>\n</main>\n</body>\n</html>\n",
        TREFOIL_VERSION);
}
