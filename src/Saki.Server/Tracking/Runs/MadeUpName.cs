using System.Globalization;
using System.Security.Cryptography;

namespace Saki.Server.Tracking.Runs;

/// <summary>Names such as <c>patient-heron-412</c> for what was given none.</summary>
internal static class MadeUpName
{
    private static readonly string[] Moods =
    [
        "able", "amber", "bold", "brave", "bright", "calm", "candid", "careful", "clever", "crisp", "curious", "daring", "eager", "early", "fair", "gentle", "glad", "happy", "honest", "keen",
        "kind", "lively", "loyal", "lucid", "mellow", "merry", "modest", "neat", "nimble", "patient", "placid", "polite", "proud", "quick", "quiet", "rapid", "serene", "sharp", "silent", "sincere",
        "smart", "smooth", "steady", "stout", "sunny", "swift", "tidy", "vivid", "warm", "wise",
    ];

    private static readonly string[] Animals =
    [
        "ant", "badger", "bat", "bear", "bee", "bison", "boar", "carp", "cat", "colt", "crab", "crane", "crow", "deer", "dove", "duck", "eagle", "eel", "elk", "finch",
        "fox", "frog", "goat", "goose", "gull", "hare", "hawk", "heron", "horse", "ibis", "jay", "koala", "lark", "lion", "loon", "lynx", "mole", "moth", "newt", "otter",
        "owl", "panda", "perch", "quail", "raven", "robin", "seal", "shrew", "stork", "swan", "tern", "tiger", "toad", "trout", "whale", "wolf", "wren", "yak",
    ];

    public static string New() => string.Create(CultureInfo.InvariantCulture,
        $"{Moods[RandomNumberGenerator.GetInt32(Moods.Length)]}-{Animals[RandomNumberGenerator.GetInt32(Animals.Length)]}-{RandomNumberGenerator.GetInt32(1000)}");
}
