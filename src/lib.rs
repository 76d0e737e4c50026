//! Glassbox: see inside neural networks.
