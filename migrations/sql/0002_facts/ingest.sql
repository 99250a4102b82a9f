-- What devices sent, exactly as sent, and how far each of them has come.

CREATE TABLE device_epoch (
    organization_id uuid NOT NULL,
    device_id uuid NOT NULL,
    epoch bigint NOT NULL CHECK (epoch >= 1),
    parent_epoch bigint NOT NULL CHECK (parent_epoch >= 0 AND parent_epoch < epoch),
    base_seq bigint NOT NULL CHECK (base_seq >= 0),
    base_hash bytea NOT NULL CHECK (length(base_hash) = 32),
    -- Where the epoch stood when the next one was issued; NULL while it is the current one.
    final_hwm bigint,
    final_hash bytea,
    issued_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, device_id, epoch),
    CHECK ((final_hwm IS NULL) = (final_hash IS NULL))
);

-- One row per device: its current epoch and the contiguous prefix the hub durably holds.
CREATE TABLE device_sync (
    organization_id uuid NOT NULL,
    device_id uuid NOT NULL,
    partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
    epoch bigint NOT NULL,
    parent_epoch bigint NOT NULL,
    base_seq bigint NOT NULL,
    base_hash bytea NOT NULL,
    hwm bigint NOT NULL CHECK (hwm >= base_seq),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    head_seen bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, device_id)
) WITH (fillfactor = 70);

-- The projector's cursor. A row of its own, so that projecting never makes ingest wait.
CREATE TABLE device_projection (
    organization_id uuid NOT NULL,
    device_id uuid NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, device_id)
) WITH (fillfactor = 70);

-- state: 0 received, 1 dead (the bytes can never be read), 2 parked (projected again after an
-- upgrade). fact_id and type are filled for dead and parked rows alone, as far as they could be
-- read. person_keys is emptied once its keys lie in person_key.
CREATE TABLE inbox (
    organization_id uuid NOT NULL,
    device_id uuid NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL CHECK (seq >= 1),
    bytes bytea NOT NULL,
    hash bytea NOT NULL,
    received_at timestamptz NOT NULL,
    state smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),
    reason text,
    fact_id uuid,
    type text,
    person_keys bytea,
    PRIMARY KEY (organization_id, device_id, epoch, seq),
    CHECK ((state = 0) = (reason IS NULL))
) PARTITION BY HASH (organization_id);

CREATE INDEX inbox_aside ON inbox (organization_id, state, device_id, epoch, seq) WHERE state > 0;

-- A fact takes effect once, whoever sends it and under whatever seq. business_date is where it
-- landed, so that a ticket is found by its id alone.
CREATE TABLE fact_effect (
    organization_id uuid NOT NULL,
    fact_id uuid NOT NULL,
    content_hash bytea NOT NULL,
    device_id uuid NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    business_date date NOT NULL,
    PRIMARY KEY (organization_id, fact_id)
) PARTITION BY HASH (organization_id);

-- Bytes that may not take effect: forks, forged hashes, a fact id used again for other content.
-- digest collapses what is sent again and again (promise G).
CREATE TABLE quarantine (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    epoch bigint NOT NULL,
    from_seq bigint NOT NULL,
    to_seq bigint NOT NULL,
    reason text NOT NULL,
    fact_id uuid,
    digest bytea NOT NULL,
    bytes bytea NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, device_id, reason, digest)
);

-- The key under which a person's name and number are sealed; erasing it erases the person.
CREATE TABLE person_key (
    organization_id uuid NOT NULL,
    person_id uuid NOT NULL,
    key bytea NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, person_id)
);

CREATE TABLE customer (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    device_id uuid NOT NULL,
    sealed bytea NOT NULL,
    proposed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    merged_into uuid,
    PRIMARY KEY (organization_id, id)
);

-- Where a fact's own figures differ from what its inputs, or other facts, say. Never a refusal.
CREATE TABLE discrepancy (
    organization_id uuid NOT NULL,
    fact_id uuid NOT NULL,
    code text NOT NULL,
    subject text NOT NULL,
    store_id uuid NOT NULL,
    business_date date NOT NULL,
    expected text,
    found text,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, fact_id, code, subject)
);

CREATE INDEX discrepancy_by_store ON discrepancy (organization_id, store_id, business_date);
