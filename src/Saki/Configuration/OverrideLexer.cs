using System.Text.RegularExpressions;

namespace Saki.Configuration;

internal enum TokenKind { Open, Comma, Close, ListOpen, ListClose, MapOpen, MapClose, Colon, Equal, Float, Int, Bool, Null, Char, Id, Escaped, Space, Quoted, Interpolation, End }

internal readonly record struct OverrideToken(TokenKind Kind, string Text, int At);

/// <summary>The tokens of an override's value: the longest match wins, earlier rules win ties (ANTLR's rule, which Hydra's grammar is written for).</summary>
internal static partial class OverrideLexer
{
    private static readonly (TokenKind Kind, Regex Rule)[] Rules =
    [
        (TokenKind.Open, Open()), (TokenKind.Comma, Comma()), (TokenKind.Close, Close()), (TokenKind.ListOpen, ListOpen()), (TokenKind.ListClose, ListClose()),
        (TokenKind.MapOpen, MapOpen()), (TokenKind.MapClose, MapClose()), (TokenKind.Colon, Colon()), (TokenKind.Equal, Equal()), (TokenKind.Float, Float()), (TokenKind.Int, Int()),
        (TokenKind.Bool, Bool()), (TokenKind.Null, Null()), (TokenKind.Char, Char()), (TokenKind.Id, Id()), (TokenKind.Escaped, Escaped()), (TokenKind.Space, Space()),
        (TokenKind.Quoted, Quoted()), (TokenKind.Interpolation, Interpolation()),
    ];

    /// <summary>All tokens from <paramref name="start"/> and an <see cref="TokenKind.End"/>; null when a character fits no rule, with its place in <paramref name="bad"/>.</summary>
    public static List<OverrideToken>? Tokens(string text, int start, out int bad)
    {
        var tokens = new List<OverrideToken>();
        for (bad = start; bad < text.Length;)
        {
            var (kind, length) = (TokenKind.End, 0);
            foreach (var (candidate, rule) in Rules)
            {
                var found = 0;
                foreach (var match in rule.EnumerateMatches(text.AsSpan(bad))) { found = match.Length; break; }
                if (found > length) (kind, length) = (candidate, found);
            }
            if (length == 0) return null;
            tokens.Add(new OverrideToken(kind, text.Substring(bad, length), bad));
            bad += length;
        }
        tokens.Add(new OverrideToken(TokenKind.End, "", text.Length));
        return tokens;
    }

    [GeneratedRegex(@"\G[ \t]*\([ \t]*")] private static partial Regex Open();
    [GeneratedRegex(@"\G[ \t]*,[ \t]*")] private static partial Regex Comma();
    [GeneratedRegex(@"\G[ \t]*\)")] private static partial Regex Close();
    [GeneratedRegex(@"\G\[[ \t]*")] private static partial Regex ListOpen();
    [GeneratedRegex(@"\G[ \t]*\]")] private static partial Regex ListClose();
    [GeneratedRegex(@"\G\{[ \t]*")] private static partial Regex MapOpen();
    [GeneratedRegex(@"\G[ \t]*\}")] private static partial Regex MapClose();
    [GeneratedRegex(@"\G[ \t]*:[ \t]*")] private static partial Regex Colon();
    [GeneratedRegex(@"\G[ \t]*=[ \t]*")] private static partial Regex Equal();
    [GeneratedRegex(@"\G[+-]?((((0|[1-9](_?[0-9])*)\.([0-9](_?[0-9])*)?|\.[0-9](_?[0-9])*)|(0|[1-9](_?[0-9])*))[eE][+-]?[0-9](_?[0-9])*|(0|[1-9](_?[0-9])*)\.([0-9](_?[0-9])*)?|\.[0-9](_?[0-9])*|[Ii][Nn][Ff]|[Nn][Aa][Nn])")] private static partial Regex Float();
    [GeneratedRegex(@"\G[+-]?(0|[1-9](_?[0-9])*)")] private static partial Regex Int();
    [GeneratedRegex(@"\G([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])")] private static partial Regex Bool();
    [GeneratedRegex(@"\G[Nn][Uu][Ll][Ll]")] private static partial Regex Null();
    [GeneratedRegex(@"\G[/\-\\+.$%*@?|]")] private static partial Regex Char();
    [GeneratedRegex(@"\G[A-Za-z_][A-Za-z0-9_\-]*")] private static partial Regex Id();
    [GeneratedRegex(@"\G(\\[\\()\[\]{}:=, \t])+")] private static partial Regex Escaped();
    [GeneratedRegex(@"\G[ \t]+")] private static partial Regex Space();
    [GeneratedRegex(@"\G('([^'\\]|\\.)*'|""([^""\\]|\\.)*"")", RegexOptions.Singleline)] private static partial Regex Quoted();
    [GeneratedRegex(@"\G\$\{[^}]+\}")] private static partial Regex Interpolation();
}
