%% What the programs of bench/actors do, with processes of Erlang. Each of them prints its result: `erl ... -run actors main fib 27`.
%% Processes that are many have small heaps, which is faster here than the heaps that they have by default.
-module(actors).
-export([main/1, pong/0, counter/1, member/3, fib/2, player/3, account/1, idle/0]).

main([Name | Arguments]) ->
    Numbers = [list_to_integer(A) || A <- Arguments],
    Result = apply(fun run/2, [list_to_atom(Name), Numbers]),
    io:format("~b~n", [Result]),
    erlang:halt(0, [{flush, true}]).

run(start, []) -> 0;
run(ping_pong, [Messages]) -> ping(spawn(?MODULE, pong, []), Messages div 2, 0);
run(count, [Messages]) -> count(spawn(?MODULE, counter, [0]), Messages);
run(ring, [Members, Hops]) -> ring(Members, Hops);
run(fib, [N]) -> fibs(N);
run(big, [Players, Pings]) -> big(Players, Pings);
run(keyed, [Accounts, Messages]) -> keyed(Accounts, Messages);
run(idle, [Count]) -> idle(Count).

small(Function, Arguments) -> spawn_opt(?MODULE, Function, Arguments, [{min_heap_size, 12}]).

%% ---- ping-pong ----

ping(_, 0, Pongs) -> Pongs;
ping(Pong, Left, Pongs) ->
    Pong ! {ping, self()},
    receive pong -> ping(Pong, Left - 1, Pongs + 1) end.

pong() ->
    receive {ping, From} -> From ! pong, pong() end.

%% ---- count ----

count(Counter, 0) ->
    Counter ! {get, self()},
    receive {value, N} -> N end;
count(Counter, Left) ->
    Counter ! increment,
    count(Counter, Left - 1).

counter(N) ->
    receive
        increment -> counter(N + 1);
        {get, From} -> From ! {value, N}, counter(N)
    end.

%% ---- thread ring: the number of the member that has the token at the end ----

ring(Members, Hops) ->
    Main = self(),
    First = spawn(?MODULE, member, [1, none, Main]),
    Last = lists:foldl(fun(Number, Next) -> spawn(?MODULE, member, [Number, Next, Main]) end, First, lists:seq(Members, 2, -1)),
    First ! {next, Last},
    First ! {token, Hops},
    receive {at, Number} -> Number end.

member(Number, none, Main) ->
    receive {next, Next} -> member(Number, Next, Main) end;
member(Number, Next, Main) ->
    receive
        {token, 0} -> Main ! {at, Number};
        {token, Left} -> Next ! {token, Left - 1}, member(Number, Next, Main)
    end.

%% ---- fib: a process for each call ----

fibs(N) ->
    small(fib, [self(), N]),
    receive {value, V} -> V end.

fib(Parent, N) when N < 2 -> Parent ! {value, N};
fib(Parent, N) ->
    small(fib, [self(), N - 1]),
    small(fib, [self(), N - 2]),
    receive
        {value, A} -> receive {value, B} -> Parent ! {value, A + B} end
    end.

%% ---- big: each sends pings to the others, the next one when the pong has come; all pings that were taken ----

big(Count, Pings) ->
    Players = [small(player, [self(), I, Pings]) || I <- lists:seq(0, Count - 1)],
    All = list_to_tuple(Players),
    [P ! {begin_with, All} || P <- Players],
    [receive done -> ok end || _ <- Players],
    [P ! {get, self()} || P <- Players],
    lists:sum([receive {taken, N} -> N end || _ <- Players]).

player(Main, I, Pings) ->
    receive {begin_with, All} -> play(Main, All, next(All, I + 1), Pings, 0) end.

next(All, Random) ->
    Next = random(Random),
    element((Next bsr 12) rem tuple_size(All) + 1, All) ! {ping, self()},
    Next.

play(Main, All, Random, Left, Taken) ->
    receive
        {ping, From} -> From ! pong, play(Main, All, Random, Left, Taken + 1);
        pong when Left > 1 -> play(Main, All, next(All, Random), Left - 1, Taken);
        pong -> Main ! done, play(Main, All, Random, 0, Taken);
        {get, From} -> From ! {taken, Taken}
    end.

random(N) -> (N * 1664525 + 1013904223) band 16#ffffffff.

%% ---- keyed: increments to many accounts in random order, then each is asked ----

keyed(Count, Messages) ->
    Accounts = [small(account, [0]) || _ <- lists:seq(1, Count)],
    increments(list_to_tuple(Accounts), 1, Messages),
    [A ! {get, self()} || A <- Accounts],
    total(Count, 0).

increments(_, _, 0) -> ok;
increments(Accounts, Random, Left) ->
    Next = random(Random),
    element((Next bsr 12) rem tuple_size(Accounts) + 1, Accounts) ! increment,
    increments(Accounts, Next, Left - 1).

total(0, Sum) -> Sum;
total(Left, Sum) ->
    receive {value, N} -> total(Left - 1, Sum + N) end.

account(N) ->
    receive
        increment -> account(N + 1);
        {get, From} -> From ! {value, N}, account(N)
    end.

%% ---- processes that wait: bytes of each ----

idle(Count) ->
    Before = erlang:memory(total),
    [small(idle, []) || _ <- lists:seq(1, Count)],
    erlang:garbage_collect(),
    (erlang:memory(total) - Before) div Count.

idle() ->
    receive stop -> ok end.
