"""From the Authorization header to a credential: a key, or a token that stands for one."""

from dataclasses import dataclass
from datetime import datetime

from web.partner.api_key import PREFIX, FindKey, check_key, invalid
from web.partner.credential import Credential
from web.partner.token import TokenKeys, check_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Where keys are kept and what signs tokens; no tokens are taken without."""

    find: FindKey
    keys: TokenKeys | None = None

    def credential_of(self, authorization: str | None, now: datetime) -> Credential:
        """Return who asks.

        Raises
        ------
        Problem
            401 ``credential-invalid`` or ``credential-expired``.
        """
        scheme, _, text = (authorization or "").partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text:
            raise invalid()
        if text.startswith(PREFIX):
            return check_key(text, find=self.find, now=now)
        if self.keys is None:
            raise invalid()
        return check_token(text, find=self.find, keys=self.keys, now=now)
