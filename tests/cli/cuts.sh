#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Random models give the same bytes however people are cut into blocks.  In small blocks nearly every event is lived through row by row, in large
# ones nearly all of them together, so that this compares the two, too.
#   cuts.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER MODELS
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
models=$4
cd "$trial"

# A model by number: conditions whose states act on risk factors and on each other's hazards, some of them not at all (a ratio of 0), with
# costs, uses, quality of life, fixed times in a state and events that may kill.  Every third has more than 64 transitions.
model()
{
    awk -v seed="$1" '
        function u() { x = (x * 16807) % 2147483647; return x / 2147483647 }
        function between(a, b) { return sprintf("%.4f", a + (b - a) * u()) }
        function varied(a, b, f) { f = between(a, b); return u() < 0.5 ? f : f " * (1 - " between(0, 0.4) " * male) * (1 + (age - 50) / 1000)" }
        function pays() {
            if (u() < 0.4) print "cost.care = " varied(10, 900)
            if (u() < 0.3) print "use.visit = " varied(0.5, 4)
        }
        function state(c, s) { return c == 0 && s < 2 ? (s ? "ill" : "well") : "s" s }
        function condition(c) { return c ? "c" c : "ill" }
        function ratios(own, c, s, n) {
            print "[relative on_" condition(own) "]"
            for (c = 0; c < risks; ++c)
                if (u() < 0.7) { print "r" c " = " varied(0.6, 1.6); n++ }
            for (c = 0; c < conditions; ++c)
                for (s = u() < 0.5; c != own && s < states[c]; ++s)
                    if (u() < 0.6) { print condition(c) "." state(c, s) " = " (u() < 0.15 && s ? 0 : varied(0.3, 3)); n++ }
            if (!n) { c = (own + 1) % conditions; print condition(c) "." state(c, 1) " = 2" }
        }
        function one_state(c, s, r) {
            print "[state " condition(c) "." state(c, s) "]\ntitle = S\nstays = yes"
            pays()
            if (u() < 0.3) print "utility = " varied(0.6, 0.9)
            for (r = 0; r < risks; ++r)
                if (u() < 0.15) print "scale.r" r " = " varied(0.7, 1.2) "\nadd.r" r " = " varied(-0.3, 0.3)
        }
        function move(c, s, t, first) {
            print "[transition " condition(c) "." state(c, s) "." state(c, t) "]"
            pays()
            if (!first && u() < 0.1) { print "after = " varied(0.05, 1.7); return }
            print "rate = " varied(0.05, wide ? 0.6 : 2.5)
            if (u() < 0.7) print "relative = on_" condition(c) "\nnormalise = no"
            if (u() < 0.2) print "fatality = " varied(0.01, 0.1) "\nfatal = life.gone"
        }
        BEGIN {
            x = seed * 7919 + 17
            for (i = 0; i < 20; ++i) u()
            wide = seed % 3 == 0
            conditions = wide ? 2 : 2 + int(4 * u())
            risks = int(8 * u())
            for (c = 0; c < conditions; ++c) states[c] = wide ? 7 : 2 + int(3 * u())
            print "[model]\ntitle = Random\nvalue_set = none\n[cost care]\ntitle = Care"
            print "[resource visit]\ntitle = Visit\nunit = visit\nprice = 30\ncategory = care\n[utility]\nnorm = 0.9"
            print "[condition life]\ntitle = Life\nstates = alive, dead, gone\ndead = dead, gone\n[transition life.alive.dead]\nrate = " varied(0.01, 0.08)
            for (r = 0; r < risks; ++r)
                print "[risk r" r "]\ntitle = R\nunit = 1\nfamily = " (r % 3 == 2 ? "bernoulli\nmean = 0.3" : (r % 3 ? "normal" : "lognormal") "\nsd = 0.8\nmin = 1\nmax = 6\nmean = " varied(2, 4))
            for (c = 0; c < conditions; ++c) {
                ratios(c)
                printf "[condition %s]\ntitle = C\nstates = %s", condition(c), state(c, 0)
                for (s = 1; s < states[c]; ++s) printf ", %s", state(c, s)
                print ""
                if (u() < 0.5) print "initial." state(c, 1) " = " varied(0.05, 0.3)
                for (s = 0; s < states[c]; ++s) one_state(c, s)
                for (s = 0; s < states[c]; ++s)
                    for (t = 0; t < states[c]; ++t) {
                        first = c == 0 && s == 0 && t == 1
                        if (s != t && (wide || first || u() < 0.6)) move(c, s, t, first)
                    }
            }
        }'
}

cat >scenario.ini <<END
[scenario]
title = Random models
question = Does it matter how people are cut into blocks?
[population]
areas = NHS Greater Manchester
ages = 50-51
data = $source/scenarios/england
[model]
file = model.ini
[time]
start = 2026.25
horizon = 4 years
cycle = 6 months
[economics]
perspective = nhs_pss
price_year = 2023/24
comparator = usual
[uncertainty]
draws = 0
seed = 11
[output]
groups = imd, sex
by_year = imd
[strategy usual]
title = Usual care
[strategy kept]
title = A plugin that remembers people
interventions = keeper
[intervention keeper]
title = Keeper
plugin = keeper
END

rows=0
for k in $(seq "$models"); do
    model "$k" >model.ini
    for block in 16 4096; do
        "$trefoil" run scenario.ini --out "$block" --persons 900 --block "$block" --plugin-dir "$plugins" --quiet >out 2>err ||
            { complain "model $k in blocks of $block does not run" && cat err && exit 1; }
    done
    for view in summary.csv by_year.csv; do
        cmp -s 16/$view 4096/$view || complain "model $k: $view differs between blocks of 16 and 4096 ($(diff 16/$view 4096/$view | grep -c '^>') lines)"
    done
    rows=$((rows + $(wc -l <16/summary.csv)))
    rm -rf 16 4096
done
[ "$rows" -gt $((models * 300)) ] || complain "only $rows rows"
echo "$models models, $rows rows, $failed failures"
[ "$failed" -eq 0 ]
