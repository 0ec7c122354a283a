"""The window as a client of the OpenID provider: what it keeps, what it believes, and whom it sends where."""

import asyncio
import json
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk, jwt
from starlette.requests import Request
from starlette.responses import Response
from tests.unit.gateway.conftest import ISSUER, KEY, WINDOW

from panjareh_common.security import ServiceIdentity
from panjareh_gateway.app import make_app
from panjareh_gateway.signing_in.cookies import CookieTooLarge, SealedCookies
from panjareh_gateway.signing_in.provider import Provider
from panjareh_gateway.signing_in.routes import SigningIn, own_path

PROVIDERS_KEY = jwk.ECKey.generate_key("P-256", {"kid": "identity-1", "use": "sig"})
STRANGERS_KEY = jwk.ECKey.generate_key("P-256", {"kid": "identity-1", "use": "sig"})
INSIDE = "http://identity:8082/id"
LEILA = "00000000-0000-4000-8000-000000000002"


class FakeProvider(httpx.AsyncBaseTransport):
    """Answers as the provider does; `claims` and `key` are what its id token is made of."""

    def __init__(self):
        self.away = False
        self.issuer = ISSUER
        self.key = PROVIDERS_KEY
        self.algorithm = "ES256"
        self.claims = {}
        self.info = {"sub": LEILA, "name": "لیلا کریمی"}
        self.standing = {"active": True, "acr": "urn:panjareh:loa:2"}
        self.asked = []

    async def handle_async_request(self, request):
        if self.away:
            raise httpx.ConnectError("away")
        assert str(request.url).startswith(INSIDE), request.url
        path = request.url.path.removeprefix("/id")
        form = {name: each[0] for name, each in parse_qs((await request.aread()).decode()).items()}
        self.asked.append((path, form))
        return httpx.Response(200, json=self.answers(path, form))

    def answers(self, path, form):
        if path == "/.well-known/openid-configuration":
            named = ("authorize", "par", "token", "userinfo", "introspect", "end-session")
            authorize, par, token, info, introspect, end = (f"{ISSUER}/{name}" for name in named)
            return {
                "issuer": self.issuer,
                "authorization_endpoint": authorize,
                "pushed_authorization_request_endpoint": par,
                "token_endpoint": token,
                "userinfo_endpoint": info,
                "introspection_endpoint": introspect,
                "end_session_endpoint": end,
                "jwks_uri": f"{ISSUER}/jwks.json",
            }
        if path == "/jwks.json":
            return {"keys": [PROVIDERS_KEY.as_dict(private=False)]}
        if path == "/par":
            self.nonce, self.state = form["nonce"], form["state"]
            return {"request_uri": "urn:ietf:params:oauth:request_uri:1", "expires_in": 90}
        if path == "/token":
            return {
                "access_token": "an access token",
                "refresh_token": "a refresh token",
                "id_token": self.id_token(),
            }
        return self.info if path == "/userinfo" else self.standing

    def id_token(self):
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": "gateway",
            "sub": LEILA,
            "nonce": self.nonce,
            "iat": now,
            "exp": now + 600,
            "auth_time": now,
            "acr": "urn:panjareh:loa:1",
        } | self.claims
        kept = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "identity-1"}
        return jwt.encode(header, kept, self.key, algorithms=[self.algorithm])


class Visitor:
    """A browser that keeps cookies."""

    def __init__(self, app):
        self._app = app
        self.cookies = httpx.Cookies()

    def request(self, method, path, **kwargs):
        async def ask():
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url=WINDOW, cookies=self.cookies
            ) as client:
                headers = {"accept-language": "en"} | kwargs.pop("headers", {})
                answer = await client.request(method, path, headers=headers, **kwargs)
                self.cookies = client.cookies
                return answer

        return asyncio.run(ask())

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def post(self, path, data, **kwargs):
        return self.request("POST", path, data=data, **kwargs)


@pytest.fixture
def provider():
    return FakeProvider()


@pytest.fixture
def visitor(services, provider):
    services.answer = {"items": []}
    identity = ServiceIdentity("gateway", KEY.as_dict(private=True))
    asks = Provider(ISSUER, identity, inside=INSIDE, transport=provider)
    cookies = SealedCookies(b"k" * 32, secure=False)
    return Visitor(make_app(services, identity, asks, SigningIn(asks, cookies, WINDOW)))


def comes_back(visitor, provider, **changes):
    told = {"code": "a code", "state": provider.state, "iss": ISSUER} | changes
    return visitor.get("/sign-in/callback", params={n: v for n, v in told.items() if v is not None})


def signs_in(visitor, provider, path="/sign-in"):
    begun = visitor.get(path)
    assert begun.status_code == 303, begun.text
    return comes_back(visitor, provider)


def test_a_person_signs_in_and_is_named(visitor, provider):
    answer = signs_in(visitor, provider, "/sign-in?next=/api/docs")

    assert (answer.status_code, answer.headers["location"]) == (303, "/api/docs")
    page = visitor.get("/")
    assert "لیلا کریمی" in page.text
    assert "<bdi>2</bdi>" in page.text  # as the provider sees it now
    assert page.headers["cache-control"] == "no-store"


def test_what_is_asked_is_pushed_with_pkce_and_proved_by_the_windows_key(visitor, provider):
    begun = visitor.get("/sign-in?loa=3&lang=fa")

    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert set(asked) == {"client_id", "request_uri"}
    form = dict(provider.asked)["/par"]
    assert form["code_challenge_method"] == "S256"
    assert form["acr_values"] == "urn:panjareh:loa:3"
    assert form["ui_locales"] == "fa"
    assert form["redirect_uri"] == f"{WINDOW}/sign-in/callback"
    public = jwk.OKPKey.import_key(KEY.as_dict(private=False))
    proof = jwt.decode(form["client_assertion"], public, algorithms=["Ed25519"]).claims
    assert (proof["iss"], proof["sub"], proof["aud"]) == ("gateway", "gateway", ISSUER)
    assert proof["jti"]
    comes_back(visitor, provider)
    verifier = dict(provider.asked)["/token"]["code_verifier"]
    assert verifier not in str(begun.headers)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": None},
        {"state": "another"},
        {"iss": None},
        {"iss": "https://evil.example/id"},
        {"iss": "https://evil.example/id", "error": "access_denied"},
    ],
)
def test_an_answer_that_is_not_the_one_to_our_question_signs_nobody_in(visitor, provider, changes):
    visitor.get("/sign-in")

    answer = comes_back(visitor, provider, **changes)

    assert answer.status_code == 400
    assert "/token" not in dict(provider.asked)
    assert "لیلا" not in visitor.get("/").text


def test_an_answer_in_a_browser_that_asked_nothing_signs_nobody_in(visitor, provider, services):
    visitor.get("/sign-in")
    victim = Visitor(visitor._app)

    assert comes_back(victim, provider).status_code == 400


def test_an_answer_is_taken_once(visitor, provider):
    signs_in(visitor, provider)

    assert comes_back(visitor, provider).status_code == 400


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example/id"},
        {"aud": "another client"},
        {"aud": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"acr": None},
        {"auth_time": None},
        {"sub": None},
        {"sub": "somebody else than userinfo says"},
        {"acr": "urn:of:somebody:else"},
    ],
)
def test_an_id_token_that_says_something_else_signs_nobody_in(visitor, provider, claims):
    provider.claims = claims

    answer = signs_in(visitor, provider)

    assert answer.status_code == 400
    assert "لیلا" not in visitor.get("/").text


def test_an_id_token_by_another_key_signs_nobody_in(visitor, provider):
    provider.key = STRANGERS_KEY

    assert signs_in(visitor, provider).status_code == 400


def test_an_id_token_whose_algorithm_is_swapped_signs_nobody_in(visitor, provider):
    public = json.dumps(PROVIDERS_KEY.as_dict(private=False)).encode()
    provider.key, provider.algorithm = jwk.OctKey.import_key(public), "HS256"

    assert signs_in(visitor, provider).status_code == 400


def test_who_changed_their_mind_is_where_they_were(visitor, provider):
    visitor.get("/sign-in?next=/api/docs")

    answer = comes_back(visitor, provider, error="access_denied", code=None)

    assert (answer.status_code, answer.headers["location"]) == (303, "/api/docs")


def test_while_the_provider_is_away_nobody_signs_in_and_the_page_stands(visitor, provider):
    signs_in(visitor, provider)
    provider.away = True

    away = visitor.get("/sign-in")
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    assert "لیلا کریمی" in visitor.get("/").text


def test_a_provider_that_calls_itself_otherwise_is_not_asked(visitor, provider):
    provider.issuer = "https://evil.example/id"

    assert visitor.get("/sign-in").status_code == 503


def test_who_was_signed_out_elsewhere_is_nobody_here(visitor, provider):
    signs_in(visitor, provider)
    provider.standing = {"active": False}

    assert "لیلا" not in visitor.get("/").text


def test_signing_out_takes_a_form_of_our_own_page(visitor, provider):
    signs_in(visitor, provider)
    page = visitor.get("/").text
    proof = page.split('name="proof" value="')[1].split('"')[0]

    for data, headers in (
        ({}, {}),
        ({"proof": "guessed"}, {}),
        ({"proof": proof}, {"origin": "https://evil.example"}),
        ({"proof": "x" * 10_000}, {}),
    ):
        assert visitor.post("/sign-out", data, headers=headers).status_code == 403
    assert "لیلا" in visitor.get("/").text
    assert visitor.get("/sign-out").status_code == 405

    answer = visitor.post("/sign-out", {"proof": proof}, headers={"origin": WINDOW})
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == f"{ISSUER}/end-session"
    assert parse_qs(target.query)["post_logout_redirect_uri"] == [f"{WINDOW}/"]
    assert "لیلا" not in visitor.get("/").text


def test_a_new_sign_in_makes_a_new_session_whatever_was_there(visitor, provider):
    signs_in(visitor, provider)
    before = visitor.cookies["panjareh-window-session"]

    signs_in(visitor, provider)

    assert visitor.cookies["panjareh-window-session"] != before


@pytest.mark.parametrize("path", ["/", "/api/docs", "/a/b?c=d&e=f", "/#x"])
def test_a_path_of_ours_is_gone_on_to(path):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\r\nSet-Cookie: x=y",
        "/a b",
        "/\u2044evil.example",
        "/" + "a" * 600,
        "a",
    ],
)
def test_anything_else_is_not(path):
    assert own_path(path) == "/"


# Cookies


def kept(cookies, name="session", content=None, seconds=60):
    response = Response()
    cookies.put(response, name, content or {"a": 1}, seconds)
    return response.headers["set-cookie"].split(";")[0].split("=", 1)


def brought(name, value):
    headers = [(b"cookie", f"{name}={value}".encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


def test_a_cookie_comes_back_as_it_was_put():
    cookies = SealedCookies(b"k" * 32, secure=True)
    name, value = kept(cookies, content={"name": "لیلا"})

    assert name == "__Host-panjareh-window-session"
    assert cookies.get(brought(name, value), "session") == {"name": "لیلا"}
    assert "لیلا" not in value


def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites():
    response = Response()
    SealedCookies(b"k" * 32, secure=True).put(response, "session", {}, 60)

    said = response.headers["set-cookie"]
    for wanted in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=60"):
        assert wanted in said
    assert "Domain" not in said


def test_a_cookie_that_was_changed_moved_or_is_too_old_is_none():
    now = [1000.0]
    cookies = SealedCookies(b"k" * 32, secure=False, clock=lambda: now[0])
    name, value = kept(cookies)
    other = name.replace("session", "other")

    assert cookies.get(brought(other, value), "other") is None
    for at in range(0, len(value), 7):
        changed = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
        assert cookies.get(brought(name, changed), "session") in (None, {"a": 1})
    assert cookies.get(brought(name, value[:-3]), "session") is None
    assert SealedCookies(b"x" * 32, secure=False).get(brought(name, value), "session") is None
    now[0] += 60
    assert cookies.get(brought(name, value), "session") is None


def test_what_a_browser_would_not_keep_is_not_put():
    with pytest.raises(CookieTooLarge):
        kept(SealedCookies(b"k" * 32, secure=False), content={"a": "x" * 4000})
