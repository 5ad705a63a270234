#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The value of information of two normals, whose closed forms are known: by nested simulation, and by regression beside it.
#   nested.sh TREFOIL SOURCE_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
cp -r "$source/tests/cli/two_normals" "$trial/case"
cd "$trial"

# near FILE ROW VALUE ERROR EXACT: columns of a row, within four of the error, which is below 0.02.
near()
{
    awk -F, -v row="$2" -v value="$3" -v error="$4" -v exact="$5" '
        NR == 1 { gsub(/"/, ""); for (i = 1; i <= NF; i++) at[$i] = i }
        NR == row { seen = 1; off = $at[value] - exact; fine = off * off < 16 * $at[error] * $at[error] && $at[error] > 0 && $at[error] < 0.02 }
        END { exit !(seen && fine) }' "$1" || complain "$1: $3 of row $2 is not $5: $(sed -n "$2p" "$1")"
}

refused()
{
    words=$1
    shift
    status=0
    "$trefoil" sensitivity "$@" --out refused >refused.out 2>&1 || status=$?
    [ "$status" -eq 2 ] && grep -Fq -- "$words" refused.out || { complain "$*: not refused with: $words"; cat refused.out; }
}

"$trefoil" sensitivity case/scenario.ini --evppi-nested gain --outer 2000 --inner 200 --out gain --quiet >gain.out
near gain/evppi_nested.csv 2 evppi se 0.08331547
near gain/evppi_nested.csv 2 evppi_regression se_regression 0.08331547
grep -q "The value of learning gain, per person" gain.out || complain "no table"
# Few inner draws: the mean of a maximum is far too high, and half of that is all the correction leaves.
"$trefoil" sensitivity case/scenario.ini --evppi-nested gain --outer 20000 --inner 20 --out few --quiet >/dev/null
awk -F, 'NR == 2 { exit !($5 - 0.08331547 > 4 * $4 && $3 - 0.08331547 < ($5 - 0.08331547) / 2) }' few/evppi_nested.csv ||
    complain "no correction: $(cat few/evppi_nested.csv)"
# Whatever the threads; both at once is EVPI.
"$trefoil" sensitivity case/scenario.ini --evppi-nested gain --outer 2000 --inner 200 --threads 1 --out again --quiet >/dev/null
cmp -s gain/evppi_nested.csv again/evppi_nested.csv || complain "it depends on threads"
"$trefoil" sensitivity case/scenario.ini --evppi-nested gain,loss --outer 20000 --inner 2 --out both --quiet >/dev/null
sed 's/"gain,loss"/both/' both/evppi_nested.csv >both.csv
near both.csv 2 evppi se 0.47981071

# The run's own draws, by regression: EVPI, EVPPI, EVSI of 100 people, and what a study is worth after its costs and delay.
cat >study.ini <<'END'
[study hundred]
n = 100
outcome = normal(mean = gain, sd = 1)
END
"$trefoil" run case/scenario.ini --out run --quiet >/dev/null
"$trefoil" analyse run/run.sqlite --evppi gain --study study.ini >/dev/null
near run/ceac.csv 2 evpi evpi_mcse 0.47981071
near run/evppi.csv 2 evppi se 0.08331547
near run/evsi.csv 2 evsi se 0.08211761

refused "--evppi-nested gian: no such parameter; did you mean 'gain'?" case/scenario.ini --evppi-nested gian
refused "the inner ones an even number" case/scenario.ini --evppi-nested gain --inner 3
refused "there may be 1048575" case/scenario.ini --evppi-nested gain --outer 400000 --inner 4
refused "a fixed number" case/scenario.ini --evppi-nested gain --set parameters:gain=1
printf 'name,mean,gain,loss\ngain,1,1,0\nloss,0,0,4\n' >case/together.csv
printf '\n[joint together]\ncovariance = together.csv\n' | cat case/scenario.ini - >case/joint.ini
refused "is drawn together with others, in a [joint]" case/joint.ini --evppi-nested gain

echo "$failed failures"
[ "$failed" -eq 0 ]
