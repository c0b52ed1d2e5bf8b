"""What the peer comparisons are made of: the peers' environments, how each is driven, and the rounds between them."""
