#!/bin/bash
# Does a test name every clause of the language, of the semantics, of the prompt and of embedding? Lists the clauses that none does,
# and fails if there is one. Usage: scripts/clauses.sh [CLAUSE]; with a clause, lists the tests that name it. Prints
# `clauses: N passed, M failed`, or appends that line to the file $COUNTS.
#
# A golden test, a transcript of the prompt, or a program that embeds others, names a clause (L7.4.2, S3.4, R2.1, M1.3) in a comment.
# Clauses that these cannot show stand in scripts/clauses.exceptions, each with the reason, or with the other tests that show it.
set -uo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.." || exit 2
texts=(spec/{language,semantics,repl,embedding}.md)

# Lines `CLAUSE FILE`.
named() {
    grep -HoE '(//|^#).*' tests/golden/*/*.portals tests/golden/*/*/*.portals tests/golden/*/*.sh examples/*/*.portals \
        tests/prompt/*.screen tests/embed/*.{c,sh} examples/embed/*.c |
        perl -ne 'my ($file, $comment) = split /:/, $_, 2; print "$1 $file\n" while $comment =~ /\b([LSRM]\d+(?:\.\d+)+)/g' | sort -uV
}

if [ $# -gt 0 ]; then
    named | awk -v clause="$1" '$1 == clause { print $2 }'
    exit
fi

clauses=$(mktemp) tested=$(mktemp) excepted=$(mktemp)
trap 'rm -f "$clauses" "$tested" "$excepted"' EXIT
grep -ohE '^- \*\*[LSRM][0-9.]*[0-9]\*\*' "${texts[@]}" | tr -d '* -' | sort >"$clauses"
sections=$(sed -n 's/^#* \([LSRM][0-9.]*\) .*/\1/p' "${texts[@]}")
named | cut -d' ' -f1 | sort -u | grep -vxFf <(echo "$sections") >"$tested"
sed -n 's/^\([LSRM][0-9.]*[0-9]\) .*/\1/p' scripts/clauses.exceptions | sort >"$excepted"

# complain TEXT: for each clause of standard input.
failed=0
complain() {
    while read -r clause; do
        echo "$clause $1"
        failed=$((failed + 1))
    done
}
complain 'is named by no test' < <(sort -u "$tested" "$excepted" | comm -23 "$clauses" -)
complain 'is named by a test, but there is no such clause' < <(comm -13 "$clauses" "$tested")
complain 'is an exception, but there is no such clause' < <(comm -13 "$clauses" "$excepted")
complain 'is no exception any more: a test names it' < <(comm -12 "$tested" "$excepted")
complain 'is defined twice' < <(uniq -d "$clauses")

line="clauses: $(($(sort -u "$clauses" | wc -l) - failed)) passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ "$failed" -eq 0 ]
