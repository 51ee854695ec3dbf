# Each code has a line in section L18, and a page, whose first program gives exactly this diagnostic and no other, as shown; its last
# one is right. Says only what is wrong with them. UPDATE=1 writes the diagnostics into the pages. L18.3
pages=$PWD/lang/explain definitions=lang/diag.def language=$PWD/spec/language.md

# block PAGE KIND NUMBER: what stands in a fenced block, counted among those of its kind.
block() {
    awk -v fence="\`\`\`$2" -v number="$3" '$0 == "```" { on = 0 } on { print } $0 == fence && ++count == number { on = 1 }' "$1"
}

# show_diagnostic PAGE FILE: puts what the file has into the page's block of text.
show_diagnostic() {
    awk -v file="$2" '$0 == "```" { skip = 0 } !skip { print } $0 == "```text" { skip = 1; while ((getline line < file) > 0) print line }' "$1" >"$2.md"
    cp "$2.md" "$1"
}

# write_modules PAGE: the files that the programs import stand in blocks with their names, and so do other applications of them.
write_modules() {
    awk '$0 == "```" { file = "" } file { print >file } /^```portals ./ { file = $2 }' "$1"
}

# list_apps PAGE: those of these files that are applications.
list_apps() {
    awk '/^```portals ./ { file = $2 } /^app / && file { print file } $0 == "```" { file = "" }' "$1"
}

# check_inputs CODE PAGE: a page about what is typed at the prompt: the first inputs give the diagnostic, the last ones none.
check_inputs() {
    block "$2" repl 1 | "$PORTALS" repl >said.txt 2>&1
    grep -q "^[a-z]*\[$1\]" said.txt || echo "$1: the wrong inputs do not give it"
    [ -z "$UPDATE" ] || show_diagnostic "$2" said.txt
    block "$2" text 1 | diff - said.txt || echo "$1: the page shows something else"
    block "$2" repl 2 | "$PORTALS" repl >said.txt 2>&1 || { echo "$1: the mended inputs are not right"; cat said.txt; }
}

# check_page CODE MEANING
check_page() {
    local page=$pages/$1.md file=$1.portals apps options=()
    [ "$1" != E0717 ] || options=(--no-ffi)
    [ -e "$page" ] || { echo "$1 has no page: lang/explain/$1.md is missing"; return; }
    [ "$(head -1 "$page")" = "# $1: $2" ] || echo "$1: the title of the page is not what diag.def says"
    grep -q '^```repl$' "$page" && { check_inputs "$1" "$page"; return; }
    write_modules "$page"
    mapfile -t apps < <(list_apps "$page")
    block "$page" portals 1 >"$file"
    "$PORTALS" check "${options[@]}" "$file" "${apps[@]}" 2>said.txt
    grep -o '^[a-z]*\[E[0-9]*\]' said.txt | grep -vF "[$1]" && echo "$1: the wrong program has other mistakes, too"
    grep -q "^[a-z]*\[$1\]" said.txt || { echo "$1: the wrong program does not give it"; cat said.txt; }
    [ -z "$UPDATE" ] || show_diagnostic "$page" said.txt
    block "$page" text 1 | diff - said.txt || echo "$1: the page shows another diagnostic"
    block "$page" portals 2 >"$file"
    [ -s "$file" ] || echo "$1: there is no mended program"
    "$PORTALS" check "${options[@]}" "$file" "${apps[@]}" 2>&1 || echo "$1: the mended program is not right"
}

sed -n 's/^DIAG(\([0-9]*\), [A-Z_]*, [A-Z_]*, "\(.*\)")$/E0\1  \2/p' "$definitions" >"$TMP/codes.txt"
cd "$TMP" || exit
"$PORTALS" explain | diff codes.txt - || echo "the list of all codes is another one"
while read -r code meaning; do check_page "$code" "$meaning"; done <codes.txt
sed 's/ .*//' codes.txt | sort | diff - <(sed -n 's/^| \(E0[0-9]*\) |.*/\1/p' "$language" | sort) || echo "section L18 lists other codes"
for page in "$pages"/*.md; do
    grep -q "^$(basename "$page" .md) " codes.txt || echo "$page is about no code"
done

echo '$ portals explain E0310'
"$PORTALS" explain E0310
for name in e0310 310; do "$PORTALS" explain $name | cmp - <("$PORTALS" explain E0310); done
for name in E0999 hello "" 0310310; do
    echo "\$ portals explain '$name'"
    "$PORTALS" explain "$name"
    echo "status $?"
done
