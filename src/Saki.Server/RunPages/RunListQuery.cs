using System.Text;
using Microsoft.AspNetCore.Http;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>What the table of runs shows. All of it is in the page's address, which is the saved view.</summary>
public sealed record RunListQuery
{
    /// <summary>Most columns beside those that are always there.</summary>
    public const int MostColumns = 40;

    /// <summary>Rows of a page.</summary>
    public const int Page = 50;

    /// <summary>Most runs that one deletion takes, and its undoing brings back.</summary>
    public const int MostUndone = 200;

    // PostgreSQL has no text with a zero character in it.
    private const int MostOfFind = 1000;

    /// <summary>Runs that were just deleted and can be brought back; not part of <see cref="Url"/>.</summary>
    public IReadOnlyList<string> Undo { get; init; } = [];

    /// <summary>Decimal digits; null for all experiments.</summary>
    public string? Experiment { get; init; }

    /// <summary>In MLflow's grammar.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Only runs of this state.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>The columns that were chosen; none: the server chooses.</summary>
    public IReadOnlyList<RunColumn> Columns { get; init; } = [];

    /// <summary>By what; the newest first when nothing is said.</summary>
    public RunOrder Order { get; init; } = RunOrder.Newest;

    /// <summary>Rows behind this place.</summary>
    public RunCursor? After { get; init; }

    /// <summary>Rows before this place; not with <see cref="After"/>.</summary>
    public RunCursor? Before { get; init; }

    /// <summary>Part of the names that the column chooser lists.</summary>
    public string Find { get; init; } = "";

    /// <summary>Reads an address; what it cannot read counts as not said.</summary>
    public static RunListQuery Read(IQueryCollection query)
    {
        var after = RunCursor.Read(query["after"]);
        return new RunListQuery
        {
            Experiment = query["experiment"].ToString() is { Length: > 0 and <= 18 } id && id.All(char.IsAsciiDigit) ? id : null,
            Filter = query["filter"].ToString().Trim(),
            Status = Enum.TryParse<RunStatus>(query["status"], ignoreCase: true, out var status) && Enum.IsDefined(status) ? status : null,
            Columns = [.. query["col"].Where(text => text is not null).Select(text => RunColumn.Read(text!)).OfType<RunColumn>().Distinct().Take(MostColumns)],
            Order = RunOrder.Read(query["order"]),
            After = after,
            Before = after is null ? RunCursor.Read(query["before"]) : null,
            Find = PlainText.Of(query["find"].ToString(), MostOfFind).Trim(),
            Undo = [.. query["undo"].ToString().Split(',').Where(IsId).Distinct().Take(MostUndone)],
        };
    }

    /// <summary>The address of this view, from the first row on.</summary>
    public string Url(string path = "/runs")
    {
        var url = new StringBuilder(path);
        var sign = '?';
        void Add(string name, string? value)
        {
            if (string.IsNullOrEmpty(value)) return;
            url.Append(sign).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            sign = '&';
        }
        Add("experiment", Experiment);
        Add("filter", Filter);
        Add("status", Status?.ToString().ToLowerInvariant());
        if (Order != RunOrder.Newest) Add("order", Order.Text);
        foreach (var column in Columns) Add("col", column.Text);
        Add("after", After?.Text);
        Add("before", Before?.Text);
        return url.ToString();
    }

    /// <summary>Whether a text is a run's id: 32 hex digits.</summary>
    internal static bool IsId(string text) => text.Length == 32 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The same view with a column one place further to the left or right.</summary>
    /// <param name="columns">Those of the view, chosen or not.</param>
    /// <param name="column">Which one.</param>
    /// <param name="by">−1 or 1.</param>
    public RunListQuery Moved(IReadOnlyList<RunColumn> columns, RunColumn column, int by)
    {
        var order = columns.ToList();
        var at = order.IndexOf(column);
        order.RemoveAt(at);
        order.Insert(Math.Clamp(at + by, 0, order.Count), column);
        return FromStart() with { Columns = order };
    }

    /// <summary>The same view from its first row.</summary>
    public RunListQuery FromStart() => this with { After = null, Before = null, Find = "", Undo = [] };
}
