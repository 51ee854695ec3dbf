#!/bin/bash
# Plays the transcripts in this folder. Usage: tests/prompt/run.sh PLAY [NAME]; $PORTALS is the command. Prints
# `prompt: N passed, M failed`, or appends that line to the file $COUNTS.
set -uo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/../.." || exit 2
play=$(realpath "$1")
only=${2:-}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
mkdir "$TMP/bin"
ln -s "$(realpath "$PORTALS")" "$TMP/bin/portals"
export PATH=$TMP/bin:$PATH ROOT=$PWD
unset NO_COLOR XDG_STATE_HOME
passed=0 failed=0
for transcript in "$PWD"/tests/prompt/${only:-*}.screen; do
    name=$(basename "$transcript" .screen)
    mkdir "$TMP/$name"
    if (cd "$TMP/$name" && HOME=$TMP/$name "$play" "$transcript"); then
        passed=$((passed + 1))
    else
        echo "FAIL $name"
        failed=$((failed + 1))
    fi
done
line="prompt: $passed passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ "$failed" -eq 0 ]
