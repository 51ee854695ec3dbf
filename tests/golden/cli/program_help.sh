# Every program tells its parameters and options, built or not. L2.1.4 L14.4
"$PORTALS" run examples/word_count/word_count.portals --help
echo "status $?"
"$PORTALS" build examples/word_count/word_count.portals -o "$TMP/word_count" || exit
cd "$TMP"
./word_count --help >help.txt
echo "status $?"
./word_count --version
echo "status $?"
