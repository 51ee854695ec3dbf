# What waits in a directory: where, for what, for whom, and with which values. S13.9
source tests/golden/cli/waits.inc
stopped
inspect
inspect --task Desk --limit 1
inspect --task Desk --limit 1 --json
inspect --verify
