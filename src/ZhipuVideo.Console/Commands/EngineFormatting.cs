using System;
using System.Management.Automation;
using System.Reflection;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace ZhipuVideo.Console.Commands;

/// <summary>
/// The engine's own formatting, from which Format-Table and Format-List are made: System.Management.Automation holds all of it
/// except the two cmdlets that name a shape. The members that take the shape are not public, hence reflection.
/// </summary>
internal static class EngineFormatting
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Gives a formatting cmdlet its shape.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="shape">A member of the engine's FormatShape: Table or List.</param>
    public static void UseShape(FrontEndCommandBase cmdlet, string shape)
    {
        Assembly engine = typeof(PSObject).Assembly;
        string folder = typeof(FrontEndCommandBase).Namespace!;
        object value = Enum.Parse(engine.GetType($"{folder}.FormatShape", throwOnError: true)!, shape);
        object implementation = Activator.CreateInstance(
            engine.GetType($"{folder}.InnerFormatShapeCommand", throwOnError: true)!, Hidden, binder: null, [value], culture: null)!;
        typeof(FrontEndCommandBase).GetField("implementation", Hidden)!.SetValue(cmdlet, implementation);
    }
}
