"""The name of a device: families that its owner knows it by, and nothing finer."""

import pytest

from panjareh_identity.domain.device import device_of, label

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/126.0 Safari/537.36", "Chrome", "Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/126.0 Safari/537.36 Edg/126.0", "Edge", "Windows"),
        (f"Mozilla/5.0 (Linux; Android 14; K) {WEBKIT} Chrome/126.0 Mobile Safari/537.36", "Chrome", "Android"),
        (f"Mozilla/5.0 (Linux; Android 14; K) {WEBKIT} SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36", "Samsung Internet", "Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox", "Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1", "Safari", "iPhone"),
        ("Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/126.0 Mobile/15E148 Safari/604.1", "Chrome", "iPad"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15", "Safari", "macOS"),
        ("Mozilla/5.0 (Linux; U) something", "", "Linux"),
    ],
)  # fmt: skip
def test_browser_and_system_are_told_from_what_the_browser_says(agent, browser, system):
    assert label(device_of(agent)) == (browser, system)


@pytest.mark.parametrize("agent", [None, "", "curl/8.5.0", "<script>alert(1)</script>"])
def test_what_says_nothing_known_has_no_name(agent):
    assert device_of(agent) is None
    assert label(None) == ("", "")


def test_a_name_holds_nothing_that_was_sent():
    sent = "Firefox/<b>99</b> (Windows; the phone of Leila)"

    assert device_of(sent) == "Firefox/Windows"
