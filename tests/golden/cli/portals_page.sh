# What spec/portals.md says is true.
page=$PWD/spec/portals.md
. tests/golden/cli/page.inc
