namespace Saki.Server.Settings;

/// <summary>How much a rule reaches.</summary>
/// <param name="Items">Things.</param>
/// <param name="Bytes">What they take up; null: not known before they are gone.</param>
public sealed record RetentionReach(long Items, long? Bytes);

/// <summary>One kind of thing that can be kept for a time.</summary>
/// <param name="Key">In the file and the audit.</param>
/// <param name="Title">For people.</param>
/// <param name="About">What goes, and what stays.</param>
/// <param name="Noun">What <see cref="RetentionReach.Items"/> counts.</param>
/// <param name="Usual">Days where nobody has said anything; null: for good.</param>
/// <param name="Most">Days that it may be kept at most; null: for good if one likes.</param>
/// <param name="FindAsync">How much is older than an age now.</param>
/// <param name="RemoveAsync">Removes what is older than an age and says how much that was.</param>
internal sealed record RetentionRule(string Key, string Title, string About, string Noun, int? Usual, int? Most, Func<TimeSpan, CancellationToken, Task<RetentionReach>> FindAsync, Func<TimeSpan, CancellationToken, Task<RetentionReach>> RemoveAsync);
