#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An open population: those who join are counted by year and apart, nothing else changes by a byte, and it does not matter how the run was cut.
#   open.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
enter_tests "$source"
sed '/^open = /d' "$source/tests/cli/invariance.ini" >base.ini
runs=0

# run NAME FILE OPTION...: results in the folder NAME.
run()
{
    name=$1
    file=$2
    shift 2
    runs=$((runs + 1))
    "$trefoil" run "$file" --out "$name" --plugin-dir "$plugins" --quiet "$@" >"$name.out" 2>"$name.err" || { cat "$name.err"; complain "$file $* does not run"; }
}

same()
{
    cmp -s "$1" "$2" || complain "$3: $2 differs from $1"
}

files="summary difference by_year draws cea inequality parameters"
small="--persons 1000 --draws 2"
open="--set population:open=5"

# shellcheck disable=SC2086 # options are words
{
    run closed base.ini $small --threads 1
    run open base.ini $small $open --threads 1
    run cut base.ini $small $open --threads 3 --block 40
}
for file in $files; do
    [ $file = by_year ] || same closed/$file.csv open/$file.csv "an open population"
    same open/$file.csv cut/$file.csv "threads and blocks"
done
cut -d, -f1-11 open/by_year.csv | cmp -s - closed/by_year.csv || complain "an open population changes what is closed by year"
awk -F, 'NR > 1 && (($4 == 1 && $12 != 0) || ($4 > 5 && $12 != "")) { bad++ } NR > 1 && $4 == 5 && $12 > 0 { n++ } END { exit !(bad == 0 && n > 300) }' open/by_year.csv ||
    complain "people join in the first year, not in the fifth, or afterwards"

# Shards, merged.
for k in 1 2 3; do
    # shellcheck disable=SC2086
    run "shards-$k" base.ini $small $open --portion 70 --shard $k/3
done
# shellcheck disable=SC2086
"$trefoil" merge base.ini shards-1 shards-2 shards-3 --out merged $small $open --plugin-dir "$plugins" --quiet >/dev/null 2>err || { cat err; complain "no merge"; }
for file in $files; do
    same open/$file.csv merged/$file.csv "shards"
done

# --- who joins in a year is who was so old before: everybody of an age in a closed run of younger people is the same person
sed 's/^areas = .*/areas = NHS Gloucestershire/; s/^horizon = .*/horizon = 4 years/; s/^places = .*//; s/^capacity = .*//; s/^by_year = .*/by_year = age/; s/^groups = .*/groups = age/' base.ini >all.ini
run joined all.ini --persons all --draws 1 --set population:ages=88-89 --set population:open=3 --set output:age_band=1
run younger all.ini --persons all --draws 1 --set population:ages=86-89 --set output:age_band=1
awk -F, 'FNR == 1 { f++; next }
    f == 1 && $2 == "age" && $3 == "88-88" && $4 < 4 { joining[$1, $4, $6] += $12 }
    f == 2 && $2 == "age" && (($3 == "87-87" && $4 > 1) || ($3 == "86-86" && $4 > 2)) && $4 < 4 { alone[$1, $4, $6] += $8; if ($8 != 0) n++ }
    END { for (k in joining) { d = joining[k] - alone[k]; s = joining[k] < 0 ? -joining[k] : joining[k]; if (d > 1e-9 * s + 1e-6 || -d > 1e-9 * s + 1e-6) { print k, joining[k], alone[k]; bad++ } }
          exit !(bad == 0 && n > 200) }' joined/by_year.csv younger/by_year.csv || complain "who joins is not who was so old"

# A run that ends while the population is open is open until its end.
for years in 3 20; do
    # shellcheck disable=SC2086
    run "short-$years" base.ini $small --set population:open=$years --set "time:horizon=3 years"
    grep '_joining' "short-$years/provenance.json" >"short-$years.joining"
done
same short-3/by_year.csv short-20/by_year.csv "joining after the end"
same short-3.joining short-20.joining "joining after the end"
# shellcheck disable=SC2086
run short-1 base.ini $small $open --set "time:horizon=1 year"
awk -F, 'NR > 1 && $12 != 0 { bad++ } END { exit !(NR > 100 && bad == 0) }' short-1/by_year.csv || complain "people join in the only year"

# --- what cannot be
expect 2 "births are not simulated" check base.ini --plugin-dir "$plugins" --set population:ages=3-79 --set population:open=5
expect 2 "expected how many years newcomers join, from 3 to 20, such as '5 years'" check base.ini --plugin-dir "$plugins" --set population:open=2
expect 2 "expected how many years" check base.ini --plugin-dir "$plugins" --set "population:open=yes"
expect 0 "no mistakes" check base.ini --plugin-dir "$plugins" --set population:ages=4-79 --set population:open=5

echo "$runs runs, $failed failures"
[ "$failed" -eq 0 ]
