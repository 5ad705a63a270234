#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A room includes itself and the rooms below it, never one above; plugin.h stands alone; a plugin knows plugin.h only.
#   rooms.sh SOURCE_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
rooms="base random scenario world model plugin engine store analysis deal report"

# "file:line: ..." of every include that breaks the rule, in a tree.
violations()
(
    cd "$1"
    below=""
    for room in $rooms; do
        below="$below $room"
        [ -d "core/src/$room" ] || continue
        for file in core/src/"$room"/*.[ch]; do
            [ -e "$file" ] || continue
            grep -n '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$file" | while IFS= read -r found; do
                line=${found%%:*}
                header=${found#*\"}
                header=${header%%\"*}
                case $header in
                trefoil/*) continue ;;
                */*) owner=${header%%/*} ;;
                *) if [ -e "core/src/$room/$header" ]; then owner=$room; else owner="?"; fi ;;
                esac
                case " $below " in
                *" $owner "*) ;;
                *) echo "$file:$line: room '$room' includes \"$header\", which is not below it" ;;
                esac
            done
        done
    done
    if [ -e core/include/trefoil/plugin.h ]; then
        grep -nE '^[[:space:]]*#[[:space:]]*include' core/include/trefoil/plugin.h | grep -vE '<(stddef|stdint)\.h>' |
            sed 's|^|core/include/trefoil/plugin.h:|; s|$|: plugin.h stands alone|' || true
    fi
    if [ -d plugins ]; then
        find plugins -name '*.[ch]' -exec grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"(base|random|scenario|world|model|plugin|engine|store|analysis|deal|report)/|trefoil/trefoil\.h' {} /dev/null \; |
            sed 's|$|: a plugin includes trefoil/plugin.h only|'
    fi
)

# The rule can tell: a tree with one violation of each kind gives as many lines.
mkdir -p "$trial/core/src/base" "$trial/core/src/engine" "$trial/core/include/trefoil" "$trial/plugins/p"
printf '#include "base/b.h"\n#include "engine/e.h"\n' >"$trial/core/src/base/b.c"
printf '#include "base/b.h"\n#include "trefoil/trefoil.h"\n#include "nowhere.h"\n' >"$trial/core/src/engine/e.h"
printf '#include <stdint.h>\n#include <stdio.h>\n' >"$trial/core/include/trefoil/plugin.h"
printf '#include "trefoil/plugin.h"\n#include "base/b.h"\n' >"$trial/plugins/p/p.c"
found=$(violations "$trial" | wc -l)
if [ "$found" -ne 4 ]; then
    echo "rooms.sh is broken: it sees $found of 4 violations"
    exit 1
fi

wrong=$(violations "$1")
if [ -n "$wrong" ]; then
    echo "$wrong"
    exit 1
fi
files=$(find "$1/core/src" -name '*.[ch]' | wc -l)
if [ "$files" -lt 10 ]; then
    echo "only $files files under $1/core/src: is this the right folder?"
    exit 1
fi
echo "$files files, no include upwards"
