"""What a ticket must satisfy at each of its two doors, and how it is written down.

`live` may refuse; `handed_over` never does, because the goods are gone: it books what it was told
and flags what differs (DESIGN §2, Two doors for a sale).
"""
