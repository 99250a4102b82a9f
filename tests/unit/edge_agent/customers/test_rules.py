import pytest
from cryptography.exceptions import InvalidTag

from edge_agent.customers.rules import seal, unseal
from protocol.messages.proposal import PersonCard

KEY, NONCE = bytes(range(32)), bytes(12)
CARD = PersonCard(name="Nadia B.", phone="+213 555 01 02 03")


def test_only_the_persons_key_opens_the_card() -> None:
    sealed = seal(CARD, key=KEY, nonce=NONCE)
    assert sealed.startswith(NONCE)
    assert b"Nadia" not in sealed
    assert unseal(sealed, PersonCard, key=KEY) == CARD
    with pytest.raises(InvalidTag):
        unseal(sealed, PersonCard, key=bytes(32))
