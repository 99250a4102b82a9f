"""Prometheus metrics of one agent, in a registry of its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from edge_agent.api.sync_report import SyncReport
from edge_agent.storage.writer import Writer

CONTENT_TYPE = CONTENT_TYPE_LATEST
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})


class Metrics:
    """Gauges are brought up to date when they are scraped."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "hanout_edge_http_requests",
            "HTTP requests answered, by method and status.",
            ("method", "status"),
            registry=self._registry,
        )
        self._counted: dict[tuple[str, int], Counter] = {}
        self._gauges = {
            name: Gauge(f"hanout_edge_{name}", text, registry=self._registry)
            for name, text in (
                ("journal_head_seq", "Newest fact in the journal."),
                ("journal_acked_seq", "Newest fact that the hub durably holds."),
                ("sync_connected", "1 while the hub has welcomed this agent."),
                ("sync_debt_facts", "Facts that the hub has not acknowledged."),
                ("sync_debt_oldest_seconds", "Age of the oldest of them."),
                ("sync_dead_facts", "Facts that the hub keeps but cannot read."),
                ("quarantined_tickets", "Handed-over requests waiting for a person."),
                ("disk_free_bytes", "Disk space left."),
                ("disk_low", "1 while only sales are written."),
                ("disk_ballast_bytes", "Disk space held back for sales."),
                ("salvages", "Times that a broken database was salvaged."),
                ("storage_busy_seconds", "How long the disk has been busy with one commit."),
                ("writer_waiting_requests", "Requests waiting for the database."),
                ("writer_groups", "Groups committed since the start."),
                ("writer_requests", "Requests committed since the start."),
            )
        }
        self._debt_value = Gauge(
            "hanout_edge_sync_debt_value_minor",
            "Value of the unacknowledged facts, in minor units.",
            ("currency",),
            registry=self._registry,
        )

    def count_request(self, method: str, *, status: int) -> None:
        """Count one answer; methods nobody serves are one series together."""
        counter = self._counted.get((method, status))
        if counter is None:
            counter = self._requests.labels(method if method in _METHODS else "other", str(status))
            if method in _METHODS:  # else a stranger's words would fill the memory
                self._counted[method, status] = counter
        counter.inc()

    def render(self, report: SyncReport, writer: Writer) -> bytes:
        """The text of one scrape."""
        status = report.status
        values = {
            "journal_head_seq": report.device.head_seq,
            "journal_acked_seq": report.device.acked_seq,
            "sync_connected": int(status is not None and status.welcomed),
            "sync_debt_facts": report.debt.count,
            "sync_debt_oldest_seconds": report.oldest_age_s or 0,
            "sync_dead_facts": report.device.dead_count,
            "quarantined_tickets": report.quarantined_count,
            "disk_free_bytes": report.room.free_bytes,
            "disk_low": int(report.room.state != "ample"),
            "disk_ballast_bytes": report.room.ballast_bytes,
            "salvages": len(report.salvages),
            "storage_busy_seconds": report.storage_busy_s,
            "writer_waiting_requests": writer.waiting,
            "writer_groups": writer.groups_count,
            "writer_requests": writer.requests_count,
        }
        for name, value in values.items():
            self._gauges[name].set(value)
        self._debt_value.clear()
        for currency, value_minor in report.debt.value_minor.items():
            self._debt_value.labels(currency).set(value_minor)
        return generate_latest(self._registry)
