// expire.h - entries all of whose states have expired are dropped: a part of all entries with each epoch.
#ifndef VM_EXPIRE_H
#define VM_EXPIRE_H

#include "vm/runtime.h"

// Whether something of the key is under way in an exclusive task. The entry knows, and must stay.
bool expire_is_busy(const PtTask *task, const char *entry);
// Whether all states of an entry of the task have expired at `time`. False if entries of the task are never dropped.
bool expire_is_over(const Runtime *runtime, const PtTask *task, const char *entry, int64_t time);
// Between two steps: looks at some entries of the partition, the next ones each time, and drops those that are over. In a durable
// run it notes that in the partition's record. Entries of a workflow that ends stay, since they are counted.
void expire_some(Partition *partition);

#endif
