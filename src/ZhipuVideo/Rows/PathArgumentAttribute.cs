using System;
using System.Collections;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace ZhipuVideo.Rows;

/// <summary>
/// Takes a file or folder that is given as an object by its full name. In Windows PowerShell the text of what <c>Get-ChildItem</c> lists is the
/// bare name, which would be looked for in the current folder: another file may be there.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => WithFullNames(inputData);

    /// <summary>The argument, each file system object in it replaced by its full name.</summary>
    internal static object WithFullNames(object argument) => Cells.Bare(argument) switch
    {
        FileSystemInfo item => item.FullName,
        IList several when several.Cast<object?>().Any(element => Cells.Bare(element) is FileSystemInfo) =>
            several.Cast<object?>().Select(element => element is null ? null : WithFullNames(element)).ToArray(),
        _ => argument,
    };
}
