#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every file of tests/cli/broken has one fault, and says on its first line what trefoil must answer:
#   ; expect:22: words          the fault is at line 22 of the file itself (0: of the file as a whole)
#   ; expect:parts/x.csv:7: words   it is in another file
#   ; expect:--set: words       it is in the assignments
# and may say on its second line:
#   ; with: --set population:persons=0
# `trefoil check` and `trefoil run` must both end with status 2, give exactly one mistake with file, line and words, and write nothing.
#   broken.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
mkdir -p "$trial/tests/cli"
cp -r "$source/tests/cli/broken" "$trial/tests/cli/broken"
ln -s "$source/scenarios" "$trial/scenarios"
cd "$trial/tests/cli/broken"
n=0

complain()
{
    echo "not ok: $file ($verb): $1"
    failed=$((failed + 1))
}

# One verb on one file.
try()
{
    verb=$1
    shift
    before=$(find "$trial" | sort)
    status=0
    "$trefoil" "$verb" "$file" --plugin-dir "$plugins" "$@" >"$answers.out" 2>"$answers.err" </dev/null || status=$?
    [ "$status" -eq 2 ] || complain "exit status $status instead of 2"
    if ! grep -F -e "$place" "$answers.err" | grep -qF -e "$words"; then
        complain "no line with '$place' and '$words'"
    fi
    grep -qF "trefoil: 1 mistake;" "$answers.err" || complain "not exactly one mistake"
    [ ! -s "$answers.out" ] || complain "it wrote to stdout"
    [ "$before" = "$(find "$trial" | sort)" ] || complain "it wrote a file"
    if [ "$failed" -gt "$told" ]; then
        told=$failed
        sed 's/^/    /' "$answers.err"
    fi
}

told=0
answers=$(mktemp -d)/answer
trap 'rm -rf "$trial" "${answers%/answer}"' EXIT

# A scenario without a fault passes, so that each fault is the reason of its answer.
for file in good*.ini; do
    if ! "$trefoil" check "$file" --plugin-dir "$plugins" >"$answers.out" 2>"$answers.err"; then
        verb=check
        complain "a good file is refused"
        sed 's/^/    /' "$answers.err"
    fi
done
told=$failed

for file in *.ini; do
    case $file in good*) continue ;; esac
    expectation=$(head -n 1 "$file" | tr -d '\000' | sed -n 's/.*; expect:\(.*\)$/\1/p' | tr -d '\r')
    with=$(sed -n '2s/^; with: //p' "$file" | tr -d '\000')
    place=${expectation%%: *}
    words=${expectation#*: }
    case $place in
    --set) place="--set: " ;;
    0) place="$file: " ;;
    *[!0-9]*) place="$place: " ;;
    '') verb=none && complain "no expectation" && continue ;;
    *) place="$file:$place: " ;;
    esac
    n=$((n + 1))
    # shellcheck disable=SC2086 # several arguments
    try check $with
    # shellcheck disable=SC2086
    try run --out "$trial/out" $with
done

echo "$n broken files, $failed failures"
[ "$n" -ge 40 ] || { echo "fewer than 40 files"; exit 1; }
[ "$failed" -eq 0 ]
