"""Builds the slices: what the office owns, and what the shop owns."""

from msgspec import Struct

from edge_agent.catalog.labels import LabelService
from edge_agent.catalog.proposals import ProposalParts, ProposalService
from edge_agent.catalog.service import CatalogService
from edge_agent.checkout.invoices import InvoiceParts, InvoiceService
from edge_agent.checkout.papers import PaperParts, PaperService
from edge_agent.checkout.quotes import QuoteService
from edge_agent.checkout.service import CheckoutParts, CheckoutService
from edge_agent.customers.service import CustomerParts, CustomerService
from edge_agent.kit.clock import unix_ms
from edge_agent.main.ground import Ground
from edge_agent.main.signing import DeviceSigner
from edge_agent.printing.service import PrintService
from edge_agent.sales.invoices import InvoiceBook
from edge_agent.sales.quarantine import Quarantine
from edge_agent.sales.service import SalesService
from edge_agent.sales.tasks import TicketSweep
from edge_agent.shop.service import ShopParts, ShopService
from edge_agent.staff.service import StaffParts, StaffService
from edge_agent.stock.service import StockParts, StockService
from edge_agent.storage.replicas import ReplicatedCollection
from edge_agent.tills.service import TillParts, TillService
from protocol.vocabulary.ids import Uuid7Source


class Reference(Struct, frozen=True, kw_only=True):
    """What the office owns and this shop reads."""

    catalog: CatalogService
    proposals: ProposalService
    labels: LabelService
    printing: PrintService
    shop: ShopService
    staff: StaffService

    @property
    def collections(self) -> tuple[ReplicatedCollection, ...]:
        """All that the hub publishes to this shop."""
        return (*self.shop.collections, *self.staff.collections, *self.catalog.collections)


class Trade(Struct, frozen=True, kw_only=True):
    """What this shop owns and the hub is told."""

    tickets: SalesService
    quarantine: Quarantine
    sweep: TicketSweep
    stock: StockService
    customers: CustomerService
    tills: TillService
    checkout: CheckoutService
    quotes: QuoteService
    papers: PaperService
    invoices: InvoiceService


def build_reference(ground: Ground) -> Reference:
    writer, readers, clock = ground.writer, ground.readers, ground.clock
    catalog = CatalogService(readers, clock)
    shop = ShopService(
        ShopParts(
            writer=writer,
            readers=readers,
            clock=clock,
            random_bytes=ground.random_bytes,
            device_id=ground.settings.device_id,
            store_id=ground.settings.store_id,
        )
    )
    proposals = ProposalService(
        ProposalParts(
            writer=writer, journal=ground.journal, catalog=catalog, store=shop, clock=clock
        )
    )
    staff = StaffService(
        StaffParts(writer=writer, readers=readers, clock=clock, random_bytes=ground.random_bytes)
    )
    printing = PrintService(writer)
    return Reference(
        catalog=catalog,
        proposals=proposals,
        labels=LabelService(readers, writer, printing),
        printing=printing,
        shop=shop,
        staff=staff,
    )


def build_trade(ground: Ground, reference: Reference) -> Trade:
    writer, journal, clock = ground.writer, ground.journal, ground.clock
    catalog, shop = reference.catalog, reference.shop
    tickets = SalesService(ground.readers)
    quarantine = Quarantine(writer, ground.readers, clock)
    stock = StockService(
        StockParts(
            writer=writer,
            readers=ground.readers,
            journal=journal,
            catalog=catalog,
            shop=shop,
            clock=clock,
        )
    )
    journal.on_pruned(stock.forget)
    customers = CustomerService(
        CustomerParts(
            writer=writer,
            journal=journal,
            shop=shop,
            clock=clock,
            random_bytes=ground.random_bytes,
        )
    )
    tills = TillService(
        TillParts(
            writer=writer,
            journal=journal,
            tickets=tickets,
            shop=shop,
            clock=clock,
            new_id=Uuid7Source(lambda: unix_ms(clock.now()), ground.random_bytes).next,
            broadcast=ground.broadcast,
            signer=DeviceSigner(ground.settings.certificate_file, ground.settings.key_file),
        )
    )
    counter = _counter(
        ground,
        reference,
        _Books(
            tickets=tickets, quarantine=quarantine, tills=tills, stock=stock, customers=customers
        ),
    )
    days = ground.settings.ticket_retention_days
    return Trade(
        tickets=tickets,
        quarantine=quarantine,
        sweep=TicketSweep(tickets, journal, clock=clock, days=days),
        stock=stock,
        customers=customers,
        tills=tills,
        checkout=CheckoutService(counter),
        quotes=QuoteService(counter),
        papers=_papers(reference, counter, customers),
        invoices=counter.invoices,
    )


class _Books(Struct, frozen=True, kw_only=True):
    """What the counter writes in."""

    tickets: SalesService
    quarantine: Quarantine
    tills: TillService
    stock: StockService
    customers: CustomerService


def _counter(ground: Ground, reference: Reference, books: _Books) -> CheckoutParts:
    writer, journal, clock = ground.writer, ground.journal, ground.clock
    invoices = InvoiceService(
        InvoiceParts(
            writer=writer,
            journal=journal,
            tickets=books.tickets,
            tills=books.tills,
            customers=books.customers,
            shop=reference.shop,
            clock=clock,
            book=InvoiceBook(),
        )
    )
    return CheckoutParts(
        writer=writer,
        journal=journal,
        tickets=books.tickets,
        quarantine=books.quarantine,
        tills=books.tills,
        stock=books.stock,
        catalog=reference.catalog,
        shop=reference.shop,
        staff=reference.staff,
        clock=clock,
        broadcast=ground.broadcast,
        invoices=invoices,
    )


def _papers(
    reference: Reference, counter: CheckoutParts, customers: CustomerService
) -> PaperService:
    return PaperService(
        PaperParts(
            writer=counter.writer,
            printing=reference.printing,
            tickets=counter.tickets,
            invoices=InvoiceBook(),
            tills=counter.tills,
            customers=customers,
            catalog=counter.catalog,
            shop=counter.shop,
            staff=counter.staff,
            clock=counter.clock,
        )
    )
