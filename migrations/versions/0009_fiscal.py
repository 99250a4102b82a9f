"""Legal entities and regimes, cash terms, price lists, promotions, invoices; what tickets and Z
reports say besides."""

from alembic import op

from migrations.policies import enable_tenant_policy, run_file

revision = "0009"
down_revision = "0008"

_GRANTS = {
    "legal_entity_regime": "select, insert, update, delete",
    "cash_step": "select, insert, update, delete",
    "cash_denomination": "select, insert, update, delete",
    "duty_tariff": "select, insert, update, delete",
    "price_list": "select, insert, update",
    "price_list_customer": "select, insert, delete",
    "promotion": "select, insert, update",
    "invoice": "select, insert",
    "hub_invoice_series": "select, insert, update",
}


def upgrade() -> None:
    """Add columns and tables, then say who may what."""
    for name in ("1_entities", "2_offers", "3_books"):
        run_file(op, f"0009_fiscal/{name}.sql")
    for table, grants in _GRANTS.items():
        enable_tenant_policy(op, table, grants=grants)


def downgrade() -> None:
    """As before. Invoices, lists' prices and promotions are gone; facts keep what tickets say."""
    run_file(op, "0009_fiscal/down.sql")
