-- name: append
insert into audit_entry
  (organization_id, entry_id, at, actor_kind, actor_id, action, subject_kind, subject_id, details)
values
  (:organization_id, :entry_id, :at, :actor_kind, :actor_id, :action, :subject_kind, :subject_id,
   cast(:details as jsonb));
