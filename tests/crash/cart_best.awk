# cart_best.awk - of the file orders of the shopping cart, "times item" for each item.
{
    sub(/.*\[/, "")
    gsub(/[^0-9]+/, " ")
    for (i = 1; i <= NF; i++) sold[$i]++
}
END { for (item in sold) print sold[item], item }
