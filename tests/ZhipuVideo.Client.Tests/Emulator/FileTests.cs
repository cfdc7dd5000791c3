using System.Buffers.Binary;
using System.Net.Http.Headers;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>The second origin: videos of any size, in whole and in parts, and covers.</summary>
public sealed class FileTests
{
    [Theory]
    [Each(0, 100_000, 3_000_001)]
    public async Task Video_is_made_of_boxes_that_fill_it_exactly(int size)
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { FileSize = size } });
        Answer answer = await service.SendAsync(HttpMethod.Get, await service.VideoAsync());
        Assert.Equal("video/mp4", answer.Content.ContentType!.MediaType);
        Assert.Equal(answer.Body.Length, answer.Content.ContentLength);
        if (size > 0) Assert.Equal(size, answer.Body.Length);

        List<string> boxes = new List<string>();
        for (int at = 0; at < answer.Body.Length; at += (int)BinaryPrimitives.ReadUInt32BigEndian(answer.Body.AsSpan(at)))
            boxes.Add(Encoding.ASCII.GetString(answer.Body, at + 4, 4));
        // Players read ftyp, moov and mdat; moov comes first, so that a browser plays while it loads
        Assert.Equal(["ftyp", "moov", "mdat", "free"], boxes);
    }

    [Fact]
    public async Task Video_of_several_gigabytes_is_never_in_memory()
    {
        const long size = 5_000_000_000;
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { FileSize = size } });
        Uri video = await service.VideoAsync();
        Answer head = await service.SendAsync(HttpMethod.Head, video);
        Assert.Equal((200, size), (head.Status, head.Content.ContentLength));
        Answer tail = await service.SendAsync(HttpMethod.Get, video, headers: Range("bytes=-10"));
        Assert.Equal(206, tail.Status);
        Assert.Equal($"bytes 4999999990-4999999999/{size}", tail.Content.ContentRange!.ToString());
        // The last box says 1 where its size would be, and gives it in 64 bits
        byte[] start = (await service.SendAsync(HttpMethod.Get, video, headers: Range("bytes=0-65535"))).Body;
        long clip = start.AsSpan().IndexOf("\0\0\0\u0001free"u8);
        byte[] box = (await service.SendAsync(HttpMethod.Get, video, headers: Range($"bytes={clip}-{clip + 15}"))).Body;
        Assert.Equal(size - clip, BinaryPrimitives.ReadInt64BigEndian(box.AsSpan(8)));
    }

    [Fact]
    public async Task Every_part_is_the_part_of_the_whole()
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { FileSize = 2_500_000 } });
        Uri video = await service.VideoAsync();
        byte[] whole = (await service.SendAsync(HttpMethod.Get, video)).Body;
        foreach ((long start, long end) in new[] { (0L, 0L), (1, 99), (18_970, 19_050), (1_000_000, 2_499_999), (2_499_999, 2_499_999) })
        {
            Answer part = await service.SendAsync(HttpMethod.Get, video, headers: Range($"bytes={start}-{end}"));
            Assert.Equal((206, $"bytes {start}-{end}/2500000"), (part.Status, part.Content.ContentRange!.ToString()));
            Assert.True(whole.AsSpan((int)start, (int)(end - start + 1)).SequenceEqual(part.Body));
        }
        byte[] other = (await service.SendAsync(HttpMethod.Get, await service.VideoAsync())).Body;
        Assert.False(whole.AsSpan(100_000, 64).SequenceEqual(other.AsSpan(100_000, 64)));
    }

    [Theory]
    [InlineData("bytes=100-", 206, "bytes 100-999999/1000000")]
    [InlineData("bytes=0-9999999", 206, "bytes 0-999999/1000000")]
    [InlineData("bytes=-2000000", 206, "bytes 0-999999/1000000")]
    [InlineData("bytes=1000000-", 416, "bytes */1000000")]
    [InlineData("bytes=-0", 416, "bytes */1000000")]
    [InlineData("bytes=5-2", 200, null)]
    [InlineData("bytes=1-2,5-6", 200, null)]
    [InlineData("bytes=x-y", 200, null)]
    [InlineData("lines=1-2", 200, null)]
    public async Task Ranges(string range, int status, string? contentRange)
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { FileSize = 1_000_000 } });
        Answer answer = await service.SendAsync(HttpMethod.Get, await service.VideoAsync(), headers: Range(range));
        Assert.Equal((status, contentRange), (answer.Status, answer.Content.ContentRange?.ToString()));
        Assert.Equal("bytes", answer.Headers.AcceptRanges.Single());
        Assert.Equal(range, service.State.Requests[^1].Headers["range"]);
    }

    [Fact]
    public async Task Part_of_a_file_that_has_changed_is_the_whole_file()
    {
        await using Service service = await Service.StartAsync(
            new Fault { Kind = FaultKind.ChangeFile, Phase = RequestPhase.Download, Nth = 3, Count = 1 });
        Uri video = await service.VideoAsync();
        Answer first = await service.SendAsync(HttpMethod.Get, video);
        string etag = first.Headers.ETag!.ToString();
        Assert.False(first.Headers.ETag.IsWeak);
        Assert.Equal(206, (await service.SendAsync(HttpMethod.Get, video, headers: Range("bytes=9-", etag))).Status);
        Answer changed = await service.SendAsync(HttpMethod.Get, video, headers: Range("bytes=9-", etag));
        Assert.Equal(200, changed.Status);
        Assert.NotEqual(etag, changed.Headers.ETag!.ToString());
        Assert.NotEqual(first.Body, changed.Body);
        Assert.NotEqual(first.Content.LastModified, changed.Content.LastModified);
        string modified = changed.Content.LastModified!.Value.ToString("R");
        Assert.Equal(206, (await service.SendAsync(HttpMethod.Get, video, headers: Range("bytes=9-", modified))).Status);
    }

    [Fact]
    public async Task Cover_is_a_picture_and_no_key_is_asked_for_on_this_origin()
    {
        await using Service service = await Service.StartAsync();
        string id = await service.AcceptAsync();
        service.State.End(id);
        Answer cover = await service.SendAsync(HttpMethod.Get, (await service.PollAsync(id)).Link("cover_image_url"));
        Assert.Equal((200, "image/png"), (cover.Status, cover.Content.ContentType!.MediaType));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], cover.Body[..4]);
        ReceivedRequest logged = service.State.Requests[^1];
        Assert.Equal((Origin.Files, RequestPhase.Cover, AuthorizationSeen.None), (logged.Origin, logged.Phase, logged.Authorization));
        Assert.Equal((id, cover.Body.Length), (logged.TaskId, logged.BytesSent));
    }

    [Fact]
    public async Task Key_that_strays_to_the_files_is_seen()
    {
        await using Service service = await Service.StartAsync();
        Uri video = await service.VideoAsync();
        await service.SendAsync(HttpMethod.Get, video, headers: headers => headers.Add("Authorization", $"Bearer {service.Key}"));
        Assert.Equal(AuthorizationSeen.Valid, service.State.Requests[^1].Authorization);
        Assert.DoesNotContain("authorization", service.State.Requests[^1].Headers.Keys);
    }

    [Fact]
    public async Task Expired_link_is_gone_and_the_task_gives_a_new_one()
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { LinkLifetime = 60 } });
        string id = await service.AcceptAsync();
        service.State.End(id);
        Uri old = (await service.PollAsync(id)).Link();
        Assert.Equal(old, (await service.PollAsync(id)).Link());
        service.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(404, (await service.SendAsync(HttpMethod.Get, old)).Status);
        Uri renewed = (await service.PollAsync(id)).Link();
        Assert.NotEqual(old, renewed);
        Assert.Equal(200, (await service.SendAsync(HttpMethod.Get, renewed)).Status);
        Assert.Equal(404, (await service.SendAsync(HttpMethod.Get, old)).Status);
    }

    private static Action<HttpRequestHeaders> Range(string range, string? condition = null) => headers =>
    {
        headers.TryAddWithoutValidation("Range", range);
        if (condition is not null) headers.TryAddWithoutValidation("If-Range", condition);
    };
}
