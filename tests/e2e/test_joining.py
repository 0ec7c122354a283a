"""A vehicle is sold over public HTTP: the seller asks, the buyer joins with a code, and nobody else reaches anything."""

from __future__ import annotations

from uuid import uuid4

import yaml

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import services_dir
from tests.filling import filled
from tests.joining import invite, join
from tests.people import Person, persona, somebody

CARD = yaml.safe_load((services_dir() / "VEH-001.yaml").read_text(encoding="utf-8"))


def test_the_buyer_joins_by_a_code_and_both_follow_the_request(platform: Platform) -> None:
    seller = Person(platform, persona("fits_every_scheme")).arrive()
    buyer, stranger = (Person(platform, somebody()).arrive() for _ in range(2))
    sale = filled(CARD["form"])
    sent = seller.submit("VEH-001", sale)
    request_id = sent["request_id"]
    assert sent["status"] == "awaiting_applicant"
    assert stranger.get(f"/api/v1/requests/{request_id}").status_code == 404

    code = invite(seller, request_id, "buyer")
    shown = buyer.post("/api/v1/invitations/look", {"code": code})
    assert shown.status_code == 200, shown.text
    assert {field["field"] for field in shown.json()["shows"]} == {
        "plate",
        "price_rials",
        "centre_city",
    }
    wrong = {"code": code, "form": {"agreed_price_rials": 5}, "agreed": False}
    refused = buyer.post("/api/v1/invitations/joining", wrong, key=str(uuid4()))
    assert refused.status_code == 422
    joined = join(buyer, code, {"agreed_price_rials": 5})
    assert joined["party"] == "buyer"

    seller.wait_for(request_id, "under_review", seconds=90)
    of_buyer = buyer.look(request_id)
    assert "buyer_national_id" not in of_buyer["form"]
    assert of_buyer["parties"][0]["form"] == {"agreed_price_rials": 5}
    assert seller.look(request_id)["form"] == sale
    kinds = [step["kind"] for step in buyer.timeline(request_id)]
    assert kinds.count("EvidenceReceived") == len(CARD["evidence"]) + 1
    again = stranger.post("/api/v1/invitations/look", {"code": code})
    assert (again.status_code, again.json()["code"]) == (404, "unknown_joining_code")
    assert stranger.get(f"/api/v1/requests/{request_id}").status_code == 404
