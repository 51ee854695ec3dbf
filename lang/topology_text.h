// topology_text.h - the dataflow graph as text for people: a line for each stream, and for each path within it.
#ifndef LANG_TOPOLOGY_TEXT_H
#define LANG_TOPOLOGY_TEXT_H

#include "lang/topology.h"

//   stream   xs: Int = from
//   workflow orders: Order = operations |> key |> Cart (asks inventory) |> write_json
//   workflow mixed: Int
//     1. xs |> filter
//     2. xs |> filter |> map
//     3. union(1, 2)
//
// What the compiler has added (outside.h) is left out. Equal programs give equal texts.
void topology_text(const Context *context, const Topology *topology, Buf *out);

#endif
