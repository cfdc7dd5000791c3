using System.Collections.Generic;
using System.Linq;

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

    /// <summary>Every code of the service's table, with the status it comes with; the messages are worded like the service's.</summary>
    public static IReadOnlyDictionary<string, ServiceError> All { get; } = new ServiceError[]
    {
        WrongKey, NoAuthorization, MalformedToken, ExpiredToken,
        new("1004", 401, "Authorization Token验证失败。"),
        new("1005", 401, "账户未通过身份验证。"),
        new("1110", 429, "您的账户当前处于非活动状态，请检查账户信息。"),
        new("1111", 429, "您的账户不存在。"),
        new("1112", 429, "您的账户已被锁定，请联系客服解锁。"),
        OutOfMoney,
        new("1120", 429, "暂时无法访问您的账户，请稍后重试。"),
        new("1121", 429, "您的账户因违规行为已被锁定。"),
        new("1200", 500, "API调用失败。"),
        BadRequest, UnknownModel,
        new("1212", 400, "当前模型不支持该调用方式。"),
        Missing("prompt"), Illegal("size", "1920x1080"),
        new("1215", 400, "quality与fps不能同时设置，请检查文档。"),
        new("1220", 403, "您无权访问该API。"),
        new("1221", 400, "该API已下线。"),
        new("1222", 400, "该API不存在。"),
        new("1230", 500, "API调用流程出错。"),
        AlreadyRequested("654321"), NoSuchTask("8868902201637896192", 400),
        new("1234", 500, "网络错误，请联系客服。"),
        PromptTooLong,
        new("1300", 400, "API调用被策略阻止。"),
        Sensitive, ConcurrencyReached,
        new("1303", 429, "您当前使用该API的频率过高，请降低频率。"),
        new("1304", 429, "您今日的调用次数已达上限。"),
        new("1305", 429, "该模型当前访问量过大，请稍后再试。"),
        new("1308", 429, "已达到使用上限，您的限额将在 2026-03-02 00:00:00 重置。"),
        new("1309", 429, "您的套餐已到期，请续费后使用。"),
        new("1310", 429, "已达到每周使用上限，您的限额将在 2026-03-02 00:00:00 重置。"),
        new("1311", 429, "您的套餐暂不支持该模型。"),
        new("1312", 429, "该模型当前繁忙，请稍后再试。"),
        new("1313", 429, "您的使用方式不符合套餐的公平使用规则。"),
        new("1314", 429, "当前套餐不支持该模型。"),
        new("1315", 429, "当前类型的密钥不支持该接口。"),
        new("1316", 429, "已达到 5 小时使用上限，您的限额将在 2026-03-01 17:00:00 重置。"),
        new("1317", 429, "已达到 7 天使用上限，您的限额将在 2026-03-08 12:00:00 重置。"),
        new("1318", 429, "团队已达到 5 小时使用上限，限额将在 2026-03-01 17:00:00 重置。"),
        new("1319", 429, "团队已达到 7 天使用上限，限额将在 2026-03-08 12:00:00 重置。"),
        new("1320", 429, "团队套餐的额度已用完。"),
        new("1321", 429, "团队套餐已停用。"),
    }.ToDictionary(error => error.Code);

    public static ServiceError Missing(string field) => new("1213", 400, $"未正常接收到{field}参数。");

    public static ServiceError Illegal(string field, string allowed) => new("1214", 400, $"{field}参数非法：{allowed}。请检查文档。");

    public static ServiceError AlreadyRequested(string requestId) => new("1231", 400, $"您已有请求：{requestId}。");

    public static ServiceError NoSuchTask(string id, int httpStatus) => new("1233", httpStatus, $"任务{id}不存在。");
}
