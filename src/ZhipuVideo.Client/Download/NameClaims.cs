using System.Collections.Generic;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>
/// Who gets a name that several jobs of one batch want. The id decides, not the order of completion: of the jobs known when the name is
/// given away, the one with the smallest id (compared by ordinal) gets it, and the others become <c>Name-&lt;Id&gt;</c>, also when they
/// are complete first. A job is known from the moment it was announced or handed to the downloader. A name once given stays.
/// </summary>
internal sealed class NameClaims
{
    private readonly Dictionary<ulong, Claim> _claims = [];

    /// <summary>Says that a job wants a name.</summary>
    internal void Want(string name, string id)
    {
        ulong key = Key(name);
        lock (_claims)
        {
            if (!_claims.TryGetValue(key, out Claim claim) || (claim.Wanted is { } other && string.CompareOrdinal(id, other) < 0))
            {
                _claims[key] = new Claim(ItemKey.Create(id, KeyKind.Id), id);
            }
        }
    }

    /// <summary>Whether a name is not, and by the rule will not be, another job's.</summary>
    internal bool MayTake(string name, string id)
    {
        lock (_claims)
        {
            return !_claims.TryGetValue(Key(name), out Claim claim) || claim.Job == ItemKey.Create(id, KeyKind.Id);
        }
    }

    /// <summary>Gives a name to a job; false when it is, or by the rule will be, another's.</summary>
    internal bool TryTake(string name, string id)
    {
        ulong key = Key(name);
        ulong job = ItemKey.Create(id, KeyKind.Id);
        lock (_claims)
        {
            if (_claims.TryGetValue(key, out Claim claim) && claim.Job != job)
            {
                return false;
            }

            _claims[key] = new Claim(job, null);
            return true;
        }
    }

    private static ulong Key(string name) => ItemKey.Create(FileNames.Fold(name), KeyKind.FileName);

    /// <summary>Whose a name is; or, with its id, who has the smallest of those that want it.</summary>
    private readonly record struct Claim(ulong Job, string? Wanted);
}
