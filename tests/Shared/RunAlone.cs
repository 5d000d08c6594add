namespace Saki.Testing;

/// <summary>For tests that measure the whole process (memory, handles): <c>[Collection(nameof(RunAlone))]</c> runs them after the others, one at a time.</summary>
[CollectionDefinition(nameof(RunAlone), DisableParallelization = true)]
public sealed class RunAlone;
