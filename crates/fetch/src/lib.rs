//! A strict file turned into a verified wheelhouse.
