# A run that was interrupted goes on where it was, with any number of partitions; one that has ended says so. S5.7 S11.1 S11.3 S11.8
source tests/golden/cli/data.inc
run --bad=6
run --partitions 3 --stats 2>&1 | sed '/events in\|epochs stood\|bytes logged/s/[0-9][0-9.]*/N/g'
run
run --partitions 2 --bad=8
show out.txt
start_anew
run --partitions 3 --bad=6
run --partitions 1
show out.txt
