#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plugins that misbehave, one fault each: what a run says of them, what `run --isolate` keeps, what `plugin check` finds; and `plugin new`, whose
# folder compiles, passes and runs.
#   plugins.sh TREFOIL SOURCE_FOLDER SUBJECTS_FOLDER PLUGIN_FOLDER SANITIZERS
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
subjects=$3
plugins=$4
sanitizers=$5
enter_tests "$source"
ulimit -c 0

complain()
{
    echo "not ok: $subject: $1"
    sed 's/^/    /' err
    failed=$((failed + 1))
}

says()
{
    grep -qE -e "$1" err || complain "it does not say: $1"
}

{
    faulty_scenario "$source"
    echo "plugin = nan"
} >fault.ini

# run STATUS SUBJECT OPTION...
run()
{
    wanted=$1
    subject=$2
    shift 2
    status=0
    timeout 100 "$trefoil" run fault.ini --plugin-dir "$subjects" --set "intervention fault:plugin=$subject" --set population:ages=60-61 --persons 80 \
        --threads 2 --quiet --draws 1 "$@" >out.txt 2>err || status=$?
    [ "$status" -eq "$wanted" ] || complain "status $status instead of $wanted"
}

where="use hook, cycle 2, draw 0: it"

# What the process would suffer from is noticed at once, and without --isolate too.
for subject in "rounds changed the rounding mode of the whole process" "locale changed the locale of the whole process" \
    "overrun wrote outside its column cost.fees" "underrun wrote outside its column cost.fees"; do
    words=${subject#* }
    run 1 "${subject%% *}" --out "$trial/out"
    says "^org.example.${subject%% *}: \[intervention fault\] $where $words"
    [ ! -e "$trial/out/summary.csv" ] || complain "it writes results nevertheless"
done
run 1 exits --out "$trial/out"
says "a plugin or a library ended the program; if it was a plugin, trefoil run --isolate tells which"
run 1 forks --out "$trial/out"
says "a hook of a plugin started another process; --isolate tells which"

# In a child process each is named, with hook, cycle and draw.  Instrumented programs end otherwise when they crash.
for subject in "crashes (crashed \(|ended the process with status)" "exits ended the process with status" "forks started another process" \
    "rounds changed the rounding mode" "endless was still running after 1 seconds"; do
    words=${subject#* }
    run 1 "${subject%% *}" --out "$trial/out" --isolate --hook-timeout 1
    says "^org.example.${subject%% *}: \[intervention fault\] $where $words"
done

# One draw in which it crashes: the others are in the store, and --resume goes on with what is missing.
run 1 crashes --out "$trial/lost" --isolate --draws 6 --set "intervention fault:in_draw=2"
says "[12] units? of work (is|are) lost, so draw 2 is not finished"
"$trefoil" analyse "$trial/lost/run.sqlite" --out "$trial/analysed" >out.txt 2>err || complain "what is left cannot be analysed"
run 1 crashes --out "$trial/lost" --isolate --resume --draws 6 --set "intervention fault:in_draw=2"
says "draw 2 is not finished"
run 0 crashes --out "$trial/whole" --draws 6 --set "intervention fault:in_draw=100"
grep -v '^2,' "$trial/whole/draws.csv" | cut -d, -f1-5 >whole.txt
cut -d, -f1-5 "$trial/analysed/draws.csv" | cmp -s - whole.txt || complain "the other draws are not what they are without the crash"

# The same bytes with and without child processes when nothing goes wrong.
subject=adherence
for how in "" --isolate; do
    "$trefoil" run "$source/tests/cli/invariance.ini" --plugin-dir "$plugins" --persons 300 --draws 2 --threads 2 --out "$trial/same$how" --quiet \
        $how >out.txt 2>err || complain "it does not run $how"
done
for file in summary.csv cea.csv draws.csv equity.csv; do
    cmp -s "$trial/same/$file" "$trial/same--isolate/$file" || complain "$file differs under --isolate"
done

# plugin check
for subject in "crashes (crashed \(|ended the process)" "endless was still running after 5 seconds" "exits ended the process with status" \
    "forks started another process" "overrun wrote outside its column cost.fees" "underrun wrote outside its column cost.fees" \
    "rounds changed the rounding mode" "locale changed the locale" "remembers the same call again gives something else" \
    "reads wrote to a column it may only read: age" "neighbours people in another order fare otherwise" "leaks leaks memory" \
    "nan hazard.\{event\} is -?nan" "infinite cost.fees is inf" "negative hazard.\{event\} is -0.5"; do
    words=${subject#* }
    subject=${subject%% *}
    case $sanitizers:$subject in address*:leaks) continue ;; esac # their allocator does not count
    status=0
    timeout 100 "$trefoil" plugin check "$subject" --plugin-dir "$subjects" >out.txt 2>err || status=$?
    [ "$status" -eq 1 ] || complain "plugin check: status $status instead of 1"
    says "$subject.so: (use|hazard) hook, [0-9]+ (person|people), cycle [0-9]+, settings as declared: (it )?$words"
done
for subject in adherence pathway; do
    "$trefoil" plugin check "$subject" --plugin-dir "$plugins" >out.txt 2>err || complain "plugin check finds a fault"
    grep -q "its table is sound; [0-9]* calls, 0 faults" out.txt || complain "plugin check does not say that it is sound"
done

# plugin new
subject=new
"$trefoil" plugin new lower >out.txt 2>err || complain "plugin new fails"
if [ -z "$sanitizers" ]; then
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O2 -ffp-contract=off -shared -fPIC -I "$source/core/include" lower/lower.c -o lower/lower.so ||
        complain "what it writes does not compile"
    "$trefoil" plugin check ./lower/lower.so >out.txt 2>err || complain "what it writes does not pass plugin check"
    (cd lower && "$trefoil" run lower.ini --plugin-dir . --quiet --draws 2) >out.txt 2>err || complain "what it writes does not run"
    grep -q "Means over 2 draws" out.txt || complain "what it writes has no results"
fi
status=0
"$trefoil" plugin new lower >out.txt 2>err || status=$?
[ "$status" -eq 2 ] || complain "plugin new overwrites a folder"
says "lower is there already"

# Where plugins come from: never the current folder, nor what others may change.
subject=here
cp "$plugins/adherence.so" ./here.so
status=0
"$trefoil" plugin describe here >out.txt 2>err || status=$?
[ "$status" -eq 2 ] || complain "a plugin of the current folder is taken"
mkdir -p shared/inner
cp here.so shared/inner/here.so
# attempt STATUS MODE WHAT: of the plugin when WHAT, itself or a folder, has the mode.
attempt()
{
    chmod "$2" "$3"
    status=0
    "$trefoil" plugin describe here --plugin-dir shared/inner >out.txt 2>err || status=$?
    chmod go-w "$3"
    [ "$status" -eq "$1" ] || complain "status $status instead of $1 when $3 has mode $2"
}
inner=$(realpath shared/inner)
above=$(realpath shared)
take="take the right away"
attempt 0 0644 shared/inner/here.so
attempt 1 0666 shared/inner/here.so
says "here.so: this file is one that everybody may write \(mode 0666\), so it is not loaded; $take \(chmod o-w\)"
attempt 1 0777 shared/inner
says "here.so: it lies in $inner, which everybody may write \(mode 0777\), so it is not loaded; $take"
attempt 1 0777 shared
says "here.so: it lies in $above, which everybody may write \(mode 0777\), so it is not loaded; $take"
attempt 0 1777 shared # nobody changes there what is not his own
attempt 1 1777 shared/inner
says "it lies in $inner, which everybody may write \(mode 1777\)"
if [ "$(id -gn)" = "$(id -un)" ] && [ -z "$(getent group "$(id -gn)" | cut -d: -f4)" ]; then # the user's private group
    attempt 0 0664 shared/inner/here.so
    attempt 0 2775 shared/inner
fi
for group in $(id -G) 65534; do # another that the user may give a file
    [ "$group" -ne "$(id -g)" ] && chgrp "$group" shared shared/inner shared/inner/here.so 2>/dev/null || continue
    attempt 0 0755 shared
    attempt 1 0664 shared/inner/here.so
    says "here.so: this file is one that the members of group [^ ]+ may write \(mode 0664\), so it is not loaded; $take \(chmod g-w\)"
    attempt 1 2775 shared/inner
    says "here.so: it lies in $inner, which the members of group [^ ]+ may write \(mode 2775\)"
    attempt 1 0775 shared
    says "here.so: it lies in $above, which the members of group [^ ]+ may write \(mode 0775\)"
    attempt 0 1775 shared
    break
done
if [ "$(id -u)" -eq 0 ] && chown 65534 shared/inner/here.so 2>/dev/null; then
    attempt 1 0644 shared/inner/here.so
    says "here.so: this file is one that user [^ ]+ owns \(mode 0644\), so it is not loaded; copy it to a folder of your own"
fi
grep -Eq '"plugin sha256 adherence": "[0-9a-f]{64}"' "$trial/same/provenance.json" || complain "provenance.json does not hold the plugin's digest"
grep -qF "\"plugin file adherence\": \"$plugins/adherence.so\"" "$trial/same/provenance.json" || complain "provenance.json does not hold the plugin's file"

echo "$failed failures"
[ "$failed" -eq 0 ]
