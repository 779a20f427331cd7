"""Trains, calibrates and exports the networks of this product, and repeats the protocol of the paper they began with."""
