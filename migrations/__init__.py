"""The hub database's numbered migrations (Alembic); they see hub models and are seen by none."""
