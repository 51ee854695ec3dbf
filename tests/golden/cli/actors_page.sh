# What spec/actors.md says is true.
page=$PWD/spec/actors.md
. tests/golden/cli/page.inc
