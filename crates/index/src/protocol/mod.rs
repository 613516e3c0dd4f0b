//! Protocols
