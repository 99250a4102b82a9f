-- What is asked before a tenant is known, and by whom (lookup owns and answers it).

CREATE FUNCTION projection_due(most integer)
RETURNS TABLE (organization_id uuid, device_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT s.organization_id, s.device_id
    FROM device_sync s
    LEFT JOIN device_projection p USING (organization_id, device_id)
    WHERE (s.epoch, s.hwm) > (coalesce(p.epoch, 0), coalesce(p.seq, 0))
    ORDER BY p.updated_at NULLS FIRST
    LIMIT most
$$;

CREATE FUNCTION projection_parked(most integer)
RETURNS TABLE (organization_id uuid, parked bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT i.organization_id, count(*)
    FROM inbox i
    WHERE i.state = 2
    GROUP BY i.organization_id
    ORDER BY i.organization_id
    LIMIT most
$$;

ALTER FUNCTION projection_due(integer) OWNER TO lookup;
ALTER FUNCTION projection_parked(integer) OWNER TO lookup;
REVOKE ALL ON FUNCTION projection_due(integer), projection_parked(integer) FROM public;
GRANT EXECUTE ON FUNCTION projection_due(integer), projection_parked(integer) TO app;
