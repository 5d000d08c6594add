using Saki.Storage;

namespace Saki.Datasets;

/// <summary>One labelled image of a data set version.</summary>
/// <param name="Path">Relative path in the source with <c>/</c> between parts; unique in its version, free of control characters.</param>
/// <param name="Digest">Of the encoded image as it was found; the bytes are in the object store.</param>
/// <param name="Label">Index into <see cref="DatasetVersion.Classes"/>.</param>
/// <param name="Split">What the sample is for.</param>
public readonly record struct Sample(string Path, Digest Digest, int Label, Split Split);

/// <summary>A file of the source that did not become a sample.</summary>
/// <param name="Path">Relative path in the source.</param>
/// <param name="Reason">Why, as the end of a sentence: "no image in a known format".</param>
public sealed record LeftOut(string Path, string Reason);
