using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests;

/// <summary>Looks for parts of a key in everything that an outcome lets a person, a log or a debugger see.</summary>
internal static partial class Secrets
{
    private const int Deepest = 12;

    // From the engine one comes to the session with all its variables, from the others to the whole process
    private static readonly string[] Ambient = ["System.Management.Automation", "System.Reflection", "System.Threading", "System.Globalization", "System.Runtime"];

    /// <summary>The key, its halves, and the Base64 of each in both alphabets, also as they stand inside a longer Base64 text.</summary>
    public static IReadOnlyList<string> FormsOf(string key)
    {
        string[] plain = [key, .. key.Split('.')];
        string[] base64 = [.. plain.SelectMany(Base64Of)];
        return [.. plain, .. base64, .. base64.Select(form => form.Replace('+', '-').Replace('/', '_'))];
    }

    /// <summary>Whether a text holds one of the forms, or a signed token of any kind.</summary>
    public static bool IsIn(string text, IReadOnlyList<string> forms) =>
        forms.Any(form => text.Contains(form, StringComparison.Ordinal)) || Token().IsMatch(text);

    /// <summary>The files below a folder that hold one of the forms, as UTF-8 or as UTF-16.</summary>
    public static IEnumerable<string> FindFiles(string folder, IReadOnlyList<string> forms) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => File.ReadAllBytes(path) is var bytes && (IsIn(Encoding.UTF8.GetString(bytes), forms) || IsIn(Encoding.Unicode.GetString(bytes), forms)));

    /// <summary>All texts of an outcome that hold one of the forms.</summary>
    public static IEnumerable<string> Find(Outcome outcome, IReadOnlyList<string> forms)
    {
        List<string> texts = [.. outcome.Warnings, .. outcome.Verbose, .. outcome.Debug, .. outcome.Information, outcome.HostText];
        HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
        foreach (object root in outcome.Output.Cast<object>().Concat(outcome.Errors).Concat(outcome.Progress).Append(outcome.Terminating!).Where(o => o is not null))
        {
            texts.Add(PSSerializer.Serialize(root));
            Collect(root, seen, texts, 0);
        }
        return texts.Where(text => IsIn(text, forms));
    }

    /// <summary>All texts below a value that hold one of the forms.</summary>
    public static IEnumerable<string> FindBelow(object root, IReadOnlyList<string> forms)
    {
        List<string> texts = [];
        Collect(root, new HashSet<object>(ReferenceEqualityComparer.Instance), texts, 0);
        return texts.Where(text => IsIn(text, forms));
    }

    [GeneratedRegex(@"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")]
    private static partial Regex Token();

    private static IEnumerable<string> Base64Of(string text)
    {
        // At each of the three offsets, without the characters that the neighbours have a part in
        for (int offset = 0; offset < 3; offset++)
        {
            string base64 = Convert.ToBase64String([.. new byte[offset], .. Encoding.UTF8.GetBytes(text)]).TrimEnd('=');
            yield return base64[(offset + 1)..^1];
        }
    }

    /// <summary>Every text below a value: all fields of everything, but of the engine's own types what a script can read of them.</summary>
    private static void Collect(object? value, HashSet<object> seen, List<string> texts, int depth)
    {
        if (value is PSObject wrapped) value = wrapped.BaseObject;
        if (value is null or Type or MemberInfo or Assembly or Delegate || depth > Deepest) return;
        if (value is string text)
        {
            texts.Add(text);
            return;
        }
        if (value is byte[] bytes)
        {
            texts.Add(Encoding.UTF8.GetString(bytes));
            return;
        }
        Type type = value.GetType();
        if (type.IsPrimitive || type.IsEnum || type.IsPointer || !seen.Add(value)) return;
        if (value is char[] characters)
        {
            texts.Add(new string(characters));
            return;
        }
        if (!Ambient.Any(space => type.Namespace?.StartsWith(space, StringComparison.Ordinal) == true))
        {
            texts.Add(value.ToString() ?? "");
            if (value is IEnumerable several)
                foreach (object? item in ItemsOf(several)) Collect(item, seen, texts, depth + 1);
            foreach (FieldInfo field in Fields(type).Where(field => !field.FieldType.IsPointer)) Collect(field.GetValue(value), seen, texts, depth + 1);
        }
        else if (value is ErrorRecord or ErrorDetails or ErrorCategoryInfo or InvocationInfo or ProgressRecord)
        {
            foreach (PropertyInfo property in type.GetProperties().Where(p => p.GetIndexParameters().Length == 0 && p.Name != "MyCommand"))
                Collect(property.GetValue(value), seen, texts, depth + 1);
        }
        else if (value is Exception)
        {
            foreach (FieldInfo field in Fields(type)) Collect(field.GetValue(value), seen, texts, depth + 1);
        }
    }

    /// <summary>What is in a collection, which another test may be changing: all tests of the process share the accounts.</summary>
    private static List<object?> ItemsOf(IEnumerable several)
    {
        while (true)
        {
            try
            {
                return [.. several.Cast<object?>()];
            }
            catch (InvalidOperationException)
            {
                // Changed meanwhile: once more
            }
        }
    }

    private static IEnumerable<FieldInfo> Fields(Type? type)
    {
        for (; type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                yield return field;
        }
    }
}
