using Saki.Storage;

namespace Saki.Tests.Storage;

/// <summary>The child process of the kill -9 test: commits pack after pack until it is killed. Started as <c>dotnet Saki.Tests.dll --write-packs FOLDER SEED</c>.</summary>
internal static class StoreWriter
{
    public const string Argument = "--write-packs";

    public static int Main(string[] args)
    {
        if (args is not [Argument, var folder, var seed]) return 0; // the test runner loads this assembly, it does not run it
        Console.WriteLine("writing");
        for (var i = 0; ; i++)
        {
            using var store = new ObjectStore(folder);
            using var pack = store.BeginPack();
            for (var k = 0; k < 50; k++)
                pack.Add(ObjectStoreTests.Bytes((int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture) * 1_000_000) + (i * 50) + k, 300));
            pack.Commit();
        }
    }
}
