"""How far numbers on papers go, the same at edge and hub."""

# A register that closed every minute would need nineteen centuries. What lies beyond is nobody's
# Z, and as a floor it would leave the register no next one.
MAX_Z_NUMBER = 1_000_000_000
