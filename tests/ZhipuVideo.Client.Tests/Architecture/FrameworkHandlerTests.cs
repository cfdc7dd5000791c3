using Mono.Cecil;
using Mono.Cecil.Cil;

namespace ZhipuVideo.Client.Tests.Architecture;

/// <summary>
/// What every HTTP handler of the build for Windows PowerShell must be told, read in its instructions: on .NET Framework a handler that is not may
/// offer Ssl3 alone, by a setting of the process, and behind a proxy opens two connections, whatever its service point says.
/// </summary>
public sealed class FrameworkHandlerTests
{
    private const int Tls12 = 3072;

    [Fact]
    [Trait("Phase", "submit, wait, download")]
    public void F201_Every_handler_speaks_TLS_1_2_and_opens_as_many_connections_as_it_needs()
    {
        string build = Repository.PathOf("bin/net472");
        Instruction[] created =
        [
            .. from file in Directory.GetFiles(build, "ZhipuVideo*.dll")
               from type in AssemblyDefinition.ReadAssembly(file).MainModule.GetTypes()
               from method in type.Methods.Where(method => method.HasBody)
               from instruction in method.Body.Instructions
               where instruction.OpCode == OpCodes.Newobj && instruction.Operand is MethodReference { DeclaringType.Name: "HttpClientHandler" or "WebRequestHandler" or "WinHttpHandler" }
               select instruction,
        ];

        Assert.NotEmpty(created);
        Assert.All(created, instruction =>
        {
            Dictionary<string, Instruction> set = ReadInitializer(instruction);
            Assert.Equal(Tls12, set["SslProtocols"].Operand);
            Assert.Contains("MaxConnectionsPerServer", set.Keys);
            Assert.Contains("UseCookies", set.Keys);
            Assert.Contains("AllowAutoRedirect", set.Keys);
        });
    }

    /// <summary>The properties that are set of a new handler before its method ends, and what puts each value on the stack.</summary>
    private static Dictionary<string, Instruction> ReadInitializer(Instruction created)
    {
        Dictionary<string, Instruction> set = [];
        for (Instruction next = created.Next; next is not null && next.OpCode != OpCodes.Ret; next = next.Next)
        {
            if (next.Operand is MethodReference { DeclaringType.Name: "HttpClientHandler" } setter && setter.Name.StartsWith("set_", StringComparison.Ordinal))
                set[setter.Name[4..]] = next.Previous;
        }
        return set;
    }
}
