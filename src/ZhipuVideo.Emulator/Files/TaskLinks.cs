using System;

namespace ZhipuVideo.Emulator.Files;

/// <summary>The links to a task's videos and covers: unguessable names that hold no id of the task.</summary>
/// <param name="Token">The part that all of them share.</param>
/// <param name="Issued">When they were given out.</param>
internal sealed record TaskLinks(string Token, DateTimeOffset Issued)
{
    public static string VideoPath(string token, int index) => $"video/{token}_{index}.mp4";

    public static string CoverPath(string token, int index) => $"cover/{token}_cover_{index}.png";
}
