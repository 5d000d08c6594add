using Saki.Bench;

// One verb, one file. A benchmark prints one line of JSON per measured case, so that bench/run can set it beside its peers.
//   dotnet run -c Release --project bench/Saki.Bench -- VERB [CASE …]

if (args.Length == 0 || !Benchmarks.All.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"usage: Saki.Bench VERB [CASE …]; verbs: {string.Join(", ", Benchmarks.All.Keys.Order())}");
    return 2;
}
run(args[1..]);
return 0;
