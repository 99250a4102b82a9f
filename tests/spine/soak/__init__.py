"""A street of shops under load for half an hour, while everything around them fails."""
