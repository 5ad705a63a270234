# SPDX-License-Identifier: GPL-3.0-or-later
# What the scripts of this folder have in common, read by each at its beginning: a folder to try things in, which goes at the end, and failures
# counted in `failed`.  A script that has more to say of a failure has its own complain.
export LC_ALL=C
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
failed=0

complain()
{
    echo "not ok: $1"
    failed=$((failed + 1))
}

# enter_tests SOURCE_FOLDER: go where tests/cli is in a copy of the repository that holds the scenarios and nothing else.
enter_tests()
{
    mkdir -p "$trial/tests/cli"
    ln -s "$1/scenarios" "$trial/scenarios"
    cd "$trial/tests/cli"
}

# faulty_scenario SOURCE_FOLDER: on stdout, a scenario of usual care and of a plugin to be named by `plugin = ` in the lines that follow.
faulty_scenario()
{
    awk '/^\[strategy/ { exit } { print }' "$1/tests/cli/invariance.ini"
    echo "[strategy usual_care]"
    echo "title = Usual care"
    echo "[strategy faulty]"
    echo "title = A faulty plugin"
    echo "interventions = fault"
    echo "[intervention fault]"
    echo "title = A fault"
}

# expect STATUS WORDS ARGUMENT...: how trefoil ends, and words on stdout when the status is 0, else on stderr.
expect()
{
    wanted=$1
    words=$2
    shift 2
    status=0
    "$trefoil" "$@" >out 2>err </dev/null || status=$?
    from=err
    [ "$wanted" -eq 0 ] && from=out
    if [ "$status" -ne "$wanted" ] || ! grep -qF -e "$words" $from; then
        complain "trefoil $*: status $status, expected $wanted and '$words'"
        head -n 20 out err
    fi
}
