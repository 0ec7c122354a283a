"""Issued documents: their holders, the authorities that get or revoke them, and anyone who checks one; receipts and proofs."""

from __future__ import annotations

import json
from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_requests.adapters.credentials import Credentials
from panjareh_requests.application.outputs import Outputs, RevokeOutput, SendOutput
from panjareh_requests.entrypoints.doors.asking import ANYONE, OFFICER, asked
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.issued_documents import DocumentInbox, IssuedDocuments
from panjareh_requests.read_model.receipts import Receipts
from panjareh_requests.schemas import outputs as schemas
from panjareh_requests.schemas.requests import NothingSchema, PageSchema, WhichRequestSchema

RECEIVERS = {OFFICER, CallerKind.AGENCY}


class OutputsDoor:
    outputs: Outputs = Provided("outputs")
    documents: PostgresDocuments = Provided("documents")
    issued: IssuedDocuments = Provided("issued")
    inbox: DocumentInbox = Provided("inbox")
    receipts: Receipts = Provided("receipts")
    credentials: Credentials = Provided("credentials")

    # Holders

    @rpc(PageSchema, gives=schemas.DocumentPageSchema, callers=ANYONE)
    def list_my_documents(self, query: dict[str, Any], call: Call) -> Any:
        return self.issued.page(call.caller, call.cause(), language=call.language, **query)

    @rpc(schemas.WhichDocumentSchema, gives=schemas.DocumentSchema, callers=ANYONE)
    def get_document(self, query: dict[str, Any], call: Call) -> Any:
        return self.issued.get(**query, **_looking(call), language=call.language)

    @rpc(schemas.WhichDocumentSchema, gives=schemas.TextSchema, callers=ANYONE)
    def get_credential(self, query: dict[str, Any], call: Call) -> Any:
        return self.issued.credential(**query, **_looking(call))

    @rpc(schemas.WhichDocumentSchema, gives=schemas.BytesSchema, callers=ANYONE)
    def print_document(self, query: dict[str, Any], call: Call) -> Any:
        return self.issued.pdf(**query, **_looking(call), language=call.language)

    @rpc(schemas.SendDocumentSchema, gives=schemas.DeliverySchema, callers=ANYONE)
    def send_document(self, command: SendOutput, call: Call) -> Any:
        return self.outputs.send(command, asked(call))

    @rpc(WhichRequestSchema, gives=schemas.ReceiptsSchema, callers=ANYONE)
    def list_receipts(self, query: dict[str, Any], call: Call) -> Any:
        return self.receipts.of(**query, **_looking(call))

    @rpc(schemas.WhichReceiptSchema, gives=schemas.ProofSchema, callers=ANYONE)
    def prove_receipt(self, query: dict[str, Any], call: Call) -> Any:
        return self.receipts.proof(**query, **_looking(call))

    # Authorities

    @rpc(schemas.RevokeDocumentSchema, gives=schemas.RevokedSchema, callers={OFFICER})
    def revoke_document(self, command: RevokeOutput, call: Call) -> Any:
        return self.outputs.revoke(command, asked(call))

    @rpc(PageSchema, gives=schemas.InboxSchema, callers=RECEIVERS)
    def list_sent_documents(self, query: dict[str, Any], call: Call) -> Any:
        return self.inbox.page(call.caller, call.cause(), language=call.language, **query)

    @rpc(schemas.WhichDeliverySchema, gives=schemas.DeliveredDocumentSchema, callers=RECEIVERS)
    def get_sent_document(self, query: dict[str, Any], call: Call) -> Any:
        return self.inbox.get(**query, **_looking(call), language=call.language)

    @rpc(schemas.WhichDeliverySchema, gives=schemas.TextSchema, callers=RECEIVERS)
    def get_sent_credential(self, query: dict[str, Any], call: Call) -> Any:
        return self.inbox.credential(**query, **_looking(call))

    @rpc(schemas.WhichDeliverySchema, gives=schemas.BytesSchema, callers=RECEIVERS)
    def print_sent_document(self, query: dict[str, Any], call: Call) -> Any:
        return self.inbox.pdf(**query, **_looking(call), language=call.language)

    # Anyone

    @rpc(schemas.VerifyDocumentSchema, gives=schemas.VerificationSchema, callers={"gateway"})
    def verify_document(self, query: dict[str, Any], call: Call) -> Any:
        return self.documents.verify(**query, cause=call.cause(), language=call.language)

    @rpc(schemas.WhichListSchema, gives=schemas.TextSchema, callers={"gateway"})
    def get_status_list(self, query: dict[str, Any], call: Call) -> Any:
        return {"text": self.documents.status_list(query["list"], self.credentials.status_list)}

    @rpc(NothingSchema, gives=schemas.TextSchema, callers={"gateway"})
    def get_issuer(self, nothing: dict[str, Any], call: Call) -> Any:
        return {"text": json.dumps(self.credentials.did_document(), ensure_ascii=False)}


def _looking(call: Call) -> dict[str, Any]:
    return {"caller": call.caller, "cause": call.cause()}
