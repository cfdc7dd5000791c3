using System;

namespace ZhipuVideo.Emulator.Contract;

/// <summary>A request that the service refuses.</summary>
internal sealed class RefusedException(ServiceError error) : Exception(error.Message)
{
    public ServiceError Error { get; } = error;
}
