"""Becoming a device and staying one, over HTTP.

Nobody signs in here: the code, or the old key, is the proof.
"""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Request

from hub.fleet.claiming import Attempt
from hub.fleet.device_schemas import (
    Challenge,
    ChallengeRequest,
    ClaimedDevice,
    ClaimRequest,
    RenewalRequest,
    RenewedDevice,
)
from hub.fleet.enrolment import Enrolment, not_set_up
from hub.fleet.models import Hardware
from hub.fleet.renewal import RenewalAttempt
from hub.identity.routes import caller_of
from hub.kit.clock import Clock
from hub.kit.http import no_parameters
from hub.kit.problem_responses import problems


class _Doors:
    """The enrolment, if this hub has one, and what every answer of it says."""

    def __init__(self, enrolment: Enrolment | None, clock: Clock) -> None:
        self._enrolment = enrolment
        self._clock = clock

    def open(self) -> Enrolment:
        """Raises Unavailable `claiming-not-set-up`."""
        if self._enrolment is None:
            raise not_set_up()
        return self._enrolment

    def place(self, request: Request) -> dict[str, Any]:
        """Where everything is, and what time it is."""
        enrolment = self.open()
        where = enrolment.whereabouts
        return {
            "ca_pem": enrolment.authority.pem,
            "broker": {"host": where.broker_host, "port": where.broker_port},
            "hub_url": where.hub_url or str(request.base_url).rstrip("/"),
            "hub_time": self._clock.now(),
        }


def build_router(*, enrolment: Enrolment | None, clock: Clock) -> APIRouter:
    """`/v1/provisioning/…`. Without an authority every answer is 503."""
    router = APIRouter(tags=["provisioning"], dependencies=[Depends(no_parameters)])
    doors = _Doors(enrolment, clock)
    _add_claim(router, doors)
    _add_renewal(router, doors)
    return router


def _add_claim(router: APIRouter, doors: _Doors) -> None:
    answers = problems(
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
    )

    @router.post("/v1/provisioning/claim", operation_id="claimDevice", responses=answers)
    async def claim(body: ClaimRequest, request: Request) -> ClaimedDevice:
        """Become the device that a code was made for.

        The same code and key again get the same certificate, until a day after the code ended.
        Whatever is wrong with a code, the answer is the same 404; failures are throttled.
        """
        enrolment = doors.open()
        attempt = Attempt(
            code=body.code,
            csr_pem=body.csr_pem,
            agent_version=body.agent_version,
            hardware=Hardware(machine_id=body.hardware.machine_id, model=body.hardware.model),
            address=caller_of(request).address,
        )
        claimed = await enrolment.claiming.claim(attempt)
        return ClaimedDevice(
            organization_id=claimed.organization_id,
            store_id=claimed.store_id,
            store_name=claimed.store_name,
            device_id=claimed.device_id,
            name=claimed.name,
            epoch=claimed.epoch,
            certificate_pem=claimed.certificate_pem,
            ca_fingerprint=enrolment.authority.fingerprint,
            **doors.place(request),
        )


def _add_renewal(router: APIRouter, doors: _Doors) -> None:
    answers = problems(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS)

    @router.post("/v1/provisioning/challenge", operation_id="challengeDevice", responses=answers)
    async def challenge(body: ChallengeRequest, request: Request) -> Challenge:
        """A word for a device to sign with its key, whether or not there is such a device."""
        made = doors.open().renewal.challenge(body.device_id, address=caller_of(request).address)
        return Challenge(nonce=made.nonce, expires_at=made.expires_at)

    @router.post(
        "/v1/provisioning/renew",
        operation_id="renewDevice",
        responses=answers | problems(HTTPStatus.CONFLICT),
    )
    async def renew(body: RenewalRequest, request: Request) -> RenewedDevice:
        """Trade the old certificate for one of a new key; the same new key gets the same again."""
        attempt = RenewalAttempt(**body.model_dump(), address=caller_of(request).address)
        certificate_pem = await doors.open().renewal.renew(attempt)
        return RenewedDevice(certificate_pem=certificate_pem, **doors.place(request))
