#!/bin/bash
# Is the exact text of every diagnostic in a test? Lists the texts of the front end that no golden test expects, and fails if there is
# one. Usage: scripts/diagnostics.sh; prints `diagnostics: N passed, M failed`, or appends that line to the file $COUNTS.
#
# A text is a string of several words in lang/*.c or the C part of lang/scan.l. In it %s and the like stand for anything. It is
# tested if a line of an .expected or .err file in tests/golden, or of a page of lang/explain, has it. Texts that no program can
# get, or that are none, stand in scripts/diagnostics.exceptions: `FILE: TEXT`, below a comment that says why. TEXT may be `*`, which is all of the file.
set -uo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.." || exit 2

# texts FILE: `FILE: TEXT` for each string of several words, as it is written in C, neighbours joined.
texts() {
    perl -0777 -e '
        my ($file) = @ARGV;
        open my $in, "<", $file or die "$file: $!";
        my $source = <$in>;
        $source =~ s/.*\n%%\n//s if $file =~ /\.l$/;
        while ($source =~ m{//[^\n]*|/\*.*?\*/|^\#[^\n]*|\x27(?:\\.|[^\x27\\])+\x27|((?:"(?:\\.|[^"\\])*"\s*)+)|.}msg) {
            my $text = $1 // next;
            $text =~ s/\s+$//;
            $text =~ s/"\s*"//g;
            print "$file: ", substr($text, 1, -1), "\n" if $text =~ /\w.* .*\w|\w .*%|%.* \w/;
        }' "$1"
}

# untested: of the lines `FILE: TEXT` of standard input, those whose text no test expects.
untested() {
    find tests/golden -name '*.expected' -o -name '*.err' -o -path 'tests/golden/*.md' | xargs cat lang/explain/*.md |
        perl -e '
            open my $expected, "<&=", 3;
            my $all = do { local $/; <$expected> };
            while (my $line = <STDIN>) {
                chomp $line;
                my ($text) = $line =~ /^[^:]*: (.*)/;
                $text =~ s/\\n.*//;
                $text =~ s/\\(["\\])/$1/g;
                my $pattern = join ".*", map { quotemeta } split /%(?:[-0-9.]*\*?)*(?:l|ll|z)?[a-zA-Z]/, $text, -1;
                print "$line\n" unless $all =~ /$pattern/;
            }' 3<&0 4<&0 <"$1"
}

all=$(mktemp) missing=$(mktemp) excepted=$(mktemp)
trap 'rm -f "$all" "$missing" "$excepted"' EXIT
for file in lang/*.c lang/scan.l; do texts "$file"; done | sort -u >"$all"
untested "$all" >"$missing"
grep -v '^#\|^$' scripts/diagnostics.exceptions | sort -u >"$excepted"

failed=0
while IFS= read -r line; do
    grep -qxF -e "$line" -e "${line%%:*}: *" "$excepted" && continue
    echo "no test expects $line"
    failed=$((failed + 1))
done <"$missing"
while IFS= read -r line; do
    case $line in
    *': *') [ -e "${line%%:*}" ] && continue ;;
    *) grep -qxF -e "$line" "$missing" && continue ;;
    esac
    echo "no exception any more: $line"
    failed=$((failed + 1))
done <"$excepted"

passed=$(($(wc -l <"$all") - failed))
line="diagnostics: $passed passed, $failed failed"
if [ -n "${COUNTS:-}" ]; then echo "$line" >>"$COUNTS"; else echo "$line"; fi
[ "$failed" -eq 0 ]
