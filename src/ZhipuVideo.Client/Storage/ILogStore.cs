using System.IO;

namespace ZhipuVideo.Storage;

/// <summary>Where append logs are: the one place in which they are opened.</summary>
internal interface ILogStore
{
    /// <summary>The identity of the log that the name leads to; null when it leads to none.</summary>
    string? Identify(string name);

    /// <summary>
    /// Opens a log for writing, alone. Throws <see cref="LogException"/>, or what the base library throws for a place that cannot be written.
    /// </summary>
    /// <param name="name">Its full name.</param>
    /// <param name="mayCreate">Make it when it does not exist.</param>
    IAppendLog Open(string name, bool mayCreate);

    /// <summary>Opens a log to be read, whoever may be writing to it; waits for nobody.</summary>
    Stream OpenRead(string name);
}
