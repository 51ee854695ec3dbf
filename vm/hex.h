// hex.h - bytes as pairs of hexadecimal digits.
#ifndef VM_HEX_H
#define VM_HEX_H

// The value of a digit, or -1.
static inline int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static inline void hex_put(char to[2], unsigned char byte) {
    static const char digits[] = "0123456789abcdef";
    to[0] = digits[byte >> 4];
    to[1] = digits[byte & 15];
}

#endif
