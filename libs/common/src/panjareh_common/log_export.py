"""How log lines leave a process over OTLP, beside stderr. Loaded only where a collector is named."""

from __future__ import annotations

import json
import logging

from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

_SEVERITIES = {
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
}
# What OTLP has places of its own for; `service.name` is in the resource.
_ELSEWHERE = {"message", "severity", "timestamp", "trace_id", "span_id", "service.name"}


class OtlpHandler(logging.Handler):
    """Sends what the formatter makes of a record, which is a line as on stderr, and nothing beside it: what
    an exception says, or a variable held, has been left out there.
    """

    def __init__(self, resource: Resource, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        provider = LoggerProvider(resource=resource)
        provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
        self._logger = provider.get_logger("panjareh")
        # What the exporter says of a collector that is away would be sent to that collector.
        self.addFilter(lambda record: not record.name.startswith(("opentelemetry", "urllib3")))

    def emit(self, record: logging.LogRecord) -> None:
        line = json.loads(self.format(record))
        self._logger.emit(
            timestamp=int(record.created * 1e9),
            severity_number=_SEVERITIES.get(line["severity"], SeverityNumber.UNSPECIFIED),
            severity_text=line["severity"],
            body=line["message"],
            attributes={
                name: value if isinstance(value, str | bool | int | float) else json.dumps(value)
                for name, value in line.items()
                if name not in _ELSEWHERE
            },
        )
