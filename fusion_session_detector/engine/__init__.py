"""What makes sessions of the power that is received: the journal, the store and the engine between them."""
