"""What would be decided about me, over public HTTP: before I ask, and as it is decided then (R5)."""

from __future__ import annotations

from typing import Any

from panjareh_cli.local.platform import Platform
from tests.people import Person, internet_form, somebody

CODE = "INET-001"


def preview(person: Person, **body: Any) -> dict[str, Any]:
    answer = person.post(f"/api/v1/services/{CODE}/decision-preview", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_what_is_foreseen_is_what_is_decided(platform: Platform) -> None:
    person = Person(platform, somebody(decile=2)).arrive()
    form = internet_form(person.about)

    before = preview(person, form=form)
    assert (before["result"], before["binding"]) == ("depends", False)
    assert before["depends_on"]
    assert person.get("/api/v1/requests").json()["items"] == []

    request_id = person.submit(CODE, form)["request_id"]
    decided = person.wait_for(request_id, "decided")
    after = preview(person, form=form)
    assert (after["result"], after["reason"]) == (decided["outcome"], decided["reason"])
    assert "earlier_request" in {each["source"] for each in after["inputs"]}
    assert len(person.get("/api/v1/requests").json()["items"]) == 1


def test_nobody_is_told_who_is_not_signed_in(platform: Platform) -> None:
    person = Person(platform, somebody())

    answer = person.post(f"/api/v1/services/{CODE}/decision-preview", {"form": {}})

    assert answer.status_code == 401
