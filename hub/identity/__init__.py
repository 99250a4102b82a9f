"""Users, memberships, roles, sign-in, sessions and access tokens."""
