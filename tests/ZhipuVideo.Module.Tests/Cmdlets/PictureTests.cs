using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Pictures: what is sent of them, and what costs no request.</summary>
public sealed class PictureTests(Emulator emulator) : CmdletTest(emulator)
{
    private const int Limit = 5 * 1024 * 1024;

    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46, 0, 1];
    private static readonly byte[] Webp = [.. "RIFF"u8, 4, 0, 0, 0, .. "WEBP"u8, 0, 0];

    [Fact]
    public void Files_become_rows_whose_name_is_the_files_without_its_extension()
    {
        Folder.Write("a cat.png", Png);
        Folder.Write("猫.png", Png);
        Shell["files"] = Folder.Files.Select(f => new FileInfo(f)).ToArray();

        Outcome outcome = Shell.Run("$files | New-CogVideo -Prompt '让画面动起来'").Succeeded();

        Assert.Equal(["a cat", "猫"], outcome.Texts("Name").Order(StringComparer.Ordinal));
        Assert.Equal(Folder.Files.Order(), outcome.Texts("Image").Order());
        Assert.All(Emulator.Submissions, s => Assert.Equal("让画面动起来", s.Prompt));
        Assert.All(Emulator.Submissions, s => AssertPicture(s.Body!["image_url"]!, "png", Png));
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void F58_A_picture_is_what_its_bytes_say()
    {
        Folder.Write("really a jpeg.png", Jpeg);

        Shell.Run("New-CogVideo -Image \"$folder/really a jpeg.png\"").Succeeded();

        AssertPicture(Emulator.OnlyBody["image_url"]!, "jpeg", Jpeg);
    }

    [Fact]
    public void F58_The_limit_itself_is_taken()
    {
        byte[] picture = new byte[Limit];
        Png.CopyTo(picture, 0);
        Folder.Write("limit.png", picture);

        Shell.Run("New-CogVideo -Image $folder/limit.png").Succeeded();

        AssertPicture(Emulator.OnlyBody["image_url"]!, "png", picture);
    }

    [Theory]
    [Each("missing", "empty", "one byte more", "six megabytes", "a hundred megabytes", "text", "gif", "svg", "heic", "webp", "cut",
        "folder")]
    public void F58_A_bad_picture_costs_no_request_and_is_named(string kind)
    {
        switch (kind)
        {
            case "missing": break;
            case "empty": Folder.Write("bad.png", ""); break;
            case "one byte more": WriteLong(Limit + 1); break;
            case "six megabytes": WriteLong(6 * 1024 * 1024); break;
            case "a hundred megabytes": WriteLong(100 * 1024 * 1024); break;
            case "text": Folder.Write("bad.png", "just a text"); break;
            case "gif": Folder.Write("bad.png", "GIF89a............"); break;
            case "svg": Folder.Write("bad.png", "<svg xmlns='http://www.w3.org/2000/svg'/>"); break;
            case "heic": Folder.Write("bad.png", [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0]); break;
            case "webp": Folder.Write("bad.png", Webp); break; // Vidu's only
            case "cut": Folder.Write("bad.png", Png[..6]); break;
            case "folder": Directory.CreateDirectory(Folder["bad.png"]); break;
        }

        Shell.Run("[pscustomobject]@{ Prompt = 'x'; Image = \"$folder/bad.png\"; Name = 'picture' } | New-CogVideo")
            .Fails("InvalidInput", "Row 1 (picture)", "bad.png");
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F58_A_picture_that_is_locked_is_an_error()
    {
        using FileStream locked = new(Folder.Write("bad.png", Png), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Shell.Run("New-CogVideo x -Image $folder/bad.png").Fails("InvalidInput");
        Assert.Empty(Emulator.Requests);
    }

    [UnixTheory]
    [Each("/dev/zero", "/dev/null", "pipe")]
    public void F58_Nothing_is_read_without_end(string path)
    {
        if (path == "pipe") Tool.Run("mkfifo", path = Folder["pipe"]);
        Shell["path"] = path;
        // The name of a link says nothing of what it leads to, nor does its length
        File.CreateSymbolicLink(Folder["link.png"], path);

        Shell.Run("New-CogVideo x -Image $path").Fails("InvalidInput");
        Shell.Run("New-CogVideo x -Image $folder/link.png").Fails("InvalidInput");
        Assert.Empty(Emulator.Requests);
    }

    [UnixFact]
    public void F121_A_picture_may_be_a_link_to_a_file()
    {
        File.CreateSymbolicLink(Folder["link.png"], Folder.Write("real.png", Png));

        Shell.Run("New-CogVideo x -Image $folder/link.png").Succeeded();

        Assert.Single(Emulator.Submissions);
    }

    [Fact]
    public void F58_WebP_is_for_the_models_that_take_it()
    {
        Folder.Write("picture.webp", Webp);

        Shell.Run("New-CogVideo -Image $folder/picture.webp -Model vidu2-image").Succeeded();

        AssertPicture(Emulator.OnlyBody["image_url"]!, "webp", Webp);
    }

    [Theory]
    [Each("https://user:secret@example.com/a.png", "ftp://example.com/a.png", "ws://example.com/a.png",
        "https://example.com/with blank.png", "data:image/png;base64,", "data:image/png;base64,!!!!", "data:image/png,plain",
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=")]
    [InlineData("data:image/png;base64,aGVsbG8=")] // no picture
    public void F59_An_address_that_cannot_be_a_picture_is_refused(string image)
    {
        Shell["image"] = image;

        ErrorRecord error = Shell.Run("New-CogVideo x -Image $image").Fails("InvalidInput");

        Assert.DoesNotContain("secret", error.ToString());
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F59_An_address_of_a_hundred_kilobytes_is_refused_in_few_words()
    {
        Shell["image"] = "https://example.com/" + new string('a', 100_000);

        ErrorRecord error = Shell.Run("New-CogVideo x -Image $image").Fails("InvalidInput");

        Assert.InRange(error.ToString().Length, 1, 1000);
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F59_A_data_URI_is_sent_as_one_and_never_shown()
    {
        string base64 = Convert.ToBase64String(Jpeg);
        Shell["image"] = $"data:image/png;base64,{base64[..8]} \r\n{base64[8..]}";

        Outcome outcome = Shell.Run("New-CogVideo -Image $image").Succeeded();

        AssertPicture(Emulator.OnlyBody["image_url"]!, "jpeg", Jpeg);
        Assert.DoesNotContain(base64[..8], outcome.Single.Text("Image"));
    }

    [Theory]
    [Each("\"$folder/one.png|$folder/two.jpg\"", "@(\"$folder/one.png\", \"$folder/two.jpg\")")]
    public void A_cell_may_hold_several_pictures(string cell)
    {
        Folder.Write("one.png", Png);
        Folder.Write("two.jpg", Jpeg);

        Shell.Run($"[pscustomobject]@{{ Image = {cell}; Model = 'cogvideox-3' }} | New-CogVideo").Succeeded();

        JsonArray sent = Emulator.OnlyBody["image_url"]!.AsArray();
        AssertPicture(sent[0]!, "png", Png);
        AssertPicture(sent[1]!, "jpeg", Jpeg);
    }

    [Fact]
    [Trait("Phase", "input")]
    public void F46_Paths_are_the_shells_and_taken_literally()
    {
        Folder.Write("sub/cat[1].png", Png);

        Shell.Run("$null = $ExecutionContext.SessionState.Path.SetLocation(\"$folder/sub\"); New-CogVideo -Image 'cat[1].png'").Succeeded();

        AssertPicture(Emulator.OnlyBody["image_url"]!, "png", Png);
    }

    [Fact]
    public void A_picture_elsewhere_is_sent_by_its_address()
    {
        Shell.Run("New-CogVideo -Image https://example.com/a.png?x=1, 'http://example.com/|b' -Model cogvideox-3").Succeeded();

        Assert.Equal(
            ["https://example.com/a.png?x=1", "http://example.com/|b"], Emulator.OnlyBody["image_url"]!.AsArray().Select(i => i!.ToString()));
    }

    private void WriteLong(long length)
    {
        using FileStream file = new(Folder["bad.png"], FileMode.CreateNew);
        file.Write(Png);
        file.SetLength(length);
    }

    private static void AssertPicture(JsonNode sent, string type, IEnumerable<byte> bytes)
    {
        byte[] content = [.. bytes];
        Assert.Equal(type, sent["type"]!.ToString());
        Assert.Equal(content.Length, sent["length"]!.GetValue<int>());
        Assert.Equal(Convert.ToHexString(SHA256.HashData(content)), sent["sha256"]!.ToString(), ignoreCase: true);
        Assert.Contains("uri", sent["form"]!.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
