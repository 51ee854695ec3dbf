#!/bin/bash
# Does a golden test name every clause of the language and of the semantics? Lists the clauses that none does, and fails if there is
# one. Usage: scripts/clauses.sh [CLAUSE]; with a clause, lists the tests that name it. Prints `clauses: N passed, M failed`, or
# appends that line to the file $COUNTS.
#
# A test names a clause (L7.4.2, S3.4) in a comment of its program or script. Clauses that golden tests cannot show stand in
# scripts/clauses.exceptions, each with the reason, or with the other tests that show it.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

# Lines `CLAUSE FILE`.
named() {
    grep -HoE '(//|^#).*' tests/golden/*/*.portals tests/golden/*/*.sh examples/*/*.portals |
        perl -ne 'my ($file, $comment) = split /:/, $_, 2; print "$1 $file\n" while $comment =~ /\b([LS]\d+(?:\.\d+)+)/g' | sort -uV
}

if [ $# -gt 0 ]; then
    named | awk -v clause="$1" '$1 == clause { print $2 }'
    exit
fi

clauses=$(mktemp) tested=$(mktemp) excepted=$(mktemp)
trap 'rm -f "$clauses" "$tested" "$excepted"' EXIT
grep -ohE '^- \*\*[LS][0-9.]*[0-9]\*\*' spec/language.md spec/semantics.md | tr -d '* -' | sort >"$clauses"
named | cut -d' ' -f1 | sort -u >"$tested"
sed -n 's/^\([LS][0-9.]*[0-9]\) .*/\1/p' scripts/clauses.exceptions | sort >"$excepted"

# complain TEXT: for each clause of standard input.
failed=0
complain() {
    while read -r clause; do
        echo "$clause $1"
        failed=$((failed + 1))
    done
}
complain 'is named by no golden test' < <(sort -u "$tested" "$excepted" | comm -23 "$clauses" -)
complain 'is named by a test, but there is no such clause' < <(comm -13 "$clauses" "$tested")
complain 'is an exception, but there is no such clause' < <(comm -13 "$clauses" "$excepted")
complain 'is no exception any more: a test names it' < <(comm -12 "$tested" "$excepted")
complain 'is defined twice' < <(uniq -d "$clauses")

line="clauses: $(($(sort -u "$clauses" | wc -l) - failed)) passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ "$failed" -eq 0 ]
