#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# [run] mcse: people and draws are chosen, the error asked for is met and told, and nothing but numbers decides where a run ends.
#   precision.sh TREFOIL SOURCE_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
cp -r "$source/tests/cli/precision" "$trial/case"
cd "$trial"

run()
{
    name=$1
    shift
    "$trefoil" run case/scenario.ini --out "$name" "$@" >"$name.out" 2>"$name.err" || { complain "$* does not run"; cat "$name.err"; exit 1; }
}

# column FILE NAME: of the first row.
column()
{
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i } NR == 2 { print $at }' "$1"
}

says()
{
    tr '\n' ' ' <"$1.out" | grep -Fq "$2" || { complain "$1 does not say: $2"; cat "$1.out"; }
}

refused()
{
    words=$1
    shift
    status=0
    "$trefoil" check case/scenario.ini "$@" >refused.out 2>&1 || status=$?
    [ "$status" -eq 2 ] && grep -Fq "$words" refused.out || { complain "$*: not refused with: $words"; cat refused.out; }
}

# --- net benefit: met at the first draw at which it is, by people whom a trial chose
run met --set run:mcse=400 --threads 1
says met "of the uncertain parameters. At most 2000 were allowed."
says met "A standard error of 400 in net benefit per person against the comparator was asked for, at 20000 per QALY."
grep -q "a trial with 2000 people (24 draws) suggests" met.err || complain "the trial is not told"
awk -v error="$(column met/variance.csv mcse)" -v draws="$(column met/variance.csv draws)" -v total="$(column met/variance.csv total)" \
    'BEGIN { exit !(error <= 400 && error > 380 && draws > 50 && draws < 200 && sqrt(total / (draws - 1)) > 400 * 0.99) }' ||
    complain "met/variance.csv: $(sed -n 2p met/variance.csv)"

# --- whatever the threads and blocks, and after an interruption
run cut --set run:mcse=400 --threads 2 --block 37
run part --set run:mcse=400 --threads 1 --draws 2000
"$trefoil" run case/scenario.ini --out broken --set run:mcse=250 --threads 1 >/dev/null 2>&1 &
job=$!
waited=0
while [ "$waited" -lt 1500 ] && kill -0 $job 2>/dev/null; do
    [ -e broken/run.sqlite ] && [ "$(wc -c <broken/run.sqlite)" -gt 200000 ] && break
    sleep 0.02
    waited=$((waited + 1))
done
kill -INT $job 2>/dev/null || true
status=0
wait $job || status=$?
[ "$status" -eq 130 ] || complain "status $status of an interrupted run instead of 130"
run broken --set run:mcse=250 --threads 2 --resume
run straight --set run:mcse=250 --threads 2
for view in summary.csv difference.csv draws.csv cea.csv variance.csv; do
    cmp -s met/$view cut/$view || complain "$view depends on threads or blocks"
    cmp -s met/$view part/$view || complain "$view depends on how many draws were allowed"
    cmp -s straight/$view broken/$view || complain "$view depends on an interruption"
done
grep -q '"mcse": "A standard error of 250' broken/provenance.json || complain "provenance.json does not hold the error asked for"

# --- other quantities; the base case alone, where only people help; an error that cannot be had
run health --set "run:mcse=0.05 qaly"
says health "A standard error of 0.05 in QALYs per person"
awk -F, '$4 == "qaly" && $6 == 1 && $7 == "per_person" { seen = 1; exit !($9 <= 0.05) } END { exit !seen }' health/difference.csv || complain "QALYs miss their error"
run base --draws 0 --set "run:mcse=60 cost"
awk -F, '$4 == "cost" && $6 == 1 && $7 == "per_person" { seen = 1; exit !($9 <= 60 && $9 > 30) } END { exit !seen }' base/difference.csv ||
    complain "the base case misses its error: $(grep cost base/difference.csv)"
run never --set run:mcse=40 --draws 60
says never "60 draws gave"
says never "it is not met, because no more draws were allowed"
grep -q "about [0-9.]*e+" never.out && complain "the draws needed are told in powers of ten"

# --- the split of the variance: without uncertain parameters all of it is the luck of people
fixed="--set parameters:hr=0.7 --set parameters:r_ill=0.05 --set parameters:c_ill=4000 --set parameters:u_ill=0.6"
run luck $fixed --draws 400 --persons 500
awk -F, 'NR > 1 && !($8 / $7 > 0.7 && $8 / $7 < 1.4) { wrong++ } END { exit wrong > 0 || NR < 3 }' luck/variance.csv || # 4 sd: sqrt(2/399 + 2/(15 x 400))
    complain "first order and total differ without uncertain parameters: $(cat luck/variance.csv)"

refused "expected a standard error above 0" --set run:mcse=0
refused "expected a standard error above 0" --set "run:mcse=5 pounds"
refused "needs independent draws" --set run:mcse=5 --set uncertainty:design=latin
refused "has no Monte Carlo error" --set run:mcse=5 --set run:mode=expected --set uncertainty:draws=0

echo "$failed failures"
[ "$failed" -eq 0 ]
