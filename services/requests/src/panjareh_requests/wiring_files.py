"""Puts together what takes, looks through and gives out files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from panjareh_common.blobs import PostgresBlobs
from panjareh_common.foundation import Foundation
from panjareh_common.settings import DRAFT_DAYS, SCANNER_URL
from panjareh_requests.adapters.clamd import ClamdScanner
from panjareh_requests.adapters.sniffing import sniff
from panjareh_requests.application.files import Files
from panjareh_requests.application.filling_in import FillingIn
from panjareh_requests.read_model.files import (
    FilesOfRequests,
    OwnFiles,
    PermitByRequest,
    PostgresFiles,
)
from panjareh_requests.read_model.looks import PostgresLooks


@dataclass(frozen=True)
class FileParts:
    files: Files
    own: OwnFiles
    of_requests: FilesOfRequests
    filling_in: FillingIn
    rows: PostgresFiles


def wire_files(foundation: Foundation, looks: PostgresLooks) -> FileParts:
    log, database, keyring = foundation.log, foundation.database, foundation.keyring
    rows, permit = PostgresFiles(database, keyring), PermitByRequest(looks)
    foundation.erasures.and_remove(rows.remove_of)
    scanner = foundation.settings[SCANNER_URL]
    files = Files(
        log,
        rows=rows,
        blobs=PostgresBlobs(database, keyring),
        scanner=ClamdScanner(scanner) if scanner else None,
        sniff=sniff,
        permit=permit,
        looks=looks,
        kept_for=timedelta(days=foundation.settings[DRAFT_DAYS]),
    )
    return FileParts(
        files=files,
        own=OwnFiles(log, rows),
        of_requests=FilesOfRequests(log, rows, permit),
        filling_in=FillingIn(rows),
        rows=rows,
    )
