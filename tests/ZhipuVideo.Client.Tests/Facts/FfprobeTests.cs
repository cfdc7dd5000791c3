using ZhipuVideo.Files;

namespace ZhipuVideo.Client.Tests.Facts;

/// <summary>Real files in every shape that a service may send, read by us and by ffprobe.</summary>
public sealed class FfprobeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [FfmpegTheory]
    [InlineData("the index first", "-movflags +faststart")]
    [InlineData("the index last", "")]
    [InlineData("sound", "TONE -movflags +faststart")]
    [InlineData("sound, the index last", "TONE")]
    [InlineData("sound alone longer", "-f lavfi -i sine=duration=3 -c:a aac")]
    [InlineData("pictures that wait for others", "-c:v libx264 -bf 3 -g 12")]
    [InlineData("no reordering, another codec", "-c:v mpeg4")]
    [InlineData("23.976", "-r 24000/1001")]
    [InlineData("29.97", "-r 30000/1001 TONE")]
    [InlineData("60", "-r 60")]
    [InlineData("one frame a second", "-r 1")]
    [InlineData("variable frame rate", "-vf select=not(mod(n\\,3))+lt(n\\,9) -vsync vfr")]
    [InlineData("odd size", "-vf scale=333:181 -c:v libx264 -pix_fmt yuv444p")]
    [InlineData("pixels that are not square", "-vf setsar=4/3")]
    [InlineData("several in a track", "-c:v libx264 -x264-params keyint=5:scenecut=0 -movflags +faststart+write_colr")]
    [InlineData("a fine clock", "-video_track_timescale 4000000")]
    [InlineData("a delayed start", "-output_ts_offset 0.5")]
    [InlineData("fragments", "-movflags +frag_keyframe+empty_moov -g 8")]
    [InlineData("fragments with sound", "TONE -movflags +frag_keyframe+empty_moov+default_base_moof -g 8")]
    [InlineData("fragments behind a first part", "TONE -movflags +frag_keyframe -g 8")]
    [InlineData("fragments with an index", "TONE -movflags +dash+global_sidx+frag_keyframe -g 8")]
    [InlineData("fragments of one frame", "-bf 2 -movflags +frag_every_frame+empty_moov")]
    [InlineData("fragments, variable frame rate", "-bf 0 -vf select=not(mod(n\\,3))+lt(n\\,9) -vsync vfr -movflags +frag_keyframe+empty_moov -g 8")]
    [InlineData("fragments, 23.976", "-r 24000/1001 -movflags +frag_keyframe+empty_moov+delay_moov -g 8")]
    [InlineData("as cameras write it", "-movflags +faststart -brand qt -f mov")]
    public void F181_What_a_file_says_is_what_ffprobe_reads(string shape, string arguments)
    {
        string path = _folder["video.mp4"];
        Ffmpeg.Make(path, arguments);

        AssertSame(path, shape);
    }

    [FfmpegTheory]
    [InlineData("90")]
    [InlineData("180")]
    [InlineData("270")]
    public void F181_A_turned_video_is_as_large_as_it_is_shown(string degrees)
    {
        string path = _folder["turned.mp4"];
        Ffmpeg.Make(_folder["plain.mp4"], "");
        Ffmpeg.Run($"-i {_folder["plain.mp4"]} -c copy -metadata:s:v:0 rotate={degrees} {path}");

        VideoFacts facts = AssertSame(path, degrees);

        Assert.Equal(degrees == "180" ? (64, 48) : (48, 64), (facts.Width, facts.Height));
    }

    [FfmpegTheory]
    [InlineData("-ss 0.5 -i {0} -c copy")]
    [InlineData("-i {0} -t 1.2 -c copy")]
    [InlineData("-i {0} -c copy -movflags +faststart+disable_chpl -use_editlist 0")]
    public void F181_A_part_of_a_video_is_as_long_as_it_is_shown(string how)
    {
        string path = _folder["part.mp4"];
        Ffmpeg.Make(_folder["whole.mp4"], "TONE -c:v libx264 -bf 2 -g 12");
        Ffmpeg.Run(string.Format(CultureInfo.InvariantCulture, how, _folder["whole.mp4"]) + " " + path);

        AssertSame(path, how);
    }

    public void Dispose() => _folder.Dispose();

    private static VideoFacts AssertSame(string path, string shape)
    {
        VideoFacts expected = Ffmpeg.Probe(path);
        using FileStream file = File.OpenRead(path);
        VideoFacts facts = Mp4Reader.Read(file);
        Assert.Equal((shape, expected.Width, expected.Height, expected.HasAudio), (shape, facts.Width, facts.Height, facts.HasAudio));
        Assert.Equal(expected.DurationSec!.Value, facts.DurationSec!.Value, 0.05);
        Assert.Equal(expected.ActualFps!.Value, facts.ActualFps!.Value, 0.01);
        return facts;
    }
}
