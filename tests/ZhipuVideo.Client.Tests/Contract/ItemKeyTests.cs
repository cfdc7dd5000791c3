using FsCheck.Xunit;

namespace ZhipuVideo.Client.Tests.Contract;

public class ItemKeyTests
{
    /// <summary>A journal's line is read as bytes, a row as text: both must be found by the same key.</summary>
    [Property(MaxTest = 1000)]
    public void ATextAndItsBytesHaveTheSameKey(string? text, bool isChinese)
    {
        string name = (text ?? "") + (isChinese ? "橘猫🐈" : "");
        Assert.Equal(ItemKey.Create(Encoding.UTF8.GetBytes(name), KeyKind.Id), ItemKey.Create(name, KeyKind.Id));
        Assert.NotEqual(ItemKey.Create(name, KeyKind.RequestId), ItemKey.Create(name, KeyKind.Id));
    }
}
