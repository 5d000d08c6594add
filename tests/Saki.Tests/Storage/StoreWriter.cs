using Saki.Datasets;
using Saki.Storage;

namespace Saki.Tests.Storage;

/// <summary>
/// The child processes of the kill -9 tests, started as <c>dotnet Saki.Tests.dll</c> with <c>--write-packs FOLDER SEED</c> (commits pack after pack) or
/// <c>--remove-sets HOME</c> (imports and removes sets that share images with what is there); both until they are killed.
/// </summary>
internal static class StoreWriter
{
    public const string Argument = "--write-packs", RemoveArgument = "--remove-sets";

    public static int Main(string[] args)
    {
        if (args is [Argument, var folder, var seed]) WritePacks(folder, int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture));
        if (args is [RemoveArgument, var home]) RemoveSets(new SakiHome(home));
        return 0; // the test runner loads this assembly, it does not run it
    }

    private static void WritePacks(string folder, int seed)
    {
        Console.WriteLine("writing");
        for (var i = 0; ; i++)
        {
            using var store = new ObjectStore(folder);
            using var pack = store.BeginPack();
            for (var k = 0; k < 50; k++) pack.Add(ObjectStoreTests.Bytes((seed * 1_000_000) + (i * 50) + k, 300));
            pack.Commit();
        }
    }

    private static void RemoveSets(SakiHome home)
    {
        for (var round = 0; ; round++)
        {
            using var store = new DatasetStore(home);
            var source = $"{home.Root}-source/{round}";
            foreach (var name in new[] { "even", "odd" }) Directory.CreateDirectory($"{source}/{name}");
            for (var i = 0; i < 60; i++) // half of them are in every set, half in this one only
                File.WriteAllBytes($"{source}/{(i % 2 == 0 ? "even" : "odd")}/{i}.pgm", i < 30 ? Pnm.Grey([(byte)i], 1, 1) : Pnm.Grey([(byte)i, (byte)round], 2, 1));
            new DatasetImport(store, TimeProvider.System, _ => null).Run(DatasetFormat.Open(source), $"set{round}");
            if (round == 0) Console.WriteLine("removing");
            if (round > 0) new DatasetRemoval(store, home).Run(new DatasetReference($"set{round - 1}", null, null));
        }
    }
}
