# Who makes up a name of an actor says what messages it takes, and is believed: the actor fails when one of another type comes. So does who
# reads a cell that is declared with two types.
cat >"$TMP/names.portals" <<'END2'
import actor

param cells: Bool = false

enum BankMsg { Deposit(n: Int) }

fn bank() -> Behavior[BankMsg] = receive((ctx, Deposit(n)) => {
  ctx.output("{n} more")
  same()
})

let right: ActorRef[BankMsg] = named("bank")
let wrong: ActorRef[Int] = named("bank")

let number = cell("x", 1)
let text = cell("x", "one")

fn sender() -> Behavior[()] = init(ctx => {
  ctx.send(right, Deposit(5))
  if cells {
    ctx.set(number, 2)
    ctx.output(ctx.get(text))
  }
  ctx.send(wrong, 5)
  stopped()
})

workflow main = from([creation("bank", bank()), creation("sender", sender())]) |> actor.system |> print
END2
for arguments in "" --cells=true "--partitions 3"; do
    "$PORTALS" run "$TMP/names.portals" $arguments 2>&1 | sed -E 's/actor.portals:[0-9:]+/actor.portals:N/; s/Id\([-0-9, ]*\)/Id(...)/g; s/event [0-9]+ of/event N of/'
done
