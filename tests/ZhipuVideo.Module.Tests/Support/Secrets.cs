using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using System.Text;

namespace ZhipuVideo.Tests;

/// <summary>Looks for parts of a key in everything that an outcome lets a person, a log or a debugger see.</summary>
internal static class Secrets
{
    private const int Deepest = 12;

    /// <summary>The key, its halves, and the Base64 of each, also as they stand inside a longer Base64 text.</summary>
    public static IReadOnlyList<string> FormsOf(string key)
    {
        string[] plain = [key, .. key.Split('.')];
        return [.. plain, .. plain.SelectMany(Base64Of)];
    }

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
        return texts.Where(text => forms.Any(form => text.Contains(form, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Base64Of(string text)
    {
        // At each of the three offsets, without the characters that the neighbours have a part in
        for (int offset = 0; offset < 3; offset++)
        {
            string base64 = Convert.ToBase64String([.. new byte[offset], .. Encoding.UTF8.GetBytes(text)]).TrimEnd('=');
            yield return base64[(offset + 1)..^1];
        }
    }

    /// <summary>Every text below a value: all fields of this module's types and of exceptions, the properties of everything else.</summary>
    private static void Collect(object? value, HashSet<object> seen, List<string> texts, int depth)
    {
        if (value is PSObject wrapped) value = wrapped.BaseObject;
        if (value is null or Type or MemberInfo or Assembly or Delegate || depth > Deepest) return;
        if (value is string text)
        {
            texts.Add(text);
            return;
        }
        Type type = value.GetType();
        if (type.IsPrimitive || type.IsEnum || !seen.Add(value)) return;
        texts.Add(value.ToString() ?? "");
        if (value is IEnumerable several)
            foreach (object? item in several) Collect(item, seen, texts, depth + 1);
        if (value is Exception || type.Namespace!.StartsWith("ZhipuVideo", StringComparison.Ordinal))
        {
            foreach (FieldInfo field in Fields(type)) Collect(field.GetValue(value), seen, texts, depth + 1);
        }
        else if (value is ErrorRecord or ErrorDetails or ErrorCategoryInfo or InvocationInfo or ProgressRecord)
        {
            foreach (PropertyInfo property in type.GetProperties().Where(p => p.GetIndexParameters().Length == 0 && p.Name != "MyCommand"))
                Collect(property.GetValue(value), seen, texts, depth + 1);
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
