-- name: user_by_email
select user_id, name, language, password_hash, status from user_by_email(:email);

-- name: user_organizations
select organization_id, name, role_code from user_organizations(:user_id);

-- name: adopt_user
select adopt_user(:user_id, :email, :name, :language, :hash, :at);

-- name: replace_password_hash
select replace_password_hash(:user_id, :old, :new);

-- name: put_role
insert into role (organization_id, code, name, permissions)
values (:organization_id, :code, :name, :permissions)
on conflict (organization_id, code) do nothing;

-- name: put_membership
insert into membership (organization_id, user_id, role_code, created_at)
values (:organization_id, :user_id, :role_code, :at)
on conflict (organization_id, user_id) do update
  set role_code = excluded.role_code, status = 'active';

-- name: permissions
select r.permissions from membership m
join role r on r.organization_id = :organization_id and r.code = m.role_code
join app_user u on u.user_id = m.user_id
where m.organization_id = :organization_id and m.user_id = :user_id
  and m.status = 'active' and u.status = 'active';

-- name: profile
select user_id, email, name, language from app_user where user_id = :user_id;

-- name: open_session
insert into user_session
  (organization_id, session_id, user_id, token_hash, created_at, expires_at, remote_address,
   user_agent)
values
  (:organization_id, :session_id, :user_id, :hash, :at, :expires_at, :address, :user_agent);

-- name: session
select session_id, user_id from user_session
where organization_id = :organization_id and token_hash = :hash
  and revoked_at is null and expires_at > :at;

-- name: revoke_session
update user_session set revoked_at = :at
where organization_id = :organization_id and token_hash = :hash and revoked_at is null;

-- name: revoke_sessions_of_user
update user_session set revoked_at = :at
where organization_id = :organization_id and user_id = :user_id and revoked_at is null;

-- name: delete_ended_sessions
delete from user_session where organization_id = :organization_id and expires_at < :before;
