using System;
using System.IO;
using System.Linq;

namespace ZhipuVideo.Package;

/// <summary>
/// <c>ZhipuVideo.Package MODULE TARGET</c>: checks the module in the folder MODULE, whose name is its version, and writes
/// <c>ZhipuVideo.VERSION.nupkg</c> for a gallery and <c>ZhipuVideo.zip</c> for Azure Automation into TARGET. The same files make the same bytes.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [string folder, string target])
        {
            Console.Error.WriteLine("ZhipuVideo.Package MODULE TARGET");
            return 64;
        }

        try
        {
            DirectoryInfo module = new(folder);
            Manifest manifest = Manifest.Read(Path.Combine(module.FullName, Manifest.ModuleName + ".psd1"));
            string[] files = [.. module.GetFiles("*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(module.FullName, file.FullName).Replace('\\', '/')).Order(StringComparer.Ordinal)];
            Console.WriteLine(GalleryPackage.Write(manifest, module.FullName, files, target));
            Console.WriteLine(AutomationZip.Write(module.FullName, files, target));
            return 0;
        }
        catch (ManifestException exception)
        {
            Console.WriteLine(exception.Message);
            return 1;
        }
    }
}
