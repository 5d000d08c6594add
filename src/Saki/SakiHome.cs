namespace Saki;

/// <summary>Where the state of one installation lives (<c>SAKI_HOME</c>, default <c>./.saki</c>). Folders are created when first written to.</summary>
public sealed record SakiHome(string Root)
{
    /// <summary>The folder named, else <c>SAKI_HOME</c>, else <c>.saki</c> under the current folder; made absolute.</summary>
    public static SakiHome Find(string? named) =>
        new(Path.GetFullPath(named ?? Environment.GetEnvironmentVariable("SAKI_HOME") ?? ".saki"));

    /// <summary>Sample contents by digest, in packs.</summary>
    public string Objects => Path.Combine(Root, "objects");

    /// <summary>One folder per data set name, one file per version.</summary>
    public string Datasets => Path.Combine(Root, "datasets");

    /// <summary>One folder per run id: params, metrics, tags, checkpoints, package.</summary>
    public string Runs => Path.Combine(Root, "runs");

    /// <summary>The tracking server's database and artifacts.</summary>
    public string Tracking => Path.Combine(Root, "tracking");

    /// <summary>What versions of registered models must prove, one YAML file a model.</summary>
    public string Policies => Path.Combine(Root, "policies");

    /// <summary>How registered models keep themselves good, one YAML file a model.</summary>
    public string Loops => Path.Combine(Root, "loops");

    /// <summary>One folder per job: what was frozen, logs and results.</summary>
    public string Jobs => Path.Combine(Root, "jobs");

    /// <summary>Kinds of jobs of one's own, one YAML file each.</summary>
    public string Kinds => Path.Combine(Root, "kinds");
    /// <summary>Pictures that people agreed to have kept, one file each.</summary>
    public string Feedback => Path.Combine(Root, "feedback");

    /// <summary>Digests of pictures that were erased at the wish of the person whose they were, one a line: no new version of a data set takes them in.</summary>
    public string ErasedPictures => Path.Combine(Feedback, "erased.txt");

    /// <summary>One folder for each calibration: a person's pictures, and the model fitted to them.</summary>
    public string Calibrations => Path.Combine(Root, "calibrations");

    /// <summary>What can be made again from the rest, and may be deleted at any time.</summary>
    public string Cache => Path.Combine(Root, "cache");

    /// <summary>Digests of the tokens that this installation's server accepts.</summary>
    public string Tokens => Path.Combine(Root, "tokens.json");

    /// <summary>The text of the first token, mode 0600: with it the command on this machine reaches its own server.</summary>
    public string AdminToken => Path.Combine(Root, "admin.token");

    /// <summary>Seals the secrets of webhooks in the database, mode 0600.</summary>
    public string WebhookKey => Path.Combine(Root, "webhook.key");

    /// <summary>Makes the folder if need be and proves that it can be written to.</summary>
    /// <exception cref="SakiException">It cannot.</exception>
    public SakiHome EnsureWritable()
    {
        try
        {
            Directory.CreateDirectory(Root);
            var probe = Path.Combine(Root, $".probe.{Environment.ProcessId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return this;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SakiException("Opening the home folder", $"a folder that can be written at {Root}", failure.Message.TrimEnd('.'),
                "Point --home or SAKI_HOME to a folder of your own.", failure);
        }
    }
}
