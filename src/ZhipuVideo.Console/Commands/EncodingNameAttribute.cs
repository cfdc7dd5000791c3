using System;
using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace ZhipuVideo.Console.Commands;

/// <summary>
/// Lets an encoding parameter take what PowerShell's take: its names (<c>utf8</c>, <c>unicode</c>, <c>oem</c> ...), the registered
/// ones (<c>gb18030</c>, <c>windows-1252</c> ...) and code page numbers.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EncodingNameAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object value = inputData is PSObject { BaseObject: { } inner } ? inner : inputData;
        try
        {
            return value switch
            {
                int page => Encoding.GetEncoding(page),
                string digits when int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int page) =>
                    Encoding.GetEncoding(page),
                string name => FromName(name),
                _ => value,
            };
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{value}' is not the name of an encoding. Names are utf8, utf8BOM, utf8NoBOM, unicode, bigendianunicode, utf32, ascii, "
                + "ansi, oem, a registered name such as gb18030, or the number of a code page.",
                exception);
        }
    }

    private static Encoding FromName(string name) => name.ToUpperInvariant() switch
    {
        "UTF8" or "UTF8BOM" or "UTF8NOBOM" or "DEFAULT" => Encoding.UTF8,
        "UNICODE" or "STRING" => Encoding.Unicode,
        "BIGENDIANUNICODE" => Encoding.BigEndianUnicode,
        "BIGENDIANUTF32" => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        "UTF32" => Encoding.UTF32,
        "ANSI" => Encoding.GetEncoding(CultureInfo.CurrentCulture.TextInfo.ANSICodePage),
        "OEM" => Encoding.GetEncoding(CultureInfo.CurrentCulture.TextInfo.OEMCodePage),
        _ => Encoding.GetEncoding(name),
    };
}
