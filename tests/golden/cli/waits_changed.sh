# A changed program is told of all continuations whose code it does not have, before anything runs; it can drop them. S13.4 S13.5 S13.6 S13.7 S13.8 E5.12
source tests/golden/cli/waits.inc
echo "# what does not matter: names, other code, functions that are called, and new ones"
changed 's/let name = checked/let who = checked/; s/signed by {name}/signed by {who}/; s/bad line/wrong line/'
echo "# a function, the one that called it, a handler of requests, a type"
changed 's/with care/with great care/'
changed 's/number = count/number = count + 100/'
changed 's/reply "{name} /reply "by {name} /'
changed 's/limit: Int/limit: Float/; s/> limit/.to_float() > limit/; s/order, 100)/order, 100.0)/'
echo "# nothing is lost"
run
echo "# dropped: the key goes on"
changed 's/with care/with great care/' --drop-frames
inspect --limit 0 --task Orders
echo "# dropped once, and not asked for again"
changed 's/with care/with great care/' --drop-frames --bad=bad
run_program changed.portals
echo "# dropped: what asked gets an error"
changed 's/reply "{name} /reply "by {name} /' --drop-frames
echo "# dropped: what had begun; what waited for its turn begins in the new code"
changed 's/number = count/number = count + 100/' --drop-frames
echo "# what cannot be dropped: a task, a state, an exclusive key"
changed 's/exclusive task/task/'
changed 's/state count: Int = 0/state count: Float = 0.0/; s/count += 1/count += 1.0/; s/let number = count/let number = count.to_int()/'
