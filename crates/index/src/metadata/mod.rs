//! Metadata
