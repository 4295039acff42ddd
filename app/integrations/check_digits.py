"""Check digits of the unified social credit code (GB 32100-2015), with a reason when one does not hold."""

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from app.domain.facts.values import ValueRefused


def credit_code(text: str) -> str:
    """The code in its standard form; raises ValueRefused with what is wrong."""
    try:
        return uscc.validate(text)
    except InvalidLength as error:
        length = len(uscc.compact(text))
        raise ValueRefused(
            "uscc_length",
            f"统一社会信用代码应为 18 位，现为 {length} 位。",
            f"A unified social credit code has 18 characters, this one has {length}.",
        ) from error
    except InvalidChecksum as error:
        raise ValueRefused(
            "uscc_check_digit",
            "统一社会信用代码校验位不符；请核对是否录错或漏录字符。",
            "The check digit of the unified social credit code does not fit; look for a mistyped character.",
        ) from error
    except ValidationError as error:
        raise ValueRefused(
            "uscc_format",
            "统一社会信用代码前 8 位为数字，其余为数字或大写字母（不含 I、O、S、V、Z）。",
            "The code has 8 digits, then digits or capital letters without I, O, S, V and Z.",
        ) from error
