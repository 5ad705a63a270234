/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report as one HTML page that needs no other file: tables, plots, the evidence register with assumptions first, provenance. */
#ifndef TF_REPORT_PAGE_H
#define TF_REPORT_PAGE_H

#include "report/findings.h"

/* What pages look like: CSS. */
extern const char tf_page_style[];

void tf_page_write(const tf_findings *findings, tf_text *out);

#endif
