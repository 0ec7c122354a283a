"""A verifier that remembers answers as one that reads every token anew, whatever happens in between."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.common.minting import NOW, PERSON, SERVICES, access_token, new_signer

from panjareh_common.refusals import NotSignedIn
from panjareh_common.security import TokenVerifier, tokens
from panjareh_common.security.keys import ED25519, ES256, PublishedKey

LEEWAY = 5
SIGNERS = [
    SERVICES["identity"],
    *(
        new_signer(f"identity-{number:08x}", ES256 if number % 2 else ED25519)
        for number in range(4)
    ),
]
SESSIONS = ["a", "b", "c"]
LIVES = [10, 60, 900, 5000]
# Made once: signing is what takes time.
TOKENS = [
    (signer.kid, sid, NOW + life, access_token(PERSON | {"sid": sid, "exp": NOW + life}, signer))
    for signer in SIGNERS
    for sid in SESSIONS
    for life in LIVES
]


class Remembering(RuleBasedStateMachine):
    """The model keeps everything in plain lists and works each answer out from the start."""

    @initialize()
    def begin(self) -> None:
        self.now = float(NOW)
        self.verifier = TokenVerifier(
            {"keys": [each.public_key for each in SERVICES.values()]}, lambda: self.now
        )
        self.heard: list[tuple[str, int, int]] = []
        self.ended: list[tuple[str, float]] = []

    @rule(
        signer=st.sampled_from(SIGNERS[1:]),
        begins=st.sampled_from([-100, 0, 30, 1000]),
        lives=st.sampled_from([0, 1, 50, 2000, 10_000]),
    )
    def hear_of_a_key(self, signer: tokens.Signer, begins: int, lives: int) -> None:
        known = [each for each in self.heard if each[0] == signer.kid]
        # A key begins when it first said it would; only its end is stated again, sooner or later.
        first = known[0][1] if known else NOW + begins
        told = (signer.kid, first, first + lives)
        public = {name: str(value) for name, value in signer.public_key.items()}
        self.verifier.trust(PublishedKey(told[0], public, told[1], told[2]))
        self.heard.append(told)

    @rule(signer=st.sampled_from(SIGNERS[1:]))
    @precondition(lambda self: bool(self.heard))
    def withdraw_a_key(self, signer: tokens.Signer) -> None:
        known = [each for each in self.heard if each[0] == signer.kid]
        if known:
            told = (signer.kid, known[0][1], int(self.now))
            public = {name: str(value) for name, value in signer.public_key.items()}
            self.verifier.trust(PublishedKey(told[0], public, told[1], told[2]))
            self.heard.append(told)

    @rule(session=st.sampled_from(SESSIONS), lives=st.sampled_from([1, 100, 6000]))
    def end_a_session(self, session: str, lives: int) -> None:
        self.verifier.end_session(session, self.now + lives)
        self.ended.append((session, self.now + lives))

    @rule(seconds=st.sampled_from([1, 4, 9, 30, 300, 2000]))
    def pass_time(self, seconds: int) -> None:
        self.now += seconds

    @rule(tried=st.lists(st.sampled_from(TOKENS), max_size=8))
    def present_tokens(self, tried: list[tuple[str, str, int, str]]) -> None:
        for kid, sid, expires_at, token in tried:
            assert self.believed(token) == self.expected(kid, sid, expires_at)

    @invariant()
    def every_token_is_answered_as_it_should_be(self) -> None:
        for kid, sid, expires_at, token in TOKENS[:: len(LIVES) + 1]:
            assert self.believed(token) == self.expected(kid, sid, expires_at)

    def believed(self, token: str) -> bool:
        try:
            self.verifier.caller(token)
        except NotSignedIn:
            return False
        return True

    def expected(self, kid: str, sid: str, expires_at: int) -> bool:
        if any(session == sid for session, _ in self.ended):
            return False  # an ended session stays so: it is forgotten, if at all, after its tokens
        ends = [until for name, _, until in self.heard if name == kid]
        if kid == SERVICES["identity"].kid:
            return self.now < expires_at + LEEWAY
        if not ends:
            return False
        (begins,) = {begin for name, begin, _ in self.heard if name == kid}
        in_time = begins - LEEWAY <= self.now < min(ends)
        return in_time and self.now < expires_at + LEEWAY


TestRemembering = Remembering.TestCase
TestRemembering.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, database=None
)
