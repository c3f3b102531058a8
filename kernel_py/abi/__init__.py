"""The kernel's contract, stated once: frozen dataclasses, one noun a module.

Everything else that knows a number of the contract was generated from here or imports it from here.
`contract.CONTRACT` is all of it as one value.
"""
