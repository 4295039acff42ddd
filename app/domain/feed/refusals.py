"""Refusals of a whole file: nothing in it can be read row by row, or it is larger than a batch may be."""

from app.domain.errors import Invalid


class FeedMediaTypeUnknown(Invalid):
    code = "feed_media_type_unknown"
    zh = "不支持内容类型“{media_type}”；请用 {known}。"
    en = "The media type {media_type!r} is not read here; send {known}."


class FeedEncodingUnknown(Invalid):
    code = "feed_encoding_unknown"
    zh = "不支持压缩方式“{encoding}”；请用 gzip、zstd 或不压缩。"
    en = "The content encoding {encoding!r} is not read here; send gzip, zstd or none."


class FeedCompressionBroken(Invalid):
    code = "feed_compression_broken"
    zh = "无法按 {encoding} 解压（文件损坏、校验不符或不完整）；请重新压缩后发送。"
    en = "The body is not intact {encoding} (damaged, a wrong checksum or cut short); compress it again and resend."


class FeedBodyTooLarge(Invalid):
    code = "feed_body_too_large"
    zh = "解压后超过 {limit} 字节；请分批发送。"
    en = "The body is larger than {limit} bytes once decompressed; send it in parts."


class FeedTooManyRows(Invalid):
    code = "feed_too_many_rows"
    zh = "一批最多 {limit} 行；请分批发送。"
    en = "A batch holds at most {limit} rows; send it in parts."


class FeedTextUndecodable(Invalid):
    code = "feed_text_undecodable"
    zh = "文本不是 {encoding} 编码（字节 {position} 处）；请转换编码，或在数据源配置中写明编码。"
    en = "The text is not {encoding} (at byte {position}); convert it, or name its encoding in the profile."


class FeedFileUnreadable(Invalid):
    code = "feed_file_unreadable"
    zh = "文件不是完整的 {format}；请重新导出。"
    en = "The file is not an intact {format}; export it again."


class FeedColumnsUnknown(Invalid):
    code = "feed_columns_unknown"
    zh = "有不认识的列（见 errors）；请改列名，或在数据源配置的 columns、ignored 中写明。"
    en = "Some columns mean nothing here (see errors); rename them, or name them in the profile's columns or ignored."


class FeedShapeUndecidable(Invalid):
    code = "feed_shape_undecidable"
    zh = "看不出是曲线还是单点：{zh}。曲线要有 channel、day 与 v01…（或 values、value），单点要有 channel、at、value。"
    en = "Curves or points? {en}. Curves have channel, day and v01… (or values, value); points have channel, at, value."


class ProfileInvalid(Invalid):
    code = "profile_invalid"
    zh = "数据源配置有误（见 errors）。"
    en = "The profile is wrong (see errors)."
