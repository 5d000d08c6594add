using Microsoft.Playwright;

namespace Saki.Server.Tests.Browser;

/// <summary>Debian's Chromium without a window, one for all tests of a class. Its own traffic is switched off; nothing is downloaded.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>Where Debian puts it.</summary>
    internal const string Path = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Path)) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Path,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    /// <summary>An empty page of a person of its own. Whatever fails inside it (a script error, a refused request) fails the test through <see cref="Visit.DisposeAsync"/>.</summary>
    internal async Task<Visit> OpenAsync(string address, BrowserNewContextOptions? settings = null, string? script = null)
    {
        var context = await _browser!.NewContextAsync(settings);
        if (script is not null) await context.AddInitScriptAsync(script);
        var visit = new Visit(context, await context.NewPageAsync());
        await visit.Page.GotoAsync(address);
        return visit;
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

/// <summary>One person's visit.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];

    public Visit(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => _faults.Add(error);
        page.Console += (_, message) =>
        {
            // A refusal that the page shows is also a line in the console.
            if (message.Type == "error" && !message.Text.Contains("Failed to load resource", StringComparison.Ordinal)) _faults.Add(message.Text);
        };
    }

    public IPage Page { get; }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.Empty(_faults);
    }
}

/// <summary>A test that needs the browser; it is skipped, and says so, where Chromium is not installed.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (!File.Exists(Chromium.Path)) Skip = $"{Chromium.Path} is not here. Type: apt-get install chromium";
    }
}

/// <summary>As <see cref="BrowserFactAttribute"/>, with data.</summary>
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute()
    {
        if (!File.Exists(Chromium.Path)) Skip = $"{Chromium.Path} is not here. Type: apt-get install chromium";
    }
}
