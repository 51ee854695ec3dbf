# cart_operations.awk - N operations for the shopping cart: many users want the same few items, which are delivered now and then.
function below(n) { return int(rand() * n) }
BEGIN {
    srand(SEED)
    for (i = 0; i < N; i++) {
        item = below(below(4) ? 12 : 300)
        user = 1 + below(200)
        what = below(20)
        if (what < 7) printf "{\"Deliver\": {\"item\": %d}}\n", item
        else if (what < 15) printf "{\"AddToCart\": {\"user\": %d, \"item\": %d}}\n", user, item
        else if (what < 17) printf "{\"RemoveFromCart\": {\"user\": %d, \"item\": %d}}\n", user, item
        else printf "{\"Checkout\": {\"user\": %d}}\n", user
    }
}
