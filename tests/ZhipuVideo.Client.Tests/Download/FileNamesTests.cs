using FsCheck.Xunit;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>The one rule for names (fault table, line 45).</summary>
public sealed class FileNamesTests
{
    public static TheoryData<string, string> Names => new()
    {
        { "旗袍女子", "旗袍女子" }, { "clip", "clip" }, { "clip.mp4", "clip" }, { "clip.MP4", "clip" }, { "clip.mov", "clip.mov" },
        { "v1.5", "v1.5" }, { "../x", "_x" }, { "..\\x", "_x" }, { "/etc/passwd", "_etc_passwd" }, { "C:\\x", "C__x" },
        { "\\\\srv\\x", "__srv_x" }, { "a:b", "a_b" }, { "a<b>c|d?e*f\"g", "a_b_c_d_e_f_g" }, { "a\0b\tc\u0085d", "a_b_c_d" },
        { "  name. . ", "name" }, { ".hidden", "hidden" }, { "...", "" }, { "..", "" }, { " ", "" }, { "", "" }, { ".mp4", "mp4" },
        { "a..mp4", "a" }, { "CON", "_CON" }, { "con.mp4", "_con" }, { "Aux.txt", "_Aux.txt" }, { "NUL .x", "_NUL .x" },
        { "COM1", "_COM1" }, { "LPT¹", "_LPT¹" }, { "CONSOLE", "CONSOLE" }, { "PRN.mp4.mp4", "_PRN.mp4" },
        { "👩‍👩‍👧 famille", "👩‍👩‍👧 famille" }, { "\u202Egpj.exe", "_gpj.exe" }, { "سلام دنیا", "سلام دنیا" }, { "x[1]", "x[1]" },
        { "%2e%2e%2f", "%2e%2e%2f" },
        { "CON" + new string(' ', 200) + "x", "_CON" }, { "e\u0301", "é" }, // a cut leaves no device; composed and decomposed are one
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void F45_A_name_is_one_on_every_system(string wanted, string safe) => Assert.Equal(safe, FileNames.Safe(wanted, ".mp4"));

    /// <summary>Windows throws where it is to compose a noncharacter: U+FDD0 to U+FDEF, and the last two of each plane.</summary>
    [Fact]
    [Trait("Phase", "download")]
    public void F203_No_noncharacter_is_left_of_any_code_point()
    {
        for (int code = 0; code <= 0x10FFFF; code++)
        {
            string text = "a" + (code is >= 0xD800 and <= 0xDFFF ? ((char)code).ToString() : char.ConvertFromUtf32(code)) + "b";
            string safe = FileNames.Safe(text);
            bool isNoncharacter = code is >= 0xFDD0 and <= 0xFDEF || (code & 0xFFFF) >= 0xFFFE;
            if (isNoncharacter || code is >= 0xD800 and <= 0xDFFF) Assert.Equal("a_b", safe);
            else if (safe.Contains('_') && code != '_') Assert.True(code < 0x10000, $"{code:X}");
            FileNames.Fold(safe);
        }
        Assert.Equal("_😀_x", FileNames.Safe("\ufdd0😀\U0001fffex"));
    }

    [Fact]
    public void F45_Half_a_character_is_none() => Assert.Equal("a_b", FileNames.Safe("a" + (char)0xD83D + "b"));

    [Fact]
    public void F45_A_long_name_is_cut_between_characters()
    {
        Assert.Equal(new string('旗', FileNames.MaxStemBytes / 3), FileNames.Safe(new string('旗', 300)));
        string families = string.Concat(Enumerable.Repeat("👩‍👩‍👧", 40));
        string safe = FileNames.Safe(families);
        Assert.Equal(0, safe.Length % "👩‍👩‍👧".Length);
        Assert.StartsWith(safe, families, StringComparison.Ordinal);
    }

    [Property(MaxTest = 2000)]
    public void F45_Any_text_becomes_a_name_inside_the_folder_or_nothing(string? text, bool wild)
    {
        string wanted = wild ? string.Concat((text ?? "").Select((c, i) => (char)(c * (i + 7919)))) : text ?? "";
        string safe = FileNames.Safe(wanted, ".mp4");
        Assert.True(Encoding.UTF8.GetByteCount(safe) <= FileNames.MaxStemBytes + 1);
        Assert.Equal(safe, FileNames.Safe(safe));
        if (safe.Length > 0)
        {
            string root = Path.GetFullPath("/root");
            Assert.Equal(Path.Combine(root, safe + ".mp4"), Path.GetFullPath(Path.Combine(root, safe + ".mp4")));
            Assert.DoesNotContain(safe, c => char.IsControl(c) || "<>:\"/\\|?*".Contains(c));
        }
    }
}
