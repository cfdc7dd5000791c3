using System;
using System.Globalization;

namespace ZhipuVideo.Emulator.Jobs;

/// <summary>Draws ids in one of the forms that were seen.</summary>
internal sealed class TaskIds(Random random, TimeProvider time)
{
    public string Next(IdForm form) => form switch
    {
        IdForm.Digits16 => Digits(16),
        IdForm.Digits25 => Digits(25),
        IdForm.TimeAndHex => time.GetUtcNow().ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture)
            + random.NextInt64().ToString("x16", CultureInfo.InvariantCulture),
        _ => Digits(19),
    };

    private string Digits(int count) => string.Create(count, random, static (digits, random) =>
    {
        digits[0] = (char)random.Next('1', '9' + 1);
        for (int i = 1; i < digits.Length; i++) digits[i] = (char)random.Next('0', '9' + 1);
    });
}
