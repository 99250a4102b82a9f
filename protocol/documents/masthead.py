"""What heads and closes every paper of a shop: who sells, which copy it is, what it is chained to.

The file's law: a legal id is printed wherever it is known; what is unknown leaves no empty line.
"""

from collections.abc import Iterator

from protocol.documents.context import PaperContext
from protocol.documents.layout import Barcode, Block, Cut, Feed, Pair, Rule, Text
from protocol.documents.wording import Wording
from protocol.messages.invoice import Party

_HASH_DIGITS = 12


def series_number(*, register_code: str, series_epoch: int, number: int) -> str:
    """A receipt's number with its series, as printed and as its barcode says (promise N).

    A series that is no register's (the hub's own invoices) has no code.
    """
    series = f"{register_code}-{series_epoch}" if register_code else str(series_epoch)
    return f"{series}-{number:06d}"


def masthead(context: PaperContext, words: Wording) -> Iterator[Block]:
    """The shop, as the law and the owner want it named."""
    yield from copy_mark(context, words)
    party = context.party
    if party is not None:
        yield Text(text=party.name, align="center", bold=True, size="large")
    if context.store and (party is None or context.store != party.name):
        yield Text(text=context.store, align="center", bold=True)
    if party is not None:
        yield from (Text(text=line, align="center") for line in party.address)
    yield from (Text(text=line, align="center") for line in context.header)
    if party is not None:
        yield from contact(party, words)


def copy_mark(context: PaperContext, words: Wording) -> Iterator[Block]:
    """DUPLICATA, on every copy but the original."""
    if context.duplicate > 0:
        mark = words.say("duplicate", number=context.duplicate)
        yield Text(text=mark, align="center", bold=True, size="large")


def contact(party: Party, words: Wording) -> Iterator[Pair]:
    """Telephone and legal ids: NIF, NIS, RC, AI."""
    if party.phone:
        yield Pair(label=words.say("phone"), amount=party.phone)
    for key in ("nif", "nis", "rc", "ai"):
        value = getattr(party.ids, key)
        if value:
            yield Pair(label=words.say(key), amount=value)


def place(context: PaperContext, words: Wording) -> Iterator[Block]:
    """Which register, who was at it."""
    if context.register or context.register_code:
        code = f"({context.register_code})" if context.register_code else ""
        yield Pair(label=words.say("register"), amount=f"{context.register} {code}".strip())
    if context.cashier:
        yield Pair(label=words.say("cashier"), amount=context.cashier)


def farewell(context: PaperContext) -> Iterator[Text]:
    """The shop's last words to a customer."""
    return (Text(text=line, align="center") for line in context.footer)


def closing(
    context: PaperContext, words: Wording, *, barcode: str | None = None
) -> Iterator[Block]:
    """The barcode, the fingerprint, the cut."""
    if barcode:
        yield Barcode(content=barcode)
    if context.chain_hash:
        yield Pair(label=words.say("fingerprint"), amount=fingerprint(context.chain_hash))
    yield from copy_mark(context, words)
    yield Feed()
    yield Cut()


def fingerprint(chain_hash: bytes) -> str:
    """The first digits of a hash in groups of four: enough to find and to compare."""
    digits = chain_hash.hex()[:_HASH_DIGITS]
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def headline(title: str) -> Iterator[Block]:
    """What kind of paper it is."""
    yield Rule(double=True)
    yield Text(text=title, align="center", bold=True)
    yield Rule(double=True)
