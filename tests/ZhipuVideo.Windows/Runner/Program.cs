using System.Reflection;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

// list NAMESPACE...   the classes with tests in these namespaces, a line each
// run CLASS           runs its tests, one after the other: a line when each begins, and one for how it ended
Console.OutputEncoding = new UTF8Encoding(false);
Assembly assembly = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "ZhipuVideo.Client.Tests.dll"));
if (args[0] == "list")
{
    foreach (Type type in assembly.GetTypes().Where(type => !type.IsAbstract && args.Contains(type.Namespace) && Tests.AreIn(type))) Console.WriteLine(type.FullName);
    return;
}
Tests tests = new();
using XunitTestFramework framework = new(tests);
using ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly));
discoverer.Find(args[1], includeSourceInformation: false, tests, tests);
tests.Wait();
using ITestFrameworkExecutor executor = framework.GetExecutor(assembly.GetName());
executor.RunTests(tests.Cases, tests, tests);
tests.Wait();
Console.WriteLine("ENDED");

/// <summary>What xunit says of tests, and what it is asked to do with them.</summary>
internal sealed class Tests : LongLivedMarshalByRefObject, IMessageSink, ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions, IDisposable
{
    private readonly AutoResetEvent _done = new(false);
    private readonly Dictionary<string, object?> _options = new() { ["xunit.execution.DisableParallelization"] = true };

    internal List<ITestCase> Cases { get; } = [];

    internal static bool AreIn(Type type) => type.GetMethods().Any(method => method.GetCustomAttributesData().Any(data => IsTest(data.AttributeType)));

    internal void Wait() => _done.WaitOne();

    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestCaseDiscoveryMessage found:
                Cases.Add(found.TestCase);
                break;
            case ITestStarting starting:
                Console.WriteLine($"BEGAN {starting.Test.DisplayName}");
                break;
            case ITestPassed:
                Console.WriteLine("PASSED");
                break;
            case ITestFailed failed:
                Console.WriteLine($"FAILED {failed.Test.DisplayName} | {failed.ExceptionTypes[0]}: {failed.Messages[0].ReplaceLineEndings(" ")}");
                break;
            case ITestSkipped:
                Console.WriteLine("SKIPPED");
                break;
            case IDiscoveryCompleteMessage or ITestAssemblyFinished:
                _done.Set();
                break;
        }
        return true;
    }

    public TValue GetValue<TValue>(string name) => _options.TryGetValue(name, out object? value) ? (TValue)value! : default!;

    public void SetValue<TValue>(string name, TValue value) => _options[name] = value;

    public void Dispose() => _done.Dispose();

    private static bool IsTest(Type? attribute) => attribute is not null && (attribute.FullName == "Xunit.FactAttribute" || IsTest(attribute.BaseType));
}
