using System;

namespace ZhipuVideo.Console;

/// <summary>The command line was not understood; the message is for the person who typed it.</summary>
internal sealed class UsageException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong with the command line.</param>
    public UsageException(string message)
        : base(message)
    {
    }
}
