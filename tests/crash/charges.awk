# What the service has done (KEY AMOUNT RECEIPT), then what was committed (ORDER USER AMOUNT RECEIPT): each charge that was committed was
# done, once, with its amount; with WHOLE, COUNT of them, and nothing else was done.
FILENAME == ARGV[1] { amount[$3] = $2; done++; next }
!($4 in amount) || amount[$4] != $3 || seen[$4]++ || orders[$1]++ { print "wrong: " $0; wrong = 1; exit }
{ committed++ }
END {
    if (!wrong && WHOLE && (committed != COUNT || done != COUNT)) { print committed + 0 " of " COUNT " committed, " done " done"; wrong = 1 }
    exit wrong
}
