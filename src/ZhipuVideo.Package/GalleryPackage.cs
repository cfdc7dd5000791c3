using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NuGet.Packaging;
using NuGet.Versioning;

namespace ZhipuVideo.Package;

/// <summary>The package of a PowerShell gallery: NuGet's form with the module at its root, and the tags that gallery clients search by.</summary>
internal static class GalleryPackage
{
    /// <returns>The package's path.</returns>
    internal static string Write(Manifest manifest, string folder, IEnumerable<string> files, string target)
    {
        PackageBuilder builder = new(deterministic: true)
        {
            DeterministicTimestamp = AutomationZip.Moment.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            Id = manifest.Module.Name,
            Version = new NuGetVersion(manifest.Module.Version),
            Description = manifest.Module.Description,
            Copyright = manifest.Module.Copyright,
            ReleaseNotes = manifest.Module.ReleaseNotes,
            LicenseUrl = manifest.Module.LicenseUri,
            ProjectUrl = manifest.Module.ProjectUri,
        };
        builder.Authors.Add(manifest.Module.Author);
        builder.Owners.Add(manifest.Module.Author);
        builder.Tags.AddRange(Tags(manifest));
        builder.Files.AddRange(files.Select(file => new PhysicalPackageFile { SourcePath = Path.Combine(folder, file), TargetPath = file }));
        string path = Path.Combine(target, $"{builder.Id}.{builder.Version.ToNormalizedString()}.nupkg");
        using FileStream stream = File.Create(path);
        builder.Save(stream);
        return path;
    }

    /// <summary>PSModule says what the package is; the others let Find-Command and Find-PSResource -CommandName find it by its cmdlets.</summary>
    private static IEnumerable<string> Tags(Manifest manifest) =>
    [
        "PSModule", .. manifest.Tags, "PSIncludes_Cmdlet", .. manifest.Cmdlets.Select(name => "PSCmdlet_" + name),
        .. manifest.Cmdlets.Select(name => "PSCommand_" + name),
    ];
}
