/**
 * The agent's answers, as far as this app reads them. Amounts are integer minor units up to 10¹²,
 * which a JavaScript number holds exactly; arithmetic on them is done in BigInt.
 */

export interface Meta {
  readonly store: { readonly name: string; readonly currency: string } | null;
}

export interface RegisterState {
  readonly id: string;
  readonly name: string;
  readonly code: string;
}

export interface Pairing {
  readonly tablet_id: string;
  readonly tablet_token: string;
  readonly register: RegisterState;
}

export interface SignIn {
  readonly token: string;
  readonly expires_at: string;
  readonly staff: { readonly id: string; readonly name: string; readonly roles: readonly string[] };
}

/** Price and tax are null where nobody has set them yet. */
export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly codes: readonly string[];
  readonly name: string;
  readonly names: Readonly<Record<string, string>>;
  readonly unit: string;
  readonly active: boolean;
  readonly unit_price_minor: number | null;
  readonly currency: string | null;
  readonly tax_id: string | null;
  readonly tax_rate_ppm: number | null;
  readonly prices_include_tax: boolean;
}

export interface Shift {
  readonly id: string;
  readonly status: "open" | "closed";
  readonly business_date: string;
  readonly currency: string;
  readonly opened_at: string;
  readonly float_minor: number;
}

export interface SaleRequest {
  readonly id: string;
  readonly mode: "live";
  readonly shift_id: string;
  readonly currency: string;
  readonly rung_at: string;
  readonly lines: readonly {
    readonly line_no: number;
    readonly product_id: string;
    readonly code?: string;
    readonly quantity: string;
    readonly unit_price_minor: number;
    readonly amount_minor: number;
  }[];
  readonly tenders: readonly { readonly kind: string; readonly amount_minor: number }[];
  readonly totals: { readonly payable_minor: number; readonly change_minor: number };
}

/** A sale before money is given. Without prices: the agent knows today's. */
export interface QuoteRequest {
  readonly shift_id: string;
  readonly currency: string;
  readonly rung_at: string;
  readonly lines: readonly {
    readonly line_no: number;
    readonly product_id: string;
    readonly quantity: string;
  }[];
}

/**
 * What the sale would come to: `due_minor` without cash, `cash` if all of it is cash. What a line
 * has nothing of is left out.
 */
export interface QuoteState {
  readonly lines: readonly {
    readonly line_no: number;
    readonly unit_price_minor: number;
    readonly gross_minor: number;
    readonly promotions?: readonly {
      readonly promotion_id: string;
      readonly amount_minor: number;
    }[];
    readonly promotion_minor?: number;
    readonly line_discount_minor?: number;
    readonly ticket_discount_minor?: number;
    readonly amount_minor: number;
  }[];
  readonly lines_minor: number;
  readonly added_tax_minor: number;
  readonly due_minor: number;
  readonly cash: {
    readonly duty_minor: number;
    readonly rounding_minor: number;
    readonly payable_minor: number;
  };
  readonly promotions: readonly {
    readonly promotion_id: string;
    readonly names: Readonly<Record<string, string>>;
  }[];
}

export interface Ticket {
  readonly id: string;
  readonly receipt: { readonly text: string };
  readonly finalised_at: string;
  readonly currency: string;
  readonly lines: readonly { readonly quantity: string; readonly amount_minor: number }[];
  readonly tax_lines: readonly {
    readonly tax_id: string;
    readonly rate_ppm: number;
    readonly tax_minor: number;
  }[];
  readonly totals: {
    readonly lines_minor: number;
    readonly added_tax_minor: number;
    readonly duty_minor: number;
    readonly due_minor: number;
    readonly cash_rounding_minor: number;
    readonly payable_minor: number;
    readonly tendered_minor: number;
    readonly change_minor: number;
  };
  readonly tenders: readonly { readonly kind: string; readonly amount_minor: number }[];
}

/** An X (reads) or a Z (closes, numbered). */
export interface TillReport {
  readonly kind: "x" | "z";
  readonly shift_id: string;
  readonly z_number: number | null;
  readonly business_date: string;
  readonly currency: string;
  readonly sales_count: number;
  readonly returns_count: number;
  readonly gross_minor: number;
  readonly returns_minor: number;
  readonly net_minor: number;
  readonly tenders: readonly {
    readonly kind: string;
    readonly count: number;
    readonly amount_minor: number;
  }[];
  readonly taxes: readonly {
    readonly tax_id: string;
    readonly rate_ppm: number;
    readonly base_minor: number;
    readonly tax_minor: number;
  }[];
  readonly cash: {
    readonly float_minor: number;
    readonly sales_minor: number;
    readonly returns_minor: number;
    readonly expected_minor: number;
    readonly counted_minor: number | null;
    readonly over_short_minor: number | null;
  };
}

/** What the shop holds that the hub does not. */
export interface SyncState {
  readonly connected: boolean;
  readonly debt: {
    readonly count: number;
    readonly value_minor: Readonly<Record<string, number>>;
    readonly oldest_age_s: number | null;
  };
}

export interface LiveSale {
  readonly kind: "sale" | "return";
  readonly receipt: string;
  readonly payable_minor: number;
  readonly currency: string;
}
