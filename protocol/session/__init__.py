"""The sync state machines of both roles, sans-IO: bytes and time in, bytes and decisions out.

`edge` is one object per connection lifetime, `hub` is pure functions over what the hub durably
knows of a device, so that any worker can answer any message (DESIGN §2.2).
"""
