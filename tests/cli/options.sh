#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line itself: versions, help, and what it answers to wrong options.
#   options.sh TREFOIL SOURCE_FOLDER
set -eu
export LC_ALL=C
trefoil=$1
trial=$(mktemp -d)
answers=$(mktemp -d)
trap 'rm -rf "$trial" "$answers"' EXIT
cd "$trial"
failed=0

# expect STATUS STREAM WORDS ARGUMENT...: the stream holds the words, the other one is empty, nothing is written.
expect()
{
    wanted=$1
    stream=$2
    words=$3
    shift 3
    status=0
    "$trefoil" "$@" >"$answers/out" 2>"$answers/err" </dev/null || status=$?
    other=err
    [ "$stream" = err ] && other=out
    if [ "$status" -ne "$wanted" ] || ! grep -qF -e "$words" "$answers/$stream" || [ -s "$answers/$other" ] ||
        [ -n "$(ls -A)" ]; then
        echo "not ok: trefoil $*: status $status, expected $wanted and '$words' on std$stream alone"
        cat "$answers/out" "$answers/err"
        failed=$((failed + 1))
    fi
}

expect 0 out "plugin ABI 1." --version
expect 0 out "store format 3" --version
expect 0 out "trefoil run SCENARIO.ini" --help
for verb in run check; do
    expect 0 out "trefoil $verb SCENARIO.ini" "$verb" --help
    expect 2 err "SCENARIO.ini is missing" "$verb"
    expect 2 err "one argument too many: 'b.ini'" "$verb" a.ini b.ini
done
expect 0 out "trefoil plugin describe NAME" plugin describe --help
expect 0 out "trefoil plugin list" plugin list --help
expect 0 out "trefoil plugin list" plugin --help
for option in out persons draws seed threads block set plugin-dir resume isolate hook-timeout quiet; do
    expect 0 out "--$option" run --help
done
expect 2 err "trefoil run SCENARIO.ini"
expect 2 err "'rnu': no such command; did you mean 'run'?" rnu
expect 2 err "'--verison': no such command; did you mean '--version'?" --verison
expect 2 err "'--perons': no such option; did you mean '--persons'?" run a.ini --perons 5
expect 2 err "'--perons': no such option; did you mean '--persons'?" run a.ini --perons=5
expect 2 err "'-q': no such option" run -q a.ini
expect 2 err "--draws: its argument is missing: N" run a.ini --draws
expect 2 err "--resume takes no argument" run a.ini --resume=yes
expect 2 err "--threads 0: expected a whole number from 1 to 1024" run a.ini --threads 0
expect 2 err "--block 1e3: expected a whole number" run a.ini --block 1e3
expect 2 err "'jsn': no such format; did you mean 'json'?" plugin describe x --format jsn
expect 2 err "'lst': no such plugin command; did you mean 'list'?" plugin lst
expect 0 out "trefoil plugin check NAME|FILE.so" plugin check --help
expect 0 out "trefoil plugin new NAME" plugin new --help
expect 2 err "is no name for a plugin" plugin new Über
expect 2 err "list, describe, check or new is missing" plugin
expect 2 err "--hook-timeout: needs --isolate" run a.ini --hook-timeout 3
expect 2 err "--inner: needs --evppi-nested" sensitivity a.ini --inner 10
expect 1 err "a.ini: No such file or directory" run a.ini
expect 1 err "a.ini: No such file or directory" check a.ini

if "$trefoil" --version >/dev/full 2>/dev/null; then
    echo "not ok: a full disk is not noticed"
    failed=$((failed + 1))
fi
[ "$failed" -eq 0 ]
