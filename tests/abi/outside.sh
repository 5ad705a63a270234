#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Install, and be an author elsewhere: a copy of a shipped plugin and the plugin of the README are built with nothing but what was installed,
# described, and the README's scenario runs.
#   outside.sh BUILD_FOLDER SOURCE_FOLDER
set -eu
export LC_ALL=C
build=$1
source=$2
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
cd "$trial"

fail()
{
    echo "not ok: $1"
    shift
    [ $# -eq 0 ] || cat "$@"
    exit 1
}

# block LANGUAGE: the README's code block in that language; there is exactly one.
block()
{
    awk -v open="\`\`\`$1" '$0 == open { inside = 1; n++; next } /^```/ { inside = 0 } inside { print } END { exit n != 1 }' "$source/README.md"
}

cmake --install "$build" --prefix "$trial/prefix" >log 2>&1 || fail "cmake --install" log
for file in bin/trefoil lib/trefoil/plugins/adherence.so include/trefoil/plugin.h lib/cmake/trefoil/trefoil-config.cmake \
    share/trefoil/scenarios/adherence-greater-manchester.ini; do
    [ -f "prefix/$file" ] || fail "$file is not installed"
done

mkdir author
sed 's/org\.trefoil\.adherence/org.example.copy/' "$source/plugins/adherence/adherence.c" >author/copy.c
block c >author/home_bp.c || fail "README.md: expected one block of C"
cat >author/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.21)
project(author LANGUAGES C)
find_package(trefoil 0.1 REQUIRED)
trefoil_add_plugin(copy SOURCES copy.c LIBRARIES m)
trefoil_add_plugin(home_bp SOURCES home_bp.c)
target_compile_options(plugin_home_bp PRIVATE -Werror)
END
cmake -S author -B author/build -DCMAKE_PREFIX_PATH="$trial/prefix" >log 2>&1 || fail "find_package(trefoil)" log
cmake --build author/build >log 2>&1 || fail "building the plugins" log

trefoil=$trial/prefix/bin/trefoil
for plugin in copy home_bp; do
    "$trefoil" plugin describe "$plugin" --plugin-dir author/build/plugins >out 2>&1 || fail "describe $plugin" out
done
grep -q '^id  *org\.example\.homebp$' out || fail "describe home_bp" out
"$trefoil" check prefix/share/trefoil/scenarios/adherence-greater-manchester.ini >out 2>&1 || fail "check of the installed scenario" out

block ini >home.ini || fail "README.md: expected one block of INI"
"$trefoil" run home.ini --plugin-dir author/build/plugins --out results --draws 2 --persons 500 \
    --set "population:data=$source/scenarios/england" --set "model:file=$source/scenarios/models/cardiometabolic.ini" >out 2>&1 ||
    fail "the README's scenario" out
grep -q "^Monitoring at home" out || fail "the README's scenario" out
lowered=$(awk -F, '$1 == "home" && $2 == "all" && $4 == "qaly" && $6 == 1 && $7 == "per_person" { print ($8 > 0) }' results/difference.csv)
[ "$lowered" = 1 ] || fail "monitoring at home should gain QALYs" results/difference.csv
echo "installed, built outside, run"
