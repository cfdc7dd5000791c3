using System;

namespace ZhipuVideo.Http;

/// <summary>Growing delays: 1, 2, 4 .. times the initial one up to a cap, each shortened at random by up to half so that clients do not march in step.</summary>
internal static class Backoff
{
    /// <summary>Seconds that a server which is not well may ask a poll to wait: it does not know when it will be back, and asking is free.</summary>
    internal const double MaxOutagePause = 30;

    /// <summary>Seconds before try <paramref name="attempt"/> + 1; the first is 0.</summary>
    internal static double Delay(int attempt, double cap, Func<double> random, double initial = 1) =>
        Math.Min(cap, initial * Math.Pow(2, Math.Min(attempt, 30))) * (1 - (random() / 2));
}
