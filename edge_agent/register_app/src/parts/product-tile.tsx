import type { Product } from "../agent/wire.ts";
import { useApp } from "../context.ts";
import { offerOf } from "../rules/basket.ts";
import { nameIn, unitName } from "../words/languages.ts";
import { Money } from "./money.tsx";

export function ProductTile({ product, onChoose }: { product: Product; onChoose: () => void }) {
  const { state, messages } = useApp();
  const offer = offerOf(product);
  return (
    <li>
      <button type="button" class="product" disabled={!offer} onClick={onChoose}>
        <span class="product-name" dir="auto">
          {nameIn(product, state.language)}
        </span>
        <span class="product-code" dir="ltr">
          {product.codes[0] ?? product.sku}
        </span>
        <span class="product-price">
          {offer && product.currency ? (
            <>
              <Money amount={offer.unitPriceMinor} currency={product.currency} />
              {product.unit !== "piece" && (
                <small> / {unitName(product.unit, state.language)}</small>
              )}
            </>
          ) : (
            messages.noPrice
          )}
        </span>
      </button>
    </li>
  );
}
