using System;
using System.Collections.Generic;
using System.IO;

namespace ZhipuVideo.Download;

/// <summary>
/// Who gets a name that several jobs of one batch want. The id decides, not the order of completion: of the jobs known when the name is
/// given away, the one with the smallest id (compared by ordinal) gets it, and the others become <c>Name-&lt;Id&gt;</c>, also when they
/// are complete first. A job is known from the moment it was announced or handed to the downloader. A name
/// once given stays.
/// </summary>
internal sealed class NameClaims
{
    private readonly Dictionary<string, Claim> _claims = new(StringComparer.Ordinal);

    /// <summary>Says that a job wants a path.</summary>
    internal void Want(string path, string id)
    {
        lock (_claims)
        {
            Claim claim = Find(path);
            if (claim.Smallest is null || string.CompareOrdinal(id, claim.Smallest) < 0)
            {
                claim.Smallest = id;
            }
        }
    }

    /// <summary>Whether a path is not, and by the rule will not be, another job's.</summary>
    internal bool MayTake(string path, string id)
    {
        lock (_claims)
        {
            return Find(path).Allows(id);
        }
    }

    /// <summary>Gives a path to a job; false when it is, or by the rule will be, another's.</summary>
    internal bool TryTake(string path, string id)
    {
        lock (_claims)
        {
            Claim claim = Find(path);
            if (!claim.Allows(id))
            {
                return false;
            }

            claim.Owner = id;
            return true;
        }
    }

    private Claim Find(string path)
    {
        string key = Path.Combine(Path.GetDirectoryName(path)!, FileNames.Fold(Path.GetFileName(path)));
        if (!_claims.TryGetValue(key, out Claim? claim))
        {
            _claims.Add(key, claim = new Claim());
        }

        return claim;
    }

    private sealed class Claim
    {
        internal string? Smallest { get; set; }

        internal string? Owner { get; set; }

        internal bool Allows(string id) => (Owner ?? Smallest ?? id) == id;
    }
}
