// Whether the keys of a type keep all of a value: looks for a Float in the graph that types are.
#include "vm/desc_set.h"
#include "vm/encode.h"

bool encode_key_is_exact(const PtDesc *desc) {
    if (desc->kind == PT_INT || desc->kind == PT_STRING || desc->kind == PT_BOOL || desc->kind == PT_UNIT) return true;
    DescSet found = {0};
    bool exact = true;
    desc_set_add(&found, desc);
    for (size_t i = 0; exact && i < found.count; i++) { // grows meanwhile
        exact = found.items[i]->kind != PT_FLOAT;
        desc_set_add_parts(&found, found.items[i]);
    }
    desc_set_free(&found);
    return exact;
}
