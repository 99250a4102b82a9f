"""What the demo gives away is something that the hub takes and a till can price."""

from hub.cli.seed_file import SeedFile
from protocol.checkout.promotions import check_promotion
from provisioning.demo.goods import Product
from provisioning.demo.plan import GIFTS, SUPERETTE, demo_id
from provisioning.demo.seed_file import seed_document


def goods(count: int) -> list[Product]:
    return [
        Product(
            id=demo_id("test goods", str(number)),
            sku=f"S{number}",
            names={"fr": f"Produit {number}"},
            codes=(),
            tax_id="tva-19",
            price_minor=10_000 + 500 * number,
        )
        for number in range(count)
    ]


def test_the_superette_gives_something_away_and_the_gift_shop_nothing() -> None:
    file = SeedFile.model_validate(seed_document({GIFTS.id: goods(3), SUPERETTE.id: goods(40)}))
    gifts, superette = file.tenants
    given = [*gifts.promotions, *gifts.price_lists, *gifts.legal_entities]
    assert given == []
    for offered in superette.promotions:
        check_promotion(offered.promotion)
    assert {each.promotion.kind for each in superette.promotions} == {
        "percent",
        "n_for_m",
        "amount",
        "ticket_amount",
    }
    lists = {each.price_list_id for each in superette.price_lists}
    reduced = [product for product in superette.products if product.list_prices]
    assert len(reduced) == 12
    for product in reduced:
        for price in product.list_prices:
            assert price.price_minor < (product.price_minor or 0)
            assert price.price_minor % 500 == 0
            assert price.price_list_id in {None, *lists}
