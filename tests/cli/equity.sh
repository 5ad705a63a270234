#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Who gains and who bears the cost, as a user meets it: the files of a run, a store weighed again, and mistakes.
#   equity.sh TREFOIL SOURCE_FOLDER PLUGINS_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
cd "$trial"

run()
{
    out=$1
    shift
    "$trefoil" run "$source/scenarios/adherence-greater-manchester.ini" --plugin-dir "$plugins" --persons 2000 --draws 3 --quiet --out "$out" \
        --set "output:groups=imd,sex,age,icb*imd" --set "time:horizon=8 years" "$@" >"$out.txt" 2>err || { cat err; complain "run $*"; }
}

run one --set "equity:k=15000, 30000" --set "equity:gradient=flat, steep, cost.hospital" --set "equity:plus.old=age: 70-79"
for file in equity.csv equity_draws.csv equity_dominance.csv equity_views.csv shortfall.csv equity_plane.svg equity_aversion.svg equity_fifths.svg; do
    [ -s "one/$file" ] || complain "one/$file is missing"
done
[ "$(head -1 one/equity.csv)" = "strategy,group_by,group,k,gradient,measure,aversion,unit,value,mcse,lo,hi,p_above_0" ] || complain "columns of equity.csv"
# In every grouping, for every strategy, k and gradient, what the groups bear sums to cost / k, and net is gain less that.
awk -F, 'NR == 1 { next }
    $6 == "cost" && $3 == "all" { cost[$1 "," $2] = $9 }
    $6 == "gain" && $3 == "all" { gain[$1 "," $2] = $9 }
    $6 == "displaced" && $3 != "all" { borne[$1 "," $2 "," $4 "," $5] += $9 }
    $6 == "net" && $3 != "all" { net[$1 "," $2 "," $4 "," $5] += $9 }
    END {
        for (key in borne) {
            split(key, at, ","); of = at[1] "," at[2]; lost = cost[of] / at[3]; off = borne[key] - lost
            far = net[key] - (gain[of] - lost); checked++
            if (off * off > 1e-16 * lost * lost || far * far > 1e-10) { print "not ok: " key ": " borne[key] ", not " lost; bad = 1 }
        }
        if (checked != 2 * 6 * 2 * 3) { print "not ok: " checked " sums were checked"; bad = 1 }
        exit bad
    }' one/equity.csv || complain "what is displaced does not sum to cost / k"
grep -q '^programme_targeted,plus.old,old,15000,flat,net,' one/equity.csv || complain "no PLUS group"
grep -q '^programme_targeted,core20,core20,all,' one/summary.csv && complain "core20 is a grouping"
grep -q '^programme_targeted,core20,core20,qaly,' one/summary.csv || complain "no Core20 in summary.csv"
[ "$(wc -l <one/shortfall.csv)" -eq 1 ] || complain "a shortfall needs whole lives"
grep -q "Who gains and who bears the cost" one/report.html || complain "the page has no section on equity"
grep -q "QALYs gained and displaced" one.txt || complain "the terminal has no table on equity"

# A store weighed again gives what a run with those settings gives, and leaves the run's own files.
run two --set "equity:k=30000" --set "equity:gradient=moderate, own" --set "equity:shares=.4,.3,.1,.1,.1"
cp one/equity.csv kept.csv
"$trefoil" analyse one/run.sqlite --k 30000 --gradient moderate,own --shares .4,.3,.1,.1,.1 --out again >again.txt 2>err || { cat err; complain "analyse"; }
grep -v "plus.old" again/equity.csv | cmp - two/equity.csv || complain "analyse differs from a run with the same settings"
cmp again/equity_views.csv two/equity_views.csv || complain "views of analyse differ from those of a run"
cmp kept.csv one/equity.csv || complain "analyse changed the run's files"

# All mistakes at once, and nothing is run.
status=0
"$trefoil" check "$source/scenarios/adherence-greater-manchester.ini" --plugin-dir "$plugins" --set "equity:k=-1" --set "equity:gradient=flat, steeep" \
    --set "equity:plus.coast=icb: NHS Devn" --set "equity:kk=1" >out 2>err || status=$?
[ "$status" -eq 2 ] || complain "check: status $status"
for words in "k = -1: expected money per QALY" "no such setting"; do
    grep -qF "$words" err || { complain "check does not say '$words'"; cat err; }
done
status=0
"$trefoil" analyse one/run.sqlite --gradient steeep --plus "young=age: 40-50" >out 2>err || status=$?
[ "$status" -eq 2 ] && grep -qF "did you mean 'steep'?" err && grep -qF "did you mean '40-49'?" err || { complain "analyse takes wrong names"; cat err; }

# Groups that the population tables do not hold are told, each for what it is.
for pair in "imd_decile fifths of areas by deprivation (imd), not tenths" "place boards (icb) and regions, no places below boards" \
    "ethnic_group no ethnicity"; do
    status=0
    "$trefoil" check "$source/scenarios/adherence-greater-manchester.ini" --plugin-dir "$plugins" --set "output:groups=imd, ${pair%% *}" >out 2>err || status=$?
    [ "$status" -eq 2 ] && grep -qF "'${pair%% *}' cannot be had: the population tables hold ${pair#* }" err || { complain "groups: $pair"; cat err; }
done

# With one draw errors are of the luck of people, and a figure has the same digits in a table and in the sentence below it.
run single --set "uncertainty:draws=1" --draws 1
awk -F, 'NR > 1 && $10 == "" && $6 !~ /^(residents|life_expectancy_birth|qale_birth)$/ { print; bad = 1 } END { exit bad || NR < 100 }' single/equity.csv ||
    complain "no error in equity.csv with one draw"
awk -F, 'NR > 1 && $10 == "" { print; bad = 1 } END { exit bad || NR < 50 }' single/equity_views.csv || complain "no error in equity_views.csv with one draw"
# "net -1,370" of the first strategy in the sentence (flat, as NICE's view), and its line of all residents in the table
net=$(tr '\n' ' ' <single.txt | grep -o 'per QALY: net [-+0-9.,]*' | head -1 | sed 's/.*net //')
shown=$(awk '/^  All residents/ { print $5; exit }' single.txt)
[ -n "$net" ] && [ "$net" = "$shown" ] || complain "net benefit is $net in the sentence and $shown in the table"

tr '\n' ' ' <single.txt | grep -qE 'per QALY: net [-+0-9.,]+ \(Monte Carlo error [0-9]' || complain "a net benefit without its error"
[ "$(tr '\n' ' ' <single.txt | grep -o 'years per 1,000 people (Monte Carlo error' | wc -l)" -ge 2 ] || complain "gaps of QALE without errors"
! grep -q '(Monte Carlo error' one.txt || complain "errors where there are intervals"

# The scenario of England names what there is.
"$trefoil" check "$source/scenarios/equity-statin-england.ini" --plugin-dir "$plugins" >out 2>err || { cat err; complain "equity-statin-england.ini"; }
[ "$failed" -eq 0 ] || exit 1
echo "ok"
