"""Who asks: verified tokens, callers, and sealed transport (design rules 6 and 8)."""

from panjareh_common.security.caller import Caller, CallerKind
from panjareh_common.security.tokens import ServiceIdentity, TokenVerifier

__all__ = ["Caller", "CallerKind", "ServiceIdentity", "TokenVerifier"]
