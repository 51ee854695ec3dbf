# What is kept of actors that have ended: nothing, whatever they did with timers; of one with a name, how many identities it has given.
cd "$TMP"
cat >timers.portals <<'END'
app Timers
import actor

enum Msg { Tick }

fn user(kind: Int) -> Behavior[Msg] = init(ctx => {
  let timer = ctx.after(1.ms, Tick)
  if kind == 1 { ctx.cancel(timer) } // before it comes
  if kind == 1 { ctx.after(2.ms, Tick) }
  receive((ctx, _) => {
    if kind == 2 { ctx.cancel(timer) } // when it has come
    if kind == 3 { ctx.every(1.h, Tick) } // it ends with the actor
    stopped()
  })
})

fn root() -> Behavior[Msg] = init(ctx => {
  for i in 0..100 { ctx.create(user(i % 4)) }
  stopped()
})

workflow main = run(root()) |> print
END
"$PORTALS" run timers.portals --data data
echo "status $?"
"$PORTALS" inspect data | sed -n '/^task/,$p'
