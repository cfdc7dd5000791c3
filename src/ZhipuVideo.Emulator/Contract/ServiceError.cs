namespace ZhipuVideo.Emulator.Contract;

/// <summary>A refusal as the service words it: its business code, the HTTP status it comes with and its message.</summary>
/// <param name="Code">The business code of the service's error table, for example <c>1214</c>.</param>
/// <param name="HttpStatus">The HTTP status of the reply.</param>
/// <param name="Message">The message, in Chinese as the service gives it.</param>
internal sealed record ServiceError(string Code, int HttpStatus, string Message)
{
    public static ServiceError NoAuthorization { get; } = new("1001", 401, "Header中未收到Authorization参数，无法进行身份验证。");

    public static ServiceError MalformedToken { get; } = new("1002", 401, "Authorization Token非法，请确认Authorization Token正确传递。");

    public static ServiceError ExpiredToken { get; } = new("1003", 401, "Authorization Token已过期，请重新生成/获取。");

    public static ServiceError WrongKey { get; } = new("1000", 401, "身份验证失败。");

    public static ServiceError OutOfMoney { get; } = new("1113", 429, "您的账户已欠费，请充值后重试。");

    public static ServiceError BadRequest { get; } = new("1210", 400, "API 调用参数有误，请检查文档。");

    public static ServiceError UnknownModel { get; } = new("1211", 400, "模型不存在，请检查模型代码。");

    public static ServiceError PromptTooLong { get; } = new("1261", 400, "Prompt 超长。");

    public static ServiceError Sensitive { get; } =
        new("1301", 400, "系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语，感谢您的配合。");

    public static ServiceError ConcurrencyReached { get; } =
        new("1302", 429, "您当前使用该API的并发数过高，请降低并发，或联系客服增加限额。");

    public static ServiceError Missing(string field) => new("1213", 400, $"未正常接收到{field}参数。");

    public static ServiceError Illegal(string field, string allowed) => new("1214", 400, $"{field}参数非法：{allowed}。请检查文档。");

    public static ServiceError AlreadyRequested(string requestId) => new("1231", 400, $"您已有请求：{requestId}。");

    public static ServiceError NoSuchTask(string id, int httpStatus) => new("1233", httpStatus, $"任务{id}不存在。");
}
