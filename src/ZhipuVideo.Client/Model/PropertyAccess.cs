using System;
using System.Reflection;

namespace ZhipuVideo;

/// <summary>The accessors of a property as delegates: every row is read and copied several times, and reflection costs ten times as much.</summary>
internal sealed class PropertyAccess<T>
{
    internal PropertyAccess(string name)
    {
        PropertyInfo property = typeof(T).GetProperty(name)!;
        ValueType = property.PropertyType;
        MethodInfo create = typeof(PropertyAccess<T>).GetMethod(nameof(Create), BindingFlags.NonPublic | BindingFlags.Static)!;
        (Get, Set) = ((Func<T, object?>, Action<T, object?>))create.MakeGenericMethod(ValueType).Invoke(null, [property])!;
    }

    internal Type ValueType { get; }

    internal Func<T, object?> Get { get; }

    internal Action<T, object?> Set { get; }

    private static (Func<T, object?> Get, Action<T, object?> Set) Create<TValue>(PropertyInfo property)
    {
        Func<T, TValue> get = (Func<T, TValue>)Delegate.CreateDelegate(typeof(Func<T, TValue>), property.GetMethod!);
        Action<T, TValue> set = (Action<T, TValue>)Delegate.CreateDelegate(typeof(Action<T, TValue>), property.SetMethod!);
        return (owner => get(owner), (owner, value) => set(owner, (TValue)value!));
    }
}
