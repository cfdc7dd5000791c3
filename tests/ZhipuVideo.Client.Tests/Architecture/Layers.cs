using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace ZhipuVideo.Tests.Architecture;

/// <summary>A use of one type by another, of two folders.</summary>
public sealed record Arrow(string From, string To, string User, string Used)
{
    public override string ToString() => $"{From} -> {To}: {User} uses {Used}";
}

/// <summary>
/// Which folder of the client uses which, read from the compiled assembly. Its debug information tells in which file a type stands, so that
/// public types, which share one namespace, are told apart too.
/// </summary>
internal static class Layers
{
    internal static IReadOnlyCollection<Arrow> ReadArrows(string assemblyPath)
    {
        using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(assemblyPath, new ReaderParameters { ReadSymbols = true });
        Dictionary<string, string> folders = assembly.MainModule.GetTypes()
            .Where(type => type.DeclaringType is null)
            .Select(type => (type.FullName, Folder: FolderOf(type)))
            .Where(type => type.Folder is not null)
            .ToDictionary(type => type.FullName, type => type.Folder!);
        HashSet<Arrow> arrows = [];
        foreach (TypeDefinition type in assembly.MainModule.GetTypes())
        {
            TypeReference user = Outermost(type);
            if (!folders.TryGetValue(user.FullName, out string? from)) continue;
            foreach (TypeReference used in Uses(type).SelectMany(Parts).Select(Outermost))
            {
                if (folders.TryGetValue(used.FullName, out string? to) && to != from) arrows.Add(new Arrow(from, to, user.Name, used.Name));
            }
        }
        return arrows;
    }

    /// <summary>Null where the compiler has made the type.</summary>
    private static string? FolderOf(TypeDefinition type)
    {
        string? file = type.Methods.Concat(type.NestedTypes.SelectMany(nested => nested.Methods))
            .SelectMany(method => method.DebugInformation.SequencePoints)
            .Select(point => point.Document.Url)
            .FirstOrDefault(url => !url.Contains("/obj/", StringComparison.Ordinal))
            ?? DeclaredIn(type);
        return file is null ? null : Regex.Match(file.Replace('\\', '/'), "ZhipuVideo[.]Client/([^/]+)/").Groups[1].Value; // a folder in a folder is of its layer
    }

    /// <summary>The file of a type without code: the compiler notes it apart.</summary>
    private static string? DeclaredIn(TypeDefinition type) => SourceFiles.Value.GetValueOrDefault(type.Name);

    private static readonly Lazy<Dictionary<string, string>> SourceFiles = new(() =>
        Directory.EnumerateFiles(Repository.PathOf("src/ZhipuVideo.Client"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => File.ReadLines(file)
                .Select(line => Regex.Match(line, @"^(?:public|internal) .*?(?:enum|interface|struct|class|record) (\w+)"))
                .Where(match => match.Success)
                .Select(match => (Name: match.Groups[1].Value, file)))
            .GroupBy(type => type.Name)
            .ToDictionary(group => group.Key, group => group.First().file));

    private static IEnumerable<TypeReference> Uses(TypeDefinition type)
    {
        if (type.BaseType is not null) yield return type.BaseType;
        foreach (InterfaceImplementation implemented in type.Interfaces) yield return implemented.InterfaceType;
        foreach (CustomAttribute attribute in type.CustomAttributes) yield return attribute.AttributeType;
        foreach (FieldDefinition field in type.Fields) yield return field.FieldType;
        foreach (MethodDefinition method in type.Methods)
        {
            yield return method.ReturnType;
            foreach (ParameterDefinition parameter in method.Parameters) yield return parameter.ParameterType;
            if (!method.HasBody) continue;
            foreach (VariableDefinition variable in method.Body.Variables) yield return variable.VariableType;
            foreach (ExceptionHandler handler in method.Body.ExceptionHandlers)
                if (handler.CatchType is not null) yield return handler.CatchType;
            foreach (Instruction instruction in method.Body.Instructions)
            {
                if (instruction.Operand is TypeReference used) yield return used;
                else if (instruction.Operand is MemberReference member)
                {
                    yield return member.DeclaringType;
                    if (member is GenericInstanceMethod generic)
                        foreach (TypeReference argument in generic.GenericArguments) yield return argument;
                }
            }
        }
    }

    private static IEnumerable<TypeReference> Parts(TypeReference type)
    {
        yield return type.GetElementType();
        if (type is GenericInstanceType generic)
            foreach (TypeReference argument in generic.GenericArguments.SelectMany(Parts)) yield return argument;
        else if (type is TypeSpecification { ElementType: { } element })
            foreach (TypeReference part in Parts(element)) yield return part;
    }

    private static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is not null) type = type.DeclaringType;
        return type;
    }
}
