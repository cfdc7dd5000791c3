using System.Collections.Generic;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>
/// Who gets a name that several jobs of one batch want. The id decides, not the order of completion: of the jobs known when the name is
/// given away, the one with the smallest id (compared by ordinal) gets it, and the others become <c>Name-&lt;Id&gt;</c>, also when they
/// are complete first. A job is known from the moment it was expected or handed to the downloader. A name once given stays.
/// </summary>
internal sealed class NameClaims
{
    // Who has a name, or has the smallest id of those that want it
    private readonly Dictionary<string, (string Id, bool IsTaken)> _claims = [];

    internal void Want(string name, string id)
    {
        string key = FileNames.Fold(name);
        lock (_claims)
            if (!_claims.TryGetValue(key, out (string Id, bool IsTaken) claim) || (!claim.IsTaken && string.CompareOrdinal(id, claim.Id) < 0)) _claims[key] = (id, false);
    }

    /// <summary>Whether a name is not, and by the rule will not be, another job's.</summary>
    internal bool MayTake(string name, string id)
    {
        lock (_claims) return !_claims.TryGetValue(FileNames.Fold(name), out (string Id, bool) claim) || claim.Id == id;
    }

    /// <summary>Gives a name to a job; false when it is, or by the rule will be, another's.</summary>
    internal bool TryTake(string name, string id)
    {
        lock (_claims)
        {
            if (!MayTake(name, id)) return false;
            _claims[FileNames.Fold(name)] = (id, true);
            return true;
        }
    }
}
