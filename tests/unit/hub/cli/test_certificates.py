"""`hanout-hub ca`: made once, closed to others, and what it issues is what brokers want."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from typer.testing import CliRunner, Result

from hub.cli import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the authority's files are; like a service's, other users reach what they may read."""
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    settings = {
        "HANOUT_HUB_DEVICE_CA_CERTIFICATE_FILE": str(folder / "ca" / "device-ca.crt"),
        "HANOUT_HUB_DEVICE_CA_KEY_FILE": str(folder / "ca" / "device-ca.key"),
    }
    return CliRunner().invoke(app, ["ca", *words], env=settings)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_it_is_made_once_and_its_key_is_its_owners_alone(folder: Path) -> None:
    made = run(folder, "init", "--name", "El Baraka devices")
    assert made.exit_code == 0, made.output
    key_file = folder / "ca" / "device-ca.key"
    assert key_file.stat().st_mode & 0o777 == 0o600
    kept = [path.read_bytes() for path in sorted((folder / "ca").iterdir())]
    assert run(folder, "init").output == made.output
    assert [path.read_bytes() for path in sorted((folder / "ca").iterdir())] == kept


def test_interrupted_after_its_key_it_is_finished_with_that_key(folder: Path) -> None:
    first = run(folder, "init").output
    (folder / "ca" / "device-ca.crt").unlink()
    before = (folder / "ca" / "device-ca.key").read_bytes()
    again = run(folder, "init")
    assert again.exit_code == 0
    assert again.output != first
    assert (folder / "ca" / "device-ca.key").read_bytes() == before


def test_a_key_that_others_may_read_is_refused(folder: Path) -> None:
    run(folder, "init")
    for mode in (0o640, 0o604, 0o660):
        (folder / "ca" / "device-ca.key").chmod(mode)
        refused = run(folder, "issue-worker", "hub-ingest", "--out", str(folder))
        assert refused.exit_code == 1
        assert "chmod 600" in refused.output
    assert not (folder / "hub-ingest.key").exists()


def test_another_authoritys_key_is_refused(folder: Path) -> None:
    other = folder / "other"
    run(other, "init")
    run(folder, "init")
    os.replace(other / "ca" / "device-ca.key", folder / "ca" / "device-ca.key")
    refused = run(folder, "init")
    assert refused.exit_code == 1
    assert "the key is another's" in refused.output


def test_a_workers_certificate_bears_its_name(folder: Path) -> None:
    run(folder, "init")
    made = run(folder, "issue-worker", "hub-ingest-2", "--out", str(folder / "out"))
    assert made.exit_code == 0, made.output
    issued = certificate(folder / "out" / "hub-ingest-2.crt")
    authority = certificate(folder / "out" / "ca.crt")
    issued.verify_directly_issued_by(authority)
    assert [name.value for name in issued.subject] == ["hub-ingest-2"]
    usage = issued.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert (folder / "out" / "hub-ingest-2.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "name",
    [
        "ingest",
        "hub-",
        "hub-+",
        "hub-#",
        "hub-a/b",
        "hub-A",
        "hub-a ",
        "0197a1b2-0000-7000",
        "hub-é",
    ],
)
def test_a_worker_is_called_like_no_device_and_no_topic(folder: Path, name: str) -> None:
    run(folder, "init")
    refused = run(folder, "issue-worker", name, "--out", str(folder / "out"))
    assert refused.exit_code == 1
    assert not (folder / "out").exists()


def test_a_brokers_certificate_bears_its_hosts(folder: Path) -> None:
    run(folder, "init")
    hosts = ["mqtt.example", "192.0.2.1"]
    assert run(folder, "issue-broker", *hosts, "--out", str(folder / "out")).exit_code == 0
    issued = certificate(folder / "out" / "broker.crt")
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mqtt.example"]
    refused = run(folder, "issue-broker", "mqtt example", "--out", str(folder / "out"))
    assert refused.exit_code == 1


def test_without_settings_it_says_which(folder: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if "HANOUT" not in name}
    said = subprocess.run(
        [sys.executable, "-c", "from hub.cli import app; app()", "ca", "init"],
        env=bare,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 1
    assert "HANOUT_HUB_DEVICE_CA_KEY_FILE" in said.stderr
