#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# draws.csv reads into R by the words of results/README.md, and its means are those of cea.csv; so are acceptability, expected loss and EVPI.
#   r.sh TREFOIL SOURCE_FOLDER PLUGINS_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
command -v Rscript >/dev/null 2>&1 || { echo "skipped: no Rscript"; exit 77; }
trefoil=$1
source=$2
plugins=$3
cd "$trial"
"$trefoil" run "$source/tests/cli/invariance.ini" --out . --plugin-dir "$plugins" --persons 300 --draws 8 --quiet >/dev/null
"$trefoil" analyse run.sqlite --thresholds 20000,30000 --out analysis >/dev/null
# The worked example, without what needs a package.
awk '/^## draws.csv/ { in_section = 1 } in_section && /^```r/ { on = 1; next } on && (/^```/ || /^library/) { exit } on { print }' \
    "$source/results/README.md" >example.R
[ "$(wc -l <example.R)" -ge 5 ] || { echo "results/README.md has no R example any more"; exit 1; }
cat >>example.R <<'END'
cea <- read.csv("cea.csv")
ceac <- read.csv("analysis/ceac.csv")
stopifnot(nrow(d) == 8 * length(strategies), ncol(uncertain) > 10, all(is.finite(as.matrix(uncertain))))
near <- function(a, b) max(abs(a - b) / pmax(abs(b), 1e-12)) < 1e-9
first <- cea[match(strategies, cea$strategy), ]
stopifnot(near(colMeans(costs), first$cost), near(colMeans(effects), first$qaly))
for (k in c(20000, 30000)) {
    nb <- k * effects - costs
    at <- ceac[ceac$threshold == k, ]
    at <- at[match(strategies, at$strategy), ]
    stopifnot(near(mean(apply(nb, 1, max)) - max(colMeans(nb)), at$evpi[1]))
    stopifnot(near(sapply(seq_along(strategies), function(s) mean(max.col(nb, "first") == s)), at$p_best))
    stopifnot(near(colMeans(apply(nb, 1, max) - nb), at$expected_loss))
}
cat("R agrees\n")
END
Rscript --vanilla example.R
