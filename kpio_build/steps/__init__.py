"""Steps: inputs to outputs in out/, one content id each. The engine realises them."""
