"""Refusals that only a web server can make; those of the domain know nothing of HTTP."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from app.domain.errors import FieldError, Invalid, Refusal


class HttpRefusal(Refusal):
    """A refusal with its own status and headers."""

    http: ClassVar[int]

    def __init__(
        self, *, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None, **params: object
    ) -> None:
        super().__init__(errors=errors, **params)
        self.headers = dict(headers or {})


class MalformedRequest(HttpRefusal):
    code = "malformed_request"
    http = 400
    zh = "请求无法解析：{reason}。请检查编码与 JSON 语法。"
    en = "The request cannot be read: {reason}. Check its encoding and JSON syntax."


class IdempotencyKeyMissing(HttpRefusal):
    code = "idempotency_key_missing"
    http = 400
    zh = "此操作会新建记录，必须带 Idempotency-Key 请求头（1-255 个可见字符，每个新请求一个新值）。"
    en = "This request creates something and needs an Idempotency-Key header (1-255 visible characters, new each time)."


class IdempotencyKeyReused(HttpRefusal):
    code = "idempotency_key_reused"
    http = 422
    zh = "该 Idempotency-Key 已用于内容不同的请求；新请求请换新值。"
    en = "This Idempotency-Key was used for another request body; use a new key for a new request."


class IdempotencyAnswerLost(HttpRefusal):
    code = "idempotency_answer_lost"
    http = 409
    zh = "该请求已成功执行，但含密钥的应答已无法解封（签名密钥已更换）；请重新生成密钥。"
    en = "The request was done, but its answer held a secret sealed with a signing key since replaced; rotate the secret."


class MalformedPrecondition(HttpRefusal):
    code = "malformed_precondition"
    http = 400
    zh = 'If-Match 应为最近一次读到的 ETag，例如 "3"。'
    en = 'If-Match must be the ETag you read last, such as "3".'


class MalformedCursor(HttpRefusal):
    code = "malformed_cursor"
    http = 400
    zh = "分页游标无效；请原样使用上一页返回的 next_cursor。"
    en = "The cursor is not valid; send back next_cursor of the page before, unchanged."


class Unauthenticated(HttpRefusal):
    code = "unauthenticated"
    http = 401
    zh = "缺少有效的访问令牌；请向 /v1/oauth/token 申请后放入 Authorization: Bearer。"
    en = "No valid access token; get one from /v1/oauth/token and send it as Authorization: Bearer."


class MalformedPerson(HttpRefusal):
    code = "malformed_person"
    http = 400
    zh = "On-Behalf-Of 应为 name=姓名; office=职务（两项均须百分号编码，非空）。"
    en = "On-Behalf-Of must be name=…; office=…, both percent-encoded and not empty."


class NotTrustedForPersons(HttpRefusal):
    code = "not_trusted_for_persons"
    http = 403
    zh = "此客户端未被授权代表自然人提交；请向管理员申请 on_behalf_of。"
    en = "This client may not act on behalf of a person; ask the administrator for on_behalf_of."


class RouteUnknown(HttpRefusal):
    code = "route_unknown"
    http = 404
    zh = "没有这个地址；接口清单见 /docs。"
    en = "There is no such address; see /docs for all of them."


class MethodNotAllowed(HttpRefusal):
    code = "method_not_allowed"
    http = 405
    zh = "此地址不支持该方法；可用方法见 Allow 响应头。"
    en = "This address does not know that method; the Allow header lists those it knows."


class BodyTooLarge(HttpRefusal):
    code = "body_too_large"
    http = 413
    zh = "请求体超过 {limit} 字节的上限；请分批发送。"
    en = "The body is larger than the limit of {limit} bytes; send it in parts."


class UnsupportedMediaType(HttpRefusal):
    code = "unsupported_media_type"
    http = 415
    zh = "不支持此内容类型；此处接受 {accepted}。"
    en = "This content type is not supported; accepted here: {accepted}."


class ValidationFailed(Invalid):
    code = "validation_failed"
    zh = "请求内容不符合要求，详见 errors。"
    en = "The request does not fit what is expected here; see errors."


class PreconditionRequired(HttpRefusal):
    code = "precondition_required"
    http = 428
    zh = "修改前须带 If-Match 请求头（最近一次读到的 ETag）。"
    en = "A change needs an If-Match header with the ETag you read last."


class TooManyRequests(HttpRefusal):
    code = "too_many_requests"
    http = 429
    zh = "请求过于频繁；请在 {seconds} 秒后重试。"
    en = "Too many requests; try again in {seconds} seconds."


class InternalError(HttpRefusal):
    code = "internal_error"
    http = 500
    zh = "服务内部错误；报告时请提供编号 {reference}。"
    en = "The service failed; quote {reference} when you report it."


class FeedBusy(HttpRefusal):
    code = "feed_busy"
    http = 429
    zh = "此来源已有 {queue} 个批次在处理；请在 {seconds} 秒后重试。"
    en = "This sender has {queue} batches under way; try again in {seconds} seconds."


class ServiceUnavailable(HttpRefusal):
    code = "service_unavailable"
    http = 503
    zh = "服务暂不可用；请稍后重试。"
    en = "The service cannot answer just now; try again shortly."


class NotReady(HttpRefusal):
    code = "not_ready"
    http = 503
    zh = "服务尚未就绪：{reason}"
    en = "The service is not ready: {reason}"
