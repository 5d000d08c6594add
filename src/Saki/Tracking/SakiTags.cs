namespace Saki.Tracking;

/// <summary>What Saki itself notes on runs, versions and graphs.</summary>
public static class SakiTags
{
    /// <summary>The data set version that a run learned from, as <c>NAME@DIGEST</c>.</summary>
    public const string Dataset = "saki.dataset";

    /// <summary>The run that a graph comes from.</summary>
    public const string Run = "saki.run";

    /// <summary>The network's name in the configuration.</summary>
    public const string Network = "saki.network";

    /// <summary>The digest of a run's or version's package.</summary>
    public const string Package = "saki.package";

    /// <summary>The job that a run belongs to.</summary>
    public const string Job = "saki.job";

    /// <summary>At the server: the id of the folder that a run was logged from.</summary>
    public const string LocalRun = "saki.run_id";

    /// <summary>Asks the program behind a run to end it; whoever sets it says when and who.</summary>
    public const string Stop = "saki.stop";
}
