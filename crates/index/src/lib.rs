//! Package indexes over the network: protocols, metadata, byte ranges, retries and the cache on disk.
