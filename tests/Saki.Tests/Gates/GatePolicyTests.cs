using Saki.Gates;

namespace Saki.Tests.Gates;

public sealed class GatePolicyTests
{
    [Fact]
    public void Policy_is_read_with_its_defaults()
    {
        var policy = GatePolicy.Parse("data: faces@0123456789ab:test\nmin_accuracy: 0.9\nmax_latency_ms: 20\n", "p.yaml");
        Assert.Equal((0.9, 20, null, null), (policy.MinAccuracy, policy.MaxLatencyMs, policy.MinRecall, policy.MaxEce));
        Assert.True(policy.Compares && policy.Covers("production") && !policy.Covers("Staging"));
        Assert.False(GatePolicy.Parse("stages: [staging, production]\nmax_latency_ms: 5", "p.yaml").Compares);
    }

    [Theory]
    [InlineData("min_acuracy: 0.9", "Did you mean \"min_accuracy\"?")]
    [InlineData("min_accuracy: 0.9", "a policy without it")]
    [InlineData("data: faces:test\nmin_accuracy: 0.9", "a frozen test set")]
    [InlineData("data: faces@0123:test", "a frozen test set")]
    [InlineData("data: faces@0123456789ab", "a frozen test set")]
    [InlineData("data: ../x@0123456789ab:test", "got")]
    [InlineData("data: faces@0123456789ab:test\nmin_accuracy: 90", "at least 0 and at most 1")]
    [InlineData("data: faces@0123456789ab:test\nmax_ece: low", "expected a number")]
    [InlineData("stages: [Prodution]", "Did you mean \"Production\"?")]
    [InlineData("stages: []", "at least one stage")]
    [InlineData("max_latency_ms: 0", "above 0")]
    [InlineData("- a", "a map of keys")]
    [InlineData("a: [", "YAML")]
    public void What_is_no_policy_is_refused_with_the_reason(string text, string reason) =>
        Assert.Contains(reason, Assert.ThrowsAny<SakiException>(() => GatePolicy.Parse(text, "p.yaml")).Message, StringComparison.Ordinal);
}
