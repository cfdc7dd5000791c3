using System;

namespace ZhipuVideo.Http;

/// <summary>Random numbers that several threads may ask for.</summary>
internal sealed class LockedRandom
{
    private readonly Random _random = new();

    /// <summary>At least 0, less than 1.</summary>
    internal double Next()
    {
        lock (_random) return _random.NextDouble();
    }
}
