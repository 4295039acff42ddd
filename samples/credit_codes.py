"""Credit codes for samples: right in their check digits, fictitious at a glance (region 999999 does not exist)."""

import hashlib

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# Legal form 91 (enterprise), a region that no table knows, and an organisation number that begins with YL.
PREFIX = "91999999"
SERIES = "YL"


def fictitious(key: str) -> str:
    """The code of this sample, always the same one (GB 32100-2015, GB 11714)."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big") % 1_000_000
    organisation = f"{SERIES}{number:06d}"
    first = PREFIX + organisation + _organisation_digit(organisation)
    total = sum(weight * ALPHABET.index(sign) for weight, sign in zip(WEIGHTS, first, strict=True))
    return first + ALPHABET[-total % 31]


def _organisation_digit(organisation: str) -> str:
    values = [int(sign, 36) for sign in organisation]
    rest = sum(weight * value for weight, value in zip(ORGANISATION_WEIGHTS, values, strict=True)) % 11
    return "0X987654321"[rest]
