"""What edge and hub must agree on: words, messages, arithmetic and paper.

The package's law: pure. No I/O, no clock, no randomness except what is handed in; imports nothing
of ours and, besides the standard library, only msgspec. Layers, each seeing those below:
session › codec › messages › documents › checkout › vocabulary › errors.
"""
