%% What bench/ask_reply.portals does, with two processes: `calls` by gen_server:call, with one in flight; `casts` by gen_server:cast
%% with a reference, in batches. Prints the sum, and on standard error the nanoseconds that each took.
-module(ask_reply).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

init([]) -> {ok, none}.

handle_call(N, _From, State) -> {reply, 2 * N, State}.

handle_cast({From, Ref, N}, State) ->
    From ! {Ref, 2 * N},
    {noreply, State}.

add(Sum, Reply) -> (Sum * 31 + Reply) band 16#7ffffffffff.

calls(_, N, N, _, Sum) -> Sum;
calls(Server, N, Count, Batch, Sum) -> calls(Server, N + 1, Count, Batch, add(Sum, gen_server:call(Server, N, infinity))).

casts(_, N, N, _, Sum) -> Sum;
casts(Server, N, Count, Batch, Sum) ->
    End = min(N + Batch, Count),
    Pending = ask(Server, N, End, #{}),
    casts(Server, End, Count, Batch, take(Pending, map_size(Pending), Sum)).

ask(_, N, N, Pending) -> Pending;
ask(Server, N, End, Pending) ->
    Ref = make_ref(),
    gen_server:cast(Server, {self(), Ref, N}),
    ask(Server, N + 1, End, Pending#{Ref => N}).

take(_, 0, Sum) -> Sum;
take(Pending, Left, Sum) ->
    receive
        {Ref, Reply} when is_map_key(Ref, Pending) -> take(maps:remove(Ref, Pending), Left - 1, add(Sum, Reply))
    end.

main([How, Count, Batch]) ->
    {ok, Server} = gen_server:start_link(?MODULE, [], []),
    N = list_to_integer(Count),
    Begin = erlang:monotonic_time(nanosecond),
    Sum = case How of
        "calls" -> calls(Server, 0, N, list_to_integer(Batch), 0);
        "casts" -> casts(Server, 0, N, list_to_integer(Batch), 0)
    end,
    Time = erlang:monotonic_time(nanosecond) - Begin,
    io:format("~b~n", [Sum]),
    io:format(standard_error, "~.1f~n", [Time / max(N, 1)]),
    halt(0).
