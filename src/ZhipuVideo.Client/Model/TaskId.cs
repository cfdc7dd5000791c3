using System.Linq;
using System.Text;

namespace ZhipuVideo;

/// <summary>The form of ids: opaque texts, but not any text. They go into tables and spreadsheets, where some texts act.</summary>
internal static class TaskId
{
    private const int MaxLength = 256;

    /// <summary>What begins a formula in a spreadsheet, in the wide forms of East Asian keyboards too.</summary>
    private const string FormulaStarts = "=+-@\uFF1D\uFF0B\uFF0D\uFF20";

    /// <summary>
    /// Whether a text can be a task's id or a request_id: up to 256 characters on one line, none of which steers a terminal or is half of a
    /// pair, and not the beginning of a formula or a space first.
    /// </summary>
    internal static bool IsWellFormed(string id) =>
        id.Length is > 0 and <= MaxLength && id[0] != ' ' && FormulaStarts.IndexOf(id[0]) < 0 && !id.Any(ScreenText.IsControlOrBidi) && !HasHalf(id);

    private static bool HasHalf(string id) => id.Any(char.IsSurrogate) && id != Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(id));
}
